"""What the two sides of a meeting do: confirm, decline, and say what came of it."""

from market.core import clock
from market.core.errors import InvalidError
from market.core.moves import make_move
from market.core.permissions import Actor, Verdict, require
from market.core.text import _
from market.core.work import Work
from market.lifecycle import MeetingState, Role
from market.matches import rules as match_rules
from market.matches.actions import shortlist_solution
from market.meetings import rules
from market.meetings.actions import given, link_to, meeting_url
from market.meetings.models import MatchSession, Meeting, MeetingNote, Participant
from market.meetings.rules import Outcome

_ABSENT = frozenset({"", "buyer", "vendor", "both"})


async def confirm_meeting(session: MatchSession, meeting: Meeting, *, work: Work, actor: Actor) -> None:
    """Confirm a meeting for the actor's side; once both have, it is confirmed and stays where it is."""
    now = clock.now()
    require(rules.may_confirm(actor, meeting, now, session))
    column = f"{rules.side_of(actor, meeting)}_confirmed_at"
    await Meeting.filter(id=meeting.id).using_db(work.connection).update(**{column: now})
    setattr(meeting, column, now)
    work.record("answer_meeting", meeting, actor=actor, answer="confirmed")
    if meeting.buyer_confirmed_at and meeting.vendor_confirmed_at:
        await make_move("confirm_meeting", meeting, work=work, actor=actor)


async def decline_meeting(session: MatchSession, meeting: Meeting, reason: str, *, work: Work, actor: Actor) -> None:
    """Decline a meeting with a reason: the partner and the officers are told, and the pair is not proposed again."""
    require(rules.may_decline(actor, meeting, clock.now(), session))
    await make_move(
        "decline_meeting", meeting, work=work, actor=actor, reason=given(reason), sequence=meeting.sequence + 1
    )
    await Meeting.filter(id=meeting.id).using_db(work.connection).update(reason=reason.strip())
    work.tell(_("Your meeting with %(who)s is called off: %(reason)s", who=actor.organisation_name,
                reason=reason.strip()), meeting_url(meeting),
              organisation_id=_partner(actor, meeting).organisation_id)  # fmt: skip
    work.tell(_("%(who)s declined a meeting at “%(title)s”. Its slot is free: fill it again.",
                who=actor.organisation_name, title=session.title), f"{link_to(session)}/timetable",
              role=Role.OFFICER)  # fmt: skip


async def write_note(
    session: MatchSession, meeting: Meeting, *, outcome: str, next_step: str, note: str, work: Work, actor: Actor
) -> Verdict:
    """Store what the actor's side says of a meeting; a buyer that continues puts the solution on its shortlist.

    The note is for that side alone; outcome and next step are also the district's to read. Returns whether the
    solution is on the shortlist where it should be, with the reason if it could not be put there.
    """
    require(rules.may_note(actor, meeting, clock.now(), session))
    side = rules.side_of(actor, meeting)
    if outcome not in set(Outcome):
        text = _("Say what came of the meeting.")
        raise InvalidError(text, fields={"outcome": text})
    await MeetingNote.update_or_create(
        using_db=work.connection, meeting_id=meeting.id, side=side,
        defaults={"outcome": outcome, "next_step": next_step, "note": note, "person_id": actor.person_id,
                  "written_at": clock.now()},
    )  # fmt: skip
    work.record("note_outcome", meeting, actor=actor, outcome=outcome)
    await _settle(meeting, held=Outcome(outcome) is not Outcome.NOT_HELD, work=work, actor=actor)
    if outcome != Outcome.CONTINUE or side is not Role.BUYER:
        return Verdict(allowed=True)
    verdict = match_rules.may_shortlist(actor, meeting.scene, meeting.solution)
    if verdict:
        await shortlist_solution(meeting.scene, meeting.solution, work=work, actor=actor)
    return verdict


async def mark_absent(session: MatchSession, meeting: Meeting, absent: str, *, work: Work, actor: Actor) -> None:
    """Mark who did not come to a meeting that has begun, so that it did not happen; nobody absent: it took place."""
    require(rules.may_mark(actor, meeting, clock.now(), session))
    if absent not in _ABSENT:
        raise InvalidError(_("Say who did not come."), fields={"absent": _("Say who did not come.")})
    await Meeting.filter(id=meeting.id).using_db(work.connection).update(absent=absent)
    work.record("mark_absent", meeting, actor=actor, absent=absent)
    await _settle(meeting, held=not absent, work=work, actor=actor)


async def _settle(meeting: Meeting, *, held: bool, work: Work, actor: Actor) -> None:
    wanted = MeetingState.HELD if held else MeetingState.MISSED
    if meeting.state is wanted:
        return
    await make_move("hold_meeting" if held else "miss_meeting", meeting, work=work, actor=actor)


def _partner(actor: Actor, meeting: Meeting) -> Participant:
    mine = rules.side_of(actor, meeting)
    partner: Participant = meeting.vendor if mine is Role.BUYER else meeting.buyer
    return partner
