"""What a session's timetable is made of, and who may do what at it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from market.accounts.rules import must_be_verified
from market.core.clock import SHANGHAI
from market.core.permissions import ALLOWED, Actor, Verdict, refuse
from market.core.text import Text, _
from market.lifecycle import (
    LIVE_MEETINGS,
    PUBLIC_SESSIONS,
    MatchSessionState,
    MeetingState,
    ParticipantState,
    Role,
)
from market.meetings.models import MatchSession, Meeting, Participant

SIDES = (Role.BUYER, Role.VENDOR)
UNKNOWN_FIT = 0.1  # what a pair counts as that no ranking holds: wanted by both, but nothing speaks for it yet
_OPEN = frozenset({MatchSessionState.ANNOUNCED, MatchSessionState.SCHEDULED})
_WAITING = frozenset({MeetingState.PROPOSED, MeetingState.CONFIRMED})


class Level(StrEnum):
    """How much a side wants a meeting."""

    VERY = "very"
    INTERESTED = "interested"
    NO = "no"


class Outcome(StrEnum):
    """What a side says came of a meeting."""

    CONTINUE = "continue"
    INFORMATION = "information"
    NO_FIT = "no_fit"
    NOT_HELD = "not_held"


LEVELS: dict[Level, Text] = {
    Level.VERY: _("Very interested"),
    Level.INTERESTED: _("Interested"),
    Level.NO: _("No interest"),
}
OUTCOMES: dict[Outcome, Text] = {
    Outcome.CONTINUE: _("We agreed to continue"),
    Outcome.INFORMATION: _("More information is needed"),
    Outcome.NO_FIT: _("It does not fit"),
    Outcome.NOT_HELD: _("The meeting did not happen"),
}
_STRENGTHS = {Level.VERY: 3, Level.INTERESTED: 2, Level.NO: 0}


@dataclass(frozen=True)
class Slot:
    """One period of the timetable, counted from 0; people read *number*."""

    index: int
    starts_at: datetime
    ends_at: datetime

    @property
    def number(self) -> int:
        """The slot as people count, from 1."""
        return self.index + 1


def slots_of(session: MatchSession) -> list[Slot]:
    """Return when each slot begins and ends."""
    length, step = timedelta(minutes=session.slot_minutes), session.slot_minutes + session.break_minutes
    starts = [session.starts_at + timedelta(minutes=step * index) for index in range(session.slots)]
    return [Slot(index, start, start + length) for index, start in enumerate(starts)]


def written(moment: datetime) -> str:
    """Return a time in Shanghai as messages carry it, the same in both languages."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def ends_at(session: MatchSession) -> datetime:
    """Return when the last slot ends."""
    return slots_of(session)[-1].ends_at


def weight_of(fit: float | None, one: str, other: str) -> int:
    """Return what a meeting is worth to the timetable: fit (0 to 1, in thousandths) times both sides' interest.

    Very counts 3 and interested 2, so a pair is worth 4, 6 or 9 times its fit; 0 where a side does not want it.
    """
    mutual = _STRENGTHS[Level(one)] * _STRENGTHS[Level(other)]
    return max(round(1000 * (UNKNOWN_FIT if fit is None else fit)), 1) * mutual


def may_see_session(actor: Actor | None, session: MatchSession) -> bool:
    """Whether the session may be known of: by everybody once it is announced, by staff before."""
    return session.state in PUBLIC_SESSIONS or (actor is not None and actor.is_staff)


def may_edit_session(actor: Actor, session: MatchSession) -> Verdict:
    """Say whether *actor* may change what a session says."""
    if actor.role is not Role.OFFICER:
        return refuse(_("Only officers plan sessions."))
    if session.state not in {MatchSessionState.DRAFT, MatchSessionState.ANNOUNCED}:
        return refuse(_("The timetable is published. Cancel the session and plan another one to change it."))
    return ALLOWED


def may_announce(actor: Actor, session: MatchSession, now: datetime) -> Verdict:
    """Say whether *actor* may announce a session: while there is time left to state interest."""
    if not (verdict := may_edit_session(actor, session)):
        return verdict
    if session.interest_until <= now:
        return refuse(_("The time to state interest has passed. Set a later time first."))
    return ALLOWED


