"""What changes about a session and who takes part in it."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from secrets import choice

from market.core import clock
from market.core.errors import InvalidError, NotFoundError, StaleStateError
from market.core.moves import make_move
from market.core.permissions import CLOCK, Actor, require
from market.core.text import Text, _
from market.core.vocabulary import Field
from market.core.work import Work
from market.lifecycle import MatchSessionState, MeetingState, ParticipantState, Role
from market.meetings import queries, rules
from market.meetings.models import Interest, MatchSession, Meeting, Participant
from market.meetings.pairs import may_pair
from market.meetings.rules import Level, written

_CODE_LETTERS = "ACDEFGHJKLMNPQRTUVWXY34679"  # none that is read or heard as another
_CODE_LENGTH = 6
_TIMES = ("starts_at", "slots", "slot_minutes", "break_minutes")  # what makes a slot the slot it is
WITHDREW = _("The other side withdrew from the session.")
_CALLED_OFF = frozenset({MeetingState.PROPOSED, MeetingState.CONFIRMED})


@dataclass(frozen=True)
class SessionContent:
    """What an officer writes about a session."""

    title: str
    field: Field
    place: str
    starts_at: datetime
    slots: int
    slot_minutes: int
    tables: int
    most_meetings: int
    interest_until: datetime
    break_minutes: int = 0
    title_en: str = ""
    place_en: str = ""
    about: str = ""
    about_en: str = ""


async def create_session(content: SessionContent, *, work: Work, actor: Actor) -> MatchSession:
    """Begin the draft of a session; refuses values that contradict one another (``InvalidError``)."""
    _refuse_conflicts(content)
    session = await MatchSession.create(
        using_db=work.connection, created_by_id=actor.person_id, created_at=clock.now(), **asdict(content)
    )
    work.record("create_session", session, actor=actor, title=content.title, field=content.field)
    return session


async def save_session(
    session: MatchSession, content: SessionContent, *, revision: int, work: Work, actor: Actor
) -> None:
    """Save a session that is not scheduled yet; who is registered is told when place or time changed.

    Other times make other slots: who could not come in some of them is asked to say so again.

    - refuses values that contradict one another (``InvalidError``)
    - refuses when somebody saved since *revision* was shown (``StaleStateError``)
    """
    require(rules.may_edit_session(actor, session))
    _refuse_conflicts(content)
    held = await queries.hold_session(session.id, work.connection)
    if held is None or held.revision != revision or held.state is not session.state:
        raise StaleStateError(_("Somebody else saved this session while you were editing it."))
    moved = (held.starts_at, held.place) != (content.starts_at, content.place)
    values = {**asdict(content), "revision": revision + 1}
    if (held.slots, held.tables) != (content.slots, content.tables):
        await Meeting.filter(session_id=session.id, published_at__isnull=True).using_db(work.connection).delete()
    await MatchSession.filter(id=session.id).using_db(work.connection).update(**values)
    if any(getattr(held, name) != getattr(content, name) for name in _TIMES):
        await _forget_absences(session, work)
    session.update_from_dict(values)
    work.record("change_session", session, actor=actor, starts_at=written(content.starts_at), place=content.place)
    if moved and session.state is MatchSessionState.ANNOUNCED:
        await _tell_all(session, _("“%(title)s” is now on %(when)s at %(place)s.", title=session.title,
                                   when=written(session.starts_at), place=session.place), work)  # fmt: skip


async def announce_session(session: MatchSession, *, work: Work, actor: Actor) -> int:
    """Announce a session and invite the organisations whom it concerns; returns how many."""
    require(rules.may_announce(actor, session, clock.now()))
    await make_move("announce_session", session, work=work, actor=actor, announced_at=clock.now())
    invited = await queries.invited_organisations(session)
    for organisation_id, partners in invited:
        work.tell(
            _("You are invited to the match-making session “%(title)s” on %(when)s. The rankings suggest %(count)s "
              "partners to you. Register and say whom you want to meet by %(until)s.", title=session.title,
              when=written(session.starts_at), count=partners, until=written(session.interest_until)),
            f"{link_to(session)}/join",
            organisation_id=organisation_id,
        )  # fmt: skip
    return len(invited)


async def close_interest(session: MatchSession, *, work: Work, actor: Actor) -> None:
    """End the time to state interest now, so that the timetable can be made."""
    now = clock.now()
    require(rules.may_close_interest(actor, session, now))
    await MatchSession.filter(id=session.id).using_db(work.connection).update(interest_until=now)
    session.interest_until = now
    work.record("close_interest", session, actor=actor)


async def cancel_session(session: MatchSession, reason: str, *, work: Work, actor: Actor) -> None:
    """Cancel a session with a reason: its meetings are called off, who is registered is told."""
    await make_move("cancel_session", session, work=work, actor=actor, reason=given(reason))
    await MatchSession.filter(id=session.id).using_db(work.connection).update(reason=reason.strip())
    for meeting in await queries.meetings_of(session.id, connection=work.connection):
        await call_off(meeting, reason, work=work, actor=actor)
    await _tell_all(
        session, _("“%(title)s” is cancelled: %(reason)s", title=session.title, reason=reason.strip()), work
    )


async def close_session(session: MatchSession, *, work: Work, actor: Actor) -> None:
    """Declare a session over; both sides can still say what came of their meetings."""
    require(rules.may_close_session(actor, session, clock.now()))
    await make_move("close_session", session, work=work, actor=actor, held_at=clock.now())
    await _tell_all(session, _("Thank you for coming to “%(title)s”. Say what came of each meeting, so that nothing "
                               "is forgotten.", title=session.title), work, page="mine")  # fmt: skip


async def join_session(session: MatchSession, *, work: Work, actor: Actor) -> Participant:
    """Register the actor's organisation, or register it again after it withdrew."""
    offers = await queries.count_offers(actor.organisation_id, actor.role, session)
    require(rules.may_join(actor, session, clock.now(), offers=offers))
    there = await queries.participant_of(session.id, actor.organisation_id, connection=work.connection)
    if there is None:
        there = await Participant.create(
            using_db=work.connection, session_id=session.id, organisation_id=actor.organisation_id, side=actor.role,
            code="".join(choice(_CODE_LETTERS) for _each in range(_CODE_LENGTH)), registered_by_id=actor.person_id,
            registered_at=clock.now(),
        )  # fmt: skip
        work.record("join_session", there, actor=actor, session_id=session.id)
    elif there.state is ParticipantState.WITHDRAWN:
        await make_move("return_participant", there, work=work, actor=actor)
    return there


