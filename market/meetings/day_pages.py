"""Pages of a participant once the timetable is out: its day, each meeting, its code and its calendar files."""

from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO

import segno
from starlette.requests import Request
from starlette.responses import Response

from market.core import clock
from market.core.errors import InvalidError
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.lifecycle import LIVE_MEETINGS, MatchSessionState, MeetingState, Role
from market.matches.scale import fit_of
from market.meetings import calendar_files, queries, rules, talking
from market.meetings.actions import link_to, meeting_url
from market.meetings.explain import shares_of
from market.meetings.models import MatchSession, Meeting, MeetingNote, Participant
from market.meetings.rules import OUTCOMES, Slot
from market.meetings.visiting import place_of, visible_meeting, visible_session
from market.settings import settings
from market.web.access import actor_of
from market.web.downloads import attachment
from market.web.forms import FieldError, form_of
from market.web.render import page, see_other


@dataclass(frozen=True)
class Mine:
    """One of the reader's own meetings."""

    meeting: Meeting
    slot: Slot
    partner: Participant
    may_confirm: bool
    confirmed: bool
    when: str
    outcome: Text | None


@dataclass(frozen=True)
class DayView:
    """A participant's day."""

    session: MatchSession
    place: Participant
    meetings: list[Mine]
    called_off: list[Mine]
    unanswered: int
    published: bool
    reason: Text | None
    code: str
    now: datetime


@dataclass(frozen=True)
class MeetingView:
    """One meeting, for its sides and for staff."""

    session: MatchSession
    meeting: Meeting
    slot: Slot
    slots: list[Slot]
    tables: list[int]
    side: Role | None
    partner: Participant | None
    fit: tuple[Text, str] | None
    may_confirm: bool
    may_decline: bool
    confirmed: bool
    may_note: bool
    note: MeetingNote | None
    typed: dict[str, str]
    outcomes: list[tuple[str, Text]]
    said: list[tuple[Role, Text, str]]
    may_mark: bool
    may_move: bool
    may_remove: bool
    live: bool
    errors: list[FieldError]


async def show_day(request: Request) -> Response:
    """Show a participant its meetings in order, the next one marked, or why it has none."""
    session, actor, now = await visible_session(request), actor_of(request), clock.now()
    place = await place_of(session, actor)
    if place is None:
        return see_other(request, f"{link_to(session)}/join")
    published = session.state in {MatchSessionState.SCHEDULED, MatchSessionState.HELD, MatchSessionState.CANCELLED}
    own = await queries.meetings_of(session.id, participant_id=place.id, live=False, published=True)
    notes = await queries.notes_of([each.id for each in own])
    mine = [_mine(session, each, actor, now, notes.get((each.id, place.side))) for each in own]
    shown = [each for each in mine if each.meeting.state in LIVE_MEETINGS]
    view = DayView(
        session=session,
        place=place,
        meetings=_with_next(shown),
        called_off=[each for each in mine if each.meeting.state not in LIVE_MEETINGS],
        unanswered=sum(each.may_confirm for each in shown),
        published=published,
        reason=await _why_none(session, place) if published and not shown else None,
        code=_drawn(session, place),
        now=now,
    )
    return page(request, "meetings/mine.html", view)


async def show_meeting(request: Request) -> Response:
    """Show one meeting to its sides and to staff."""
    session, actor = await visible_session(request), actor_of(request)
    meeting = await visible_meeting(request, session, actor)
    return page(request, "meetings/meeting.html", await _view(session, meeting, actor))


async def confirm_meeting(request: Request) -> Response:
    """Confirm a meeting for one side."""
    session, actor = await visible_session(request), actor_of(request)
    meeting = await visible_meeting(request, session, actor)
    async with unit_of_work() as work:
        held = await queries.find_meeting(session.id, meeting.id, connection=work.connection) or meeting
        await talking.confirm_meeting(session, held, work=work, actor=actor)
    return see_other(request, f"{link_to(session)}/mine", flash=_("Confirmed. Take it into your calendar."))


async def decline_meeting(request: Request) -> Response:
    """Decline a meeting with a reason."""
    session, actor = await visible_session(request), actor_of(request)
    meeting = await visible_meeting(request, session, actor)
    reason = (await form_of(request)).raw("reason")
    async with unit_of_work() as work:
        held = await queries.find_meeting(session.id, meeting.id, connection=work.connection) or meeting
        await talking.decline_meeting(session, held, reason, work=work, actor=actor)
    done = _("Declined. Your partner and the district office have been told.")
    return see_other(request, f"{link_to(session)}/mine", flash=done)


async def write_note(request: Request) -> Response:
    """Store what one side says of a meeting."""
    session, actor, form = await visible_session(request), actor_of(request), await form_of(request)
    meeting = await visible_meeting(request, session, actor)
    texts = {name: form.text(name, longest=4000) for name in ("next_step", "note")}
    typed = {**texts, "outcome": form.raw("outcome")}
    if not form.valid:
        view = await _view(session, meeting, actor, errors=form.errors, typed=typed)
        return page(request, "meetings/meeting.html", view, status_code=422)
    try:
        async with unit_of_work() as work:
            verdict = await talking.write_note(
                session, meeting, outcome=typed["outcome"], **texts, work=work, actor=actor
            )
    except InvalidError as error:
        errors = [FieldError(field, text) for field, text in error.fields.items()]
        view = await _view(session, meeting, actor, errors=errors, typed=typed)
        return page(request, "meetings/meeting.html", view, status_code=422)
    done = _("Saved.")
    if typed["outcome"] == "continue" and actor.role is Role.BUYER:
        done = _("Saved. The solution is on the shortlist of your scene.")
    if verdict.reason is not None:
        done = _("Saved. The solution is not on your shortlist: %(reason)s", reason=verdict.reason)
    return see_other(request, meeting_url(meeting), flash=done)


