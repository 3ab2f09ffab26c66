"""Trains a candidate on what people did with rankings, and says whether it may replace the ranker in use, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orjson import loads
from tortoise import connections

from market.matches.feedback import Kind
from market.matches.grades import GRADES, READ, grade_of
from matching.bootstrap import Comparison
from matching.feedback import JudgedList, better_on_feedback, learn_from
from matching.ranker import Ranker

_FEWEST_PAIRS = 2

# What was done with a pair, in its order, with the features that it had then; what its vendor says of it comes first,
# so that a buyer's deed goes before it.
_DONE = """
SELECT scene_id, solution_id, kind, reason_code, features::text AS features FROM feedback
WHERE features <> '{}'::jsonb AND kind = ANY($1::text[])
ORDER BY scene_id, kind IN ('useful', 'useless') DESC, id
"""
# What a buyer was shown and passed over, in scenes where something was done; as the last ranking measured it.
_IGNORED = """
SELECT DISTINCT ON (i.scene_id, i.solution_id) i.scene_id, i.solution_id, found.features::text AS features
FROM impression i
JOIN LATERAL (SELECT r.outputs FROM match_run r WHERE r.scene_id = i.scene_id AND r.finished_at IS NOT NULL
              AND r.error = '' ORDER BY r.id DESC LIMIT 1) AS last ON true
JOIN LATERAL (SELECT each.value -> 'features' AS features FROM jsonb_array_elements(last.outputs) AS each
              WHERE (each.value ->> 'solution')::int = i.solution_id LIMIT 1) AS found ON true
WHERE found.features <> '{}'::jsonb AND NOT EXISTS (
    SELECT 1 FROM feedback f WHERE f.scene_id = i.scene_id AND f.solution_id = i.solution_id)
AND EXISTS (SELECT 1 FROM feedback f WHERE f.scene_id = i.scene_id)
ORDER BY i.scene_id, i.solution_id
"""


@dataclass(frozen=True)
class Candidate:
    """A ranker trained on feedback, compared with the one in use; *refusals* say why it must not replace it."""

    ranker: Ranker
    before: str
    lists: int
    pairs: int
    on_feedback: Comparison
    on_sets: Mapping[str, Comparison]
    refusals: tuple[str, ...]

    @property
    def replaces(self) -> bool:
        """Whether it may take the place of the ranker in use."""
        return not self.refusals

    def as_json(self) -> dict[str, Any]:
        """Return plain values: the report that is kept with the ranker."""
        return {
            "candidate": self.ranker.name, "before": self.before, "lists": self.lists, "pairs": self.pairs,
            "weights": dict(self.ranker.weights), "feedback": self.on_feedback.as_json(),
            "sets": {name: found.as_json() for name, found in self.on_sets.items()},
            "replaces": self.replaces, "refusals": list(self.refusals),
        }  # fmt: skip


async def judged_lists() -> list[JudgedList]:
    """Return for each scene what people thought of its pairs; scenes in which nothing was chosen teach nothing.

    The gain of a pair is 2^grade − 1 of the last thing done with it (``grades``): an award stands whatever came after,
    what was shown and passed over gains nothing, and a pair whose last word says nothing about fit is left out.
    """
    connection = connections.get("default")
    found: dict[tuple[int, int], int | None] = {}
    features: dict[tuple[int, int], dict[str, float]] = {}
    for row in await connection.execute_query_dict(_DONE, [[str(kind) for kind in READ]]):
        pair = (row["scene_id"], row["solution_id"])
        features[pair] = loads(row["features"])
        if found.get(pair) != GRADES[Kind.AWARD]:
            found[pair] = grade_of(Kind(row["kind"]), row["reason_code"], features[pair])
    grades = {pair: grade for pair, grade in found.items() if grade is not None}
    for row in await connection.execute_query_dict(_IGNORED):
        pair = (row["scene_id"], row["solution_id"])
        features[pair], grades[pair] = loads(row["features"]), 0
    return list(_lists(features, grades))


def _lists(
    features: Mapping[tuple[int, int], dict[str, float]], grades: Mapping[tuple[int, int], int]
) -> Iterable[JudgedList]:
    for scene_id in sorted({scene_id for scene_id, _solution_id in grades}):
        pairs = [(features[pair], 2.0 ** grades[pair] - 1) for pair in sorted(grades) if pair[0] == scene_id]
        if len(pairs) >= _FEWEST_PAIRS and any(gain for _features, gain in pairs):
            yield JudgedList(tuple(pairs))


def candidate_from(
    ranker: Ranker, lists: list[JudgedList], on_sets: Mapping[str, Comparison], learned: Ranker | None = None
) -> Candidate:
    """Judge what was learned: it replaces *ranker* only if better on feedback and worse on no labelled set."""
    learned = learned or learn_from(ranker, lists)
    on_feedback = better_on_feedback(ranker, lists)
    return Candidate(
        ranker=learned,
        before=ranker.name,
        lists=len(lists),
        pairs=sum(len(each.pairs) for each in lists),
        on_feedback=on_feedback,
        on_sets=on_sets,
        refusals=tuple(_refusals(ranker, learned, on_feedback, on_sets)),
    )


def _refusals(
    ranker: Ranker, learned: Ranker, on_feedback: Comparison, on_sets: Mapping[str, Comparison]
) -> Iterable[str]:
    if learned.name == ranker.name:
        yield "The feedback teaches nothing that the ranker in use does not know."
    elif not on_feedback.better:
        yield (f"Not better on feedback beyond doubt: {on_feedback.difference:+.4f} "
               f"[{on_feedback.low:+.4f}, {on_feedback.high:+.4f}] over {on_feedback.queries} scenes.")  # fmt: skip
    if not on_sets:
        yield "No labelled sets were given to compare on."
    for name, found in on_sets.items():
        if found.worse:
            yield f"Worse on {name}: {found.difference:+.4f} [{found.low:+.4f}, {found.high:+.4f}]."
