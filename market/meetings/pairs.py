"""Pairs that could meet at a session: what one participant may state interest in, and what both sides want."""

from dataclasses import dataclass
from typing import Any

from tortoise import connections
from tortoise.backends.base.client import BaseDBAsyncClient

from market.lifecycle import Role
from market.matches.scale import SOME_SCORE
from market.meetings.models import MatchSession, Participant
from market.meetings.rules import weight_of

MOST_SHOWN = 40
_SUGGESTED_RANKS = 20


@dataclass(frozen=True)
class Pair:
    """A scene and a solution that could meet, as one of the two sides sees it."""

    scene: dict[str, Any]
    solution: dict[str, Any]
    partner: dict[str, Any]
    registered: bool
    fit: float | None
    qualifies: bool | None
    level: str

    @property
    def key(self) -> str:
        """The name of its field in a form."""
        return f"pair-{self.scene['id']}-{self.solution['id']}"


@dataclass(frozen=True)
class Mutual:
    """A pair that both sides want, with what it is worth."""

    scene_id: int
    solution_id: int
    buyer_id: int
    vendor_id: int
    fit: float | None
    weight: int


async def pairs_for(
    session: MatchSession, organisation_id: int, side: Role, participant: Participant | None, *, words: str = ""
) -> list[Pair]:
    """Return what an organisation may state interest in: registered partners, stored matches, what it named before.

    With *words*, every partner in the field whose texts hold them. What has an answer comes first, then who is
    registered, then the better fit. Nobody's answers but the organisation's own are read.
    """
    own, other = ("c", "s") if side is Role.BUYER else ("s", "c")
    sql = _PAIRS.format(own=own, other=other, ranks=_SUGGESTED_RANKS, some=SOME_SCORE, most=MOST_SHOWN)
    mine = participant.id if participant else 0
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%" if words else ""
    rows = await connections.get("default").execute_query_dict(
        sql, [session.id, organisation_id, session.field.value, mine, pattern]
    )
    return [_pair(row) for row in rows]


async def may_pair(session: MatchSession, participant: Participant, scene_id: int, solution_id: int) -> bool:
    """Whether a participant may state interest in a pair: one side is its own, the other could be at the session."""
    own = "c" if participant.side is Role.BUYER else "s"
    sql = _MAY_PAIR.format(own=own)
    values = [scene_id, solution_id, session.field.value, participant.organisation_id]
    return bool(await connections.get("default").execute_query_dict(sql, values))


async def mutual_pairs(session_id: int, *, connection: BaseDBAsyncClient | None = None) -> list[Mutual]:
    """Return the pairs that both registered sides want and that are still offered, by scene and solution."""
    client = connection or connections.get("default")
    rows = await client.execute_query_dict(_MUTUAL, [session_id])
    return [
        Mutual(
            row["scene_id"], row["solution_id"], row["buyer_id"], row["vendor_id"], row["fit"],
            weight_of(row["fit"], row["buyer_level"], row["vendor_level"]),
        )
        for row in rows
    ]  # fmt: skip


def _pair(row: dict[str, Any]) -> Pair:
    return Pair(
        scene={"id": row["scene_id"], "title": row["scene"], "title_en": row["scene_en"]},
        solution={"id": row["solution_id"], "title": row["solution"], "title_en": row["solution_en"]},
        partner={"name": row["partner"], "name_en": row["partner_en"]},
        registered=bool(row["registered"]),
        fit=row["fit"],
        qualifies=row["qualifies"],
        level=row["level"] or "",
    )


_PAIRS = """
SELECT c.id AS scene_id, c.title AS scene, c.title_en AS scene_en, s.id AS solution_id, s.title AS solution,
       s.title_en AS solution_en, o.name AS partner, o.name_en AS partner_en, p.id IS NOT NULL AS registered,
       m.score AS fit, m.qualifies, i.level
FROM scene c JOIN solution s ON s.state = 'published'
JOIN organisation o ON o.id = {other}.organisation_id
LEFT JOIN match m ON m.scene_id = c.id AND m.solution_id = s.id
LEFT JOIN participant p ON p.session_id = $1 AND p.organisation_id = o.id AND p.state = 'registered'
LEFT JOIN interest i ON i.participant_id = $4 AND i.scene_id = c.id AND i.solution_id = s.id
WHERE {own}.organisation_id = $2 AND o.id <> $2 AND c.field = $3 AND c.state IN ('published', 'challenged')
  AND (p.id IS NOT NULL OR o.state = 'verified')
  AND ($5 = '' AND (i.id IS NOT NULL OR p.id IS NOT NULL OR (m.qualifies AND m.rank <= {ranks} AND m.score >= {some}))
       OR $5 <> '' AND ({other}.title ILIKE $5 OR {other}.title_en ILIKE $5 OR o.name ILIKE $5 OR o.name_en ILIKE $5))
ORDER BY i.id IS NULL, p.id IS NULL, m.qualifies DESC NULLS LAST, m.score DESC NULLS LAST, c.id, s.id
LIMIT {most}
"""

_MAY_PAIR = """
SELECT 1 FROM scene c, solution s
WHERE c.id = $1 AND s.id = $2 AND c.field = $3 AND c.state IN ('published', 'challenged') AND s.state = 'published'
  AND c.organisation_id <> s.organisation_id AND {own}.organisation_id = $4
"""

_MUTUAL = """
SELECT bi.scene_id, bi.solution_id, bp.id AS buyer_id, vp.id AS vendor_id, m.score AS fit,
       bi.level AS buyer_level, vi.level AS vendor_level
FROM participant bp
JOIN interest bi ON bi.participant_id = bp.id AND bi.level <> 'no'
JOIN interest vi ON vi.scene_id = bi.scene_id AND vi.solution_id = bi.solution_id AND vi.level <> 'no'
JOIN participant vp ON vp.id = vi.participant_id AND vp.session_id = bp.session_id AND vp.side = 'vendor'
     AND vp.state = 'registered'
JOIN scene c ON c.id = bi.scene_id AND c.organisation_id = bp.organisation_id
     AND c.state IN ('published', 'challenged')
JOIN solution s ON s.id = bi.solution_id AND s.organisation_id = vp.organisation_id AND s.state = 'published'
LEFT JOIN match m ON m.scene_id = c.id AND m.solution_id = s.id
WHERE bp.session_id = $1 AND bp.side = 'buyer' AND bp.state = 'registered'
ORDER BY bi.scene_id, bi.solution_id
"""