async def mark_absent(request: Request) -> Response:
    """Mark who did not come to a meeting."""
    session, actor, form = await visible_session(request), actor_of(request), await form_of(request)
    meeting = await visible_meeting(request, session, actor)
    async with unit_of_work() as work:
        await talking.mark_absent(session, meeting, form.raw("absent"), work=work, actor=actor)
    return see_other(request, meeting_url(meeting), flash=_("Marked."))


async def download_invitation(request: Request) -> Response:
    """Send one meeting as a calendar file, in the reader's language."""
    session, actor = await visible_session(request), actor_of(request)
    meeting = await visible_meeting(request, session, actor)
    data = calendar_files.invitation(session, meeting, rules.side_of(actor, meeting) or Role.BUYER)
    return attachment(data, f"meeting-{meeting.id}.ics", calendar_files.MEDIA_TYPE)


async def download_day(request: Request) -> Response:
    """Send a participant's whole day as a calendar file."""
    session, actor = await visible_session(request), actor_of(request)
    place = await place_of(session, actor)
    if place is None:
        return see_other(request, f"{link_to(session)}/join")
    own = await queries.meetings_of(session.id, participant_id=place.id, published=True)
    data = calendar_files.day(session, [(each, place.side) for each in own])
    return attachment(data, f"session-{session.id}.ics", calendar_files.MEDIA_TYPE)


def _mine(session: MatchSession, meeting: Meeting, actor: Actor, now: datetime, note: MeetingNote | None) -> Mine:
    slot = rules.slots_of(session)[meeting.slot]
    side = rules.side_of(actor, meeting)
    when = "over" if slot.ends_at <= now else "now" if slot.starts_at <= now else "later"
    return Mine(
        meeting=meeting,
        slot=slot,
        partner=meeting.vendor if side is Role.BUYER else meeting.buyer,
        may_confirm=bool(rules.may_confirm(actor, meeting, now, session)),
        confirmed=_confirmed(meeting, side),
        when=when,
        outcome=OUTCOMES[rules.Outcome(note.outcome)] if note and note.outcome else None,
    )


def _with_next(meetings: list[Mine]) -> list[Mine]:
    """Mark the first meeting that is still to come, on the day when one looks for it."""
    later = next((each for each in meetings if each.when == "later"), None)
    return [replace(each, when="next") if each is later else each for each in meetings]


def _confirmed(meeting: Meeting, side: Role | None) -> bool:
    return bool(meeting.buyer_confirmed_at if side is Role.BUYER else meeting.vendor_confirmed_at)


async def _why_none(session: MatchSession, place: Participant) -> Text | None:
    everybody = await queries.participants_of(session.id)
    shares = await shares_of(session, everybody, [])
    return next((each.reason for each in shares if each.participant.id == place.id), None)


def _drawn(session: MatchSession, place: Participant) -> str:
    """Return the code that the desk reads with a phone's camera, as SVG."""
    address = f"{settings().public_origin}{link_to(session)}/desk?q={place.code}"
    drawing = BytesIO()
    segno.make(address, error="m").save(
        drawing, kind="svg", border=2, omitsize=True, xmldecl=False, svgclass="qr", lineclass=None, title=place.code
    )
    return drawing.getvalue().decode()


async def _view(
    session: MatchSession, meeting: Meeting, actor: Actor, *, errors: list[FieldError] | None = None,
    typed: dict[str, str] | None = None,
) -> MeetingView:  # fmt: skip
    now, side = clock.now(), rules.side_of(actor, meeting)
    notes = await queries.notes_of([meeting.id])
    note = notes.get((meeting.id, side)) if side else None
    arranging = bool(rules.may_arrange(actor, session))
    untouched = not (meeting.buyer_confirmed_at or meeting.vendor_confirmed_at)
    return MeetingView(
        session=session,
        meeting=meeting,
        slot=rules.slots_of(session)[meeting.slot],
        slots=rules.slots_of(session),
        tables=list(range(1, session.tables + 1)),
        side=side,
        partner=None if side is None else meeting.vendor if side is Role.BUYER else meeting.buyer,
        fit=fit_of(meeting.fit) if meeting.fit is not None else None,
        may_confirm=bool(rules.may_confirm(actor, meeting, now, session)),
        may_decline=bool(rules.may_decline(actor, meeting, now, session)),
        confirmed=_confirmed(meeting, side),
        may_note=bool(rules.may_note(actor, meeting, now, session)),
        note=note,
        typed=typed or {name: getattr(note, name, "") for name in ("outcome", "next_step", "note")},
        outcomes=[(outcome.value, text) for outcome, text in OUTCOMES.items()],
        said=_said(notes, meeting, actor),
        may_mark=bool(rules.may_mark(actor, meeting, now, session)),
        may_move=arranging and meeting.state is MeetingState.PROPOSED and untouched,
        may_remove=arranging and meeting.state in {MeetingState.PROPOSED, MeetingState.CONFIRMED},
        live=meeting.state in LIVE_MEETINGS,
        errors=errors or [],
    )


def _said(notes: dict[tuple[int, Role], MeetingNote], meeting: Meeting, actor: Actor) -> list[tuple[Role, Text, str]]:
    """Return outcome and next step of both sides, for staff alone; the notes are read by nobody but their side."""
    if not actor.is_staff:
        return []
    found = [notes.get((meeting.id, side)) for side in rules.SIDES]
    return [
        (each.side, OUTCOMES[rules.Outcome(each.outcome)], each.next_step) for each in found if each and each.outcome
    ]
