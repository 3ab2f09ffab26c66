"""BM25 with the formula of Lucene (Robertson & Zaragoza, 2009, with Lucene's idf), from how often a word occurs where.

Scores are made when they are asked for: frequency, number and mean length of documents are those of the documents that
are there now, in whichever segments they lie. So documents come and go without a rebuild, and score as after one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from matching.encoder import Vectors
from matching.postings import Column, Postings
from matching.stacked import Rows, bounds_of

K1, B = 1.2, 0.75


@dataclass(frozen=True)
class _Part:
    """One segment: its *live* documents (their numbers in it, rising), whose places run on from *first*."""

    postings: Postings
    live: Rows
    first: int
    there: NDArray[np.bool_]
    norms: NDArray[np.float32]

    def column(self, word: str) -> Column:
        """The documents that hold *word* and are still there, by their number in the segment."""
        numbers, counts = self.postings.column(word)
        if len(self.live) == len(self.there):
            return numbers, counts
        kept = self.there[numbers]
        return numbers[kept], counts[kept]

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
        if places is None:
            parts = [self._everywhere(asked, number) for number in range(len(self._parts))]
            return np.concatenate([*parts, np.zeros(0)]).astype(np.float32)
        return self._at(asked, places).astype(np.float32)

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
        return any(len(part.column(word)[0]) for part in self._parts)

    def _norms(self, lengths: NDArray[np.int32]) -> NDArray[np.float32]:
        return np.asarray(K1 * (1 - B + B * lengths / self._mean_length), dtype=np.float32)

    def _asked(self, words: Sequence[str] | Mapping[str, float]) -> list[tuple[float, list[Column]]]:
        """For each different word its weight (idf × how often it is asked for) and who holds it, part by part."""
        found = []
        for word, count in Counter(words).items():
            columns = [part.column(word) for part in self._parts]
            holding = sum(len(numbers) for numbers, _ in columns)
            found.append((count * log(1 + (self._documents - holding + 0.5) / (holding + 0.5)), columns))
        return found

    def _everywhere(self, asked: Sequence[tuple[float, list[Column]]], number: int) -> NDArray[np.float64]:
        part = self._parts[number]
        scores = np.zeros(len(part.there))
        for weight, columns in asked:
            numbers, counts = columns[number]
            # No document stands twice in a column, so plain adding reaches each.
            scores[numbers] += _shares(weight, counts, part.norms[numbers])
        return scores[part.live]

    def _at(self, asked: Sequence[tuple[float, list[Column]]], places: Rows) -> NDArray[np.float64]:
        scores = np.zeros(len(places))
        for number, part in enumerate(self._parts):
            at, wanted = part.inside(places)
            for weight, columns in asked:
                numbers, counts = columns[number]
                if len(numbers):
                    found = np.minimum(np.searchsorted(numbers, wanted), len(numbers) - 1)
                    hit = numbers[found] == wanted
                    scores[at[hit]] += _shares(weight, counts[found[hit]], part.norms[wanted[hit]])
        return scores


def _mask(live: Rows, documents: int) -> NDArray[np.bool_]:
    there = np.zeros(documents, dtype=np.bool_)
    there[live] = True
    return there


def _shares(weight: float, counts: NDArray[np.float32], norms: NDArray[np.float32]) -> NDArray[np.float64]:
    """What one word adds to each document's score; in one place, so that both ways of asking round alike."""
    return weight * (counts / (counts + norms)).astype(np.float64)
