"""Solutions that their vendor took back: a buyer reads what the rankings kept of them, never the draft of today."""

from collections.abc import Iterable, Sequence

from tortoise import connections

from market.core.permissions import Actor
from market.core.text import _
from market.solutions.models import Solution
from market.solutions.rules import may_see_solution
from market.web.languages import say

_TITLES = """
SELECT DISTINCT ON (pair.solution) pair.solution, pair.title
FROM match_run r, jsonb_to_recordset(r.outputs) AS pair (solution int, title text)
WHERE r.scene_id = $1 AND r.finished_at IS NOT NULL AND pair.solution = ANY($2::int[])
ORDER BY pair.solution, r.id DESC
"""


async def as_shown(scene_id: int, solutions: Iterable[Solution], actor: Actor) -> dict[int, Solution]:
    """Return what *actor* may read of these solutions, by id; their organisations are needed.

    One that is not published is shown to its vendor and to staff. Everybody else gets a row that is stored nowhere: the
    title under which the scene's last ranking held it, its vendor, and nothing else.
    """
    every = {each.id: each for each in solutions}
    hidden = [each.id for each in every.values() if not may_see_solution(actor, each)]
    titles = await _titles_then(scene_id, hidden) if hidden else {}
    return every | {each: _without_facts(every[each], titles.get(each, "")) for each in hidden}


async def _titles_then(scene_id: int, solution_ids: Sequence[int]) -> dict[int, str]:
    rows = await connections.get("default").execute_query_dict(_TITLES, [scene_id, list(solution_ids)])
    return {row["solution"]: row["title"] for row in rows}


def _without_facts(solution: Solution, title: str) -> Solution:
    return Solution(
        id=solution.id, title=title or say(_("A solution that its vendor has withdrawn")), state=solution.state,
        source_id=solution.source_id, organisation=solution.organisation,
    )  # fmt: skip
