"""The list of solutions, one solution, and its moves."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.core.errors import NotFoundError
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.lifecycle import Role, SolutionState, moves_from
from market.solutions import actions, queries, rules
from market.solutions.models import Capability, Filing, Reference, Solution
from market.web.access import actor_of, visitor_of
from market.web.filters import label
from market.web.forms import Typed, form_of
from market.web.languages import gettext
from market.web.paging import Pager, pager_of
from market.web.render import page, see_other

FLASHES: dict[str, Text] = {
    "publish_solution": _("Published. Scenes that fit are being found."),
    "unpublish_solution": _("Taken back. Nobody else sees it until you publish it again."),
    "retire_solution": _("Retired."),
    "restore_solution": _("Restored as a draft."),
}


@dataclass(frozen=True)
class Tab:
    """One tab above the list."""

    label: str
    href: str
    current: bool


@dataclass(frozen=True)
class SolutionsView:
    """One page of the list of solutions."""

    rows: list[dict[str, Any]]
    pager: Pager
    typed: Typed
    options: dict[str, list[tuple[str, str]]]
    tabs: list[Tab]
    mine: bool
    may_create: bool


@dataclass(frozen=True)
class ModelShown:
    """A model with what the registry says about it."""

    name: str
    number: str
    filing: Filing | None
    names_another: bool


@dataclass(frozen=True)
class SolutionView:
    """One solution, whole."""

    solution: Solution
    capabilities: list[Capability]
    models: list[ModelShown]
    references: list[Reference]
    moves: list[str]
    is_insider: bool
    may_edit: bool
    may_see_scenes: bool


async def list_solutions(request: Request) -> Response:
    """Show the solutions that this reader may see, by words and facets."""
    actor = visitor_of(request)
    asked = Typed({name: request.query_params.get(name, "").strip() for name in ("q", "mine", *queries.FACETS)})
    mine = asked["mine"] == "1" and queries.may_list_own(actor)
    facets = tuple((facet, asked[facet]) for facet in queries.FACETS if asked[facet])
    found = await queries.search_solutions(queries.SolutionSearch(asked["q"], mine, facets), actor)
    pager = pager_of(request, len(found.ids))
    rows = await queries.listed_solutions(found.ids[pager.offset : pager.offset + pager.size])
    options = {facet: _options(facet, found.counts[facet], asked[facet]) for facet in queries.FACETS}
    may_create = actor is not None and bool(rules.may_create_solution(actor))
    view = SolutionsView(rows, pager, asked, options, _tabs(actor, mine=mine), mine, may_create)
    return page(request, "solutions/list.html", view)


async def show_solution(request: Request) -> Response:
    """Show a whole solution, its models beside their registry entries, and the moves that this reader may make.

    Where a solution was merged into another one, whoever may not read it is led there.
    """
    actor, merged = visitor_of(request), await queries.get_solution(request.path_params["solution_id"])
    if merged is not None and merged.merged_into_id is not None and not rules.may_see_solution(actor, merged):
        return see_other(request, f"/solutions/{merged.merged_into_id}")
    solution = await solution_of(request)
    owner = bool(rules.may_own_solution(actor, solution))
    view = SolutionView(
        solution=solution,
        capabilities=await queries.capabilities_of(solution.id),
        models=await _models(solution),
        references=await queries.references_of(solution.id),
        moves=[move.name for move in moves_from(solution.state, Role.VENDOR, among=rules.STAGE_MOVES)] if owner else [],
        is_insider=owner or (actor is not None and actor.is_staff),
        may_edit=bool(rules.may_edit_solution(actor, solution)),
        may_see_scenes=owner and solution.state is SolutionState.PUBLISHED,
    )
    return page(request, "solutions/show.html", view)


async def publish_solution(request: Request) -> Response:
    """Show the solution to everybody."""
    return await _move(request, "publish_solution", actions.publish_solution)


async def unpublish_solution(request: Request) -> Response:
    """Take the solution back and go on editing it."""
    return await _move(request, "unpublish_solution", actions.unpublish_solution, then="/edit/what")


async def retire_solution(request: Request) -> Response:
    """Stop offering the solution."""
    return await _move(request, "retire_solution", actions.retire_solution)


async def restore_solution(request: Request) -> Response:
    """Make a retired solution a draft again."""
    return await _move(request, "restore_solution", actions.restore_solution)


async def solution_of(request: Request) -> Solution:
    """Return the solution of this URL, or say that there is none: also where the reader may not know of it."""
    solution = await queries.get_solution(request.path_params["solution_id"])
    if solution is None or not rules.may_see_solution(visitor_of(request), solution):
        raise NotFoundError(_("There is no such page."))
    return solution


async def _move(request: Request, name: str, action: Callable[..., Awaitable[None]], *, then: str = "") -> Response:
    actor, solution = actor_of(request), await solution_of(request)
    await form_of(request)
    async with unit_of_work() as work:
        await action(solution, work=work, actor=actor)
    return see_other(request, f"/solutions/{solution.id}{then}", flash=FLASHES[name])


async def _models(solution: Solution) -> list[ModelShown]:
    vendor = solution.organisation.name if solution.organisation else ""
    return [
        ModelShown(
            use.name,
            use.filing_number,
            use.filing,
            names_another=use.filing is not None and rules.names_another_entity(use.filing, vendor),
        )
        for use in await queries.models_of(solution.id)
    ]


def _tabs(actor: Actor | None, *, mine: bool) -> list[Tab]:
    if not queries.may_list_own(actor):
        return []
    return [
        Tab(gettext("All solutions"), "/solutions", not mine),
        Tab(gettext("Ours"), "/solutions?mine=1", mine),
    ]


def _options(facet: str, counts: Counter[str], chosen: str) -> list[tuple[str, str]]:
    values = sorted(counts, key=lambda value: -counts[value])
    if chosen and chosen not in values:
        values.insert(0, chosen)
    return [(value, f"{_facet_label(facet, value)} ({counts[value]:,})") for value in values]


def _facet_label(facet: str, value: str) -> str:
    if facet == "filed":
        return gettext("Has a registry entry") if value == "yes" else gettext("No registry entry")
    return label(value)
