"""What is measured of a need and each document: the columns that a ranker weighs, for many documents at once."""

from collections.abc import Mapping, Sequence

import numpy as np

from matching.corpus import Corpus, products
from matching.encoder import Vectors
from matching.questions import Question
from matching.ranker import JUDGED, SAID, Features
from matching.stacked import Rows

Judged = Mapping[int, Mapping[str, float]]

# A need that is told at length shares a smaller part of its words with the offer that answers it: a share of 0.3 is
# already half of what can be hoped for.
_HALF_OF_ALL = 0.3


def measure(corpus: Corpus, question: Question, places: Rows, coverage: Vectors, judged: Judged | None) -> Features:
    """(places, ``ranker.FEATURES``) float32 of 0..1, NaN where nothing is known.

    *coverage* (places,) counts where the need states its requirements; *judged* holds fits by document id.
    """
    columns = (
        meaning(corpus, question, places),
        shared_words(corpus, question, places),
        coverage if question.stated else np.full(len(places), np.nan),
    )
    said = np.stack(columns, axis=1).astype(np.float32)
    return np.concatenate([said, _judged(corpus.ids[places].tolist(), judged or {})], axis=1)


def meaning(corpus: Corpus, question: Question, places: Rows) -> Vectors:
    """Cosine of the need to each place's nearest passage, both seen from the catalogue's mean; 0 if they turn away.

    Vectors of one encoder crowd in a cone; taken from their mean they spread (Mu & Viswanath, 2018, arXiv 1702.01417).
    """
    rows, bounds = corpus.passage_rows(places)
    ahead, beside = products(np.stack([question.heading, question.centre]), rows)
    own = float(question.centre @ question.centre)
    # |p − c|² of unit rows p; a row at the mean itself has no direction.
    distance = np.sqrt(np.maximum(1 - 2 * beside + own, 1e-6))
    cosines = (ahead - float(question.heading @ question.centre)) / distance
    found = np.zeros(len(places), dtype=np.float32)
    filled = np.flatnonzero(np.diff(bounds))
    if len(filled):
        found[filled] = np.maximum.reduceat(cosines, bounds[filled])
    return np.clip(found, 0, 1)


def shared_words(corpus: Corpus, question: Question, places: Rows) -> Vectors:
    """Which share s of the need's BM25 for its own words each place reaches, steep at first: s·(1 + h) / (s + h)."""
    own = corpus.own_score(question.words)
    if own <= 0:
        return np.zeros(len(places), dtype=np.float32)
    shares = np.clip(corpus.lexical(question.bridged, places) / own, 0, 1)
    return np.asarray(shares * (1 + _HALF_OF_ALL) / (shares + _HALF_OF_ALL), dtype=np.float32)


def _judged(ids: Sequence[int], judged: Judged) -> Features:
    found = np.full((len(ids), len(JUDGED)), np.nan, dtype=np.float32)
    for row, document_id in enumerate(ids):
        for name, fit in judged.get(document_id, {}).items():
            found[row, JUDGED.index(name)] = fit
    return found


def named(rows: Features) -> list[dict[str, float]]:
    """Each row by feature name, without what is not known."""
    names = (*SAID, *JUDGED)
    return [
        {name: value for name, value in zip(names, row, strict=True) if not np.isnan(value)} for row in rows.tolist()
    ]
