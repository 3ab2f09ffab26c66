"""A loaded catalogue: ranks documents for a need and finds them for a query."""

from collections.abc import Collection, Sequence

import numpy as np

from matching import ranking
from matching.corpus import Corpus, products
from matching.documents import Hit, Need, Ranked
from matching.encoder import Encoder, Vectors
from matching.evidence import strengths
from matching.features import Judged, measure, named
from matching.manifest import Manifest, SnapshotError
from matching.questions import Question, read_need
from matching.ranker import Ranker, shipped_ranker
from matching.reranker import DEPTH, Reranker, reranked
from matching.stacked import Rows
from matching.support import Support

CANDIDATES = 200


class Catalogue:
    """Read-only and safe to share between threads. *manifest* says what it was built from and with which encoder."""

    def __init__(self, manifest: Manifest, corpus: Corpus) -> None:
        self.manifest = manifest
        self.corpus = corpus

    def rank(
        self,
        need: Need,
        encoder: Encoder,
        *,
        k: int = 20,
        only: Collection[int] | None = None,
        structured: Judged | None = None,
        ranker: Ranker | None = None,
        reranker: Reranker | None = None,
    ) -> list[Ranked]:
        """The *k* best documents for *need*, best first, ties by id, with what makes up each score and its evidence.

        Candidates are the ``CANDIDATES`` nearest by meaning and by words; *only* restricts them before the search, so
        that nothing is lost to it. *structured* holds, by document id, fits of 0..1 that the caller judged
        (``ranker.JUDGED``). Without *ranker*, the shipped one is used. A *reranker* has its say in the first places.

        - raises ``SnapshotError`` if the catalogue was built with another encoder
        """
        using = ranker or shipped_ranker()
        question = self.encode(need, encoder, using)
        words = self.corpus.lexical(question.bridged)
        places = self._candidates(question, words, max(CANDIDATES, k), self._places(only))
        found = self._ranked(question, places, words[places], ranker=using, structured=structured, k=k)
        return reranked(found, need, self._texts(found[:DEPTH]), reranker) if reranker else found

    def score(
        self,
        need: Need,
        encoder: Encoder,
        ids: Collection[int],
        *,
        structured: Judged | None = None,
        ranker: Ranker | None = None,
    ) -> list[Ranked]:
        """The given documents, scored exactly as ``rank`` does, best first; unknown ids are left out."""
        using = ranker or shipped_ranker()
        question, places = self.encode(need, encoder, using), self.corpus.places_of(ids)
        words = self.corpus.lexical(question.bridged, places)
        return self._ranked(question, places, words, ranker=using, structured=structured, k=len(places))

    def search(self, query: str, encoder: Encoder, *, k: int = 20) -> list[Hit]:
        """The *k* best documents for a few words, each with its nearest sentence; the same scale as ``rank``."""
        ranker = shipped_ranker()
        question = self.encode(Need(title="", text=query), encoder, ranker)
        words = self.corpus.lexical(question.bridged)
        places = self._candidates(question, words, max(CANDIDATES, k), None)
        found = self._ranked(question, places, words[places], ranker=ranker, structured=None, k=k)
        return [Hit(item.document_id, item.score, self._nearest_sentence(question, item.document_id)) for item in found]

    def encode(self, need: Need, encoder: Encoder, ranker: Ranker | None = None) -> Question:
        """*need* as vectors and words. Raises ``SnapshotError`` if the catalogue was built with another encoder."""
        if encoder.name != self.manifest.encoder:
            raise SnapshotError(
                f"The catalogue was built with the encoder {self.manifest.encoder}, now {encoder.name} runs: "
                "rebuild it with jiebang index build."
            )
        return read_need(need, encoder, ranker or shipped_ranker(), self.corpus)

    def first_stage(self, question: Question, places: Rows | None = None) -> tuple[Vectors, Vectors]:
        """Both retrievers alone, with nothing learned: dense strength and lexical share of *places*, else of every one.

        Each (places,) float32 of 0..1.
        """
        asked = np.arange(len(self.corpus)) if places is None else places
        cosines = self.corpus.cosines(question.vector[None, :], asked)
        words = self.corpus.lexical(question.words, asked)
        shares = ranking.lexical_shares(words, self.corpus.own_score(question.words))
        return strengths(cosines, question.vector_bounds)[0], shares

    def _places(self, ids: Collection[int] | None) -> Rows | None:
        return None if ids is None else self.corpus.places_of(ids)

    def _candidates(self, question: Question, words: Vectors, size: int, only: Rows | None) -> Rows:
        """The *size* nearest by meaning and the *size* best by *words*, the BM25 of every document."""
        allowed = np.arange(len(self.corpus)) if only is None else only
        if len(allowed) <= size:
            return allowed
        selected = None if len(allowed) == len(self.corpus) else allowed
        near = [place for place, _ in self.corpus.nearest(question.heading, size, selected)]
        scores = words if selected is None else words[selected]
        by_words = [place for place, _ in self.corpus.best_scored(scores, size, selected)]
        return np.union1d(np.asarray(near, dtype=np.int64), np.asarray(by_words, dtype=np.int64))

    def _ranked(
        self, question: Question, places: Rows, words: Vectors, *, ranker: Ranker, structured: Judged | None, k: int
    ) -> list[Ranked]:
        """*words* (places,) are the BM25 of the places."""
        support = Support(self.corpus, question, places)
        features = measure(self.corpus, question, places, support.coverage(), structured, words=words)
        scores, contributions = ranker.scores(features)
        ids = self.corpus.ids[places]
        best = np.lexsort((ids, -scores))[:k]
        return [
            ranking.ranked(int(ids[at]), float(scores[at]), support.evidence(at), values, added)
            for at, values, added in zip(best.tolist(), named(features[best]), named(contributions[best]), strict=True)
        ]

    def _texts(self, ranked: Sequence[Ranked]) -> list[str]:
        """What the catalogue can quote of each document."""
        places = {
            int(self.corpus.ids[place]): place for place in self.corpus.places_of([item.document_id for item in ranked])
        }
        return [" ".join(self.corpus.sentences(int(places[item.document_id]))) for item in ranked]

    def _nearest_sentence(self, question: Question, document_id: int) -> str:
        places = self.corpus.places_of([document_id])
        near = products(question.vector[None, :], self.corpus.sentence_rows(places)[0])[0]
        return self.corpus.sentences(int(places[0]))[int(near.argmax())] if len(near) else ""
