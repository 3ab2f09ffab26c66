"""Pages on which officers make a session's timetable, and everybody of the staff reads why it is as it is."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.core import clock
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.work import Work, unit_of_work
from market.lifecycle import MatchSessionState, ParticipantState
from market.meetings import actions, queries, rules, scheduling
from market.meetings.explain import Share, shares_of, spread
from market.meetings.forms import read_place
from market.meetings.models import MatchSession, Meeting, TimetableRun
from market.meetings.problem import question_of
from market.meetings.rules import Slot
from market.meetings.visiting import visible_meeting, visible_session
from market.web import plots
from market.web.access import actor_of
from market.web.forms import form_of
from market.web.languages import gettext
from market.web.render import page, see_other

Change = Callable[[MatchSession, Work, Actor], Awaitable[Text]]


@dataclass(frozen=True)
class Row:
    """One slot of the grid, with the meeting at each table or None."""

    slot: Slot
    cells: list[Meeting | None]


@dataclass(frozen=True)
class Difference:
    """What a proposal would change of a published timetable."""

    kind: str
    buyer: Any
    vendor: Any
    slot: int
    table: int


@dataclass(frozen=True)
class TimetableView:
    """The timetable with what explains it."""

    session: MatchSession
    grid: list[Row]
    tables: list[int]
    shares: list[Share]
    without: list[Share]
    spread: plots.BarPlot | None
    meetings: int
    confirmed: int
    run: TimetableRun | None
    waiting: bool
    result: dict[str, Any]
    differences: list[Difference]
    outdated: bool
    pending: bool
    may_arrange: bool
    may_publish: bool
    publish_problem: Text | None


async def show_timetable(request: Request) -> Response:
    """Show the grid, each participant's share, and a proposal that waits."""
    session, actor, now = await visible_session(request), actor_of(request), clock.now()
    meetings = await queries.meetings_of(session.id)
    participants = await queries.participants_of(session.id, state=ParticipantState.REGISTERED)
    shares = await shares_of(session, participants, meetings)
    run = await queries.latest_run(session.id)
    publish = rules.may_publish(actor, session, now, meetings=len(meetings))
    scheduled = session.state is MatchSessionState.SCHEDULED
    done = run is not None and run.finished_at is not None and not run.error
    pending = scheduled and done and run is not None and run.applied_at is None
    differences = _differences(run, meetings, {each.id: each for each in participants}) if pending and run else []
    bars = [(gettext("%(count)s meetings") % {"count": count}, number) for count, number in spread(shares)]
    view = TimetableView(
        session=session,
        grid=_grid(session, meetings),
        tables=list(range(1, session.tables + 1)),
        shares=shares,
        without=[each for each in shares if each.reason],
        spread=plots.bars(bars) if bars else None,
        meetings=len(meetings),
        confirmed=sum(bool(each.buyer_confirmed_at and each.vendor_confirmed_at) for each in meetings),
        run=run,
        waiting=run is not None and run.finished_at is None,
        result=run.result if done and run is not None else {},
        differences=differences,
        outdated=done and run is not None and (await question_of(session, now)).digest != run.asked_from and pending,
        pending=pending,
        may_arrange=bool(rules.may_arrange(actor, session)),
        may_publish=bool(publish),
        publish_problem=publish.reason if session.state is MatchSessionState.ANNOUNCED else None,
    )
    return page(request, "meetings/timetable.html", view)


async def ask_timetable(request: Request) -> Response:
    """Have the timetable computed."""

    async def change(session: MatchSession, work: Work, actor: Actor) -> Text:
        await scheduling.ask_timetable(session, work=work, actor=actor)
        return _("The timetable is being computed. This page shows it when it is ready.")

    return await _change(request, change)


async def apply_timetable(request: Request) -> Response:
    """Put the proposal in place."""

    async def change(session: MatchSession, work: Work, actor: Actor) -> Text:
        await scheduling.apply_timetable(session, await scheduling.run_of(session), work=work, actor=actor)
        return _("In place. Whom it changes has been told.")

    return await _change(request, change)


async def publish_timetable(request: Request) -> Response:
    """Publish the timetable."""

    async def change(session: MatchSession, work: Work, actor: Actor) -> Text:
        await scheduling.publish_timetable(session, work=work, actor=actor)
        return _("Published. Everybody who is registered has been told.")

    return await _change(request, change)


async def move_meeting(request: Request) -> Response:
    """Move a meeting by hand; a place that is taken is refused with who is there."""
    session, actor, form = await visible_session(request), actor_of(request), await form_of(request)
    meeting, place = await visible_meeting(request, session, actor), read_place(form)
    if place is None:
        return see_other(request, actions.meeting_url(meeting), flash=_("Choose a slot and a table."), kind="warn")
    async with unit_of_work() as work:
        await scheduling.move_meeting(session, meeting, *place, work=work, actor=actor)
    return see_other(request, actions.meeting_url(meeting), flash=_("Moved, and pinned there."))


async def pin_meeting(request: Request) -> Response:
    """Pin a meeting, or let it go."""
    session, actor, form = await visible_session(request), actor_of(request), await form_of(request)
    meeting, pinned = await visible_meeting(request, session, actor), form.ticked("pinned")
    async with unit_of_work() as work:
        await scheduling.pin_meeting(session, meeting, pinned, work=work, actor=actor)
    done = _("Pinned: no computation moves it.") if pinned else _("Let go: the next computation may move it.")
    return see_other(request, actions.meeting_url(meeting), flash=done)


async def remove_meeting(request: Request) -> Response:
    """Take a meeting out of the timetable."""
    session, actor, form = await visible_session(request), actor_of(request), await form_of(request)
    meeting = await visible_meeting(request, session, actor)
    async with unit_of_work() as work:
        await scheduling.remove_meeting(session, meeting, form.raw("reason"), work=work, actor=actor)
    return see_other(request, f"{actions.link_to(session)}/timetable", flash=_("Removed. It is not proposed again."))


async def _change(request: Request, change: Change) -> Response:
    session, actor = await visible_session(request), actor_of(request)
    async with unit_of_work() as work:
        done = await change(session, work, actor)
    return see_other(request, f"{actions.link_to(session)}/timetable", flash=done)


def _grid(session: MatchSession, meetings: Sequence[Meeting]) -> list[Row]:
    at = {(each.slot, each.table_number): each for each in meetings}
    return [
        Row(slot, [at.get((slot.index, table)) for table in range(session.tables)]) for slot in rules.slots_of(session)
    ]


def _differences(run: TimetableRun, meetings: Sequence[Meeting], places: dict[int, Any]) -> list[Difference]:
    live = {(each.scene_id, each.solution_id): each for each in meetings}
    planned = {(each["scene"], each["solution"]): each for each in run.plan}
    found = []
    for pair, each in planned.items():
        meeting = live.get(pair)
        if meeting and (meeting.slot, meeting.table_number) == (each["slot"], each["table"]):
            continue
        buyer, vendor = places.get(each["buyer"]), places.get(each["vendor"])
        if buyer and vendor:
            kind = "moved" if meeting else "new"
            found.append(Difference(kind, buyer.organisation, vendor.organisation, each["slot"] + 1, each["table"] + 1))
    for pair, meeting in live.items():
        if pair not in planned:
            found.append(
                Difference("dropped", meeting.buyer.organisation, meeting.vendor.organisation, meeting.slot + 1,
                           meeting.table_number + 1)
            )  # fmt: skip
    return found
