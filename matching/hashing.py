"""A deterministic encoder without a model: texts that share words or character pairs get near vectors. For tests."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import log1p

import numpy as np

from matching.encoder import OnProgress, Vectors, unit_rows
from matching.text import tokens

_WORD_WEIGHT, _PAIR_WEIGHT = 1.0, 0.5


class HashingEncoder:
    """Feature hashing with signs (Weinberger et al., 2009) of words and character pairs, damped by 1 + log count."""

    name = "hashing-512-1"
    dimension = 512

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, 512) float32; an empty text is the zero vector."""
        return unit_rows(np.stack([self._vector(text) for text in texts]) if texts else self._none())

    def encode_passages(self, texts: Sequence[str], on_progress: OnProgress | None = None) -> Vectors:
        """The same as for queries."""
        vectors = self.encode_queries(texts)
        if on_progress:
            on_progress(len(texts), len(texts))
        return vectors

    def _none(self) -> Vectors:
        return np.zeros((0, self.dimension), dtype=np.float32)

    def _vector(self, text: str) -> Vectors:
        vector = np.zeros(self.dimension, dtype=np.float32)
        for feature, count in Counter(_features(text)).items():
            place, sign = _place(feature, self.dimension)
            vector[place] += sign * log1p(count) * (_WORD_WEIGHT if feature[0] == "w" else _PAIR_WEIGHT)
        return vector


def _features(text: str) -> list[str]:
    words = tokens(text)
    joined = "".join(words)
    return [f"w{word}" for word in words] + [f"p{joined[at : at + 2]}" for at in range(len(joined) - 1)]


@lru_cache(maxsize=65536)
def _place(feature: str, dimension: int) -> tuple[int, int]:
    digest = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest(), "little")
    return (digest >> 1) % dimension, 1 if digest & 1 else -1
