"""The comparison page: two to four solutions of a scene side by side, to read, to print and to take away."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.catalogue import stated
from market.core.errors import InvalidError
from market.core.permissions import Actor
from market.core.text import Text, _
from market.lifecycle import SolutionState
from market.matches import offers, queries, rules
from market.matches.cards import Card, cards_of, without_buttons
from market.matches.comparison import FEWEST, MOST, Comparison, compare
from market.matches.pages import Tab, tabs_of, visible_scene
from market.matches.workbook import reading_notes, versions_of, workbook_of
from market.scenes.models import Scene
from market.solutions.rules import may_see_solution
from market.web.access import actor_of
from market.web.downloads import attachment
from market.web.filters import titled
from market.web.languages import say
from market.web.render import page, see_other
from market.web.workbooks import MEDIA_TYPE

CHOICES_SHOWN = 20


@dataclass(frozen=True)
class CompareView:
    """Solutions side by side, or the choice of which."""

    scene: Scene
    tabs: list[Tab]
    comparison: Comparison | None
    problem: Text | None
    chosen: list[int]
    choices: list[tuple[int, str]]
    versions: list[tuple[str, str]]
    notes: list[str]
    only_differences: bool
    query: str


async def show_comparison(request: Request) -> Response:
    """Show the solutions that ``solutions`` names side by side; otherwise ask for two to four."""
    actor = actor_of(request)
    scene = await visible_scene(request, actor)
    chosen, run = chosen_of(request), await queries.finished_run(scene.id)
    comparison, problem = None, None
    try:
        comparison = await comparison_of(scene, chosen, actor) if chosen else None
    except InvalidError as error:
        problem = error.text
    only = comparison is not None and request.query_params.get("differences") == "1"
    view = CompareView(
        scene=scene,
        tabs=tabs_of(scene, "compare"),
        comparison=comparison.only_differences() if comparison and only else comparison,
        problem=problem,
        chosen=chosen,
        choices=await _choices(scene.id),
        versions=[(say(name), value) for name, value in versions_of(run)],
        notes=[say(each) for each in reading_notes()],
        only_differences=only,
        query=_query(chosen),
    )
    return page(request, "matches/compare.html", view, status_code=422 if problem else 200)


async def download_comparison(request: Request) -> Response:
    """Answer with the comparison as an Excel file in the reader's language; a wrong choice leads to the page."""
    actor = actor_of(request)
    scene = await visible_scene(request, actor)
    try:
        comparison = await comparison_of(scene, chosen_of(request), actor)
    except InvalidError:
        return see_other(request, f"/scenes/{scene.id}/compare?{_query(chosen_of(request))}")
    data = workbook_of(comparison, scene, await queries.finished_run(scene.id))
    return attachment(data, f"jiebang-{scene.id}-comparison.xlsx", MEDIA_TYPE)


async def comparison_of(scene: Scene, chosen: list[int], actor: Actor) -> Comparison:
    """Compare the *chosen* solutions in their order.

    Refuses (``InvalidError``) fewer than two, more than four, and a solution that neither was ranked for the scene nor
    stands on its shortlist, and one that its vendor has withdrawn.
    """
    if not FEWEST <= len(chosen) <= MOST:
        raise InvalidError(_("Choose two to four solutions to compare."))
    found = await _found(scene.id, chosen)
    if not all(may_see_solution(actor, solution) for solution, _match, _listed in found):
        raise InvalidError(_("A vendor has withdrawn one of these solutions. Choose others from the list."))
    if len(found) < len(chosen):
        raise InvalidError(_("Only solutions that were ranked for this scene can be compared. Choose from the list."))
    cards: list[Card] = [without_buttons(card) for card in await cards_of(scene, found, actor)]
    solutions = [card.solution for card in cards]
    needed, facts = stated.facts_of_scene(scene), await stated.facts_of_solutions(chosen)
    findings = {each: {finding.code: finding for finding in rules.examine(needed, facts[each])} for each in chosen}
    return compare(cards, findings, await offers.offers_of(solutions))


def chosen_of(request: Request) -> list[int]:
    """Read ``solutions=1,2`` and ``solutions=1&solutions=2`` alike, each once."""
    typed = ",".join(request.query_params.getlist("solutions")).split(",")
    return list(dict.fromkeys(int(each) for each in typed if each.strip().isdecimal() and len(each) < 10))  # noqa: PLR2004


async def _found(scene_id: int, chosen: list[int]) -> list[tuple[Any, Any, Any]]:
    matches = await queries.matches_with(scene_id, chosen)
    listed = {row.solution.id: row for row in await queries.shortlist_of(scene_id)}
    known = [each for each in chosen if each in matches or each in listed]
    solutions = {each: await queries.find_solution(each) for each in known}
    return [(solutions[each], matches.get(each), listed.get(each)) for each in known]


async def _choices(scene_id: int) -> list[tuple[int, str]]:
    """Offer the shortlist first, then the best of the ranking."""
    rows = await queries.shortlist_of(scene_id)
    listed = [row.solution for row in rows if row.solution.state is SolutionState.PUBLISHED]
    ranked = await queries.matches_of(scene_id, qualifies=True, limit=CHOICES_SHOWN)
    solutions = {each.id: each for each in (*listed, *(match.solution for match in ranked))}
    return [(each, titled(solution)) for each, solution in solutions.items()]


def _query(chosen: list[int]) -> str:
    return "solutions=" + ",".join(str(each) for each in chosen)
