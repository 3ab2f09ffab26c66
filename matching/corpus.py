"""All that ranking asks of a loaded catalogue: its segments, less what was removed, as one run of documents."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from matching.encoder import Vectors
from matching.lexical import LexicalIndex
from matching.segment import Segment
from matching.stacked import Rows, StackedRows, bounds_of, ranges

_CHUNK = 65536  # passages added up at a time

Field = Literal["all", "title"]
Found = list[tuple[int, float]]
Asked = Sequence[str] | Mapping[str, float]


class Corpus:
    """Documents are known by place, 0..n-1: stable while loaded, not sorted by id. Read-only, safe between threads.

    *ids* (documents,) int64 is the id at each place. Everything is exact and independent of how the documents are
    spread over segments, where the segments' own dense indexes are exact; ties are broken by id, never by place.
    """

    def __init__(self, segments: Sequence[Segment], live: Sequence[Rows], dimension: int) -> None:
        """*live* are the numbers of each segment's documents that were not removed since, rising."""
        self.dimension = dimension
        self._segments, self._live = tuple(segments), tuple(live)
        self._firsts = np.cumsum([0, *(len(own) for own in live)])
        self.ids: Rows = _joined([each.ids[own] for each, own in zip(segments, live, strict=True)])
        self._by_id = np.argsort(self.ids, kind="stable")
        self._words: dict[Field, LexicalIndex] = {
            "all": LexicalIndex([each.words for each in segments], live),
            "title": LexicalIndex([each.title_words for each in segments], live),
        }
        self._passages = StackedRows([each.passages for each in segments], dimension)
        self._passage_starts, self._passage_sizes = self._runs(
            [each.passage_bounds for each in segments], self._passages
        )
        self._sentences = StackedRows([each.sentence_vectors for each in segments], dimension)
        self._sentence_starts, self._sentence_sizes = self._runs(
            [each.sentence_bounds for each in segments], self._sentences
        )
        self._titled = _joined([each.titled[own] for each, own in zip(segments, live, strict=True)]) > 0

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def passages(self) -> int:
        """How many rows the dense indexes hold for the documents that are there."""
        return int(self._passage_sizes.sum())

    @property
    def quotable(self) -> int:
        """How many sentences can be quoted."""
        return int(self._sentence_sizes.sum())

    def places_of(self, ids: Collection[int]) -> Rows:
        """The places of *ids*, rising; unknown ids are left out."""
        wanted = np.unique(np.fromiter(ids, dtype=np.int64, count=len(ids)))
        sorted_ids = self.ids[self._by_id]
        at = np.searchsorted(sorted_ids, wanted)
        known = at < len(sorted_ids)
        at, wanted = at[known], wanted[known]
        return np.sort(self._by_id[at[sorted_ids[at] == wanted]])

    def nearest(self, vector: Vectors, k: int, only: Rows | None = None) -> Found:
        """The *k* documents nearest to *vector* (dimension,) as (place, cosine), best first, ties by id.

        A document is as near as its nearest passage. Only those at *only*; the selection is made inside the search.
        """
        found: Found = []
        for number, (segment, live) in enumerate(zip(self._segments, self._live, strict=True)):
            first = int(self._firsts[number])
            allowed = self._allowed(number, only)
            for own, cosine in segment.index.nearest(vector, k, allowed):
                found.append((first + int(np.searchsorted(live, own)), cosine))
        return self._best(found, k)

    def cosines(self, vectors: Vectors, places: Rows) -> Vectors:
        """Cosine of each query to each place's nearest passage, (queries, places) float32; 0 where it has none."""
        sizes = self._passage_sizes[places]
        rows = ranges(self._passage_starts[places], sizes)
        found = np.zeros((len(vectors), len(places)), dtype=np.float32)
        filled = np.flatnonzero(sizes)
        if len(filled):
            starts = (np.cumsum(sizes) - sizes)[filled]
            found[:, filled] = np.maximum.reduceat(products(vectors, self._passages.take(rows)), starts, axis=1)
        return found

    def title_cosines(self, vectors: Vectors, places: Rows) -> Vectors:
        """Cosine of each query to each place's title, (queries, places) float32; 0 where it has none."""
        found = np.zeros((len(vectors), len(places)), dtype=np.float32)
        titled = np.flatnonzero(self._titled[places])
        found[:, titled] = products(vectors, self._passages.take(self._passage_starts[places[titled]]))
        return found

    def best_by_words(self, words: Asked, k: int, only: Rows | None = None) -> Found:
        """The *k* best documents that share a word, as (place, BM25), best first, ties by id; of *only* where given."""
        return self.best_scored(self.lexical(words, only), k, only)

    def best_scored(self, scores: Vectors, k: int, only: Rows | None = None) -> Found:
        """The *k* best of *scores*, those of ``lexical`` for *only* or for all: as ``best_by_words``."""
        places = np.arange(len(self)) if only is None else only
        sharing = np.flatnonzero(scores > 0)
        if len(sharing) > k:  # all that reach the k-th best, ties with it included
            least = np.partition(scores[sharing], -k)[-k] if k else np.inf
            sharing = sharing[scores[sharing] >= least]
        return self._best(list(zip(places[sharing].tolist(), scores[sharing].tolist(), strict=True)), k)

    def lexical(self, words: Asked, places: Rows | None = None, *, field: Field = "all") -> Vectors:
        """BM25 of *words* for each of *places* (all, where None), (places,) float32, over all text or the title.

        *words* as they stand in a text, or each with how often it is asked for.
        """
        return self._words[field].scores(words, places)

    def own_score(self, words: Sequence[str], *, field: Field = "all") -> float:
        """BM25 of *words* for a document that says just that."""
        return self._words[field].own_score(words)

    def holds(self, word: str) -> bool:
        """Whether a document holds *word*."""
        return self._words["all"].holds(word)

    @cached_property
    def mean_passage(self) -> Vectors:
        """The mean of all passages, (dimension,) float32; zeros without any."""
        rows = ranges(self._passage_starts, self._passage_sizes)
        total = np.zeros(self.dimension)
        for start in range(0, len(rows), _CHUNK):
            total += self._passages.take(rows[start : start + _CHUNK]).sum(axis=0, dtype=np.float64)
        return (total / max(len(rows), 1)).astype(np.float32)

    def passage_rows(self, places: Rows) -> tuple[Vectors, Rows]:
        """Vectors of the passages of *places*, (passages, dimension) float32, and (places + 1,) where each begins."""
        sizes = self._passage_sizes[places]
        return self._passages.take(ranges(self._passage_starts[places], sizes)), bounds_of(sizes)

    def sentence_rows(self, places: Rows) -> tuple[Vectors, Rows]:
        """Vectors of the sentences of *places*, (sentences, dimension) float32, and (places + 1,) where each begins."""
        sizes = self._sentence_sizes[places]
        rows = self._sentences.take(ranges(self._sentence_starts[places], sizes))
        return rows, np.concatenate([[0], np.cumsum(sizes)])

    def sentences(self, place: int) -> list[str]:
        """What can be quoted of the document at *place*, in the order of ``sentence_rows``."""
        segment, first, last = self._said(place)
        return segment.sentences.between(first, last)

    def quotes(self, places: Rows, numbers: Rows) -> list[str]:
        """The sentence at each of *numbers* among ``sentences`` of the place beside it; only these are decoded."""
        owners = np.searchsorted(self._firsts, places, side="right") - 1
        found = np.empty(len(places), dtype=object)
        for number in np.unique(owners).tolist():
            mine, segment = np.flatnonzero(owners == number), self._segments[number]
            own = self._live[number][places[mine] - self._firsts[number]]
            found[mine] = segment.sentences.at(segment.sentence_bounds[own] + numbers[mine])
        return list(found)

    def _said(self, place: int) -> tuple[Segment, int, int]:
        """The segment of the document at *place*, and from where to before where its sentences stand there."""
        number = int(np.searchsorted(self._firsts, place, side="right")) - 1
        segment, own = self._segments[number], int(self._live[number][place - self._firsts[number]])
        return segment, int(segment.sentence_bounds[own]), int(segment.sentence_bounds[own + 1])

    def _runs(self, bounds: Sequence[Rows], stacked: StackedRows) -> tuple[Rows, Rows]:
        """For each place the first of its rows in *stacked*, and how many it has."""
        firsts = stacked.firsts.tolist()
        starts = [each[own] + first for each, own, first in zip(bounds, self._live, firsts, strict=False)]
        sizes = [np.diff(each)[own] for each, own in zip(bounds, self._live, strict=True)]
        return _joined(starts), _joined(sizes)

    def _allowed(self, number: int, only: Rows | None) -> Rows | None:
        """Which of a segment's documents may be found, by their number in it; None if all may."""
        live, first = self._live[number], int(self._firsts[number])
        if only is None:
            return None if len(live) == len(self._segments[number].ids) else live
        mine = only[(only >= first) & (only < first + len(live))]
        return live[np.sort(mine) - first]

    def _best(self, found: Found, k: int) -> Found:
        return sorted(found, key=lambda item: (-item[1], int(self.ids[item[0]])))[:k]


def products(queries: Vectors, rows: Vectors) -> Vectors:
    """Inner products (queries, rows) float32, each the same whatever stands beside it.

    In double precision first: BLAS adds in another order for every shape, which single precision would show.
    """
    if not len(rows):
        return np.zeros((len(queries), 0), dtype=np.float32)  # an empty catalogue need not know a dimension
    return (queries.astype(np.float64) @ rows.astype(np.float64).T).astype(np.float32)


def _joined(parts: Sequence[NDArray[Any]]) -> Rows:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])
