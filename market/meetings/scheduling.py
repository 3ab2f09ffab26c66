"""What changes about a session's timetable: asked for, computed, applied, corrected by hand, published."""

from datetime import datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from market.core import clock
from market.core.errors import NotFoundError, StaleStateError, WrongStateError
from market.core.jobs import Job
from market.core.moves import make_move
from market.core.permissions import CLOCK, Actor, require
from market.core.text import Text, _
from market.core.work import Work
from market.lifecycle import MatchSessionState, MeetingState, ParticipantState
from market.meetings import queries, rules
from market.meetings.actions import call_off, given, link_to, meeting_url
from market.meetings.models import MatchSession, Meeting, TimetableRun
from market.meetings.problem import Question, question_of
from market.meetings.rules import written
from matching.timetable import Answer

CHANGED = _("The timetable was changed.")
MOVED = _("The meeting was moved to another time or table.")


async def ask_timetable(session: MatchSession, *, work: Work, actor: Actor) -> None:
    """Have the timetable computed; while one is being computed, changes nothing."""
    require(rules.may_arrange(actor, session))
    last = await queries.latest_run(session.id)
    if last is None or last.finished_at is not None:
        last = await TimetableRun.create(
            using_db=work.connection, session_id=session.id, asked_by_id=actor.person_id, asked_at=clock.now()
        )
        work.record("ask_timetable", session, actor=actor)
    work.after_commit(Job.MAKE_TIMETABLE, run_id=last.id)


async def store_timetable(
    session: MatchSession, run: TimetableRun, question: Question, answer: Answer, *, work: Work
) -> None:
    """Keep what was computed; before publication it is put in place at once, later an officer decides."""
    by_key = dict(enumerate(question.pairs))
    plan = [
        {
            "scene": by_key[each.key].scene_id, "solution": by_key[each.key].solution_id,
            "buyer": by_key[each.key].buyer_id, "vendor": by_key[each.key].vendor_id, "slot": each.slot,
            "table": each.table, "fit": by_key[each.key].fit, "weight": by_key[each.key].weight,
        }
        for each in answer.placed
    ]  # fmt: skip
    result: dict[str, Any] = {
        "reached": answer.reached, "floor": answer.floor, "total": answer.total, "bound": answer.bound,
        "gap": answer.gap, "proven": answer.proven, "work": round(answer.work, 2), "pairs": len(question.pairs),
        "seconds": round(answer.seconds, 1), "unchanged": answer.unchanged,
    }  # fmt: skip
    values = {"finished_at": clock.now(), "error": "", "plan": plan, "result": result, "asked_from": question.digest}
    await TimetableRun.filter(id=run.id).using_db(work.connection).update(**values)
    run.update_from_dict(values)
    work.record("propose_timetable", session, actor=CLOCK, run_id=run.id, meetings=len(plan), **result)
    if session.state is MatchSessionState.ANNOUNCED:
        await _apply(session, run, work=work, actor=CLOCK)


async def fail_timetable(session: MatchSession, run: TimetableRun, problem: str, *, work: Work) -> None:
    """Note why no timetable could be made."""
    changed = TimetableRun.filter(id=run.id).using_db(work.connection)
    await changed.update(finished_at=clock.now(), error=problem[:1000])
    work.record("fail_timetable", session, actor=CLOCK, problem=problem[:200])


async def apply_timetable(session: MatchSession, run: TimetableRun, *, work: Work, actor: Actor) -> None:
    """Put a proposed timetable in place and tell whom it changes.

    Refuses (``StaleStateError``) when anything it was computed from has changed since.
    """
    held = await queries.hold_session(session.id, work.connection)
    require(rules.may_arrange(actor, held or session))
    if run.finished_at is None or run.error or run.applied_at is not None:
        raise WrongStateError(_("There is no proposal to put in place."))
    question = await question_of(session, clock.now(), connection=work.connection)
    if question.digest != run.asked_from:
        raise StaleStateError(_("Something has changed since this was computed. Compute it again."))
    await _apply(session, run, work=work, actor=actor)


async def publish_timetable(session: MatchSession, *, work: Work, actor: Actor) -> None:
    """Publish the timetable: every participant is told of its meetings, or that it has none and why that is."""
    now = clock.now()
    await queries.hold_session(session.id, work.connection)
    meetings = await queries.meetings_of(session.id, connection=work.connection)
    require(rules.may_publish(actor, session, now, meetings=len(meetings)))
    await make_move("publish_timetable", session, work=work, actor=actor, scheduled_at=now)
    await (
        Meeting.filter(session_id=session.id, published_at__isnull=True)
        .using_db(work.connection)
        .update(published_at=now)
    )
    for participant in await queries.participants_of(session.id, state=ParticipantState.REGISTERED):
        count = sum(participant.id in {each.buyer_id, each.vendor_id} for each in meetings)
        text = (
            _("The timetable of “%(title)s” is out: you have %(count)s meetings. Confirm or decline each.",
              title=session.title, count=count)
            if count
            else _("The timetable of “%(title)s” is out. There is no meeting for you in it; see why.",
                   title=session.title)
        )  # fmt: skip
        work.tell(text, f"{link_to(session)}/mine", organisation_id=participant.organisation_id)


