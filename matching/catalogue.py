"""A loaded catalogue: ranks documents for a need and finds them for a query."""

from collections.abc import Collection

import numpy as np

from matching import ranking
from matching.corpus import Corpus, products
from matching.documents import Evidence, Hit, Need, Ranked
from matching.encoder import Encoder, Vectors
from matching.evidence import Scale, best_evidence, coverage, strengths
from matching.manifest import Manifest, SnapshotError
from matching.questions import Question, read_need
from matching.stacked import Rows

CANDIDATES = 200


class Catalogue:
    """Read-only and safe to share between threads. *manifest* says what it was built from and with which encoder."""

    def __init__(self, manifest: Manifest, corpus: Corpus) -> None:
        self.manifest = manifest
        self.corpus = corpus
        self._scales: dict[str, Scale] = {}

    def rank(self, need: Need, encoder: Encoder, *, k: int = 20, only: Collection[int] | None = None) -> list[Ranked]:
        """The *k* best documents for *need*, best first, ties by id, with the parts of each score and its evidence.

        Candidates are the ``CANDIDATES`` nearest by vectors and by words; *only* restricts them before the search, so
        that nothing is lost to it.

        - raises ``SnapshotError`` if the catalogue was built with another encoder
        """
        question = self.encode(need, encoder)
        return self._ranked(question, self._candidates(question, max(CANDIDATES, k), self._places(only)))[:k]

    def score(self, need: Need, encoder: Encoder, ids: Collection[int]) -> list[Ranked]:
        """The given documents, scored exactly as ``rank`` does, best first; unknown ids are left out."""
        question = self.encode(need, encoder)
        return self._ranked(question, self.corpus.places_of(ids))

    def search(self, query: str, encoder: Encoder, *, k: int = 20) -> list[Hit]:
        """The *k* best documents for a few words, each with its nearest sentence; the same scale as ``rank``."""
        question = self.encode(Need(title="", text=query), encoder)
        found = self._ranked(question, self._candidates(question, max(CANDIDATES, k), None))[:k]
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

    def first_stage(self, question: Question, places: Rows | None = None) -> tuple[Vectors, Vectors]:
        """Dense strength and lexical share of *places*, else of every document, each (places,) float32 of 0..1."""
        asked = np.arange(len(self.corpus)) if places is None else places
        cosines = self.corpus.cosines(question.vector[None, :], asked)
        return strengths(cosines, question.vector_bounds)[0], self._lexical(question, asked)

    def _lexical(self, question: Question, places: Rows) -> Vectors:
        scores = self.corpus.lexical(question.words, places)
        return ranking.lexical_shares(scores, self.corpus.own_score(question.words))

    def _places(self, ids: Collection[int] | None) -> Rows | None:
        return None if ids is None else self.corpus.places_of(ids)

    def _candidates(self, question: Question, size: int, only: Rows | None) -> Rows:
        allowed = np.arange(len(self.corpus)) if only is None else only
        if len(allowed) <= size:
            return allowed
        selected = None if len(allowed) == len(self.corpus) else allowed
        near = [place for place, _ in self.corpus.nearest(question.vector, size, selected)]
        by_words = [place for place, _ in self.corpus.best_by_words(question.words, size, selected)]
        return np.union1d(np.asarray(near, dtype=np.int64), np.asarray(by_words, dtype=np.int64))

    def _ranked(self, question: Question, places: Rows) -> list[Ranked]:
        cosines = self.corpus.cosines(question.vector[None, :], places)
        dense = strengths(cosines, question.vector_bounds)[0].tolist()
        lexical = self._lexical(question, places).tolist()
        evidence = self._evidence(question, places)
        found = []
        for number, document_id in enumerate(self.corpus.ids[places].tolist()):
            covered = coverage(question.asked, evidence[number])
            score = ranking.combine(dense[number], lexical[number], covered, ranking.WEIGHTS)
            shown = evidence[number] if question.stated else ()
            found.append(Ranked(document_id, score, dense[number], lexical[number], covered, shown))
        return ranking.in_order(found)

    def _evidence(self, question: Question, places: Rows) -> list[tuple[Evidence, ...]]:
        rows, bounds = self.corpus.sentence_rows(places)
        found = strengths(products(question.asked_vectors, rows), question.asked_bounds)
        return [
            best_evidence(question.asked, found[:, bounds[number] : bounds[number + 1]], self.corpus.sentences(place))
            for number, place in enumerate(places.tolist())
        ]

    def _nearest_sentence(self, question: Question, document_id: int) -> str:
        places = self.corpus.places_of([document_id])
        near = products(question.vector[None, :], self.corpus.sentence_rows(places)[0])[0]
        return self.corpus.sentences(int(places[0]))[int(near.argmax())] if len(near) else ""