async def state_interest(
    session: MatchSession, participant: Participant, levels: Mapping[tuple[int, int], str],
    unavailable: Collection[int], *, work: Work, actor: Actor,
) -> None:  # fmt: skip
    """Store what a participant says: the slots at which it cannot come, and its interest by (scene, solution).

    An empty level takes back what was said of a pair. Pairs that are not named stay as they are.

    - refuses after the time to state interest (``NotAllowedError``)
    - refuses a participant that could come at no slot (``InvalidError``) and pairs not its own (``NotFoundError``)
    """
    held = await queries.hold_session(session.id, work.connection)
    require(rules.in_time(held or session, clock.now()))
    if not actor.is_of(participant.organisation_id) or participant.state is not ParticipantState.REGISTERED:
        raise NotFoundError(_("Register first."))
    away = sorted({slot for slot in unavailable if 0 <= slot < session.slots})
    if len(away) == session.slots:
        text = _("Leave at least one slot, or withdraw from the session.")
        raise InvalidError(text, fields={"unavailable": text})
    await Participant.filter(id=participant.id).using_db(work.connection).update(unavailable=away)
    participant.unavailable = away
    for (scene_id, solution_id), level in sorted(levels.items()):
        await _store_level(session, participant, (scene_id, solution_id), level, work)
    work.record("state_interest", participant, actor=actor, stated=len(levels), unavailable=away)


async def withdraw_participant(
    session: MatchSession, participant: Participant, *, work: Work, actor: Actor, reason: str = ""
) -> None:
    """Withdraw from a session; once it is scheduled, the meetings are called off and partners and officers told."""
    require(rules.may_withdraw(actor, session, participant))
    await make_move("withdraw_participant", participant, work=work, actor=actor, reason=reason)
    own = await queries.meetings_of(session.id, participant_id=participant.id, connection=work.connection)
    unseen = [each.id for each in own if each.published_at is None]
    await Meeting.filter(id__in=unseen).using_db(work.connection).delete()
    why = reason.strip() or WITHDREW
    for meeting in own:
        if meeting.published_at is not None:
            await call_off(meeting, why, work=work, actor=actor, spare=participant.id)
    if any(meeting.published_at for meeting in own):
        work.tell(_("%(who)s withdrew from “%(title)s”. Its slots are free: fill them again.",
                    who=participant.organisation.name, title=session.title), f"{link_to(session)}/timetable",
                  role=Role.OFFICER)  # fmt: skip


