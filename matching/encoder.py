"""Text → vectors of unit length, behind one small interface; the name of an encoder changes when its vectors do."""

from collections.abc import Callable, Sequence
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


def unit_rows(vectors: Vectors) -> Vectors:
    """Scale each row to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)
