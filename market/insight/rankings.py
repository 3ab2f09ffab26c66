"""How the rankings of open scenes stand: waiting, running, failed and why; and how far the search for duplicates is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise import connections

MOST_AGAIN = 200

# Every open scene with its last ranking, where it has one.
_LAST = """
FROM scene s LEFT JOIN LATERAL
    (SELECT * FROM match_run r WHERE r.scene_id = s.id ORDER BY r.id DESC LIMIT 1) last ON true
WHERE s.state IN ('published', 'challenged')
"""
_COUNTED = f"""
SELECT count(*) AS scenes,
       count(*) FILTER (WHERE last.id IS NULL) AS never,
       count(*) FILTER (WHERE last.finished_at IS NULL AND last.id IS NOT NULL AND last.started_at IS NULL) AS waiting,
       count(*) FILTER (WHERE last.finished_at IS NULL AND last.started_at IS NOT NULL) AS running,
       count(*) FILTER (WHERE last.finished_at IS NOT NULL AND last.error <> '') AS failed,
       count(*) FILTER (WHERE last.finished_at IS NOT NULL AND last.error = '') AS ranked,
       max(last.finished_at) FILTER (WHERE last.error = '') AS last_at {_LAST}
"""
_UNFINISHED = f"""
SELECT s.id, s.title, s.title_en, last.asked_at, last.started_at, last.finished_at, last.error {_LAST}
  AND last.id IS NOT NULL AND (last.finished_at IS NULL OR last.error <> '')
ORDER BY (last.error = ''), (s.source_id IS NOT NULL), last.asked_at, s.id LIMIT $1
"""
_UNCOMPARED = """
SELECT e.collection, count(*) AS waiting FROM catalogue_entry e
LEFT JOIN duplicate_search d ON d.collection = e.collection
WHERE e.until IS NULL AND e.id > coalesce(d.entry_id, 0) GROUP BY e.collection
"""


@dataclass(frozen=True)
class Rankings:
    """The open scenes, each counted once by how its last ranking stands."""

    scenes: int
    never: int
    waiting: int
    running: int
    failed: int
    ranked: int
    last_at: datetime | None


@dataclass(frozen=True)
class Unfinished:
    """A scene whose last ranking waits, runs or failed; *error* says why it failed."""

    id: int
    title: str
    title_en: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str


async def count_rankings() -> Rankings:
    """Count the open scenes by how their last ranking stands."""
    rows = await connections.get("default").execute_query_dict(_COUNTED)
    return Rankings(**rows[0])


async def unfinished_rankings(limit: int) -> list[Unfinished]:
    """List scenes whose last ranking failed, waits or runs: failures first, scenes posted here before imported ones."""
    rows = await connections.get("default").execute_query_dict(_UNFINISHED, [limit])
    return [Unfinished(**row) for row in rows]


async def failed_scenes(limit: int = MOST_AGAIN) -> list[int]:
    """List the open scenes whose last ranking failed, those posted here first."""
    return [each.id for each in await unfinished_rankings(limit) if each.error]


async def uncompared() -> dict[str, int]:
    """Return how many documents of each collection still wait to be compared with the others."""
    rows: list[dict[str, Any]] = await connections.get("default").execute_query_dict(_UNCOMPARED)
    return {row["collection"]: row["waiting"] for row in rows}
