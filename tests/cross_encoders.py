"""A cross-encoder small enough for tests, with weights of its own: it judges, if not wisely."""

from pathlib import Path

_LETTERS = "钢板表面缺陷检测系统需要在线识别第号轧厂质量揭榜挂帅0123456789challengeandaward。"


def make_cross_encoder(path: Path) -> Path:
    """Write a cross-encoder of a few thousand random weights, always the same, to *path*."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    path.mkdir()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(set(_LETTERS))]
    (path / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    torch.manual_seed(4)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    model = BertForSequenceClassification(
        BertConfig(vocab_size=len(vocabulary), num_labels=1, initializer_range=0.5, **sizes)
    )
    model.save_pretrained(path)
    BertTokenizerFast(vocab_file=str(path / "vocab.txt")).save_pretrained(path)
    return path
