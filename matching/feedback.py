"""Learn from what people did with rankings, and refuse what only looks better."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.bootstrap import Comparison, compare
from matching.ranker import FEATURES, NEUTRAL, SAID, Features, Ranker
from matching.weighing import Lists, learn_weights, lists_of

_FOLDS = 5
_SEED = 20190827


@dataclass(frozen=True)
class JudgedList:
    """One scene's ranked list as somebody judged it: for each pair its *features* by name, and its gain ≥ 0."""

    pairs: tuple[tuple[Mapping[str, float], float], ...]


def learn_from(ranker: Ranker, feedback: Sequence[JudgedList]) -> Ranker:
    """The same ranker with weights moved as far as *feedback* gains by it; the very same if it teaches nothing.

    What is learned are the weights alone: the adapter, which knows about texts, is not taught by a few hundred clicks.
    """
    lists = _lists(feedback)
    if lists is None:
        return ranker
    expected = [ranker.weights[name] for name in FEATURES]
    learned = dict(zip(FEATURES, learn_weights([lists], expected), strict=True))
    if not any(learned[name] for name in SAID):
        return ranker
    return ranker.with_weights(learned, feedback={"lists": len(feedback), "from": ranker.name})


def better_on_feedback(ranker: Ranker, feedback: Sequence[JudgedList]) -> Comparison:
    """Compare the recipe ``learn_from`` with *ranker*, list by list, each judged by weights that have not seen it.

    In at most five folds, seeded; nDCG@10 of each list. A candidate may replace *ranker* where this is ``better``.
    """
    order = np.random.default_rng(_SEED).permutation(len(feedback))
    folds = [fold for fold in np.array_split(order, min(_FOLDS, len(feedback))) if len(fold)] if len(feedback) else []
    ours: list[float] = []
    theirs: list[float] = []
    for fold in folds:
        held = [feedback[at] for at in fold.tolist()]
        taught = learn_from(ranker, [feedback[at] for at in order.tolist() if at not in fold])
        ours += _ndcg(taught, held)
        theirs += _ndcg(ranker, held)
    return compare(ours, theirs)


def _ndcg(ranker: Ranker, feedback: Sequence[JudgedList]) -> list[float]:
    lists = _lists(feedback)
    return [] if lists is None else lists.ndcg(np.array([ranker.weights[name] for name in FEATURES])).tolist()


def _lists(feedback: Sequence[JudgedList]) -> Lists | None:
    return lists_of([_rows(judged) for judged in feedback if judged.pairs])


def _rows(judged: JudgedList) -> tuple[Features, NDArray[np.float32]]:
    """Features (m, ``FEATURES``) as distances from what says nothing, so that weighing them adds nothing either."""
    rows = np.zeros((len(judged.pairs), len(FEATURES)), dtype=np.float32)
    for number, (features, _) in enumerate(judged.pairs):
        for at, name in enumerate(FEATURES):
            if name in features:
                rows[number, at] = features[name] - (0.0 if name in SAID else NEUTRAL)
    return rows, np.array([gain for _, gain in judged.pairs], dtype=np.float32)
