"""Staff pages: the ranking and the proposal, the list of awards, one award with its objections."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.awards import actions, objecting, queries, rules
from market.awards.drawing import RankPlot, draw_ranking
from market.awards.forms import read_proposal
from market.awards.models import Award, Objection
from market.awards.queries import Place
from market.challenges.models import Challenge
from market.challenges.queries import get_challenge
from market.challenges.rules import ChallengeRules, rules_of
from market.core import clock
from market.core.errors import InvalidError, NotFoundError
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.lifecycle import AwardState, ChallengeState, Role
from market.reviews.queries import panels_of
from market.reviews.rules import may_close_review
from market.web.access import actor_of
from market.web.forms import FieldError, Typed, form_of
from market.web.paging import Pager, pager_of
from market.web.render import page, see_other


@dataclass(frozen=True)
class RankingView:
    """The ranking with its numbers, and what can be decided."""

    challenge: Challenge
    places: list[Place]
    drawn: RankPlot
    awards: list[Award]
    rules: ChallengeRules
    left_fen: int
    submitted: int
    needed: int
    may_close: bool
    close_problem: Text | None
    options: list[Place]
    expected: Place | None
    propose_problem: Text | None
    may_end: bool
    may_conclude: bool
    typed: Typed
    errors: list[FieldError]


@dataclass(frozen=True)
class ListView:
    """The awards."""

    awards: list[dict[str, Any]]
    state: str
    states: list[AwardState]
    pager: Pager


@dataclass(frozen=True)
class AwardView:
    """One award for staff."""

    award: Award
    challenge: Challenge
    vendor: Any
    scenes: list[dict[str, Any]]
    place: Place | None
    people: dict[int, str]
    events: list[dict[str, Any]]
    objections: list[Objection]
    may_approve: bool
    approve_problem: Text | None
    may_answer: bool
    minutes: int | None
    ends_if_approved: datetime
    now: datetime


async def show_ranking(request: Request) -> Response:
    """Show the ranking, how it comes about, and what an officer can decide."""
    challenge = await get_challenge(request.path_params["challenge_id"])
    return page(request, "awards/ranking.html", await _ranking_view(request, challenge, Typed(), []))


async def close_review(request: Request) -> Response:
    """Close the review and compute the ranking."""
    challenge = await get_challenge(request.path_params["challenge_id"])
    async with unit_of_work() as work:
        await actions.close_review(challenge, work=work, actor=actor_of(request))
    flash = _("Review is closed and the ranking computed.")
    return see_other(request, f"/challenges/{challenge.id}/ranking", flash=flash)


async def propose_award(request: Request) -> Response:
    """Propose a bid for an award."""
    challenge, form = await get_challenge(request.path_params["challenge_id"]), await form_of(request)
    proposal = read_proposal(form)
    if form.valid:
        try:
            async with unit_of_work() as work:
                award = await actions.propose_award(
                    challenge, proposal.bid_id, proposal.amount_fen, proposal.justification, work=work,
                    actor=actor_of(request), reason=proposal.reason,
                )  # fmt: skip
            flash = _("The award is proposed. A second officer decides.")
            return see_other(request, f"/awards/{award.id}", flash=flash)
        except InvalidError as error:
            form.note(error)
    view = await _ranking_view(request, challenge, form.typed, form.errors)
    return page(request, "awards/ranking.html", view, status_code=422)


async def close_without_award(request: Request) -> Response:
    """Close the challenge without an award, with a reason."""
    challenge, form = await get_challenge(request.path_params["challenge_id"]), await form_of(request)
    async with unit_of_work() as work:
        await actions.close_without_award(challenge, form.raw("reason"), work=work, actor=actor_of(request))
    flash = _("The challenge is closed without an award. Its scenes are free again.")
    return see_other(request, f"/challenges/{challenge.id}/ranking", flash=flash)


async def conclude_challenge(request: Request) -> Response:
    """End a race with the winners it has."""
    challenge = await get_challenge(request.path_params["challenge_id"])
    async with unit_of_work() as work:
        await actions.conclude_challenge(challenge, work=work, actor=actor_of(request))
    return see_other(request, f"/challenges/{challenge.id}/ranking", flash=_("The challenge has its winners."))


async def list_awards(request: Request) -> Response:
    """List the awards, newest first."""
    asked = request.query_params.get("state", "")
    state = AwardState(asked) if asked in set(AwardState) else None
    pager = pager_of(request, await queries.count_awards(state, public=False))
    found = await queries.search_awards(state, public=False, offset=pager.offset, limit=pager.size)
    return page(request, "awards/list.html", ListView(found, asked, list(AwardState), pager))


async def show_award(request: Request) -> Response:
    """Show one award to staff: the decision, the notice, the objections with who raised them."""
    award, actor = await _award_of(request), actor_of(request)
    verdict = rules.may_approve(actor, award)
    limits = rules_of(award.challenge)
    events = await queries.events_of(award.id)
    places = await queries.places_of(award.challenge_id)
    view = AwardView(
        award=award, challenge=award.challenge, vendor=award.bid.organisation,
        scenes=(await queries.scenes_of_challenges([award.challenge_id]))[award.challenge_id],
        place=next((place for place in places if place.bid_id == award.bid_id), None),
        people=await queries.names_of({event["person_id"] for event in events}), events=events,
        objections=await queries.objections_to(award.id), may_approve=verdict.allowed,
        approve_problem=verdict.reason if award.state is AwardState.PROPOSED and actor.role is Role.OFFICER else None,
        may_answer=actor.role is Role.OFFICER, minutes=rules.minutes_of_notice(limits),
        ends_if_approved=rules.end_of_notice(clock.now(), limits), now=clock.now(),
    )  # fmt: skip
    return page(request, "awards/award.html", view)


async def approve_award(request: Request) -> Response:
    """Approve as the second officer, which starts the public notice."""
    award = await _award_of(request)
    async with unit_of_work() as work:
        await actions.approve_award(award, work=work, actor=actor_of(request))
    return see_other(request, f"/awards/{award.id}", flash=_("The award is approved and in public notice."))


async def reject_award(request: Request) -> Response:
    """Reject as the second officer, with a reason."""
    award, form = await _award_of(request), await form_of(request)
    async with unit_of_work() as work:
        await actions.reject_award(award, form.raw("reason"), work=work, actor=actor_of(request))
    return see_other(request, f"/awards/{award.id}", flash=_("The proposal is rejected."))


async def uphold_objection(request: Request) -> Response:
    """Uphold an objection, which revokes the award."""
    objection, form = await _objection_of(request), await form_of(request)
    async with unit_of_work() as work:
        await objecting.uphold_objection(objection, form.raw("reason"), work=work, actor=actor_of(request))
    return see_other(request, f"/awards/{objection.award_id}", flash=_("The objection is upheld, the award revoked."))


async def dismiss_objection(request: Request) -> Response:
    """Dismiss an objection; the notice goes on once every objection is answered."""
    objection, form = await _objection_of(request), await form_of(request)
    async with unit_of_work() as work:
        await objecting.dismiss_objection(objection, form.raw("reason"), work=work, actor=actor_of(request))
    return see_other(request, f"/awards/{objection.award_id}", flash=_("The objection is dismissed."))


async def _award_of(request: Request) -> Award:
    award = await queries.get_award(request.path_params["award_id"])
    if award is None:
        raise NotFoundError(_("There is no such page."))
    return award


async def _objection_of(request: Request) -> Objection:
    asked = request.path_params
    objection = await Objection.get_or_none(id=asked["objection_id"], award_id=asked["award_id"])
    if objection is None:
        raise NotFoundError(_("There is no such page."))
    return objection


async def _ranking_view(request: Request, challenge: Challenge, typed: Typed, errors: list[FieldError]) -> RankingView:
    actor, limits = actor_of(request), rules_of(challenge)
    places, panels = await queries.places_of(challenge.id), await panels_of(challenge)
    left_fen = challenge.grant_fen - await queries.awarded_fen(challenge.id)
    closing, deciding = may_close_review(panels, challenge.state), rules.may_decide(actor, challenge)
    expected = rules.expected_place(places)
    verdicts = [(place, rules.may_propose(actor, challenge, places, place.bid_id, limits.winners)) for place in places]
    options = [place for place, verdict in verdicts if verdict]
    first_refusal = next((verdict.reason for place, verdict in verdicts if place == (expected or place)), None)
    if expected and not typed:
        typed = Typed(bid=str(expected.bid_id), amount=f"{left_fen // 100}" if limits.winners == 1 else "")
    return RankingView(
        challenge=challenge, places=places, drawn=draw_ranking(places), awards=await queries.awards_of(challenge.id),
        rules=limits, left_fen=left_fen, submitted=sum(panel.submitted for panel in panels),
        needed=sum(panel.size for panel in panels), may_close=bool(closing) and actor.role is Role.OFFICER,
        close_problem=closing.reason if challenge.state is ChallengeState.IN_REVIEW else None,
        options=options, expected=expected,
        propose_problem=first_refusal if deciding and not options else None,
        may_end=bool(rules.may_end_without_award(actor, challenge, places)),
        may_conclude=bool(rules.may_conclude(actor, challenge, places)), typed=typed, errors=errors,
    )  # fmt: skip
