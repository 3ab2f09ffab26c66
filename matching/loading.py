"""Which encoder a name means; the heavy ones are imported only when they are asked for."""

from pathlib import Path

from matching.encoder import Encoder


def load_encoder(name: str, *, models_dir: Path, threads: int = 1) -> Encoder:
    """Load ``bundled``, ``hashing``, or any sentence-transformers model by name or path.

    - raises ``EncoderError`` if it cannot be loaded; the bundled one must have been prepared (``bundled.prepare``)
    """
    if name == "hashing":
        from matching.hashing import HashingEncoder

        return HashingEncoder()
    if name == "bundled":
        from matching.bundled import load_bundled

        return load_bundled(models_dir, threads=threads)
    from matching.sentence_encoder import SentenceEncoder

    return SentenceEncoder(name, threads=threads)