async def move_meeting(
    session: MatchSession, meeting: Meeting, slot: int, table: int, *, work: Work, actor: Actor
) -> None:
    """Put a meeting at another slot or table by hand and pin it there; its sides are told if they knew of it.

    - refuses whatever would sit anybody at two tables, or two meetings at one (``NotAllowedError``, with who)
    - refuses a meeting that a side has confirmed (``NotAllowedError``)
    """
    await queries.hold_session(session.id, work.connection)
    require(rules.may_arrange(actor, session))
    if meeting.state is not MeetingState.PROPOSED or meeting.buyer_confirmed_at or meeting.vendor_confirmed_at:
        raise WrongStateError(_("A side has confirmed this meeting: it stays where it is. Remove it if it must."))
    others = await queries.meetings_of(session.id, connection=work.connection)
    require(rules.may_place(meeting, slot, table, session, others))
    values = {"slot": slot, "table_number": table, "pinned": True, "sequence": meeting.sequence + 1}
    try:
        await Meeting.filter(id=meeting.id).using_db(work.connection).update(**values)
    except IntegrityError as error:  # the unique indexes are what makes it true
        raise StaleStateError(_("Somebody else changed the timetable. Reload the page.")) from error
    meeting.update_from_dict(values)
    work.record("move_meeting", meeting, actor=actor, slot=slot + 1, table=table + 1)
    if meeting.published_at is not None:
        _tell_sides(session, meeting, _("Your meeting with %(who)s is now at %(when)s, table %(table)s."), work)


async def pin_meeting(session: MatchSession, meeting: Meeting, pinned: bool, *, work: Work, actor: Actor) -> None:
    """Keep a meeting where it is whatever is computed, or let it go again."""
    require(rules.may_arrange(actor, session))
    await Meeting.filter(id=meeting.id).using_db(work.connection).update(pinned=pinned)
    meeting.pinned = pinned
    work.record("pin_meeting", meeting, actor=actor, pinned=pinned)


async def remove_meeting(session: MatchSession, meeting: Meeting, reason: str, *, work: Work, actor: Actor) -> None:
    """Take a meeting out of the timetable with a reason; the pair is not proposed again, and its sides are told."""
    require(rules.may_arrange(actor, session))
    if meeting.published_at is not None:
        await call_off(meeting, given(reason), work=work, actor=actor)
        return
    await make_move(
        "cancel_meeting", meeting, work=work, actor=actor, reason=given(reason), sequence=meeting.sequence + 1
    )
    await Meeting.filter(id=meeting.id).using_db(work.connection).update(reason=reason.strip())


async def _apply(session: MatchSession, run: TimetableRun, *, work: Work, actor: Actor) -> None:
    now = clock.now()
    live = await queries.meetings_of(session.id, connection=work.connection)
    planned = {(each["scene"], each["solution"]): each for each in run.plan}
    staying = set()
    sequences: dict[tuple[int, int], int] = {}
    for meeting in live:
        pair = (meeting.scene_id, meeting.solution_id)
        place = planned.get(pair)
        if place and (place["slot"], place["table"]) == (meeting.slot, meeting.table_number):
            staying.add(pair)
            continue
        if meeting.published_at is not None:
            sequences[pair] = meeting.sequence + 2
            await _move_aside(meeting, moved=place is not None, work=work, actor=actor)
        else:
            await Meeting.filter(id=meeting.id).using_db(work.connection).delete()
    published = now if session.state is MatchSessionState.SCHEDULED else None
    for pair, each in planned.items():
        if pair not in staying:
            row = await _create(session, each, sequence=sequences.get(pair, 0), published=published, work=work)
            if published:
                made = await queries.find_meeting(session.id, row.id, connection=work.connection)
                if made:
                    _tell_sides(session, made, _("You have a meeting with %(who)s at %(when)s, table %(table)s. "
                                                 "Confirm or decline it."), work)  # fmt: skip
    await TimetableRun.filter(id=run.id).using_db(work.connection).update(applied_at=now)
    work.record("apply_timetable", session, actor=actor, run_id=run.id, meetings=len(planned))


async def _move_aside(meeting: Meeting, *, moved: bool, work: Work, actor: Actor) -> None:
    """End a published meeting that nobody had confirmed: another row takes its place where it was only moved."""
    if not moved:
        await call_off(meeting, CHANGED, work=work, actor=actor)
        return
    await make_move(
        "cancel_meeting", meeting, work=work, actor=actor, reason=MOVED.message, sequence=meeting.sequence + 1
    )
    await Meeting.filter(id=meeting.id).using_db(work.connection).update(reason=MOVED.message)


async def _create(
    session: MatchSession, each: dict[str, Any], *, sequence: int, published: datetime | None, work: Work
) -> Meeting:
    return await Meeting.create(
        using_db=work.connection, session_id=session.id, scene_id=each["scene"], solution_id=each["solution"],
        buyer_id=each["buyer"], vendor_id=each["vendor"], slot=each["slot"], table_number=each["table"],
        fit=each["fit"], weight=each["weight"], sequence=sequence, created_at=clock.now(), published_at=published,
    )  # fmt: skip


def _tell_sides(session: MatchSession, meeting: Meeting, text: Text, work: Work) -> None:
    when = written(rules.slots_of(session)[meeting.slot].starts_at)
    for mine, partner in ((meeting.buyer, meeting.vendor), (meeting.vendor, meeting.buyer)):
        values = {"who": partner.organisation.name, "when": when, "table": meeting.table_number + 1}
        work.tell(Text(text.message, values), meeting_url(meeting), organisation_id=mine.organisation_id)


async def run_of(session: MatchSession) -> TimetableRun:
    """Return the timetable that was asked for last; refuses where there is none (``NotFoundError``)."""
    run = await queries.latest_run(session.id)
    if run is None:
        raise NotFoundError(_("There is no proposal to put in place."))
    return run