def may_close_interest(actor: Actor, session: MatchSession, now: datetime) -> Verdict:
    """Say whether *actor* may end the time to state interest now."""
    if actor.role is not Role.OFFICER:
        return refuse(_("Only officers plan sessions."))
    if session.state is not MatchSessionState.ANNOUNCED or session.interest_until <= now:
        return refuse(_("Interest cannot be stated any more."))
    return ALLOWED


def may_join(actor: Actor, session: MatchSession, now: datetime, *, offers: int) -> Verdict:
    """Say whether *actor* may register: in time, verified, with an open scene or a published solution in the field."""
    if actor.role not in SIDES:
        return refuse(_("Buyers and vendors take part. Sign in as one of them."))
    if not (verdict := must_be_verified(actor)):
        return verdict
    if not (verdict := in_time(session, now)):
        return verdict
    if offers:
        return ALLOWED
    if actor.role is Role.BUYER:
        return refuse(_("Publish a scene in this field first: without one nobody can say whether to meet you."))
    return refuse(_("Publish a solution first: without one nobody can say whether to meet you."))


def in_time(session: MatchSession, now: datetime) -> Verdict:
    """Say whether interest can still be stated and changed."""
    if session.state is not MatchSessionState.ANNOUNCED or session.interest_until <= now:
        return refuse(_("Interest could be stated until %(when)s. It cannot be changed any more.",
                        when=written(session.interest_until)))  # fmt: skip
    return ALLOWED


def may_withdraw(actor: Actor, session: MatchSession, participant: Participant) -> Verdict:
    """Say whether *actor* may withdraw a participant: it itself, or an officer for it, until the session is over."""
    if not actor.is_of(participant.organisation_id) and actor.role is not Role.OFFICER:
        return refuse(_("Only the organisation itself and officers may withdraw it."))
    if session.state not in _OPEN or participant.state is not ParticipantState.REGISTERED:
        return refuse(_("There is nothing left to withdraw from."))
    return ALLOWED


def may_arrange(actor: Actor, session: MatchSession) -> Verdict:
    """Say whether *actor* may make and change the timetable."""
    if actor.role is not Role.OFFICER:
        return refuse(_("Only officers make the timetable."))
    if session.state not in _OPEN:
        return refuse(_("The timetable of this session cannot be changed."))
    return ALLOWED


def may_publish(actor: Actor, session: MatchSession, now: datetime, *, meetings: int) -> Verdict:
    """Say whether *actor* may publish the timetable: after the time to state interest, with a meeting in it."""
    if not (verdict := may_arrange(actor, session)):
        return verdict
    if session.state is not MatchSessionState.ANNOUNCED:
        return refuse(_("The timetable is published already."))
    if session.interest_until > now:
        return refuse(_("Interest can still be changed. Wait, or close it first, then make the timetable."))
    if not meetings:
        return refuse(_("There is no meeting yet. Make the timetable first."))
    return ALLOWED


def may_close_session(actor: Actor, session: MatchSession, now: datetime) -> Verdict:
    """Say whether *actor* may declare the session over."""
    if actor.role is not Role.OFFICER:
        return refuse(_("Only officers plan sessions."))
    if session.state is not MatchSessionState.SCHEDULED or now < session.starts_at:
        return refuse(_("A session can be closed once it has begun."))
    return ALLOWED


def may_check_in(session: MatchSession, today: date) -> Verdict:
    """Say whether people can come to the desk: on the days from the first slot to the last, not once it is over."""
    if session.state is not MatchSessionState.SCHEDULED:
        return refuse(_("Nobody can check in: the timetable is not published, or the session is over."))
    first, last = (at.astimezone(SHANGHAI).date() for at in (session.starts_at, ends_at(session)))
    if not first <= today <= last:
        return refuse(_("People can check in on the day itself, %(day)s.", day=first.isoformat()))
    return ALLOWED


