"""A few words looked up in a catalogue: by meaning and by words, each document with the sentence that answers best."""

from dataclasses import dataclass

import numpy as np

from matching.catalogue import Catalogue
from matching.corpus import products
from matching.documents import Need
from matching.encoder import Encoder, Vectors

DEPTH = 200
# A document is worth showing that holds this share of the query's words by weight, or is this near in meaning.
# Read off the labelled sets' random pairs: nine of ten stay under both (docs/decisions/ranking.md).
LEAST_WORDS, LEAST_MEANING = 0.2, 0.35
TITLE_BONUS = 0.25


@dataclass(frozen=True)
class LookedUp:
    """A document with both parts of its score, 0..1, and the sentence that says why it was found."""

    document_id: int
    score: float
    words: float
    meaning: float
    sentence: str


def look_up(catalogue: Catalogue, query: str, encoder: Encoder, *, quoted: int = 20) -> list[LookedUp]:
    """Documents for *query*, best first, ties by id, at most twice ``DEPTH``; the first *quoted* with their sentence.

    score = (words + meaning) / 2, plus a bonus for the query's words in the title, cut to 1: *words* is the lexical
    share of ``ranking.lexical_shares``, *meaning* the strength of ``evidence.strengths``.

    - raises ``SnapshotError`` if the catalogue was built with another encoder
    """
    question, corpus = catalogue.encode(Need(title="", text=query), encoder), catalogue.corpus
    near = [place for place, _ in corpus.nearest(question.vector, DEPTH)]
    spoken = [place for place, _ in corpus.best_by_words(question.words, DEPTH)]
    places = np.union1d(np.asarray(near, dtype=np.int64), np.asarray(spoken, dtype=np.int64))
    meaning, words = catalogue.first_stage(question, places)
    own = corpus.own_score(question.words, field="title")
    titled = np.clip(corpus.lexical(question.words, places, field="title") / own, 0, 1) if own > 0 else 0 * words
    scores = np.minimum((words + meaning) / 2 + TITLE_BONUS * titled, 1)
    kept = np.flatnonzero((words >= LEAST_WORDS) | (meaning >= LEAST_MEANING))
    order = kept[np.lexsort((corpus.ids[places[kept]], -scores[kept]))]
    return [
        LookedUp(
            int(corpus.ids[places[at]]), float(scores[at]), float(words[at]), float(meaning[at]),
            _sentence(catalogue, question.vector, int(places[at])) if number < quoted else "",
        )
        for number, at in enumerate(order)
    ]  # fmt: skip


def _sentence(catalogue: Catalogue, vector: Vectors, place: int) -> str:
    near = products(vector[None, :], catalogue.corpus.sentence_rows(np.array([place]))[0])[0]
    return catalogue.corpus.sentences(place)[int(near.argmax())] if len(near) else ""
