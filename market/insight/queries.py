"""Supply and demand counted by the database: a fixed number of questions, however many rows there are."""

# ruff: noqa: S608  # the only thing put into a statement is a number of our own

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise import connections

from market.core.models import AuditEvent
from market.core.text import Text
from market.core.vocabulary import Field
from market.matches.scale import GOOD_SCORE, WEAK_STRENGTH

MOST_LISTED = 200

# Every open scene with the best score among those that qualify, and how many were refused; both 0 where never ranked.
_SCENES = f"""
WITH judged AS (
    SELECT s.id, s.field, s.title, s.title_en, s.organisation_id, s.published_at, s.source_id,
           coalesce(max(m.score) FILTER (WHERE m.qualifies), 0) AS best,
           count(m.id) FILTER (WHERE m.qualifies AND m.score >= {GOOD_SCORE}) AS credible,
           count(m.id) FILTER (WHERE NOT m.qualifies) AS refused,
           EXISTS (SELECT 1 FROM match_run r WHERE r.scene_id = s.id AND r.finished_at IS NOT NULL AND r.error = '')
               AS ranked
    FROM scene s LEFT JOIN match m ON m.scene_id = s.id AND m.solution_id IN
        (SELECT id FROM solution WHERE state = 'published')
    WHERE s.state IN ('published', 'challenged') GROUP BY s.id)
"""
_BY_FIELD = (
    _SCENES
    + """
SELECT field, count(*) AS scenes, count(*) FILTER (WHERE credible > 0) AS served,
       count(*) FILTER (WHERE ranked) AS ranked,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY best) FILTER (WHERE ranked) AS median
FROM judged GROUP BY field
"""
)
_SOLUTIONS_BY_FIELD = """
SELECT served AS field, count(DISTINCT s.id) AS count
FROM solution s, jsonb_array_elements_text(s.fields_served) AS served WHERE s.state = 'published' GROUP BY served
"""
_LATER_BY_FIELD = """
SELECT c.field, count(DISTINCT c.id) AS challenges, count(DISTINCT b.id) AS bids, count(DISTINCT a.id) AS awards
FROM challenge c LEFT JOIN round r ON r.challenge_id = c.id
LEFT JOIN bid b ON b.round_id = r.id AND b.state IN ('opened', 'won', 'not_selected')
LEFT JOIN award a ON a.challenge_id = c.id AND a.state = 'confirmed'
WHERE c.state NOT IN ('draft', 'cancelled') GROUP BY c.field
"""
_UNSERVED = (
    _SCENES
    + """
SELECT j.*, o.name AS organisation, o.name_en AS organisation_en, near.evidence, near.unmet, near.solution_id
FROM judged j LEFT JOIN organisation o ON o.id = j.organisation_id
LEFT JOIN LATERAL (SELECT m.evidence, m.unmet, m.solution_id FROM match m WHERE m.scene_id = j.id
                   ORDER BY m.score DESC, m.id LIMIT 1) near ON true
WHERE j.ranked AND j.credible = 0 AND ($1 = '' OR j.field = $1)
ORDER BY (j.source_id IS NOT NULL), j.published_at DESC NULLS LAST, j.id LIMIT $2
"""
)
_IDLE = f"""
SELECT s.id, s.title, s.title_en, s.fields_served, s.published_at, o.id AS organisation_id, o.name AS organisation,
       o.name_en AS organisation_en, coalesce(max(m.score), 0) AS best, count(m.id) AS listed
FROM solution s LEFT JOIN organisation o ON o.id = s.organisation_id
LEFT JOIN match m ON m.solution_id = s.id AND m.scene_id IN
    (SELECT id FROM scene WHERE state IN ('published', 'challenged'))
WHERE s.state = 'published' AND ($1 = '' OR s.fields_served @> to_jsonb(ARRAY[$1]::text[]))
GROUP BY s.id, o.id HAVING count(m.id) FILTER (WHERE m.qualifies AND m.score >= {GOOD_SCORE}) = 0
ORDER BY (s.source_id IS NOT NULL), s.published_at NULLS LAST, s.id LIMIT $2
"""
_BY_WEEK = (
    _SCENES
    + """
SELECT date_trunc('week', published_at AT TIME ZONE 'Asia/Shanghai')::date AS week, count(*) AS scenes,
       count(*) FILTER (WHERE credible > 0) AS served
FROM judged WHERE ranked AND published_at >= $1 GROUP BY 1 ORDER BY 1
"""
)


