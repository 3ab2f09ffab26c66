"""What is measured of a need and each document: the columns that a ranker weighs, for many documents at once."""

from collections.abc import Mapping, Sequence
from math import isnan

import numpy as np

from matching.corpus import Corpus, products
from matching.encoder import Vectors
from matching.evidence import strengths
from matching.questions import Question
from matching.ranker import FEATURES, JUDGED, Features
from matching.stacked import Rows, best_in_runs

Judged = Mapping[int, Mapping[str, float]]

# A need that is told at length shares a smaller part of its words with the offer that answers it: a share of 0.3 is
# already half of what can be hoped for.
_HALF_OF_ALL = 0.3
# A need of one or two words says little by its words; at this many they count half.
_FEW_WORDS = 2


def measure(
    corpus: Corpus,
    question: Question,
    places: Rows,
    coverage: Vectors,
    judged: Judged | None,
    *,
    words: Vectors | None = None,
) -> Features:
    """(places, ``ranker.FEATURES``) float32 of 0..1, NaN where nothing is known.

    *coverage* (places,) counts where the need states its requirements; *judged* holds fits by document id; *words*
    (places,) are the BM25 of the bridged words, where the caller knows it.
    """
    meaning, likeness = by_meaning(corpus, question, places)
    covered = coverage if question.stated else np.full(len(places), np.nan)
    shared = shared_words(corpus, question, places, words)
    said = np.stack([meaning, likeness, shared, covered], axis=1).astype(np.float32)
    return np.concatenate([said, _judged(corpus.ids[places].tolist(), judged or {})], axis=1)


def by_meaning(corpus: Corpus, question: Question, places: Rows) -> tuple[Vectors, Vectors]:
    """*meaning* and *likeness* of each place, (places,) of 0..1; 0 without passages.

    meaning: cosine of the need's heading to the nearest passage, both seen from the catalogue's mean. Vectors of one
    encoder crowd in a cone; taken from their mean they spread (Mu & Viswanath, 2018, arXiv 1702.01417).
    likeness: strength (``evidence.Scale``) of the need's own vector for the two nearest passages together, so that an
    offer about the subject is before one that mentions it.
    """
    rows, bounds = corpus.passage_rows(places)
    sizes = np.diff(bounds)
    filled = np.flatnonzero(sizes)
    meaning, likeness = np.zeros((2, len(places)), dtype=np.float32)
    if len(filled):
        ahead, beside, own = products(np.stack([question.heading, question.centre, question.vector]), rows)
        starts, lengths = bounds[:-1][filled], sizes[filled]
        meaning[filled] = np.maximum.reduceat(centred_cosines(ahead, beside, question.heading, question.centre), starts)
        likeness[filled] = strengths(best_two(own[None, :], starts, lengths), question.vector_bounds)[0]
    return np.clip(meaning, 0, 1), likeness


def centred_cosines(ahead: Vectors, beside: Vectors, headings: Vectors, centre: Vectors) -> Vectors:
    """Cosines of unit *headings* (…, dimension) to unit rows less *centre*.

    *ahead* (…, rows) are the inner products of headings and rows, *beside* (rows,) those of centre and rows.
    """
    # |p − c|² of unit rows p; a row at the mean itself has no direction.
    distance = np.sqrt(np.maximum(1 - 2 * beside + float(centre @ centre), 1e-6))
    cosines = (ahead - (headings @ centre)[..., None]) / distance
    return np.asarray(cosines, dtype=np.float32)


def best_two(found: Vectors, starts: Rows, lengths: Rows) -> Vectors:
    """The mean of the two highest of each run of columns of *found*, by row; the highest where a run has but one."""
    at, highest = best_in_runs(found, starts, lengths)
    rest = found.copy()
    np.put_along_axis(rest, at + starts, -np.inf, axis=1)
    second = np.maximum.reduceat(rest, starts, axis=1)
    return np.asarray((highest + np.where(np.isfinite(second), second, highest)) / 2)


def shared_words(corpus: Corpus, question: Question, places: Rows, words: Vectors | None = None) -> Vectors:
    """Which share s of the need's BM25 for its own words each place reaches: s·(1 + h) / (s + h) · n / (n + 2).

    Steep at first, as a need told at length shares less of its words, and less for a need of few words n.
    """
    own = corpus.own_score(question.words)
    if own <= 0:
        return np.zeros(len(places), dtype=np.float32)
    scores = corpus.lexical(question.bridged, places) if words is None else words
    shares = np.clip(scores / own, 0, 1)
    different = len(set(question.words))
    scale = (1 + _HALF_OF_ALL) * different / (different + _FEW_WORDS)
    return np.asarray(scale * shares / (shares + _HALF_OF_ALL), dtype=np.float32)


def named(rows: Features) -> list[dict[str, float]]:
    """Each row by feature name, without what is not known."""
    return [
        {name: value for name, value in zip(FEATURES, row, strict=True) if not isnan(value)} for row in rows.tolist()
    ]


def _judged(ids: Sequence[int], judged: Judged) -> Features:
    found = np.full((len(ids), len(JUDGED)), np.nan, dtype=np.float32)
    for row, document_id in enumerate(ids):
        for name, fit in judged.get(document_id, {}).items():
            found[row, JUDGED.index(name)] = fit
    return found
