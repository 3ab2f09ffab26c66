"""A few words looked up in a catalogue: by meaning and by words, each document with the sentence that answers best."""

from dataclasses import dataclass

import numpy as np

from matching import ranking
from matching.catalogue import Catalogue
from matching.corpus import Corpus, Field, products
from matching.documents import Need
from matching.encoder import Encoder, Vectors
from matching.questions import Question
from matching.stacked import Rows

DEPTH = 200
# A document is worth showing that holds this share of the query's words by weight, or is this near in meaning.
# Read off the labelled sets' random pairs: nine of ten stay under both (docs/decisions/ranking.md).
LEAST_WORDS, LEAST_MEANING = 0.2, 0.35
# Where nothing is, the few nearest are shown that strangers do not come near to.
FEW, LEAST_OF_FEW = 5, 0.28
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
    share of ``ranking.lexical_shares`` with the query's words in both languages, *meaning* the strength of the nearest
    passage, in the other language by that one's bounds (``evidence.Scale``). Where no document holds the words or is
    near, the ``FEW`` nearest from ``LEAST_OF_FEW`` on are returned.

    - raises ``SnapshotError`` if the catalogue was built with another encoder
    """
    question, corpus = catalogue.encode(Need(title="", text=query), encoder), catalogue.corpus
    near = [place for place, _ in corpus.nearest(question.vector, DEPTH)]
    spoken = [place for place, _ in corpus.best_by_words(question.bridged, DEPTH)]
    places = np.union1d(np.asarray(near, dtype=np.int64), np.asarray(spoken, dtype=np.int64))
    meaning, words = _meaning(corpus, question, places), _shares(corpus, question, places, "all")
    scores = np.minimum((words + meaning) / 2 + TITLE_BONUS * _shares(corpus, question, places, "title"), 1)
    order = _worth_showing(corpus.ids[places], scores, words, meaning)
    return [
        LookedUp(
            int(corpus.ids[places[at]]), float(scores[at]), float(words[at]), float(meaning[at]),
            _sentence(catalogue, question.vector, int(places[at])) if number < quoted else "",
        )
        for number, at in enumerate(order.tolist())
    ]  # fmt: skip


def _meaning(corpus: Corpus, question: Question, places: Rows) -> Vectors:
    """The strength of each place's nearest passage in either language, (places,) of 0..1; 0 without passages."""
    rows, bounds = corpus.passage_rows(places)
    found, filled = np.zeros(len(places), dtype=np.float32), np.flatnonzero(np.diff(bounds))
    if len(filled):
        found[filled] = np.maximum.reduceat(question.scale.strengths(question.vector[None, :], rows)[0], bounds[filled])
    return found


def _shares(corpus: Corpus, question: Question, places: Rows, field: Field) -> Vectors:
    """The share of the query's words that each place holds by weight, in either language, (places,) of 0..1."""
    scores = corpus.lexical(question.bridged, places, field=field)
    return ranking.lexical_shares(scores, corpus.own_score(question.words, field=field))


def _worth_showing(ids: Rows, scores: Vectors, words: Vectors, meaning: Vectors) -> Rows:
    """Where in the arrays what is worth showing stands, best first, ties by id."""
    kept, few = np.flatnonzero((words >= LEAST_WORDS) | (meaning >= LEAST_MEANING)), len(ids)
    if not len(kept):
        kept, few = np.flatnonzero(meaning >= LEAST_OF_FEW), FEW
    return kept[np.lexsort((ids[kept], -scores[kept]))][:few]


def _sentence(catalogue: Catalogue, vector: Vectors, place: int) -> str:
    near = products(vector[None, :], catalogue.corpus.sentence_rows(np.array([place]))[0])[0]
    return catalogue.corpus.sentences(place)[int(near.argmax())] if len(near) else ""
