"""Which documents of a segment hold which words, and how often: one column a word, as numpy arrays."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.stacked import Rows, bounds_of

Column = tuple[NDArray[np.int32], NDArray[np.float32]]
_NONE: Column = (np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))
_ARRAYS = ("starts", "numbers", "counts", "lengths")


@dataclass(frozen=True)
class Postings:
    """Column *c* belongs to ``words[c]``: documents ``numbers[starts[c]:starts[c + 1]]``, rising, with their *counts*.

    *starts* (words + 1,) int64; *numbers* (postings,) int32; *counts* (postings,) float32, whole numbers; *lengths*
    (documents,) int32, words a document.
    """

    words: Sequence[str]
    starts: Rows
    numbers: NDArray[np.int32]
    counts: NDArray[np.float32]
    lengths: NDArray[np.int32]
    _columns: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_columns", {word: column for column, word in enumerate(self.words)})

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]]) -> "Postings":
        """Count the words of each document."""
        lengths = np.array([len(words) for words in documents], dtype=np.int32)
        seen: dict[str, int] = {}
        columns = np.fromiter((seen.setdefault(word, len(seen)) for word in chain.from_iterable(documents)), np.int64)
        owners = np.repeat(np.arange(len(documents), dtype=np.int64), lengths)
        keys, counts = np.unique(columns * max(len(documents), 1) + owners, return_counts=True)
        return _from_keys(list(seen), keys, counts.astype(np.float32), lengths)

    def column(self, word: str) -> Column:
        """The documents that hold *word*, rising, and how often each does."""
        column = self._columns.get(word)
        if column is None:
            return _NONE
        own = slice(self.starts[column], self.starts[column + 1])
        return self.numbers[own], self.counts[own]

    def write(self, directory: Path) -> None:
        """Write words and arrays as files into the new *directory*."""
        directory.mkdir()
        (directory / "words.json").write_text(json.dumps(self.words, ensure_ascii=False), encoding="utf-8")
        for name in _ARRAYS:
            np.save(directory / f"{name}.npy", getattr(self, name))

    @classmethod
    def read(cls, directory: Path) -> "Postings":
        """Map what ``write`` wrote into memory."""
        words = json.loads((directory / "words.json").read_text(encoding="utf-8"))
        return cls(words, *(np.asarray(np.load(directory / f"{name}.npy", mmap_mode="r")) for name in _ARRAYS))


def merge(parts: Sequence[Postings], live: Sequence[Rows], numbers: Sequence[Rows]) -> Postings:
    """The postings of the *live* documents of each part, which are renumbered to *numbers*, 0..n-1 over all parts."""
    seen: dict[str, int] = {}
    lengths = np.zeros(sum(len(own) for own in live), dtype=np.int32)
    keys, counts = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.float32)]
    for part, own, new in zip(parts, live, numbers, strict=True):
        lengths[new] = part.lengths[own]
        renumbered = np.full(len(part.lengths), -1, dtype=np.int64)
        renumbered[own] = new
        owners = renumbered[part.numbers]
        columns = np.array([seen.setdefault(word, len(seen)) for word in part.words], dtype=np.int64)
        kept = owners >= 0
        keys.append((np.repeat(columns, np.diff(part.starts)) * max(len(lengths), 1) + owners)[kept])
        counts.append(part.counts[kept])
    together = np.concatenate(keys)
    order = np.argsort(together)
    return _from_keys(list(seen), together[order], np.concatenate(counts)[order], lengths)


def _from_keys(words: list[str], keys: Rows, counts: NDArray[np.float32], lengths: NDArray[np.int32]) -> Postings:
    """*keys* are column × documents + document, rising; words that nobody holds any more are dropped."""
    columns, numbers = np.divmod(keys, max(len(lengths), 1))
    sizes = np.bincount(columns, minlength=len(words))
    held = np.flatnonzero(sizes)
    return Postings(
        words=[words[column] for column in held.tolist()],
        starts=bounds_of(sizes[held]),
        numbers=numbers.astype(np.int32),
        counts=counts,
        lengths=lengths,
    )
