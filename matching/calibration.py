"""What a score means: the share of judged pairs with such a score that people called relevant."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_STEPS = np.round(np.arange(0.0, 1.001, 0.05), 2)
# Fewer pairs at a step say nothing of their own; it takes the share of the steps beside it.
_ENOUGH = 20


def calibrate(pairs: Sequence[tuple[float, bool]]) -> tuple[tuple[float, float], ...]:
    """(score, share relevant) at steps of 0.05 from *pairs* of a score and whether people called it relevant.

    A higher score never stands for a smaller share: neighbours for which it would are pooled (isotonic regression,
    Ayer et al., 1955). Nothing without pairs.
    """
    if not pairs:
        return ()
    scores, relevant = np.array([score for score, _ in pairs]), np.array([good for _, good in pairs], dtype=float)
    at = np.abs(scores[:, None] - _STEPS[None, :]).argmin(axis=1)
    counts = np.bincount(at, minlength=len(_STEPS)).astype(float)
    hits = np.bincount(at, weights=relevant, minlength=len(_STEPS))
    known = np.flatnonzero(counts >= min(_ENOUGH, counts.max()))
    shares = _rising(hits[known] / counts[known], counts[known])
    return tuple((float(_STEPS[step]), round(float(share), 4)) for step, share in zip(known, shares, strict=True))


def _rising(shares: NDArray[np.float64], weights: NDArray[np.float64]) -> list[float]:
    blocks: list[tuple[float, float, int]] = []  # share, weight, steps
    for share, weight in zip(shares.tolist(), weights.tolist(), strict=True):
        blocks.append((share, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (low, some, few), (high, more, many) = blocks.pop(), blocks.pop()
            blocks.append(((low * some + high * more) / (some + more), some + more, few + many))
    return [share for share, _, steps in blocks for _ in range(steps)]
