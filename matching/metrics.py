"""How good an order is against graded judgements (Järvelin & Kekäläinen, 2002; exponential gain of Burges, 2005)."""

from collections.abc import Iterable, Mapping, Sequence
from math import log2

Grades = Mapping[str, int]
CUTOFF = 10


def ndcg(order: Sequence[str], grades: Grades, cutoff: int = CUTOFF) -> float:
    """Discounted gain of the first *cutoff* over the best possible, gain 2^grade − 1; 0 if nothing is relevant."""
    best = _discounted(sorted(grades.values(), reverse=True), cutoff)
    return _discounted([grades.get(document, 0) for document in order], cutoff) / best if best else 0.0


def recall(order: Sequence[str], grades: Grades, cutoff: int = CUTOFF) -> float:
    """Share of the relevant (grade above 0) that is among the first *cutoff*; 0 if nothing is relevant."""
    relevant = {document for document, grade in grades.items() if grade > 0}
    return len(relevant.intersection(order[:cutoff])) / len(relevant) if relevant else 0.0


def reciprocal_rank(order: Sequence[str], grades: Grades) -> float:
    """1 / the place of the first relevant document; 0 if there is none."""
    places = (place for place, document in enumerate(order, start=1) if grades.get(document, 0) > 0)
    return 1 / next(places, float("inf"))


def mean(values: Iterable[float]) -> float:
    """Arithmetic mean; 0 of nothing."""
    found = list(values)
    return sum(found) / len(found) if found else 0.0


def _discounted(grades: Sequence[int], cutoff: int) -> float:
    return sum((2.0**grade - 1) / log2(place + 1) for place, grade in enumerate(grades[:cutoff], start=1))
