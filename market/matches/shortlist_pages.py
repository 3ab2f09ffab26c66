"""The buyer's shortlist: who stands on it, who was invited, who answered what."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from market.core.errors import InvalidError, NotFoundError
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.work import Work, unit_of_work
from market.lifecycle import ShortlistState
from market.matches import actions, queries
from market.matches.cards import Card, cards_of, waiting_states
from market.matches.comparison import FEWEST
from market.matches.feedback import Reason
from market.matches.models import Shortlisting
from market.matches.pages import Tab, tabs_of, visible_scene
from market.matches.rules import MOST_INVITATIONS
from market.scenes.models import Scene
from market.solutions.models import Solution
from market.web.access import actor_of
from market.web.forms import Form, form_of
from market.web.render import page, see_other

Change = Callable[[Scene, Solution, Form, Work, Actor], Awaitable[object]]


@dataclass(frozen=True)
class Group:
    """The pairs of a shortlist that stand at one state."""

    state: ShortlistState
    cards: list[Card]


@dataclass(frozen=True)
class ShortlistView:
    """A scene's shortlist."""

    scene: Scene
    groups: list[Group]
    tabs: list[Tab]
    open_invitations: int
    most_invitations: int
    comparable: bool


async def show_shortlist(request: Request) -> Response:
    """Show the shortlist, grouped by what each pair waits for."""
    actor = actor_of(request)
    scene = await visible_scene(request, actor)
    listed = await queries.shortlist_of(scene.id)
    matches = await queries.matches_with(scene.id, [row.solution.id for row in listed])
    cards = await cards_of(scene, [(row.solution, matches.get(row.solution.id), row) for row in listed], actor)
    view = ShortlistView(
        scene=scene,
        groups=_grouped(cards),
        tabs=tabs_of(scene, "shortlist", len(listed)),
        open_invitations=sum(row.state is ShortlistState.INVITED for row in listed),
        most_invitations=MOST_INVITATIONS,
        comparable=sum(not card.withdrawn for card in cards) >= FEWEST,
    )
    return page(request, "matches/shortlist.html", view)


async def shortlist_solution(request: Request) -> Response:
    """Put a ranked solution on the shortlist."""

    async def change(scene: Scene, solution: Solution, _form: Form, work: Work, actor: Actor) -> None:
        await _must_be_ranked(scene, solution)
        await actions.shortlist_solution(scene, solution, work=work, actor=actor)

    return await _change(request, change, _("On the shortlist."), back="matches")


async def invite_vendor(request: Request) -> Response:
    """Invite a shortlisted vendor."""

    async def change(scene: Scene, solution: Solution, _form: Form, work: Work, actor: Actor) -> None:
        listed = await _listed(scene, solution, work)
        await actions.invite_vendor(listed, scene, solution, work=work, actor=actor)

    return await _change(request, change, _("Invited. The vendor has been told."))


async def dismiss_match(request: Request) -> Response:
    """Dismiss a ranked solution with a reason."""

    async def change(scene: Scene, solution: Solution, form: Form, work: Work, actor: Actor) -> None:
        await _must_be_ranked(scene, solution)
        code = form.choice("reason_code", Reason) or Reason.OTHER
        await actions.dismiss_match(scene, solution, form.raw("reason"), code=code, work=work, actor=actor)

    return await _change(request, change, _("Dismissed. It stays in the record with your reason."), undo="reconsider")


async def reconsider_match(request: Request) -> Response:
    """Put a dismissed or declined pair back on the shortlist."""

    async def change(scene: Scene, solution: Solution, _form: Form, work: Work, actor: Actor) -> None:
        await actions.reconsider_match(await _listed(scene, solution, work), scene, solution, work=work, actor=actor)

    return await _change(request, change, _("Back on the shortlist."))


async def _change(request: Request, change: Change, done: Text, *, back: str = "shortlist", undo: str = "") -> Response:
    actor = actor_of(request)
    scene = await visible_scene(request, actor)
    solution = await queries.find_solution(request.path_params["solution_id"])
    if solution is None:
        raise NotFoundError(_("There is no such page."))
    form = await form_of(request)
    async with unit_of_work() as work:
        await change(scene, solution, form, work, actor)
    return see_other(
        request, f"/scenes/{scene.id}/{back}", flash=done, undo=undo and f"{request.url.path.rsplit('/', 1)[0]}/{undo}"
    )


async def _must_be_ranked(scene: Scene, solution: Solution) -> None:
    """Refuse (``InvalidError``) what the last ranking does not hold and the shortlist never had."""
    if await queries.shortlisting_of(scene.id, solution.id) or await queries.matches_with(scene.id, [solution.id]):
        return
    raise InvalidError(_("Only solutions that were ranked for this scene can be put on its shortlist."))


async def _listed(scene: Scene, solution: Solution, work: Work) -> Shortlisting:
    listed = await queries.shortlisting_of(scene.id, solution.id, connection=work.connection)
    if listed is None:
        raise NotFoundError(_("This solution is not on the shortlist."))
    return listed


def _grouped(cards: list[Card]) -> list[Group]:
    groups = [
        Group(state, [card for card in cards if card.listed and card.listed.state is state])
        for state in waiting_states()
    ]
    return [group for group in groups if group.cards]
