"""A labelled set as arrays: every feature of every need and document, so that many rankers are tried in seconds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.adapting import Lesson
from matching.catalogue import Catalogue
from matching.encoder import Encoder, Vectors, unit_rows
from matching.evidence import strengths
from matching.features import best_two, shared_words
from matching.labelled import LabelledSet
from matching.metrics import Scores, scores_of
from matching.questions import Question
from matching.ranker import FEATURES, Features, Ranker
from matching.stacked import Rows

DEPTH = 100
_NEEDS_AT_ONCE = 64
# How many documents of a set without a judged pool take part in learning weights: the best of a first guess.
_CONTENDERS = 200


@dataclass(frozen=True)
class Prepared:
    """*headings* (needs, dimension) and *passages* (rows, dimension): unit rows less the *centre*, needs not turned.

    *starts* and *lengths* are each document's rows; *likeness* and *words* are (needs, documents) float32; *gains* map
    for each need a document's place to 2^grade − 1, judged but useless ones to 0.
    """

    labelled: LabelledSet
    queries: tuple[str, ...]
    centre: Vectors
    headings: Vectors
    passages: Vectors
    starts: Rows
    lengths: Rows
    likeness: Vectors
    words: Vectors
    gains: tuple[dict[int, float], ...]

    def __len__(self) -> int:
        return len(self.queries)

    def meaning(self, change: Vectors | None, rows: Rows) -> Vectors:
        """The feature of that name for the needs at *rows* under a turn, (rows, documents) float32."""
        turned = self.headings[rows]
        if change is not None:
            turned = unit_rows(turned + turned @ change)
        cosines = turned @ self.passages.T
        found = np.zeros((len(rows), len(self.labelled.keys)), dtype=np.float32)
        filled = np.flatnonzero(self.lengths)
        found[:, filled] = np.maximum.reduceat(cosines, self.starts[filled], axis=1)
        return np.clip(found, 0, 1)

    def features(self, meaning: Vectors, rows: Rows) -> NDArray[np.float32]:
        """Meaning, likeness and words of every document for the needs at *rows*, (rows, documents, 3) float32."""
        return np.stack([meaning, self.likeness[rows], self.words[rows]], axis=-1)

    def lesson(self, rows: Rows) -> Lesson:
        """The needs at *rows* as something that an adapter is learned from; those without a passage are left out."""
        graded = self.labelled.graded
        wanted = np.zeros((len(rows), len(self.passages)), dtype=np.float32)
        among = np.zeros(wanted.shape, dtype=np.bool_) if graded else None
        nearest = self.headings[rows] @ self.passages.T
        for number, row in enumerate(rows.tolist()):
            for place, gain in self.gains[row].items():
                own = slice(int(self.starts[place]), int(self.starts[place] + self.lengths[place]))
                if own.stop > own.start:
                    wanted[number, own.start + int(nearest[number, own].argmax())] = gain
                    if among is not None:
                        among[number, own] = True
        total = wanted.sum(axis=1, keepdims=True)
        useful = np.flatnonzero(total[:, 0] > 0)
        shares = wanted[useful] / total[useful]
        return Lesson(self.headings[rows][useful], self.passages, shares, None if among is None else among[useful])

    def lists(self, meaning: Vectors, rows: Rows) -> list[tuple[Features, NDArray[np.float32]]]:
        """For each need at *rows* the features and gains of its judged pool, or else of its best contenders."""
        features = self.features(meaning, rows)
        found = []
        for number, row in enumerate(rows.tolist()):
            gains = self.gains[row]
            if self.labelled.graded:
                places = np.fromiter(gains, dtype=np.int64)
            else:
                guess = features[number].sum(axis=1)
                places = np.argsort(-guess, kind="stable")[:_CONTENDERS]
            wanted = np.array([gains.get(place, 0.0) for place in places.tolist()], dtype=np.float32)
            found.append((features[number][places], wanted))
        return found

    def measure(self, ranker: Ranker, rows: Rows, encoder: str) -> list[Scores]:
        """How well *ranker* orders the documents for each need at *rows*."""
        adapter = ranker.adapter_for(encoder)
        change = adapter.change if adapter else None
        found: list[Scores] = []
        for start in range(0, len(rows), _NEEDS_AT_ONCE):
            some = rows[start : start + _NEEDS_AT_ONCE]
            features = self.features(self.meaning(change, some), some)
            for number, row in enumerate(some.tolist()):
                found.append(self._scores(ranker.scores(padded(features[number]))[0], row))
        return found

    def judged_pairs(self, ranker: Ranker, rows: Rows, encoder: str) -> list[tuple[float, bool]]:
        """The score of each judged pair of the needs at *rows* and whether it is relevant; none of an ungraded set.

        Where only the right answer is known, the others are not wrong.
        """
        if not self.labelled.graded:
            return []
        adapter = ranker.adapter_for(encoder)
        features = self.features(self.meaning(adapter.change if adapter else None, rows), rows)
        found: list[tuple[float, bool]] = []
        for number, row in enumerate(rows.tolist()):
            places = list(self.gains[row])
            scores = ranker.scores(padded(features[number][places]))[0].tolist()
            found += [(score, self.gains[row][place] > 0) for score, place in zip(scores, places, strict=True)]
        return found

    def _scores(self, scores: Vectors, row: int) -> Scores:
        keys, query = self.labelled.keys, self.queries[row]
        pool = None
        if self.labelled.graded:
            judged = np.sort(np.fromiter(self.gains[row], dtype=np.int64))
            pool = [keys[place] for place in judged[np.argsort(-scores[judged], kind="stable")].tolist()]
        order = [keys[place] for place in np.argsort(-scores, kind="stable")[:DEPTH].tolist()]
        return scores_of(order, self.labelled.grades[query], pool)


def padded(said: Features) -> Features:
    """Meaning, likeness and words (n, 3) as a row of ``FEATURES`` in which nothing else is known."""
    found = np.full((len(said), len(FEATURES)), np.nan, dtype=np.float32)
    found[:, : said.shape[1]] = said
    return found


def prepare(labelled: LabelledSet, catalogue: Catalogue, encoder: Encoder, plain: Ranker) -> Prepared:
    """Measure *labelled*, whose documents *catalogue* holds by their number, with a ranker that turns nothing."""
    corpus = catalogue.corpus
    every = np.arange(len(corpus))
    # Ids are numbers of the set's documents; columns follow them, whatever the places.
    places = corpus.places_of(range(len(labelled.keys)))
    order = places[np.argsort(corpus.ids[places], kind="stable")]
    rows, bounds = corpus.passage_rows(order)
    lengths = np.diff(bounds)
    questions = [catalogue.encode(labelled.needs[query], encoder, plain) for query in labelled.judged]
    centre = questions[0].centre if questions else np.zeros(rows.shape[1], dtype=np.float32)
    places_by_key = {key: number for number, key in enumerate(labelled.keys)}
    return Prepared(
        labelled=labelled,
        queries=tuple(labelled.judged),
        centre=centre,
        headings=np.stack([question.heading for question in questions]),
        passages=unit_rows(rows - centre),
        starts=bounds[:-1],
        lengths=lengths,
        likeness=_likeness(questions, rows, bounds, len(every)),
        words=np.stack([shared_words(corpus, question, order) for question in questions]),
        gains=tuple(_gains(labelled.grades[query], places_by_key) for query in labelled.judged),
    )


def _likeness(questions: Sequence[Question], rows: Vectors, bounds: Rows, documents: int) -> Vectors:
    found = np.zeros((len(questions), documents), dtype=np.float32)
    filled = np.flatnonzero(np.diff(bounds))
    for start in range(0, len(questions), _NEEDS_AT_ONCE):
        some = questions[start : start + _NEEDS_AT_ONCE]
        own = np.stack([question.vector for question in some]) @ rows.T
        limits = np.concatenate([question.vector_bounds for question in some])
        best = best_two(own, bounds[:-1][filled], np.diff(bounds)[filled])
        found[start : start + len(some), filled] = strengths(best, limits)
    return found


def _gains(grades: dict[str, int], places: dict[str, int]) -> dict[int, float]:
    return {places[key]: 2.0**grade - 1 for key, grade in grades.items() if key in places}
