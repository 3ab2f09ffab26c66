"""The ranked pairs of a scene as a list to choose from, and a note of which of them somebody was really shown."""

from collections.abc import Sequence

from tortoise import connections

from market.catalogue.facts import SolutionFacts
from market.catalogue.offered import facts_of_published
from market.core import clock
from market.core.vocabulary import Size
from market.lifecycle import SolutionState
from market.matches.exploring import Standing
from market.matches.facets import Line, values_of
from market.matches.models import Match
from market.matches.standings import standings_of

_SHOWN = """
INSERT INTO impression (day, scene_id, solution_id, best_rank, explored, views, readers)
SELECT $1::date, m.scene_id, m.solution_id, m.rank, m.explored, 1, jsonb_build_array($3::int)
FROM match m WHERE m.id = ANY($2::int[])
ON CONFLICT (day, scene_id, solution_id) DO UPDATE SET
    views = impression.views + CASE WHEN impression.readers @> excluded.readers THEN 0 ELSE 1 END,
    readers = CASE WHEN impression.readers @> excluded.readers THEN impression.readers
              ELSE impression.readers || excluded.readers END,
    best_rank = least(impression.best_rank, excluded.best_rank), explored = impression.explored OR excluded.explored
"""


async def lines_of(scene_id: int) -> list[Line]:
    """Return every ranked pair of a scene whose solution is still published: those that qualify first, by rank."""
    rows = Match.filter(scene_id=scene_id, solution__state=SolutionState.PUBLISHED).order_by("-qualifies", "rank", "id")
    found = await rows.values("id", "solution_id", "rank", "score", "qualifies", size="solution__organisation__size")
    facts, standings = await facts_of_published(), await standings_of([row["solution_id"] for row in found])
    lines = []
    for row in found:
        solution_id, size = row["solution_id"], Size(row["size"]) if row["size"] else None
        known = standings.known.get(standings.vendors.get(solution_id) or 0, Standing())
        values = values_of(facts.get(solution_id, SolutionFacts()), size, won=known.won)
        lines.append(Line(row["id"], solution_id, row["rank"], row["score"], row["qualifies"], values))
    return lines


async def matches_by_id(ids: Sequence[int]) -> list[Match]:
    """Return these matches in the order of *ids*, with solutions and their organisations."""
    found = await Match.filter(id__in=list(ids)).select_related("solution__organisation")
    by_id = {match.id: match for match in found}
    return [by_id[match_id] for match_id in ids if match_id in by_id]


async def note_shown(match_ids: Sequence[int], person_id: int | None) -> None:
    """Note that a buyer was shown these pairs today: one row for each scene, solution and day, in one statement.

    A person counts once a day, however often the page is loaded.
    """
    if match_ids:
        day = clock.now().astimezone(clock.SHANGHAI).date()
        await connections.get("default").execute_query(_SHOWN, [day, list(match_ids), person_id])
