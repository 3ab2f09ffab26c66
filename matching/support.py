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
        self._filled = np.flatnonzero(np.diff(bounds))
        found = question.scale.strengths(question.asked_vectors, rows)
        self.strengths = np.zeros((len(self._asked), len(places)), dtype=np.float32)
        self._said: list[dict[int, str]] = []
        if len(self._filled) and len(self._asked):
            best, self.strengths[:, self._filled] = best_in_runs(
                found, bounds[self._filled], np.diff(bounds)[self._filled]
            )
            self._said = self._quoted(best)
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
        strengths = self.strengths[:, at].tolist()
        return tuple(
            Evidence(each.id, said[at], strengths[row], self._against.get((row, at), ()))
            for row, (each, said) in enumerate(zip(self._asked, self._said, strict=False))
            if at in said
        )

    def _quoted(self, best: Rows) -> list[dict[int, str]]:
        """For each requirement the sentences at *best* (requirements, filled), by where in the places."""
        filled, width = self._filled.tolist(), int(best.max()) + 1
        numbers, at = np.unique(best + np.arange(len(filled)) * width, return_inverse=True)
        owners, sentences = np.divmod(numbers, width)
        quotes = self._corpus.quotes(self._places[self._filled[owners]], sentences)
        return [dict(zip(filled, map(quotes.__getitem__, row), strict=True)) for row in at.reshape(best.shape).tolist()]

    def _check(self) -> None:
        """Lower the strength of sentences that speak against what is asked."""
        for row, (each, said) in enumerate(zip(self._asked, self._said, strict=False)):
            for at, sentence in said.items() if may_be_contradicted(each.text) else ():
                if against := contradictions(each.text, sentence):
                    self._against[row, at] = against
                    self.strengths[row, at] *= _CONTRADICTED
