"""A packed model as a standard sentence-transformers directory: anything that reads those can read ours."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from matching.packed import PackedModel

MAX_TOKENS = 512
PROMPTS = {"query": "query: ", "document": "passage: ", "passage": "passage: "}
_MASK = "<mask>"
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_ST = "sentence_transformers"

# The model's own normalisation is NFKC with these differences; without them Chinese text with ～ gets other vectors.
_DROPPED = "[\\x01-\\x08\\x0b\\x0e-\\x1f\\x7f\\x8f\\x9f]"
_SPACES = "[\\t\\n\\x0c\\r\\u1680\\u200b-\\u200f\\u2028\\u2029\\u2581\\ufeff\\ufffd]"
_TILDE, _KEPT_TILDE = "～", "\ue0fe"

_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def write_sentence_model(model: PackedModel, directory: Path) -> None:
    """Write weights (float16, loaded as float32), tokenizer, pooling, normalisation and prompts into *directory*."""
    directory.mkdir(parents=True, exist_ok=True)
    save_file(_tensors(model), directory / "model.safetensors", metadata={"format": "pt"})
    _write_tokenizer(model, directory)
    for name, content in _configurations(model).items():
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _tensors(model: PackedModel) -> dict[str, Any]:
    hidden = model.shape.hidden
    half = np.float16
    tensors: dict[str, Any] = {
        "embeddings.word_embeddings.weight": model.blocks["emb.word"].dense().astype(half),
        "embeddings.position_embeddings.weight": model.floats["emb.pos"].reshape(-1, hidden).astype(half),
        "embeddings.token_type_embeddings.weight": model.floats["emb.type"].reshape(-1, hidden).astype(half),
        "embeddings.LayerNorm.weight": model.floats["emb.ln.w"].astype(half),
        "embeddings.LayerNorm.bias": model.floats["emb.ln.b"].astype(half),
    }
    # BERT's pooler is not used, but a loader warns when it is missing.
    tensors["pooler.dense.weight"] = np.eye(hidden, dtype=half)
    tensors["pooler.dense.bias"] = np.zeros(hidden, dtype=half)
    for layer in range(model.shape.layers):
        for short, name in _LAYER_NAMES.items():
            key = f"l{layer}.{short}"
            weight = model.blocks[f"{key}.w"].dense() if f"{key}.w" in model.blocks else model.floats[f"{key}.w"]
            tensors[f"encoder.layer.{layer}.{name}.weight"] = weight.astype(half)
            tensors[f"encoder.layer.{layer}.{name}.bias"] = model.floats[f"{key}.b"].astype(half)
    return tensors


def _write_tokenizer(model: PackedModel, directory: Path) -> None:
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    unigram = models.Unigram(model.pieces, unk_id=_SPECIAL.index("<unk>"))
    tokenizer = Tokenizer(unigram)
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(_DROPPED), ""),
            normalizers.Replace(Regex(_SPACES), " "),
            normalizers.Replace(_TILDE, _KEPT_TILDE),
            normalizers.NFKC(),
            normalizers.Replace(_KEPT_TILDE, _TILDE),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in (*_SPECIAL, _MASK)])
    tokenizer.save(str(directory / "tokenizer.json"))


def _configurations(model: PackedModel) -> dict[str, Any]:
    shape = model.shape
    modules = ("base.modules.transformer.Transformer", "sentence_transformer.modules.pooling.Pooling",
               "base.modules.normalize.Normalize")  # fmt: skip
    folders = ("", "1_Pooling", "2_Normalize")
    return {
        "config.json": {
            "architectures": ["BertModel"], "model_type": "bert", "dtype": "float32", "hidden_act": "gelu",
            "hidden_size": shape.hidden, "num_hidden_layers": shape.layers, "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward, "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions, "type_vocab_size": shape.types,
            "layer_norm_eps": 1e-12, "pad_token_id": 1,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": MAX_TOKENS, "bos_token": "<s>",
            "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>",
            "mask_token": _MASK,
        },
        "modules.json": [
            {"idx": number, "name": str(number), "path": folder, "type": f"{_ST}.{module}"}
            for number, (folder, module) in enumerate(zip(folders, modules, strict=True))
        ],
        "sentence_bert_config.json": {
            "transformer_task": "feature-extraction", "module_output_name": "token_embeddings",
            "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
        },
        "1_Pooling/config.json": {
            "embedding_dimension": shape.hidden, "pooling_mode": "mean", "include_prompt": True,
        },
        "2_Normalize/config.json": {
            "module_input_name": "sentence_embedding", "module_output_name": "sentence_embedding",
        },
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer", "prompts": PROMPTS, "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }  # fmt: skip
