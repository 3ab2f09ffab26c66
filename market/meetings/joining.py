"""Pages of a participant before the session: registering, saying when it cannot come, and whom it wants to meet."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from market.core import clock
from market.core.errors import InvalidError, NotFoundError
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.lifecycle import MatchSessionState, ParticipantState, Role
from market.matches.scale import fit_of
from market.meetings import actions, queries, rules
from market.meetings.actions import link_to
from market.meetings.forms import read_interest
from market.meetings.models import MatchSession, Participant
from market.meetings.pairs import MOST_SHOWN, Pair, mutual_pairs, pairs_for
from market.meetings.rules import LEVELS, Slot
from market.meetings.visiting import own_place, visible_session
from market.web.access import actor_of
from market.web.forms import FieldError, form_of
from market.web.render import page, see_other

_LONGEST_QUESTION = 60


@dataclass(frozen=True)
class Offer:
    """A pair as the form shows it."""

    pair: Pair
    fit: tuple[Text, str] | None
    level: str
    mutual: bool


@dataclass(frozen=True)
class JoinView:
    """What one participant says before a session."""

    session: MatchSession
    slots: list[Slot]
    place: Participant | None
    registered: bool
    open: bool
    problem: Text | None
    offers: list[Offer]
    levels: list[tuple[str, Text]]
    away: frozenset[int]
    words: str
    most: int
    errors: list[FieldError]
    is_buyer: bool
    may_withdraw: bool
    may_return: bool
    shows_mutual: bool


async def show_join(request: Request) -> Response:
    """Show the registration, the slots and the partners to choose from."""
    session = await visible_session(request)
    return page(request, "meetings/join.html", await _view(request, session))


async def join_session(request: Request) -> Response:
    """Register, or register again after withdrawing."""
    session, actor = await visible_session(request), actor_of(request)
    async with unit_of_work() as work:
        await actions.join_session(session, work=work, actor=actor)
    return see_other(request, f"{link_to(session)}/join", flash=_("You are registered. Say whom you want to meet."))


async def state_interest(request: Request) -> Response:
    """Store the slots and the interest of what the page showed."""
    session, actor = await visible_session(request), actor_of(request)
    place, form = await own_place(session, actor), await form_of(request)
    levels, away = read_interest(form)
    try:
        async with unit_of_work() as work:
            await actions.state_interest(session, place, levels, away, work=work, actor=actor)
    except InvalidError as error:
        form.note(error)
        view = await _view(request, session, errors=form.errors)
        return page(request, "meetings/join.html", view, status_code=422)
    done = _("Saved. You can change it until interest closes; the other side does not see it before the timetable.")
    return see_other(request, f"{link_to(session)}/join", flash=done)


async def withdraw_participant(request: Request) -> Response:
    """Withdraw; until interest closes it can be undone."""
    session, actor = await visible_session(request), actor_of(request)
    reason = (await form_of(request)).raw("reason")
    async with unit_of_work() as work:
        place = await queries.participant_of(session.id, actor.organisation_id, connection=work.connection)
        if place is None:
            raise NotFoundError(_("Your organisation is not registered for this session."))
        await place.fetch_related("organisation", using_db=work.connection)
        await actions.withdraw_participant(session, place, work=work, actor=actor, reason=reason)
    done = _("You have withdrawn. What you said of your partners is kept in case you register again.")
    return see_other(request, f"{link_to(session)}/join", flash=done)


async def _view(request: Request, session: MatchSession, *, errors: list[FieldError] | None = None) -> JoinView:
    actor, now = actor_of(request), clock.now()
    place = await queries.participant_of(session.id, actor.organisation_id)
    place = place if place is None or place.side is actor.role else None
    registered = place is not None and place.state is ParticipantState.REGISTERED
    words = request.query_params.get("q", "").replace("\x00", "").strip()[:_LONGEST_QUESTION]
    offers = await queries.count_offers(actor.organisation_id, actor.role, session)
    verdict = rules.may_join(actor, session, now, offers=offers)
    scheduled = session.state in {MatchSessionState.SCHEDULED, MatchSessionState.HELD}
    open_still = bool(rules.in_time(session, now))
    return JoinView(
        session=session,
        slots=rules.slots_of(session),
        place=place,
        registered=registered,
        open=open_still,
        problem=verdict.reason,
        offers=await _offers(session, actor, place, words, mutual=scheduled and registered),
        levels=[(level.value, text) for level, text in LEVELS.items()],
        away=frozenset(place.unavailable) if place else frozenset(),
        words=words,
        most=MOST_SHOWN,
        errors=errors or [],
        is_buyer=actor.role is Role.BUYER,
        may_withdraw=place is not None and bool(rules.may_withdraw(actor, session, place)),
        may_return=place is not None and not registered and bool(verdict),
        shows_mutual=scheduled,
    )


async def _offers(
    session: MatchSession, actor: Actor, place: Participant | None, words: str, *, mutual: bool
) -> list[Offer]:
    """Return the pairs with the reader's own answers; what is mutual only once the timetable is published."""
    both: set[tuple[int, int]] = set()
    if mutual and place is not None:
        wanted = await mutual_pairs(session.id)
        both = {(each.scene_id, each.solution_id) for each in wanted if place.id in {each.buyer_id, each.vendor_id}}
    found = await pairs_for(session, actor.organisation_id or 0, actor.role, place, words=words)
    return [
        Offer(
            pair, fit_of(pair.fit) if pair.fit is not None else None, pair.level,
            (pair.scene["id"], pair.solution["id"]) in both,
        )
        for pair in found
    ]  # fmt: skip
