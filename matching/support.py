"""The evidence stage: for each requirement the sentence of each document that supports it best, for many at once."""

import numpy as np

from matching.claims import contradictions, may_be_contradicted
from matching.corpus import Corpus
from matching.documents import Evidence
from matching.encoder import Vectors
from matching.evidence import MUST_WEIGHT, WISH_WEIGHT
from matching.questions import Question
from matching.stacked import Rows, best_in_runs

# What a sentence that speaks against a requirement keeps of its likeness: it is on the subject, no more.
_CONTRADICTED = 0.25


class Support:
    """*strengths* (requirements, places) float32 of 0..1, that of each place's best sentence; 0 without sentences."""

    def __init__(self, corpus: Corpus, question: Question, places: Rows) -> None:
        self._corpus, self._asked, self._places = corpus, question.asked, places
        rows, bounds = corpus.sentence_rows(places)
        found = question.scale.strengths(question.asked_vectors, rows)
        self.strengths = np.zeros((len(self._asked), len(places)), dtype=np.float32)
        self._best = np.zeros((len(self._asked), len(places)), dtype=np.int64)
        filled = np.flatnonzero(np.diff(bounds))
        if len(filled) and len(self._asked):
            self._best[:, filled], self.strengths[:, filled] = best_in_runs(
                found, bounds[filled], np.diff(bounds)[filled]
            )
        self._filled = frozenset(filled.tolist())
        self._against: dict[tuple[int, int], tuple[str, ...]] = {}
        self._check()

    def coverage(self) -> Vectors:
        """Mean strength over the requirements, (places,), a must counted twice; 0 without requirements."""
        if not self._asked:
            return np.zeros(len(self._places), dtype=np.float32)
        weights = np.array([MUST_WEIGHT if each.must else WISH_WEIGHT for each in self._asked])
        # Summed one by one: a product of matrices would round a place differently for every number of places beside it.
        total = sum(weight * row.astype(np.float64) for weight, row in zip(weights, self.strengths, strict=True))
        return np.asarray(total / weights.sum(), dtype=np.float32)

    def evidence(self, at: int) -> tuple[Evidence, ...]:
        """For each requirement the best sentence of the place at *at*; nothing where it has no sentences."""
        if at not in self._filled:
            return ()
        place = int(self._places[at])
        return tuple(
            Evidence(
                each.id,
                self._corpus.sentence(place, int(self._best[row, at])),
                float(self.strengths[row, at]),
                self._against.get((row, at), ()),
            )
            for row, each in enumerate(self._asked)
        )

    def _check(self) -> None:
        """Lower the strength of sentences that speak against what is asked."""
        for row, each in enumerate(self._asked):
            for at in self._filled if may_be_contradicted(each.text) else ():
                sentence = self._corpus.sentence(int(self._places[at]), int(self._best[row, at]))
                if against := contradictions(each.text, sentence):
                    self._against[row, at] = against
                    self.strengths[row, at] *= _CONTRADICTED
