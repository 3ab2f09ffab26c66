"""A loaded catalogue: ranks documents for a need and finds them for a query."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from matching import ranking
from matching.documents import Evidence, Hit, Need, Ranked
from matching.encoder import Encoder, Vectors
from matching.evidence import Scale, best_evidence, coverage, strengths
from matching.index import DenseIndex, Rows
from matching.lexical import LexicalIndex
from matching.manifest import Manifest, SnapshotError
from matching.questions import Question, read_need

CANDIDATES = 200


@dataclass(frozen=True)
class Parts:
    """What a catalogue is made of. Documents are known by place, their order by id.

    *ids* (documents,) int64 rising; *sentences* per document; *sentence_vectors* (all sentences, dimension) float32 in
    the same order; *bounds* (documents + 1,) int64, where each document's sentences begin.
    """

    ids: Rows
    dense: DenseIndex
    lexical: LexicalIndex
    sentences: Sequence[Sequence[str]]
    sentence_vectors: Vectors
    bounds: Rows


class Catalogue:
    """Read-only and safe to share between threads. *manifest* says what it was built from and with which encoder."""

    def __init__(self, manifest: Manifest, parts: Parts) -> None:
        self.manifest = manifest
        self._parts = parts
        self._scales: dict[str, Scale] = {}

    def rank(self, need: Need, encoder: Encoder, *, k: int = 20, only: Collection[int] | None = None) -> list[Ranked]:
        """The *k* best documents for *need*, best first, ties by id, with the parts of each score and its evidence.

        Candidates are the ``CANDIDATES`` nearest by vectors and by words; *only* restricts them before the search, so
        that nothing is lost to it.

        - raises ``SnapshotError`` if the catalogue was built with another encoder
        """
        question = self.encode(need, encoder)
        lexical = self._lexical(question)
        places = self._candidates(question, lexical, max(CANDIDATES, k), self._places(only))
        return self._ranked(question, lexical, places)[:k]

    def score(self, need: Need, encoder: Encoder, ids: Collection[int]) -> list[Ranked]:
        """The given documents, scored exactly as ``rank`` does, best first; unknown ids are left out."""
        question = self.encode(need, encoder)
        places = self._places(ids)
        return self._ranked(question, self._lexical(question), self._every(places))

    def search(self, query: str, encoder: Encoder, *, k: int = 20) -> list[Hit]:
        """The *k* best documents for a few words, each with its nearest sentence; the same scale as ``rank``."""
        question = self.encode(Need(title="", text=query), encoder)
        lexical = self._lexical(question)
        places = self._candidates(question, lexical, max(CANDIDATES, k), None)
        found = self._ranked(question, lexical, places)[:k]
        return [Hit(item.document_id, item.score, self._nearest_sentence(question, item.document_id)) for item in found]

    def encode(self, need: Need, encoder: Encoder) -> Question:
        """*need* as vectors and words. Raises ``SnapshotError`` if the catalogue was built with another encoder."""
        if encoder.name != self.manifest.encoder:
            raise SnapshotError(
                f"The catalogue was built with the encoder {self.manifest.encoder}, now {encoder.name} runs: "
                "rebuild it with jiebang index build."
            )
        scale = self._scales.get(encoder.name)
        if scale is None:
            scale = self._scales[encoder.name] = Scale(encoder)
        return read_need(need, encoder, scale)

    def first_stage(self, question: Question) -> tuple[Vectors, Vectors]:
        """Dense strength and lexical share of every document in order of id, each (documents,) float32 of 0..1."""
        cosines = self._parts.dense.cosines(question.vector, self._every(None))
        return strengths(cosines[None, :], question.vector_bounds)[0], self._lexical(question)

    def _lexical(self, question: Question) -> Vectors:
        lexical = self._parts.lexical
        return ranking.lexical_shares(lexical.scores(question.words), lexical.own_score(question.words))

    def _places(self, ids: Collection[int] | None) -> Rows | None:
        if ids is None:
            return None
        return np.flatnonzero(np.isin(self._parts.ids, np.fromiter(ids, dtype=np.int64, count=len(ids))))

    def _every(self, places: Rows | None) -> Rows:
        return np.arange(len(self._parts.ids)) if places is None else places

    def _candidates(self, question: Question, lexical: Vectors, size: int, only: Rows | None) -> Rows:
        allowed = self._every(only)
        if len(allowed) <= size:
            return allowed
        selected = None if len(allowed) == len(self._parts.ids) else allowed
        near = [place for place, _ in self._parts.dense.nearest(question.vector, size, selected)]
        by_words = allowed[np.argsort(-lexical[allowed], kind="stable")[:size]]
        return np.union1d(np.asarray(near, dtype=np.int64), by_words)

    def _ranked(self, question: Question, lexical: Vectors, places: Rows) -> list[Ranked]:
        cosines = self._parts.dense.cosines(question.vector, places)
        dense = strengths(cosines[None, :], question.vector_bounds)[0]
        found = []
        for place, near, shared in zip(places.tolist(), dense.tolist(), lexical[places].tolist(), strict=True):
            evidence = self._evidence(question, place)
            covered = coverage(question.asked, evidence)
            score = ranking.combine(near, shared, covered, ranking.WEIGHTS)
            shown = evidence if question.stated else ()
            found.append(Ranked(int(self._parts.ids[place]), score, near, shared, covered, shown))
        return ranking.in_order(found)

    def _evidence(self, question: Question, place: int) -> tuple[Evidence, ...]:
        found = strengths(question.asked_vectors @ self._vectors(place).T, question.asked_bounds)
        return best_evidence(question.asked, found, self._parts.sentences[place])

    def _vectors(self, place: int) -> Vectors:
        return self._parts.sentence_vectors[self._parts.bounds[place] : self._parts.bounds[place + 1]]

    def _nearest_sentence(self, question: Question, document_id: int) -> str:
        place = int(np.searchsorted(self._parts.ids, document_id))
        near = self._vectors(place) @ question.vector
        return self._parts.sentences[place][int(near.argmax())] if len(near) else ""
