"""From match to contract, pair by pair, from stored facts only: what became of scenes and solutions that met."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tortoise import connections

from market.core.clock import SHANGHAI
from market.core.text import Text, _
from market.matches.scale import SOME_SCORE

# How long after its meeting a step still counts as following from it, in days.
WINDOWS = {"shortlisted": 90, "bid": 180, "awarded": 365, "contracted": 365}
STAGES = ("matched", "met", "shortlisted", "bid", "awarded", "contracted")
LABELS: dict[str, Text] = {
    "matched": _("Matched"),
    "met": _("Have met"),
    "shortlisted": _("Came onto the shortlist"),
    "bid": _("Have bid"),
    "awarded": _("Won the award"),
    "contracted": _("Under contract"),
}
DEFINITIONS: dict[str, Text] = {
    "matched": _("A ranking of the scene held the solution, no must was unmet, and the fit was at least partial; it "
                 "counts from the first such ranking."),
    "met": _("A meeting of the pair at a match-making session took place."),
    "shortlisted": _("The buyer put the solution on the scene's shortlist; after a meeting: within 90 days of it."),
    "bid": _("The vendor's bid for the scene was opened (sealed bids are never counted); after a meeting: submitted "
             "within 180 days of it."),
    "awarded": _("An award for the bid is confirmed; after a meeting: within 365 days of it."),
    "contracted": _("The grant of that award is reserved, with which the pilot begins; after a meeting: within 365 "
                    "days of it."),
}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """Which pairs are counted: of a field, of a session, first heard of in a period; None and 0 mean all."""

    field: str = ""
    session_id: int = 0
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Pair:
    """One pair with the time of each step that it has come to."""

    scene: dict[str, Any]
    solution: dict[str, Any]
    buyer: dict[str, Any]
    vendor: dict[str, Any]
    at: dict[str, datetime | None]

    def reached(self, stage: str) -> bool:
        """Whether the pair has come to *stage*, ever."""
        return self.at[stage] is not None

    def reached_after_meeting(self, stage: str) -> bool:
        """Whether the pair met and then came to *stage* within its window."""
        met, then = self.at["met"], self.at[stage]
        if met is None or then is None:
            return False
        return stage in {"matched", "met"} or met <= then <= met + timedelta(days=WINDOWS[stage])


@dataclass(frozen=True)
class Step:
    """How many pairs, buyers and vendors have come to a stage, and how many pairs after a meeting."""

    stage: str
    label: Text
    definition: Text
    pairs: int
    buyers: int
    vendors: int
    after_meeting: int


async def pairs(question: Question) -> list[Pair]:
    """Return every pair that the question is about, the furthest first."""
    rows = await connections.get("default").execute_query_dict(
        _PAIRS.format(some=SOME_SCORE),
        [question.field, question.session_id, _start(question.since), _start(question.until, days=1)],
    )
    found = [_pair(row) for row in rows]
    return sorted(found, key=lambda pair: [-pair.reached(stage) for stage in reversed(STAGES)])


def steps(found: Iterable[Pair]) -> list[Step]:
    """Count each stage; a pair may skip one, so a later number can be larger than an earlier one."""
    rows = list(found)
    return [_step(stage, [pair for pair in rows if pair.reached(stage)]) for stage in STAGES]


def _step(stage: str, there: list[Pair]) -> Step:
    return Step(
        stage=stage,
        label=LABELS[stage],
        definition=DEFINITIONS[stage],
        pairs=len(there),
        buyers=len({pair.buyer["id"] for pair in there}),
        vendors=len({pair.vendor["id"] for pair in there}),
        after_meeting=sum(pair.reached_after_meeting(stage) for pair in there),
    )


def _pair(row: dict[str, Any]) -> Pair:
    def thing(name: str, title: str = "title") -> dict[str, Any]:
        return {"id": row[f"{name}_id"], title: row[name], f"{title}_en": row[f"{name}_en"]}

    return Pair(
        scene=thing("scene"), solution=thing("solution"), buyer=thing("buyer", "name"), vendor=thing("vendor", "name"),
        at={stage: row[stage] for stage in STAGES},
    )  # fmt: skip


def _start(day: date | None, *, days: int = 0) -> datetime:
    """Return when a day begins in Shanghai; without one, a time before or after everything."""
    if day is None:
        return datetime(2999 if days else 2000, 1, 1, tzinfo=UTC)
    return datetime.combine(day + timedelta(days=days), time(), tzinfo=SHANGHAI)


# Matched is the first ranking that held the pair: rankings are kept for ever, so ranking again rewrites no number.
# A bid that names no solution stands for every solution of its vendor that was matched or met for the scene.
_PAIRS = """
WITH matched AS (
    SELECT r.scene_id, (each.value ->> 'solution')::int AS solution_id, min(r.finished_at) AS at
    FROM match_run r, jsonb_array_elements(r.outputs) AS each
    WHERE r.finished_at IS NOT NULL AND r.error = '' AND (each.value ->> 'qualifies')::boolean
      AND (each.value ->> 'score')::float >= {some} GROUP BY 1, 2
), met AS (
    SELECT m.scene_id, m.solution_id, min(e.starts_at) AS at, array_agg(e.id) AS sessions
    FROM meeting m JOIN match_session e ON e.id = m.session_id WHERE m.state = 'held' GROUP BY 1, 2
), planned AS (
    SELECT scene_id, solution_id, array_agg(session_id) AS sessions FROM meeting
    WHERE published_at IS NOT NULL GROUP BY 1, 2
), bids AS (
    SELECT l.scene_id, b.solution_id, b.organisation_id, b.submitted_at, a.confirmed_at, g.reserved_at
    FROM bid b JOIN round r ON r.id = b.round_id JOIN lot l ON l.challenge_id = r.challenge_id
    LEFT JOIN award a ON a.bid_id = b.id AND a.state = 'confirmed'
    LEFT JOIN grant_award g ON g.award_id = a.id AND g.state <> 'cancelled'
    WHERE b.state IN ('opened', 'won', 'not_selected')
), pair AS (
    SELECT scene_id, solution_id FROM matched UNION SELECT scene_id, solution_id FROM planned
    UNION SELECT scene_id, solution_id FROM shortlisting WHERE state <> 'dismissed'
    UNION SELECT scene_id, solution_id FROM bids WHERE solution_id IS NOT NULL
), told AS (
    SELECT p.scene_id, p.solution_id, matched.at AS matched, met.at AS met, planned.sessions,
           (SELECT min(h.created_at) FROM shortlisting h WHERE h.scene_id = p.scene_id
            AND h.solution_id = p.solution_id AND h.state <> 'dismissed') AS shortlisted,
           min(b.submitted_at) AS bid, min(b.confirmed_at) AS awarded, min(b.reserved_at) AS contracted
    FROM pair p JOIN solution s ON s.id = p.solution_id
    LEFT JOIN matched USING (scene_id, solution_id) LEFT JOIN met USING (scene_id, solution_id)
    LEFT JOIN planned USING (scene_id, solution_id)
    LEFT JOIN bids b ON b.scene_id = p.scene_id AND (b.solution_id = p.solution_id
         OR (b.solution_id IS NULL AND b.organisation_id = s.organisation_id))
    GROUP BY p.scene_id, p.solution_id, matched.at, met.at, planned.sessions
)
SELECT t.*, c.title AS scene, c.title_en AS scene_en, s.title AS solution, s.title_en AS solution_en,
       bo.id AS buyer_id, bo.name AS buyer, bo.name_en AS buyer_en, vo.id AS vendor_id, vo.name AS vendor,
       vo.name_en AS vendor_en
FROM told t JOIN scene c ON c.id = t.scene_id JOIN solution s ON s.id = t.solution_id
JOIN organisation bo ON bo.id = c.organisation_id JOIN organisation vo ON vo.id = s.organisation_id
WHERE ($1 = '' OR c.field = $1) AND ($2 = 0 OR $2 = ANY(t.sessions))
  AND least(t.matched, t.met, t.shortlisted, t.bid, c.published_at) >= $3
  AND least(t.matched, t.met, t.shortlisted, t.bid, c.published_at) < $4
ORDER BY c.id, s.id
"""
