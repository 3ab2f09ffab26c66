"""What would raise a vendor's fit: for one of its solutions, or for all."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from market.core.errors import NotFoundError
from market.core.text import _
from market.fitting import gaps
from market.fitting.gaps import Gap, Lack, Shortfall
from market.fitting.vendor_tabs import Tab, tabs_at
from market.matches.actions import pair_url
from market.matches.rankers import current_ranker
from market.matches.scale import SOME_SCORE
from market.scenes.models import Scene
from market.solutions.models import Solution
from market.web.access import actor_of
from market.web.drafts import Options
from market.web.filters import titled
from market.web.render import page
from matching.encoder import EncoderError

PATH = "/matches/gaps"
MOST_EXAMPLES = 3


@dataclass(frozen=True)
class Named:
    """Some scenes by name, and how many there are."""

    count: int
    first: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class GapsView:
    """What would raise my fit."""

    tabs: list[Tab]
    solutions: Options
    chosen: str
    shortfalls: list[Shortfall]
    named: dict[tuple[int, ...], Named]
    gaps: list[Gap]
    links: dict[int, str]
    near: int
    far: bool
    unread: bool


async def show_gaps(request: Request) -> Response:
    """Show what keeps the vendor's solutions from more scenes, and what would change if it were otherwise."""
    actor = actor_of(request)
    mine = await gaps.solutions_of(actor.organisation_id or 0)
    chosen = _chosen(request, mine)
    near = await gaps.near_scenes([solution.id for solution in chosen])
    shortfalls = await gaps.shortfalls(chosen, near)
    try:
        found, unread = await gaps.gaps_in(near, await current_ranker()), False
    except EncoderError:
        found, unread = [], True
    view = GapsView(
        tabs=tabs_at(PATH),
        solutions=[(str(solution.id), titled(solution)) for solution in mine],
        chosen=str(chosen[0].id) if len(chosen) == 1 and len(mine) > 1 else "",
        shortfalls=shortfalls,
        named=_named(shortfalls, {match.scene.id: match.scene for match in near}),
        gaps=found,
        links={lack.match.id: _link(lack) for gap in found for lack in gap.lacks},
        near=len({match.scene.id for match in near}),
        far=all(match.score < SOME_SCORE for match in near),
        unread=unread,
    )
    return page(request, "matches/gaps.html", view)


def _chosen(request: Request, mine: list[Solution]) -> list[Solution]:
    asked = request.query_params.get("solution", "")
    if not asked:
        return mine
    chosen = [solution for solution in mine if str(solution.id) == asked]
    if not chosen:
        raise NotFoundError(_("There is no such page."))
    return chosen


def _named(shortfalls: list[Shortfall], scenes: dict[int, Scene]) -> dict[tuple[int, ...], Named]:
    groups = [ids for each in shortfalls for change in each.changes for ids in (change.asked, change.opens)]
    groups += [silence.scenes for each in shortfalls for silence in each.silences]
    return {
        ids: Named(len(ids), tuple((titled(scenes[one]), f"/scenes/{one}") for one in ids[:MOST_EXAMPLES]))
        for ids in groups
    }


def _link(lack: Lack) -> str:
    return pair_url(lack.scene.id, lack.match.solution.id)
