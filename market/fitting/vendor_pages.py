"""One pair with its reasons, for its vendor, the scene's buyer and staff; the vendor answers invitations here."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.core.errors import InvalidError, NotFoundError
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.fitting import verdicts
from market.fitting.gaps import Lack, lacks_of
from market.lifecycle import OPEN_SCENES, PUBLIC_SCENES, ShortlistState, moves_from
from market.matches import actions, queries, rules
from market.matches.cards import Card, cards_of
from market.matches.models import Match, MatchRun, Shortlisting
from market.matches.pinned import pairs_of
from market.matches.rankers import current_ranker
from market.matches.team_notes import TeamNote, note_for
from market.scenes.models import Scene
from market.solutions.models import Solution
from market.web.access import actor_of
from market.web.drafts import Options
from market.web.forms import FieldError, form_of
from market.web.render import page, see_other

_ANSWERS = ("accept_invitation", "decline_invitation")


@dataclass(frozen=True)
class PairView:
    """One scene and one solution."""

    scene: Scene
    card: Card
    run: MatchRun | None
    may_answer: bool
    refusal: Text | None
    base: str
    errors: list[FieldError]
    reason: str
    back: tuple[Text, str]
    shown_state: ShortlistState | None
    answered: Text | None
    team: TeamNote | None
    lacks: list[Lack]
    reasons: Options


async def show_pair(request: Request) -> Response:
    """Show one pair to its vendor, the scene's buyer and staff."""
    actor = actor_of(request)
    scene, solution = await _pair(request, actor)
    return page(request, "matches/pair.html", await _pair_view(scene, solution, actor))


async def accept_invitation(request: Request) -> Response:
    """Answer an invitation: we are interested."""
    actor = actor_of(request)
    scene, solution = await _pair(request, actor)
    async with unit_of_work() as work:
        listed = await _invitation(scene, solution, work.connection)
        await actions.accept_invitation(listed, scene, solution, work=work, actor=actor)
    return see_other(request, actions.pair_url(scene.id, solution.id), flash=_("Thank you. The buyer has been told."))


async def decline_invitation(request: Request) -> Response:
    """Answer an invitation: not this time, with the reason."""
    actor = actor_of(request)
    scene, solution = await _pair(request, actor)
    reason = (await form_of(request)).raw("reason")
    try:
        async with unit_of_work() as work:
            listed = await _invitation(scene, solution, work.connection)
            await actions.decline_invitation(listed, scene, solution, reason, work=work, actor=actor)
    except InvalidError as error:
        errors = [FieldError(field, text) for field, text in error.fields.items()]
        view = await _pair_view(scene, solution, actor, errors=errors, reason=reason)
        return page(request, "matches/pair.html", view, status_code=422)
    return see_other(
        request, actions.pair_url(scene.id, solution.id), flash=_("Declined. The buyer has been told your reason.")
    )


async def _pair(request: Request, actor: Actor) -> tuple[Scene, Solution]:
    scene = await queries.find_scene(request.path_params["scene_id"])
    solution = await queries.find_solution(request.path_params["solution_id"])
    if scene is None or solution is None or not rules.may_see_pair(actor, scene, solution):
        raise NotFoundError(_("There is no such page."))
    insider = actor.is_staff or actor.is_of(scene.organisation_id)
    if not insider and scene.state not in PUBLIC_SCENES:
        raise NotFoundError(_("There is no such page."))
    return scene, solution


async def _invitation(scene: Scene, solution: Solution, connection: Any) -> Shortlisting:
    listed = await queries.shortlisting_of(scene.id, solution.id, connection=connection)
    if listed is None:
        raise NotFoundError(_("There is no such invitation."))
    return listed


async def _pair_view(
    scene: Scene, solution: Solution, actor: Actor, *, errors: list[FieldError] | None = None, reason: str = ""
) -> PairView:
    match = (await queries.matches_with(scene.id, [solution.id])).get(solution.id)
    listed = await queries.shortlisting_of(scene.id, solution.id)
    if match is None and listed is None:
        raise NotFoundError(_("There is no such page."))
    run = await queries.finished_run(scene.id)
    pinned = {pair.solution_id: pair for pair in pairs_of(run, {solution.id})} if run else {}
    [card] = await cards_of(scene, [(solution, match, listed)], actor, pinned)
    verdict = rules.may_answer(actor, solution)
    invited = listed is not None and bool(moves_from(listed.state, actor.role, among=_ANSWERS))
    of_vendor = actor.is_of(solution.organisation_id)
    return PairView(
        scene=scene,
        card=card,
        run=run,
        may_answer=invited and bool(verdict),
        refusal=verdict.reason if invited and of_vendor else None,
        base=actions.pair_url(scene.id, solution.id),
        errors=errors or [],
        reason=reason,
        back=(_("Scenes that fit me"), "/matches") if of_vendor else (_("Matches"), f"/scenes/{scene.id}/matches"),
        # A buyer's shortlist is its own affair until it invites.
        shown_state=listed.state if listed and (listed.invited_at or not of_vendor) else None,
        answered=_answered(listed),
        team=await note_for(match, solution) if of_vendor else None,
        lacks=await _lacks(match, scene, solution) if match and of_vendor else [],
        reasons=verdicts.options() if match and of_vendor and scene.state in OPEN_SCENES else [],
    )


async def _lacks(match: Match, scene: Scene, solution: Solution) -> list[Lack]:
    match.scene, match.solution = scene, solution  # both are read already
    return await lacks_of(match, await current_ranker())


def _answered(listed: Shortlisting | None) -> Text | None:
    if listed is None or listed.answered_at is None:
        return None
    if listed.state is ShortlistState.INTERESTED:
        return _("The vendor is interested.")
    if listed.state is ShortlistState.DECLINED:
        return _("The vendor declined: %(reason)s", reason=listed.reason)
    return None