async def remind_session(session: MatchSession, *, work: Work) -> int:
    """Remind every participant with a meeting of the next day, once each; returns how many were told."""
    meetings = await queries.meetings_of(session.id, published=True, connection=work.connection)
    told = 0
    for participant in await queries.participants_of(session.id, state=ParticipantState.REGISTERED):
        own = [each for each in meetings if participant.id in {each.buyer_id, each.vendor_id}]
        changed = Participant.filter(id=participant.id, reminded_at__isnull=True).using_db(work.connection)
        if await changed.update(reminded_at=clock.now()) and own:
            first = rules.slots_of(session)[own[0].slot].starts_at
            work.tell(_("Tomorrow: “%(title)s” at %(place)s. Your first of %(count)s meetings begins at %(when)s.",
                        title=session.title, place=session.place, count=len(own), when=written(first)),
                      f"{link_to(session)}/mine", organisation_id=participant.organisation_id)  # fmt: skip
            told += 1
    return told


async def call_off(meeting: Meeting, reason: str | Text, *, work: Work, actor: Actor, spare: int | None = None) -> None:
    """Cancel a meeting that has not taken place and tell its sides, but for the participant *spare*.

    One that nobody was told of is deleted; one that is over stays as it was. A reason of ours is a Text, which each
    reader gets in their own language.
    """
    if meeting.published_at is None:
        await Meeting.filter(id=meeting.id).using_db(work.connection).delete()
        return
    if meeting.state not in _CALLED_OFF:
        return
    stored = reason.message if isinstance(reason, Text) else reason.strip()
    await make_move("cancel_meeting", meeting, work=work, actor=actor, reason=stored, sequence=meeting.sequence + 1)
    await Meeting.filter(id=meeting.id).using_db(work.connection).update(reason=stored)
    for mine, partner in ((meeting.buyer, meeting.vendor), (meeting.vendor, meeting.buyer)):
        if mine.id != spare:
            work.tell(_("Your meeting with %(who)s is called off: %(reason)s", who=partner.organisation.name,
                        reason=reason), meeting_url(meeting), organisation_id=mine.organisation_id)  # fmt: skip


def link_to(session: MatchSession) -> str:
    """Return a session's address, to which messages lead."""
    return f"/sessions/{session.id}"


def meeting_url(meeting: Meeting) -> str:
    """Return a meeting's address."""
    return f"/sessions/{meeting.session_id}/meetings/{meeting.id}"


def given(reason: str) -> str:
    """Return a reason, trimmed; refuses none (``InvalidError``)."""
    if not reason.strip():
        raise InvalidError(_("Give a reason."), fields={"reason": _("Give a reason.")})
    return reason.strip()


async def _forget_absences(session: MatchSession, work: Work) -> None:
    """Take back the slots at which participants cannot come, which are others now, and ask them to say so again."""
    text = _("The times of “%(title)s” have changed. Say again at which slots you cannot come.", title=session.title)
    for participant in await queries.participants_of(session.id):
        if participant.unavailable:
            await Participant.filter(id=participant.id).using_db(work.connection).update(unavailable=[])
            work.record("forget_absences", participant, actor=CLOCK, unavailable=participant.unavailable)
            if participant.state is ParticipantState.REGISTERED:
                work.tell(text, f"{link_to(session)}/join", organisation_id=participant.organisation_id)


async def _store_level(
    session: MatchSession, participant: Participant, pair: tuple[int, int], level: str, work: Work
) -> None:
    scene_id, solution_id = pair
    mine = Interest.filter(participant_id=participant.id, scene_id=scene_id, solution_id=solution_id)
    if not level:
        await mine.using_db(work.connection).delete()
        return
    if level not in set(Level) or not await may_pair(session, participant, scene_id, solution_id):
        raise NotFoundError(_("This pair cannot meet at this session. Reload the page."))
    await Interest.update_or_create(
        using_db=work.connection, participant_id=participant.id, scene_id=scene_id, solution_id=solution_id,
        defaults={"level": level, "stated_at": clock.now()},
    )  # fmt: skip


def _refuse_conflicts(content: SessionContent) -> None:
    """Refuse values that contradict one another, each with what to do."""
    fields: dict[str, Text] = {}
    if content.starts_at <= clock.now():
        fields["starts_at"] = _("Choose a time that is still to come.")
    if content.interest_until > content.starts_at:
        fields["interest_until"] = _("End the time to state interest before the session begins.")
    if content.most_meetings > content.slots:
        fields["most_meetings"] = _("There are only %(slots)s slots: nobody can have more meetings than that.",
                                    slots=content.slots)  # fmt: skip
    last = (content.slots - 1) * (content.slot_minutes + content.break_minutes) + content.slot_minutes
    if last > 24 * 60:
        fields["slots"] = _("So many slots last longer than a day. Plan fewer or shorter ones.")
    if fields:
        raise InvalidError(next(iter(fields.values())), fields=fields)


async def _tell_all(session: MatchSession, text: Text, work: Work, *, page: str = "") -> None:
    link = link_to(session) + (f"/{page}" if page else "")
    for participant in await queries.participants_of(session.id, state=ParticipantState.REGISTERED):
        work.tell(text, link, organisation_id=participant.organisation_id)
