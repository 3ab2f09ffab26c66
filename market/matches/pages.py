"""Pages of the buyer and the district: what was ranked for a scene, and why."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from market.catalogue.catalogues import SOLUTIONS, version_of
from market.core.errors import NotFoundError
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.lifecycle import OPEN_SCENES, Role
from market.matches import actions, freezing, queries, rules
from market.matches.cards import Card, cards_of, without_buttons
from market.matches.facets import Facet, Line, choices_of, facets_of, matching_lines
from market.matches.freezing import freeze_of
from market.matches.listing import lines_of, matches_by_id, note_shown
from market.matches.models import CatalogueFreeze, Match, MatchRun, Shortlisting
from market.matches.pinned import pairs_of
from market.scenes.models import Scene
from market.web.access import actor_of
from market.web.forms import form_of
from market.web.languages import say
from market.web.paging import Pager, pager_of
from market.web.render import page, see_other

CARDS_A_PAGE = 10
OTHERS_SHOWN = 10
WAITING = frozenset({"waiting", "running"})


@dataclass(frozen=True)
class Tab:
    """One of the scene's match pages."""

    label: str
    href: str
    current: bool
    count: int | None = None


@dataclass(frozen=True)
class MatchesView:
    """The ranked solutions of a scene; *qualifying* and *refused* count all of them, whatever facets are chosen."""

    scene: Scene
    progress: str
    problem: str
    run: MatchRun | None
    overtaken: bool
    cards: list[Card]
    near: list[Card]
    others: list[Card]
    qualifying: int
    refused: int
    facets: list[Facet]
    chosen: bool
    pager: Pager
    tabs: list[Tab]
    may_ask: bool
    freeze: CatalogueFreeze | None
    may_freeze: bool
    live_path: str
    path: str

    @property
    def waits(self) -> bool:
        """Whether the page will change by itself."""
        return self.progress in WAITING


async def show_matches(request: Request) -> Response:
    """Show who fits a scene, the evidence for each requirement, and apart from them who does not qualify.

    Facets in the address (``?deployment=edge&filing=filed``) choose among all ranked pairs.
    """
    actor = actor_of(request)
    scene = await visible_scene(request, actor)
    last, run = await queries.latest_run(scene.id), await queries.finished_run(scene.id)
    freeze = await freeze_of(scene.id)
    if last is None and scene.state in OPEN_SCENES:
        async with unit_of_work() as work:  # an imported scene is ranked once somebody wants to see it
            await actions.ask_first_ranking(scene, work=work)
    lines, chosen = await lines_of(scene.id), choices_of(request.query_params.multi_items())
    kept = matching_lines(lines, chosen)
    best, rest = [line for line in kept if line.qualifies], [line for line in kept if not line.qualifies]
    pager = pager_of(request, len(best), size=CARDS_A_PAGE)
    listed = {row.solution_id: row for row in await queries.shortlist_of(scene.id)}  # type: ignore[attr-defined]
    shown = [*best[pager.offset : pager.offset + pager.size], *(rest[:OTHERS_SHOWN] if pager.page == 1 else [])]
    progress = _progress(scene, last)
    cards = await _cards(scene, run, shown, listed, actor)
    if progress in WAITING:  # the page will change under the reader: nothing to fill in meanwhile
        cards = [without_buttons(card) for card in cards]
    ranked = {line.solution_id: line.qualifies for line in shown}
    others = [card for card in cards if not ranked[card.solution.id]]
    view = MatchesView(
        scene=scene,
        progress=progress,
        problem=last.error if last and progress == "failed" else "",
        run=run,
        overtaken=progress == "done"
        and freeze is None
        and run is not None
        and run.catalogue_version != await version_of(SOLUTIONS),
        cards=[card for card in cards if ranked[card.solution.id]],
        near=[card for card in others if len(card.unmet) == 1],
        others=[card for card in others if len(card.unmet) != 1],
        qualifying=sum(line.qualifies for line in lines),
        refused=sum(not line.qualifies for line in lines),
        facets=facets_of(lines, chosen),
        chosen=bool(chosen),
        pager=pager,
        tabs=tabs_of(scene, "matches", len(listed)),
        may_ask=bool(rules.may_ask_ranking(actor, scene)),
        freeze=freeze,
        may_freeze=bool(rules.may_freeze(actor, scene)),
        live_path=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        path=request.url.path,
    )
    response = page(request, "matches/show.html", view)
    if actor.role is Role.BUYER and not view.waits:  # what staff look at is nobody's exposure
        shown_ids = [card.match.id for card in view.cards if card.match]
        response.background = BackgroundTask(note_shown, shown_ids, actor.person_id)
    return response


async def _cards(
    scene: Scene, run: MatchRun | None, shown: list[Line], listed: dict[int, Shortlisting], actor: Actor
) -> list[Card]:
    matches = await matches_by_id([line.match_id for line in shown])
    pinned = pairs_of(run, {line.solution_id for line in shown}) if run else []
    return await cards_of(scene, _found(matches, listed), actor, {pair.solution_id: pair for pair in pinned})


async def ask_ranking(request: Request) -> Response:
    """Have the scene ranked again."""
    actor = actor_of(request)
    scene = await visible_scene(request, actor)
    async with unit_of_work() as work:
        await actions.ask_ranking(scene, work=work, actor=actor)
    return see_other(request, f"/scenes/{scene.id}/matches", flash=_("The ranking starts now."))


async def freeze_catalogue(request: Request) -> Response:
    """Freeze the catalogue for the scene."""
    return await _freeze(
        request, freezing.freeze_catalogue, _("Frozen. The scene is ranked against today's catalogue.")
    )


async def lift_freeze(request: Request) -> Response:
    """Lift the freeze."""
    return await _freeze(
        request, freezing.lift_freeze, _("Lifted. The scene is ranked against the catalogue of the day.")
    )


async def _freeze(request: Request, change: Callable[..., Awaitable[object]], done: Text) -> Response:
    actor = actor_of(request)
    scene = await visible_scene(request, actor)
    reason = (await form_of(request)).raw("reason")
    async with unit_of_work() as work:
        await change(scene, reason, work=work, actor=actor)
    return see_other(request, f"/scenes/{scene.id}/matches", flash=done)


async def visible_scene(request: Request, actor: Actor) -> Scene:
    """Return the scene of the address; one whose matches the actor may not see does not exist for them."""
    scene = await queries.find_scene(request.path_params["scene_id"])
    if scene is None or not rules.may_see_matches(actor, scene):
        raise NotFoundError(_("There is no such page."))
    return scene


def tabs_of(scene: Scene, current: str, listed: int | None = None) -> list[Tab]:
    """Return the scene's match pages as tabs."""
    base = f"/scenes/{scene.id}"
    return [
        Tab(say(_("Matches")), f"{base}/matches", current == "matches"),
        Tab(say(_("Teams")), f"{base}/teams", current == "teams"),
        Tab(say(_("Shortlist")), f"{base}/shortlist", current == "shortlist", listed),
    ]


def _found(matches: list[Match], listed: dict[int, Shortlisting]) -> list[tuple[Any, Match, Shortlisting | None]]:
    return [(match.solution, match, listed.get(match.solution.id)) for match in matches]


def _progress(scene: Scene, last: MatchRun | None) -> str:
    """Return where the ranking stands: closed, waiting, running, failed or done."""
    if last is not None and last.finished_at is not None:
        return "failed" if last.error else "done"
    if scene.state not in OPEN_SCENES:
        return "closed"
    return "running" if last is not None and last.started_at is not None else "waiting"
