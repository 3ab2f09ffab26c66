"""The list of sessions and the page of one, with the moves that officers make there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from market.core import clock
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.work import Work, unit_of_work
from market.lifecycle import MatchSessionState, ParticipantState, Role
from market.meetings import actions, queries, rules
from market.meetings.models import MatchSession, Participant
from market.meetings.rules import Slot
from market.meetings.visiting import visible_session
from market.web.access import actor_of, visitor_of
from market.web.forms import form_of
from market.web.render import page, see_other

Change = Callable[[MatchSession, str, Work, Actor], Awaitable[Text]]


@dataclass(frozen=True)
class Listed:
    """A session in the list."""

    session: MatchSession
    ends_at: datetime
    buyers: int
    vendors: int
    mine: ParticipantState | None


@dataclass(frozen=True)
class ListView:
    """All sessions that the reader may know of."""

    coming: list[Listed]
    over: list[Listed]
    may_plan: bool
    is_staff: bool


@dataclass(frozen=True)
class SessionView:
    """One session."""

    session: MatchSession
    slots: list[Slot]
    ends_at: datetime
    buyers: int
    vendors: int
    now: datetime
    open: bool
    mine: Participant | None
    join_problem: Text | None
    may_join: bool
    may_edit: bool
    may_announce: bool
    announce_problem: Text | None
    may_close_interest: bool
    may_arrange: bool
    may_close: bool
    may_cancel: bool
    is_staff: bool


async def list_sessions(request: Request) -> Response:
    """List the sessions to come and those that are over; drafts only to staff."""
    actor = visitor_of(request)
    is_staff = actor is not None and actor.is_staff
    coming = await queries.sessions(drafts=is_staff, over=False)
    over = await queries.sessions(drafts=is_staff, over=True)
    counts = await queries.count_participants([each.id for each in (*coming, *over)])
    mine = await queries.sessions_of(actor.organisation_id) if actor and actor.organisation_id else {}

    def listed(session: MatchSession) -> Listed:
        count = counts[session.id]
        return Listed(
            session, rules.ends_at(session), count[Role.BUYER], count[Role.VENDOR], mine.get(session.id)
        )  # fmt: skip

    view = ListView(
        coming=[listed(each) for each in coming],
        over=[listed(each) for each in over],
        may_plan=actor is not None and actor.role is Role.OFFICER,
        is_staff=is_staff,
    )
    return page(request, "meetings/list.html", view)


async def show_session(request: Request) -> Response:
    """Show one session to everybody, with what the reader may do about it."""
    return await _session_page(request, await visible_session(request))


async def announce_session(request: Request) -> Response:
    """Announce a draft and invite whom it concerns."""

    async def change(session: MatchSession, _reason: str, work: Work, actor: Actor) -> Text:
        count = await actions.announce_session(session, work=work, actor=actor)
        return _("Announced. %(count)s organisations have been invited.", count=count)

    return await _change(request, change)


async def close_interest(request: Request) -> Response:
    """End the time to state interest."""

    async def change(session: MatchSession, _reason: str, work: Work, actor: Actor) -> Text:
        await actions.close_interest(session, work=work, actor=actor)
        return _("Interest is closed. Now make the timetable.")

    return await _change(request, change)


async def cancel_session(request: Request) -> Response:
    """Cancel a session with a reason."""

    async def change(session: MatchSession, reason: str, work: Work, actor: Actor) -> Text:
        await actions.cancel_session(session, reason, work=work, actor=actor)
        return _("Cancelled. Everybody who is registered has been told.")

    return await _change(request, change)


async def close_session(request: Request) -> Response:
    """Declare a session over."""

    async def change(session: MatchSession, _reason: str, work: Work, actor: Actor) -> Text:
        await actions.close_session(session, work=work, actor=actor)
        return _("Closed. Everybody has been asked what came of the meetings.")

    return await _change(request, change)


async def _change(request: Request, change: Change) -> Response:
    session, actor = await visible_session(request), actor_of(request)
    reason = (await form_of(request)).raw("reason")
    async with unit_of_work() as work:
        done = await change(session, reason, work, actor)
    return see_other(request, actions.link_to(session), flash=done)


async def _session_page(request: Request, session: MatchSession) -> Response:
    actor, now = visitor_of(request), clock.now()
    counts = (await queries.count_participants([session.id]))[session.id]
    mine = await queries.participant_of(session.id, actor.organisation_id) if actor else None
    joining = actor is not None and actor.role in rules.SIDES
    offers = await queries.count_offers(actor.organisation_id, actor.role, session) if actor and joining else 0
    may_join = rules.may_join(actor, session, now, offers=offers) if actor and joining else None
    officer = actor if actor is not None and actor.role is Role.OFFICER else None
    announce = rules.may_announce(officer, session, now) if officer else None
    is_draft = session.state is MatchSessionState.DRAFT
    view = SessionView(
        session=session,
        slots=rules.slots_of(session),
        ends_at=rules.ends_at(session),
        buyers=counts[Role.BUYER],
        vendors=counts[Role.VENDOR],
        now=now,
        open=bool(rules.in_time(session, now)),
        mine=mine,
        join_problem=may_join.reason if may_join is not None else None,
        may_join=bool(may_join),
        may_edit=officer is not None and bool(rules.may_edit_session(officer, session)),
        may_announce=is_draft and bool(announce),
        announce_problem=announce.reason if is_draft and announce is not None else None,
        may_close_interest=officer is not None and bool(rules.may_close_interest(officer, session, now)),
        may_arrange=officer is not None and bool(rules.may_arrange(officer, session)),
        may_close=officer is not None and bool(rules.may_close_session(officer, session, now)),
        may_cancel=officer is not None and (is_draft or bool(rules.may_arrange(officer, session))),
        is_staff=actor is not None and actor.is_staff,
    )
    return page(request, "meetings/show.html", view)
