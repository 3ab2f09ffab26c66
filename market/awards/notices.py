"""Public pages: notices of awards, the form for objections, and a vendor's own result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.awards import objecting, queries, rules
from market.awards.drawing import RankPlot, draw_ranking
from market.awards.forms import read_objection
from market.awards.models import Award, Objection
from market.awards.queries import Place
from market.bids.models import Bid
from market.bids.queries import get_bid
from market.bids.rules import may_read_bid
from market.challenges.models import Challenge
from market.challenges.rules import ChallengeRules, rules_of
from market.core import clock
from market.core.errors import InvalidError, NotFoundError, TooLateError
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.lifecycle import AwardState, BidState
from market.web.access import actor_of, visitor_of
from market.web.forms import FieldError, Typed, form_of
from market.web.paging import Pager, pager_of
from market.web.render import page, see_other


@dataclass(frozen=True)
class NoticesView:
    """The public notices."""

    notices: list[dict[str, Any]]
    pager: Pager


@dataclass(frozen=True)
class NoticeView:
    """One public notice, with the form for an objection where the reader may raise one."""

    award: Award
    challenge: Challenge
    vendor: Any
    scenes: list[dict[str, Any]]
    place: Place | None
    rules: ChallengeRules
    minutes: int | None
    own: Objection | None
    may_object: bool
    objection_problem: Text | None
    typed: Typed
    errors: list[FieldError]
    signed_in: bool
    staff: bool
    now: datetime


@dataclass(frozen=True)
class ResultView:
    """What became of one bid, with its own numbers and nobody else's."""

    bid: Bid
    challenge: Challenge
    decided: bool
    place: Place | None
    drawn: RankPlot | None
    bids: int
    winners: list[Place]


async def list_notices(request: Request) -> Response:
    """List the awards that are or were in public notice, newest first."""
    pager = pager_of(request, await queries.count_awards(None, public=True))
    found = await queries.search_awards(None, public=True, offset=pager.offset, limit=pager.size)
    return page(request, "awards/notices.html", NoticesView(found, pager))


async def show_notice(request: Request) -> Response:
    """Show who is to be awarded what and why, until when one may object, and how."""
    award, actor = await _public_award(request), visitor_of(request)
    typed = Typed(name=actor.name if actor else "")
    return page(request, "awards/notice.html", await _notice_view(award, actor, typed, []))


async def raise_objection(request: Request) -> Response:
    """Object to an award; the form comes back with everything typed where something is missing."""
    award, actor, form = await _public_award(request), actor_of(request), await form_of(request)
    written, status = read_objection(form), 422
    if form.valid:
        try:
            async with unit_of_work() as work:
                await objecting.raise_objection(award, written, work=work, actor=actor)
            flash = _("Your objection is recorded and the award is paused. You get the answer here.")
            return see_other(request, f"/notices/{award.id}", flash=flash)
        except InvalidError as error:
            form.note(error)
        except TooLateError as error:
            form.error("", error.text)
            status = error.status_code
    view = await _notice_view(award, actor, form.typed, form.errors)
    return page(request, "awards/notice.html", view, status_code=status)


async def show_result(request: Request) -> Response:
    """Show a vendor (and staff) what became of its bid: place, own scores, and how they come about."""
    bid, actor = await get_bid(request.path_params["bid_id"]), actor_of(request)
    verdict = may_read_bid(actor, bid, bid.round)
    if verdict.reason is not None:
        raise NotFoundError(verdict.reason)
    challenge = bid.round.challenge
    decided = bid.state in {BidState.WON, BidState.NOT_SELECTED}
    places = await queries.places_of(challenge.id) if decided else []
    own = next((place for place in places if place.bid_id == bid.id), None)
    view = ResultView(
        bid=bid, challenge=challenge, decided=decided, place=own, drawn=draw_ranking([own]) if own else None,
        bids=len(places), winners=[place for place in places if place.award_state is AwardState.CONFIRMED],
    )  # fmt: skip
    return page(request, "awards/result.html", view)


async def _public_award(request: Request) -> Award:
    award = await queries.get_award(request.path_params["award_id"])
    if award is None or not rules.may_see_notice(award):
        raise NotFoundError(_("There is no such page."))
    return award


async def _notice_view(award: Award, actor: Actor | None, typed: Typed, errors: Sequence[FieldError]) -> NoticeView:
    own = await queries.objection_by(actor.person_id, award.id) if actor else None
    verdict = rules.may_object(actor, award, own=own)
    limits = rules_of(award.challenge)
    places = await queries.places_of(award.challenge_id)
    return NoticeView(
        award=award, challenge=award.challenge, vendor=award.bid.organisation,
        scenes=(await queries.scenes_of_challenges([award.challenge_id]))[award.challenge_id],
        place=next((place for place in places if place.bid_id == award.bid_id), None), rules=limits,
        minutes=rules.minutes_of_notice(limits), own=own, may_object=verdict.allowed,
        objection_problem=verdict.reason, typed=typed, errors=list(errors), signed_in=actor is not None,
        staff=actor is not None and actor.is_staff, now=clock.now(),
    )  # fmt: skip