@dataclass(frozen=True)
class FieldRow:
    """One field: what is asked, what is offered, where they meet, and what came of it."""

    field: Field
    scenes: int
    ranked: int
    solutions: int
    served: int
    median: float | None
    challenges: int
    bids: int
    awards: int

    @property
    def unserved(self) -> int:
        """Ranked scenes without a credible match; what was not ranked yet may still find one."""
        return self.ranked - self.served


@dataclass(frozen=True)
class Unserved:
    """An open scene that nobody credibly serves, and why."""

    id: int
    title: str
    title_en: str
    field: str
    organisation: str
    organisation_en: str
    organisation_id: int | None
    best: float
    refused: int
    imported: bool
    uncovered: tuple[str, ...]
    refusal: Text | None
    published_at: datetime | None


async def by_field() -> list[FieldRow]:
    """Count supply and demand in every field, those with anything in them, most open scenes first."""
    client = connections.get("default")
    scenes = {row["field"]: row for row in await client.execute_query_dict(_BY_FIELD)}
    solutions = {row["field"]: row["count"] for row in await client.execute_query_dict(_SOLUTIONS_BY_FIELD)}
    later = {row["field"]: row for row in await client.execute_query_dict(_LATER_BY_FIELD)}
    rows = [_field_row(field, scenes.get(field), solutions.get(field, 0), later.get(field)) for field in Field]
    found = [row for row in rows if row.scenes or row.solutions or row.challenges]
    return sorted(found, key=lambda row: (-row.scenes, -row.solutions, list(Field).index(row.field)))


async def unserved_scenes(field: str = "", *, limit: int = MOST_LISTED) -> list[Unserved]:
    """List open scenes that were ranked and have no credible match, those posted here first, new before old."""
    rows = await connections.get("default").execute_query_dict(_UNSERVED, [field, limit])
    return [_unserved(row) for row in rows]


async def idle_solutions(field: str = "", *, limit: int = MOST_LISTED) -> list[dict[str, Any]]:
    """List published solutions that are no open scene's credible match, the longest published first."""
    rows: list[dict[str, Any]] = await connections.get("default").execute_query_dict(_IDLE, [field, limit])
    for row in rows:
        row["fields_served"] = _plain(row["fields_served"])
    return rows


async def by_week(since: datetime) -> list[dict[str, Any]]:
    """Count the open scenes published in each week *since* then, and those that have a credible match."""
    rows: list[dict[str, Any]] = await connections.get("default").execute_query_dict(_BY_WEEK, [since])
    return rows


async def last_asked(event: str, scene_ids: list[int], since: datetime) -> dict[int, datetime]:
    """Return when somebody last asked about each of these scenes, from the audit log."""
    rows = AuditEvent.filter(event=event, subject="Scene", subject_id__in=scene_ids or [0], at__gte=since)
    return {row["subject_id"]: row["at"] for row in await rows.order_by("number").values("subject_id", "at")}


def _field_row(field: Field, scenes: dict[str, Any] | None, solutions: int, later: dict[str, Any] | None) -> FieldRow:
    asked, after = scenes or {}, later or {}
    return FieldRow(
        field, asked.get("scenes", 0), asked.get("ranked", 0), solutions, asked.get("served", 0), asked.get("median"),
        after.get("challenges", 0), after.get("bids", 0), after.get("awards", 0),
    )  # fmt: skip


def _unserved(row: dict[str, Any]) -> Unserved:
    evidence, unmet = _plain(row["evidence"]) or [], _plain(row["unmet"]) or []
    return Unserved(
        id=row["id"], title=row["title"], title_en=row["title_en"], field=row["field"],
        organisation=row["organisation"] or "", organisation_en=row["organisation_en"] or "",
        organisation_id=row["organisation_id"], best=float(row["best"]), refused=row["refused"],
        imported=row["source_id"] is not None,
        uncovered=tuple(
            each["requirement"] for each in evidence if each["kind"] == "must" and each["strength"] < WEAK_STRENGTH
        ),
        refusal=Text.from_json(unmet[0]["reason"]) if unmet else None,
        published_at=row["published_at"],
    )  # fmt: skip


def _plain(stored: Any) -> Any:
    """Return a JSON value that the driver may hand over as text."""
    return json.loads(stored) if isinstance(stored, str) else stored
