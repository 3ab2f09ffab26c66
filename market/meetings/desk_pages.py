"""Pages of the day for officers: who has come, and what goes on at which table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from market.core import clock
from market.core.errors import NotFoundError
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.lifecycle import ParticipantState
from market.meetings import actions, desk, queries, rules
from market.meetings.models import MatchSession, Meeting, Participant
from market.meetings.rules import Slot
from market.meetings.visiting import visible_session
from market.web.access import actor_of
from market.web.render import page, see_other

_LONGEST_QUESTION = 60


@dataclass(frozen=True)
class Guest:
    """A participant at the desk, with its first meeting that is not over."""

    participant: Participant
    next: Meeting | None
    next_at: datetime | None
    late: bool


@dataclass(frozen=True)
class DeskView:
    """The check-in desk."""

    session: MatchSession
    guests: list[Guest]
    words: str
    arrived: int
    expected: int
    closed: Text | None  # why nobody can check in now


@dataclass(frozen=True)
class TableNow:
    """What goes on at a table now, and what comes next."""

    number: int
    now: Meeting | None
    next: Meeting | None


@dataclass(frozen=True)
class TablesView:
    """All tables at this moment."""

    session: MatchSession
    tables: list[TableNow]
    slot: Slot | None
    following: Slot | None
    now: datetime


async def show_desk(request: Request) -> Response:
    """Show who is expected; a name or a code narrows the list to whom is meant."""
    session, now = await visible_session(request), clock.now()
    words = request.query_params.get("q", "").replace("\x00", "").strip()[:_LONGEST_QUESTION]
    found = await queries.participants_of(session.id, words=words, state=ParticipantState.REGISTERED)
    everybody = await queries.participants_of(session.id, state=ParticipantState.REGISTERED)
    meetings = await queries.meetings_of(session.id, published=True)
    view = DeskView(
        session=session,
        guests=[_guest(session, each, meetings, now) for each in found],
        words=words,
        arrived=sum(each.arrived_at is not None for each in everybody),
        expected=len(everybody),
        closed=rules.may_check_in(session, clock.today()).reason,
    )
    return page(request, "meetings/desk.html", view)


async def check_in(request: Request) -> Response:
    """Note that a participant has come."""
    return await _arrive(request, come=True)


async def undo_check_in(request: Request) -> Response:
    """Take back a check-in."""
    return await _arrive(request, come=False)


async def show_tables(request: Request) -> Response:
    """Show staff what goes on at each table now and next."""
    session, now = await visible_session(request), clock.now()
    slots = rules.slots_of(session)
    current = next((each for each in slots if each.starts_at <= now < each.ends_at), None)
    following = next((each for each in slots if each.starts_at > now), None)
    at = {(each.slot, each.table_number): each for each in await queries.meetings_of(session.id, published=True)}
    tables = [
        TableNow(
            number=table + 1,
            now=at.get((current.index, table)) if current else None,
            next=at.get((following.index, table)) if following else None,
        )
        for table in range(session.tables)
    ]
    return page(request, "meetings/tables.html", TablesView(session, tables, current, following, now))


async def _arrive(request: Request, *, come: bool) -> Response:
    session, actor = await visible_session(request), actor_of(request)
    wanted = await queries.participants_of(session.id, state=ParticipantState.REGISTERED)
    participant = next((each for each in wanted if each.id == request.path_params["participant_id"]), None)
    if participant is None:
        raise NotFoundError(_("There is no such page."))
    done: Text
    async with unit_of_work() as work:
        if come:
            await desk.check_in(session, participant, work=work, actor=actor)
            done = _("%(who)s has come.", who=participant.organisation.name)
        else:
            await desk.undo_check_in(session, participant, work=work, actor=actor)
            done = _("Taken back: %(who)s has not come yet.", who=participant.organisation.name)
    return see_other(request, f"{actions.link_to(session)}/desk", flash=done)


def _guest(session: MatchSession, participant: Participant, meetings: Sequence[Meeting], now: datetime) -> Guest:
    slots = rules.slots_of(session)
    own = [
        each for each in meetings
        if participant.id in {each.buyer_id, each.vendor_id} and slots[each.slot].ends_at > now
    ]  # fmt: skip
    first = own[0] if own else None
    at = slots[first.slot].starts_at if first else None
    return Guest(participant, first, at, late=participant.arrived_at is None and at is not None and at <= now)
