"""Learn weights: which mixture of features puts what people wanted first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.metrics import CUTOFF
from matching.ranker import Features

# Each try multiplies one weight by one of these, or makes it one of these shares of all.
_FACTORS = (0.5, 0.7, 0.85, 0.95, 1.05, 1.18, 1.4, 2.0)
_SHARES = (0.02, 0.1, 0.3)
# A step must gain this much: below it, weights would follow the noise of a few lists.
_LEAST_GAIN = 2e-3
_ROUNDS = 20

Wanted = NDArray[np.float32]


@dataclass(frozen=True)
class Lists:
    """Judged lists of one source: *features* (n, m, f) and *gains* (n, m) float32 ≥ 0; *real* (n, m) is no padding."""

    features: NDArray[np.float32]
    gains: Wanted
    real: NDArray[np.bool_]

    def ndcg(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """nDCG@10 of each list (n,) in the order of its weighted sums."""
        scores = np.where(self.real, self.features @ weights.astype(np.float32), -np.inf)
        depth = min(CUTOFF, scores.shape[1])
        best = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
        discounts = 1 / np.log2(np.arange(depth) + 2)
        found = (np.take_along_axis(self.gains, best, axis=1) * discounts).sum(axis=1)
        ideal = (-np.sort(-self.gains, axis=1)[:, :depth] * discounts).sum(axis=1)
        return np.asarray(found / ideal, dtype=np.float64)


def lists_of(rows: Sequence[tuple[Features, Wanted]]) -> Lists | None:
    """Pad lists, each (m, f) features and (m,) gains, to one array; None if nothing was wanted in any of them."""
    useful = [(features, gains) for features, gains in rows if gains.max(initial=0) > 0]
    if not useful:
        return None
    longest, width = max(len(gains) for _, gains in useful), useful[0][0].shape[1]
    features = np.zeros((len(useful), longest, width), dtype=np.float32)
    gains = np.zeros((len(useful), longest), dtype=np.float32)
    real = np.zeros((len(useful), longest), dtype=np.bool_)
    for row, (own, gained) in enumerate(useful):
        features[row, : len(own)], gains[row, : len(own)], real[row, : len(own)] = own, gained, True
    return Lists(features, gains, real)


def learn_weights(sources: Sequence[Lists], expected: Sequence[float]) -> list[float]:
    """Weights (f), none negative, with the highest mean nDCG@10; each source counts alike, however many lists it has.

    Coordinate ascent on the measure itself from what is *expected* (Metzler & Croft, 2007, Information Retrieval 10):
    one weight at a time, the one that gains most, until no step gains enough. With so few weights it does better than a
    smooth loss that stands for the measure. Weights add up to what was expected.
    """
    best = np.asarray(expected, dtype=np.float64)
    total = float(best.sum())
    reached = _mean(sources, best)
    for _ in range(_ROUNDS):
        steps = [step for at in range(len(best)) for step in _steps(best, at, total)]
        values = [_mean(sources, step) for step in steps]
        furthest = int(np.argmax(values))
        if values[furthest] <= reached + _LEAST_GAIN:
            break
        best, reached = steps[furthest], values[furthest]
    return [float(weight) for weight in best]


def _steps(weights: NDArray[np.float64], at: int, total: float) -> list[NDArray[np.float64]]:
    """*weights* with the one *at* a place made smaller or larger, and all scaled back to *total*."""
    tried = []
    for size in (*(weights[at] * factor for factor in _FACTORS), *(total * share for share in _SHARES)):
        changed = weights.copy()
        changed[at] = size
        if changed.any():
            tried.append(changed * (total / changed.sum()))
    return tried


def _mean(sources: Sequence[Lists], weights: NDArray[np.float64]) -> float:
    return float(np.mean([lists.ndcg(weights).mean() for lists in sources]))
