"""BM25 with the formula of Lucene (Robertson & Zaragoza, 2009, with Lucene's idf), from how often a word occurs where.

Scores are made when they are asked for: frequency, number and mean length of documents are those of the documents that
are there now, in whichever segments they lie. So documents come and go without a rebuild, and score as after one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log

import numpy as np
from numpy.typing import NDArray

from matching.encoder import Vectors
from matching.postings import Column, Postings
from matching.stacked import Rows, bounds_of

K1, B = 1.2, 0.75
_COMMON = 256  # documents
_MOST = 4  # from one document in so many on, it is quicker to score all

_Asked = tuple[float, list[Column]]  # a word's weight in the query, and who holds it, part by part


@dataclass(frozen=True)
class _Part:
    """One segment: its *live* documents (their numbers in it, rising), whose places run on from *first*."""

    postings: Postings
    live: Rows
    first: int
    there: NDArray[np.bool_]
    norms: NDArray[np.float32]
    common: dict[str, Column] = field(default_factory=dict)

    def column(self, word: str) -> Column:
        """The documents that hold *word* and are still there, by number in the segment, and the word's share in each.

        A share is what the word adds to a document's score but for its weight. Those of common words are kept: every
        query has some, and they are what takes the time.
        """
        found = self.common.get(word)
        if found is None:
            found = self._shares(*self.postings.column(word))
            if len(found[0]) >= _COMMON:
                self.common[word] = found
        return found

    def holds(self, word: str) -> bool:
        """Whether a document that is still there holds *word*."""
        numbers, _ = self.postings.column(word)
        return bool(len(numbers)) if len(self.live) == len(self.there) else bool(self.there[numbers].any())

    def _shares(self, numbers: NDArray[np.int32], counts: NDArray[np.float32]) -> Column:
        if len(self.live) < len(self.there):
            kept = self.there[numbers]
            numbers, counts = numbers[kept], counts[kept]
        return numbers, counts / (counts + self.norms[numbers])

    def inside(self, places: Rows) -> tuple[Rows, Rows]:
        """Which of *places* lie here: where in *places*, and by which number in the segment."""
        at = np.flatnonzero((places >= self.first) & (places < self.first + len(self.live)))
        return at, self.live[places[at] - self.first]


class LexicalIndex:
    """Scores every document of several segments for a list of words. Knows documents by their place."""

    def __init__(self, postings: Sequence[Postings], live: Sequence[Rows]) -> None:
        """*live* are each segment's remaining documents; their places run on from segment to segment."""
        lengths = [own.lengths[there] for own, there in zip(postings, live, strict=True)]
        firsts = bounds_of([len(there) for there in live])
        self._documents = int(firsts[-1])
        self._mean_length = max(sum(int(each.sum()) for each in lengths), 1) / max(self._documents, 1)
        self._parts = [
            _Part(own, there, int(first), _mask(there, len(own.lengths)), self._norms(own.lengths))
            for own, there, first in zip(postings, live, firsts, strict=False)
        ]

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]]) -> "LexicalIndex":
        """Index the words of each document as one segment."""
        return cls([Postings.build(documents)], [np.arange(len(documents))])

    def scores(self, words: Sequence[str] | Mapping[str, float], places: Rows | None = None) -> Vectors:
        """BM25 for *words* of every document, or of those at *places*, float32; words that none holds count nothing.

        *words* as they stand in a text, or each with how often it is asked for.
        """
        asked = self._asked(words)
        if places is not None and len(places) * _MOST < self._documents:
            return self._at(asked, places)
        parts = [self._everywhere(asked, number) for number in range(len(self._parts))]
        scores = np.concatenate([*parts, np.zeros(0, dtype=np.float32)])
        return scores if places is None else scores[places]

    def own_score(self, words: Sequence[str]) -> float:
        """BM25 of *words* for a document that consists of just them; 0 without words.

        Words that no document holds count with the highest idf, so that a strange query finds nothing near.
        """
        length = 1 - B + B * len(words) / self._mean_length
        return sum(
            weight * count / (count + K1 * length)
            for (weight, _), count in zip(self._asked(words), Counter(words).values(), strict=True)
        )

    def holds(self, word: str) -> bool:
        """Whether a document that is there holds *word*."""
        return any(part.holds(word) for part in self._parts)

    def _norms(self, lengths: NDArray[np.int32]) -> NDArray[np.float32]:
        return np.asarray(K1 * (1 - B + B * lengths / self._mean_length), dtype=np.float32)

    def _asked(self, words: Sequence[str] | Mapping[str, float]) -> list[_Asked]:
        """For each different word its weight (idf × how often it is asked for) and who holds it, part by part."""
        found = []
        for word, count in Counter(words).items():
            columns = [part.column(word) for part in self._parts]
            holding = sum(len(numbers) for numbers, _ in columns)
            found.append((count * log(1 + (self._documents - holding + 0.5) / (holding + 0.5)), columns))
        return found

    def _everywhere(self, asked: Sequence[_Asked], number: int) -> Vectors:
        part = self._parts[number]
        scores = np.zeros(len(part.there), dtype=np.float32)
        for weight, columns in asked:
            numbers, shares = columns[number]
            np.add.at(scores, numbers, np.float32(weight) * shares)  # of one dtype it is the quickest way
        return scores[part.live]

    def _at(self, asked: Sequence[_Asked], places: Rows) -> Vectors:
        """The same sums in the same order, so that they round alike."""
        scores = np.zeros(len(places), dtype=np.float32)
        for number, part in enumerate(self._parts):
            at, wanted = part.inside(places)
            for weight, columns in asked:
                numbers, shares = columns[number]
                if len(numbers):
                    found = np.minimum(np.searchsorted(numbers, wanted), len(numbers) - 1)
                    hit = numbers[found] == wanted
                    scores[at[hit]] += np.float32(weight) * shares[found[hit]]
        return scores


def _mask(live: Rows, documents: int) -> NDArray[np.bool_]:
    there = np.zeros(documents, dtype=np.bool_)
    there[live] = True
    return there
