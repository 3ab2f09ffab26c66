"""Whether one ranking beats another on the same queries or is lucky: paired bootstrap (Efron & Tibshirani, 1993)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 10_000
_SEED = 20190827
_AT_ONCE = 500


@dataclass(frozen=True)
class Comparison:
    """The mean *difference* by query, ours less theirs, its 95 % interval and the two-sided *p* of no difference."""

    difference: float
    low: float
    high: float
    p: float
    queries: int

    @property
    def worse(self) -> bool:
        """Whether ours is worse beyond doubt: the whole interval lies below zero."""
        return self.high < 0

    @property
    def better(self) -> bool:
        """Whether ours is better beyond doubt: the whole interval lies above zero."""
        return self.low > 0

    def as_json(self) -> dict[str, float | int]:
        """Plain values."""
        found = {"difference": self.difference, "low": self.low, "high": self.high, "p": self.p}
        return {**{name: round(value, 4) for name, value in found.items()}, "queries": self.queries}


def compare(ours: Sequence[float], theirs: Sequence[float]) -> Comparison:
    """Compare two measures of the same queries in the same order; ``RESAMPLES`` resamples, seeded."""
    differences = np.asarray(ours, dtype=np.float64) - np.asarray(theirs, dtype=np.float64)
    queries = len(differences)
    if not queries:
        return Comparison(0.0, 0.0, 0.0, 1.0, 0)
    generator = np.random.default_rng(_SEED)
    chances = np.full(queries, 1 / queries)
    means = np.concatenate(
        [generator.multinomial(queries, chances, size=_AT_ONCE) @ differences for _ in range(RESAMPLES // _AT_ONCE)]
    )
    means /= queries
    low, high = np.quantile(means, [0.025, 0.975])
    p = min(1.0, 2 * min(float((means <= 0).mean()), float((means >= 0).mean())))
    return Comparison(float(differences.mean()), float(low), float(high), p, queries)
