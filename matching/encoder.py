"""Text → vectors of unit length, behind one small interface; the name of an encoder changes when its vectors do."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
OnProgress = Callable[[int, int], None]


class EncoderError(Exception):
    """The encoder cannot be loaded or its vectors cannot be trusted."""


class Encoder(Protocol):
    """What matching needs of an encoder. Vectors are (n, dimension) float32 rows of length 1."""

    name: str
    dimension: int

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors for needs and search queries."""
        ...

    def encode_passages(self, texts: Sequence[str], on_progress: OnProgress | None = None) -> Vectors:
        """Vectors for what is searched; *on_progress* is called with (done, total) texts."""
        ...


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


def unit_rows(vectors: Vectors) -> Vectors:
    """Scale each row to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)
