"""BM25 over jieba's words, with the formula of Lucene (Robertson & Zaragoza, 2009, with Lucene's idf), by bm25s."""

import json
from collections import Counter
from collections.abc import Sequence
from math import log
from pathlib import Path
from typing import Any

import bm25s
import numpy as np

from matching.encoder import Vectors

K1, B = 1.2, 0.75
_FOLDER = "lexical"
_NUMBERS = "numbers.json"
_EMPTY = "\x00"


class LexicalIndex:
    """Scores every document for a list of words. Knows documents by their place."""

    def __init__(self, index: Any, *, documents: int, mean_length: float) -> None:
        self._index = index
        self._documents = documents
        self._mean_length = mean_length
        self._vocabulary: dict[str, int] = index.vocab_dict
        starts = np.asarray(index.scores["indptr"])
        self._frequencies = np.diff(starts)

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]]) -> "LexicalIndex":
        """Index the words of each document."""
        index = bm25s.BM25(method="lucene", k1=K1, b=B)
        # bm25s refuses a corpus without any word; a word that no query can hold keeps the place of an empty document.
        filled = [list(words) or [_EMPTY] for words in documents] or [[_EMPTY]]
        index.index(filled, show_progress=False)
        return cls(index, documents=len(documents), mean_length=sum(map(len, filled)) / len(filled))

    @classmethod
    def read(cls, directory: Path) -> "LexicalIndex":
        """Load what ``write`` wrote."""
        folder = directory / _FOLDER
        numbers = json.loads((folder / _NUMBERS).read_text(encoding="utf-8"))
        return cls(bm25s.BM25.load(str(folder), mmap=False), **numbers)

    def write(self, directory: Path) -> None:
        """Write the index as a folder in *directory*."""
        folder = directory / _FOLDER
        self._index.save(str(folder), show_progress=False)
        numbers = {"documents": self._documents, "mean_length": self._mean_length}
        (folder / _NUMBERS).write_text(json.dumps(numbers), encoding="utf-8")

    def scores(self, words: Sequence[str]) -> Vectors:
        """BM25 of every document for *words*, (documents,) float32; words that no document holds count nothing."""
        known = [word for word in words if word in self._vocabulary and word != _EMPTY]
        if not known:
            return np.zeros(self._documents, dtype=np.float32)
        return np.asarray(self._index.get_scores(known), dtype=np.float32)[: self._documents]

    def own_score(self, words: Sequence[str]) -> float:
        """BM25 of *words* for a document that consists of just them; 0 without words.

        Words that no document holds count with the highest idf, so that a strange query finds nothing near.
        """
        length = 1 - B + B * len(words) / self._mean_length
        return sum(count * self._idf(word) * count / (count + K1 * length) for word, count in Counter(words).items())

    def _idf(self, word: str) -> float:
        place = self._vocabulary.get(word)
        holding = 0 if place is None or place >= len(self._frequencies) else int(self._frequencies[place])
        return log(1 + (self._documents - holding + 0.5) / (holding + 0.5))
