"""How good an order is against graded judgements (Järvelin & Kekäläinen, 2002; exponential gain of Burges, 2005)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2

Grades = Mapping[str, int]
CUTOFF = 10


@dataclass(frozen=True)
class Scores:
    """Of one query, or means over queries, 0..1. *pool_ndcg* is over the judged alone, None without grades."""

    ndcg: float
    recall: float
    mrr: float
    pool_ndcg: float | None

    @property
    def primary(self) -> float:
        """What a set is judged by: its judged pool where it is graded, else everything."""
        return self.ndcg if self.pool_ndcg is None else self.pool_ndcg

    def as_json(self) -> dict[str, float | None]:
        """The metrics by the names that ``jiebang evaluate`` prints."""
        pool = None if self.pool_ndcg is None else round(self.pool_ndcg, 4)
        found = {"ndcg@10": self.ndcg, "recall@10": self.recall, "mrr": self.mrr}
        return {**{name: round(value, 4) for name, value in found.items()}, "pool_ndcg@10": pool}


def scores_of(order: Sequence[str], grades: Grades, pool: Sequence[str] | None) -> Scores:
    """Measure an *order* of everything, and that of the judged *pool* where there is one, both best first."""
    return Scores(
        ndcg=ndcg(order, grades),
        recall=recall(order, grades),
        mrr=reciprocal_rank(order, grades),
        pool_ndcg=None if pool is None else ndcg(pool, grades),
    )


def mean_scores(scores: Sequence[Scores]) -> Scores:
    """The means by metric."""
    pools = [each.pool_ndcg for each in scores if each.pool_ndcg is not None]
    return Scores(
        ndcg=mean(each.ndcg for each in scores),
        recall=mean(each.recall for each in scores),
        mrr=mean(each.mrr for each in scores),
        pool_ndcg=mean(pools) if pools else None,
    )


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