def side_of(actor: Actor, meeting: Meeting) -> Role | None:
    """Return the side on which *actor* sits, or None for people who do not sit at this table."""
    if actor.role is Role.BUYER and actor.is_of(meeting.buyer.organisation_id):
        return Role.BUYER
    if actor.role is Role.VENDOR and actor.is_of(meeting.vendor.organisation_id):
        return Role.VENDOR
    return None


def may_see_meeting(actor: Actor, meeting: Meeting) -> bool:
    """Whether *actor* may know of a meeting: staff always, its two sides once it is published."""
    return actor.is_staff or (side_of(actor, meeting) is not None and meeting.published_at is not None)


def may_confirm(actor: Actor, meeting: Meeting, now: datetime, session: MatchSession) -> Verdict:
    """Say whether *actor* may still confirm a meeting for its side."""
    if not (verdict := may_decline(actor, meeting, now, session)):
        return verdict
    side = side_of(actor, meeting)
    done = meeting.buyer_confirmed_at if side is Role.BUYER else meeting.vendor_confirmed_at
    return refuse(_("You have confirmed this meeting.")) if done else ALLOWED


def may_decline(actor: Actor, meeting: Meeting, now: datetime, session: MatchSession) -> Verdict:
    """Say whether *actor* may decline a meeting: one of its sides, before it begins."""
    if side_of(actor, meeting) is None:
        return refuse(_("Only the two sides answer for a meeting."))
    if meeting.state not in _WAITING or session.state is not MatchSessionState.SCHEDULED:
        return refuse(_("This meeting cannot be answered any more."))
    if slots_of(session)[meeting.slot].starts_at <= now:
        return refuse(_("This meeting has begun. Say below what came of it."))
    return ALLOWED


def may_note(actor: Actor, meeting: Meeting, now: datetime, session: MatchSession) -> Verdict:
    """Say whether *actor* may say what came of a meeting: one of its sides, from its beginning on."""
    if side_of(actor, meeting) is None:
        return refuse(_("Only the two sides write about a meeting."))
    if meeting.state not in LIVE_MEETINGS or session.state not in {MatchSessionState.SCHEDULED, MatchSessionState.HELD}:
        return refuse(_("This meeting was called off."))
    if slots_of(session)[meeting.slot].starts_at > now:
        return refuse(_("You can say what came of it once the meeting has begun."))
    return ALLOWED


def may_mark(actor: Actor, meeting: Meeting, now: datetime, session: MatchSession) -> Verdict:
    """Say whether *actor* may mark who did not come: an officer, from the beginning of the meeting on."""
    if actor.role is not Role.OFFICER:
        return refuse(_("Only officers mark who did not come."))
    if meeting.published_at is None or meeting.state not in LIVE_MEETINGS:
        return refuse(_("This meeting was called off."))
    if slots_of(session)[meeting.slot].starts_at > now:
        return refuse(_("This meeting has not begun yet."))
    return ALLOWED


def may_place(meeting: Meeting, slot: int, table: int, session: MatchSession, others: Iterable[Meeting]) -> Verdict:
    """Say whether a meeting may be put at a slot and a table, beside the live meetings *others* of the session."""
    if not (0 <= slot < session.slots and 0 <= table < session.tables):
        return refuse(_("There is no such slot or table."))
    for participant in (meeting.buyer, meeting.vendor):
        if slot in participant.unavailable:
            return refuse(_("%(who)s cannot come in slot %(slot)s.", who=participant.organisation.name, slot=slot + 1))
    for other in others:
        if other.id == meeting.id or other.slot != slot:
            continue
        if other.table_number == table:
            return refuse(_("Table %(table)s is taken in slot %(slot)s. Choose another table, or move that meeting "
                            "first.", table=table + 1, slot=slot + 1))  # fmt: skip
        for mine, theirs in ((meeting.buyer, other.buyer), (meeting.vendor, other.vendor)):
            if mine.id == theirs.id:
                return refuse(_("%(who)s already has a meeting in slot %(slot)s, at table %(table)s.",
                                who=mine.organisation.name, slot=slot + 1, table=other.table_number + 1))  # fmt: skip
    return ALLOWED
