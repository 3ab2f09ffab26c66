"""Train a ranker on labelled sets, and measure the recipe on what it has not seen."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.adapter import Adapter
from matching.adapting import BATCH, PENALTY, RATE, STEPS, TEMPERATURE, learn_turn
from matching.bootstrap import Comparison, compare
from matching.calibration import calibrate
from matching.metrics import Scores, mean_scores
from matching.prepared import Prepared
from matching.ranker import JUDGED, Ranker
from matching.stacked import Rows
from matching.weighing import learn_weights, lists_of

FOLDS = 5
_INNER_FOLDS = 2
_SEED = 20190827
# At most this many needs of a set take part in learning weights: three weights need no more.
_ENOUGH = 300

# What is expected of meaning, likeness and words before anything is learned, and what no labelled set can teach: how
# much of a score the support of stated requirements is, and how little the judged facts are.
EXPECTED = (0.35, 0.18, 0.32)
COVERAGE = 0.15
FACTS = {"field": 0.03, "deployment": 0.02, "region": 0.01, "price": 0.02, "delivery": 0.02, "readiness": 0.02}

Picked = Sequence[tuple[Prepared, Rows]]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Unseen:
    """How a set fares when none of it was trained on: *apart* as a whole set, *folded* fold by fold; by query."""

    apart: tuple[Scores, ...]
    folded: tuple[Scores, ...]


@dataclass(frozen=True)
class Trained:
    """A ranker trained on all, and by set how rankers of the same recipe fare on what they have not seen."""

    ranker: Ranker
    unseen: Mapping[str, Unseen]


def plain_ranker() -> Ranker:
    """What ranks before anything is learned: no adapter, the expected weights."""
    return Ranker(_weights(EXPECTED))


def train(sets: Sequence[Prepared], encoder: str, tell: Tell = lambda _: None) -> Trained:
    """Train on all of *sets* and measure the recipe twice: leaving one set out, and in ``FOLDS`` folds of the queries.

    The first says what a set of another kind will get, the second what more queries of these kinds will. *encoder*
    names what made the vectors; *tell* is told what begins.
    """
    every = [(each, np.arange(len(each))) for each in sets]
    folded = _folded(sets, encoder, tell)
    apart = {}
    for left, rows in every:
        tell(f"Leaving out {left.labelled.name}")
        others = [pair for pair in every if pair[0] is not left]
        apart[left.labelled.name] = left.measure(_learn(others, encoder) if others else plain_ranker(), rows, encoder)
    tell("Training on all")
    unseen = {
        each.labelled.name: Unseen(tuple(apart[each.labelled.name]), tuple(folded[each.labelled.name][0]))
        for each in sets
    }
    points = calibrate([pair for each in sets for pair in folded[each.labelled.name][1]])
    learned = _learn(every, encoder)
    ranker = Ranker(learned.weights, learned.adapters, points, _provenance(sets, unseen))
    return Trained(ranker, unseen)


def not_worse(old: Ranker, new: Ranker, sets: Iterable[Prepared], encoder: str) -> dict[str, Comparison]:
    """By set, *new* compared with *old* query by query; *new* may replace *old* where none is ``worse``."""
    found = {}
    for each in sets:
        rows = np.arange(len(each))
        ours, theirs = (_primary(each.measure(ranker, rows, encoder)) for ranker in (new, old))
        found[each.labelled.name] = compare(ours, theirs)
    return found


def _learn(picked: Picked, encoder: str) -> Ranker:
    """Turn and weights from the needs *picked* of each set; the weights see turns that have not seen their needs."""
    rows_of = {each.labelled.name: rows for each, rows in picked}
    sources: dict[str, list[Any]] = {name: [] for name in rows_of}
    for inside, outside in _halves(picked):
        change = learn_turn([each.lesson(rows) for each, rows in inside])
        for each, rows in outside:
            sources[each.labelled.name] += each.lists(each.meaning(change, rows), rows)
    lists = [found for rows in sources.values() if (found := lists_of(rows)) is not None]
    change = learn_turn([each.lesson(rows) for each, rows in picked])
    return Ranker(_weights(learn_weights(lists, EXPECTED)), (Adapter(encoder, change, _centre(picked)),))


def _halves(picked: Picked) -> Iterable[tuple[Picked, Picked]]:
    generator = np.random.default_rng(_SEED)
    parts = [(each, np.array_split(generator.permutation(rows), _INNER_FOLDS)) for each, rows in picked]
    for at in range(_INNER_FOLDS):
        inside = [(each, np.concatenate([*folds[:at], *folds[at + 1 :]])) for each, folds in parts]
        yield inside, [(each, folds[at][: _ENOUGH // _INNER_FOLDS]) for each, folds in parts]


def _folded(
    sets: Sequence[Prepared], encoder: str, tell: Tell
) -> dict[str, tuple[list[Scores], list[tuple[float, bool]]]]:
    """By set, the scores of each query by the ranker of its fold, in the order of queries, and its judged pairs."""
    found: dict[str, tuple[dict[int, Scores], list[tuple[float, bool]]]] = {
        each.labelled.name: ({}, []) for each in sets
    }
    folds = [np.array_split(np.random.default_rng(_SEED).permutation(len(each)), FOLDS) for each in sets]
    for at in range(FOLDS):
        tell(f"Fold {at + 1} of {FOLDS}")
        kept = [np.concatenate([*own[:at], *own[at + 1 :]]) for own in folds]
        ranker = _learn(list(zip(sets, kept, strict=True)), encoder)
        for each, own in zip(sets, folds, strict=True):
            scores, pairs = found[each.labelled.name]
            scores.update(zip(own[at].tolist(), each.measure(ranker, own[at], encoder), strict=True))
            pairs += each.judged_pairs(ranker, own[at], encoder)
    return {name: ([scores[row] for row in sorted(scores)], pairs) for name, (scores, pairs) in found.items()}


def _weights(said: Sequence[float]) -> dict[str, float]:
    meaning, likeness, words = (float(round(weight, 4)) for weight in said)
    facts = {name: FACTS[name] for name in JUDGED}
    return {"meaning": meaning, "likeness": likeness, "words": words, "coverage": COVERAGE, **facts}


def _centre(picked: Picked) -> Any:
    return np.mean([each.centre for each, _ in picked], axis=0).astype(np.float32)


def _primary(scores: Iterable[Scores]) -> list[float]:
    return [each.primary for each in scores]


def _provenance(sets: Sequence[Prepared], unseen: Mapping[str, Unseen]) -> dict[str, Any]:
    return {
        "recipe": {
            "folds": FOLDS, "seed": _SEED, "temperature": TEMPERATURE, "penalty": PENALTY, "steps": STEPS, "rate": RATE,
            "batch": BATCH, "expected": list(EXPECTED), "coverage": COVERAGE,
        },
        "sets": {each.labelled.name: _told(each, unseen[each.labelled.name]) for each in sets},
    }  # fmt: skip


def _told(prepared: Prepared, unseen: Unseen) -> dict[str, Any]:
    labelled = prepared.labelled
    return {
        "checksum": labelled.checksum,
        "queries": len(prepared),
        "documents": len(labelled.documents),
        "primary": labelled.primary,
        "leave_one_set_out": mean_scores(unseen.apart).as_json(),
        "folds": mean_scores(unseen.folded).as_json(),
        "by_query": [round(scores.primary, 3) for scores in unseen.folded],
    }
