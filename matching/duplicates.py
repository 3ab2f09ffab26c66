"""Documents of a catalogue that say the same in nearly the same words."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from matching.corpus import Corpus, products
from matching.stacked import Rows
from matching.text import tokens

# Read off 371 technology demands, 500 calls and 500 products (docs/decisions/duplicates.md): above both, pairs were
# copies, new editions and numbered repetitions; below one of them, neighbours of one subject.
LEAST_LIKENESS, LEAST_SHARED = 0.95, 0.45
_CANDIDATES = 8


@dataclass(frozen=True)
class NearPair:
    """Two documents, *first* the lower id, and how alike they are: in meaning (cosine) and in words (Jaccard)."""

    first: int
    second: int
    likeness: float
    shared: float


def near_duplicates(corpus: Corpus, ids: Collection[int]) -> list[NearPair]:
    """Pairs of one of *ids* with any document that reach both thresholds, the most alike first, ties by id.

    likeness = min over both directions of the mean, over one document's passages, of the cosine to the other's nearest
    passage: each must say what the other says. shared = Jaccard (1901) of the words of what can be quoted. Only the
    ``_CANDIDATES`` documents nearest to the mean of a document's passages are compared.
    """
    found: dict[tuple[int, int], NearPair] = {}
    for place in corpus.places_of(ids).tolist():
        own, _bounds = corpus.passage_rows(np.array([place]))
        if not len(own):
            continue
        mean = own.mean(axis=0)
        near = corpus.nearest(mean / (np.linalg.norm(mean) or 1.0), _CANDIDATES + 1)
        for other in (each for each, _cosine in near if each != place):
            pair = _compared(corpus, place, other)
            if pair.likeness >= LEAST_LIKENESS and pair.shared >= LEAST_SHARED:
                found[pair.first, pair.second] = pair
    return sorted(found.values(), key=lambda pair: (-pair.likeness, pair.first, pair.second))


def _compared(corpus: Corpus, place: int, other: int) -> NearPair:
    cosines = products(*(corpus.passage_rows(_at(each))[0] for each in (place, other)))
    likeness = min(float(cosines.max(axis=1).mean()), float(cosines.max(axis=0).mean()))
    words = [{word for text in corpus.sentences(each) for word in tokens(text)} for each in (place, other)]
    either = len(words[0] | words[1])
    first, second = sorted((int(corpus.ids[place]), int(corpus.ids[other])))
    return NearPair(first, second, min(likeness, 1.0), len(words[0] & words[1]) / either if either else 0.0)


def _at(place: int) -> Rows:
    return np.array([place], dtype=np.int64)
