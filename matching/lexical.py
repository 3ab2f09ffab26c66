"""BM25 over jieba's words, with the formula of Lucene (Robertson & Zaragoza, 2009, with Lucene's idf), by bm25s."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bm25s
import numpy as np

from matching.encoder import Vectors

_FOLDER = "lexical"
_EMPTY = "\x00"


class LexicalIndex:
    """Scores every document for a list of words. Knows documents by their place."""

    def __init__(self, index: Any, count: int) -> None:
        self._index = index
        self._count = count
        self._vocabulary = index.vocab_dict

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]]) -> "LexicalIndex":
        """Index the words of each document."""
        index = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
        # bm25s refuses a corpus without any word; a word that no query can hold keeps the place of an empty document.
        index.index([list(words) or [_EMPTY] for words in documents] or [[_EMPTY]], show_progress=False)
        return cls(index, len(documents))

    @classmethod
    def read(cls, directory: Path) -> "LexicalIndex":
        """Load what ``write`` wrote."""
        folder = directory / _FOLDER
        count = json.loads((folder / "count.json").read_text(encoding="utf-8"))
        return cls(bm25s.BM25.load(str(folder), mmap=False), count)

    def write(self, directory: Path) -> None:
        """Write the index as a folder in *directory*."""
        folder = directory / _FOLDER
        self._index.save(str(folder), show_progress=False)
        (folder / "count.json").write_text(json.dumps(self._count), encoding="utf-8")

    def scores(self, words: Sequence[str]) -> Vectors:
        """BM25 of every document for *words*, (documents,) float32; words that no document holds count nothing."""
        known = [word for word in words if word in self._vocabulary and word != _EMPTY]
        if not known:
            return np.zeros(self._count, dtype=np.float32)
        return np.asarray(self._index.get_scores(known), dtype=np.float32)[: self._count]
