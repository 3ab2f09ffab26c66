from collections import Counter
from datetime import datetime, timedelta

import pytest

from market.core import clock
from market.core.errors import InvalidError, MarketError, NotAllowedError, NotFoundError, StaleStateError
from market.core.models import AuditEvent, Notification
from market.core.permissions import Actor
from market.core.work import unit_of_work
from market.lifecycle import MatchSessionState, MeetingState, ParticipantState, Role, ShortlistState
from market.matches.models import Shortlisting
from market.meetings import actions, desk, pairs, queries, scheduling, talking
from market.meetings.models import Interest, MatchSession, Meeting, MeetingNote, Participant
from tests.factories import make_actor, make_scene, make_solution
from tests.meetings import rows
from workers.meetings import remind_session


async def told(actor: Actor) -> list[str]:
    found = await Notification.filter(organisation_id=actor.organisation_id).order_by("id")
    return [each.text["message"] for each in found]


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ({"most_meetings": 4}, "most_meetings", "There are only 3 slots"),
        ({"slots": 40, "slot_minutes": 60, "most_meetings": 2}, "slots", "longer than a day"),
    ],
)
async def test_values_that_contradict_one_another_are_refused(
    db: object, noon: datetime, given: dict[str, int], field: str, says: str
) -> None:
    officer = await make_actor(Role.OFFICER)
    with pytest.raises(InvalidError, match=says) as caught:
        await rows.make_session(officer, announce=False, **given)
    assert set(caught.value.fields) == {field}
    late = {"starts_at": noon + timedelta(days=1), "interest_until": noon + timedelta(days=2)}
    with pytest.raises(InvalidError, match="before the session begins"):
        await rows.make_session(officer, announce=False, **late)
    assert await MatchSession.all().count() == 0


async def test_announcing_invites_whom_the_field_concerns_with_suggested_partners(db: object, noon: datetime) -> None:
    buyer, vendor, other = await make_actor(Role.BUYER), await make_actor(Role.VENDOR), await make_actor(Role.VENDOR)
    scene = await make_scene(organisation_id=buyer.organisation_id)
    solution = await make_solution(organisation_id=vendor.organisation_id)
    await make_solution(organisation_id=other.organisation_id, fields_served=["finance"])
    await rows.rank(scene, solution, 0.5)
    await rows.make_session(await make_actor(Role.OFFICER))
    invited = await Notification.filter(link__contains="/join").order_by("organisation_id")
    assert {each.organisation_id: each.text["values"]["count"] for each in invited} == {
        buyer.organisation_id: 1, vendor.organisation_id: 1,
    }  # fmt: skip


async def test_interest_is_seen_by_the_other_side_only_as_a_meeting(db: object, noon: datetime) -> None:
    session = await rows.make_session(await make_actor(Role.OFFICER))
    buyer, place, scene = await rows.make_buyer(session)
    vendor, _theirs, solution = await rows.make_vendor(session)
    await rows.want(session, buyer, place, {(scene.id, solution.id): "very"})
    [mine] = await pairs.pairs_for(session, buyer.organisation_id or 0, Role.BUYER, place)
    other = await Participant.get(organisation_id=vendor.organisation_id)
    [theirs] = await pairs.pairs_for(session, vendor.organisation_id or 0, Role.VENDOR, other)
    assert (mine.level, theirs.level, theirs.registered) == ("very", "", True)
    await rows.want(session, buyer, place, {(scene.id, solution.id): ""})
    assert await Interest.all().count() == 0


async def test_interest_ends_with_its_time_and_is_for_own_pairs_only(db: object, noon: datetime) -> None:
    session = await rows.make_session(await make_actor(Role.OFFICER))
    buyer, place, scene = await rows.make_buyer(session)
    _vendor, _theirs, solution = await rows.make_vendor(session)
    foreign = await make_scene()
    with pytest.raises(NotFoundError, match="This pair cannot meet"):
        await rows.want(session, buyer, place, {(foreign.id, solution.id): "very"})
    with pytest.raises(NotFoundError, match="This pair cannot meet"):
        await rows.want(session, buyer, place, {(scene.id, solution.id): "maybe"})
    with pytest.raises(InvalidError, match="Leave at least one slot"):
        await rows.want(session, buyer, place, {}, (0, 1, 2))
    clock.fix(session.interest_until)
    with pytest.raises(NotAllowedError, match="Interest could be stated until 2026-11-09 12:00"):
        await rows.want(session, buyer, place, {(scene.id, solution.id): "very"})


async def test_who_withdraws_can_come_back_until_interest_closes(db: object, noon: datetime) -> None:
    session = await rows.make_session(await make_actor(Role.OFFICER))
    buyer, place, _scene = await rows.make_buyer(session)
    await place.fetch_related("organisation")
    async with unit_of_work() as work:
        await actions.withdraw_participant(session, place, work=work, actor=buyer)
    assert (await Participant.get(id=place.id)).state is ParticipantState.WITHDRAWN
    back = await rows.join(session, buyer)
    assert (back.id, back.state) == (place.id, ParticipantState.REGISTERED)
    clock.fix(session.interest_until)
    async with unit_of_work() as work:
        await actions.withdraw_participant(session, await fetched(back), work=work, actor=buyer)
    with pytest.raises(NotAllowedError, match="Interest could be stated until"):
        await rows.join(session, buyer)


async def fetched(place: Participant) -> Participant:
    return await Participant.get(id=place.id).select_related("organisation")


class Fair:
    """Two buyers, two vendors; the first buyer and both vendors want each other, the second only the second."""

    def __init__(self, officer: Actor, session: MatchSession) -> None:
        self.officer, self.session = officer, session
        self.buyers: list[tuple[Actor, Participant, object]] = []
        self.vendors: list[tuple[Actor, Participant, object]] = []


async def make_fair() -> Fair:
    officer = await make_actor(Role.OFFICER)
    session = await rows.make_session(officer)
    fair = Fair(officer, session)
    fair.buyers = [await rows.make_buyer(session) for _each in range(2)]
    fair.vendors = [await rows.make_vendor(session) for _each in range(2)]
    wanted = {(0, 0): ("very", "very"), (0, 1): ("interested", "very"), (1, 1): ("very", "interested")}
    for side, people in enumerate((fair.buyers, fair.vendors)):
        for index, (actor, place, _offer) in enumerate(people):
            levels = {
                (fair.buyers[b][2].id, fair.vendors[v][2].id): said[side]
                for (b, v), said in wanted.items()
                if (b, v)[side] == index
            }
            await rows.want(session, actor, place, levels)
    fair.session = await rows.close_interest(session, officer)
    return fair


async def test_the_timetable_brings_together_who_wants_each_other(db: object, noon: datetime) -> None:
    fair = await make_fair()
    await rows.rank(fair.buyers[0][2], fair.vendors[0][2], 0.5)
    meetings = await rows.compute(fair.session, fair.officer)
    assert {(each.scene_id, each.solution_id, each.weight) for each in meetings} == {
        (fair.buyers[0][2].id, fair.vendors[0][2].id, 4500),
        (fair.buyers[0][2].id, fair.vendors[1][2].id, 600),
        (fair.buyers[1][2].id, fair.vendors[1][2].id, 600),
    }
    run = await queries.latest_run(fair.session.id)
    assert run is not None
    assert (run.result["reached"], run.result["proven"], run.result["total"]) == (4, True, 5700)
    assert [each.published_at for each in meetings] == [None, None, None]
    assert all("timetable" not in text for text in await told(fair.buyers[0][0]))
    busy = Counter((each.slot, who) for each in meetings for who in (each.buyer_id, each.vendor_id))
    assert set(busy.values()) == {1}


async def test_a_removed_meeting_does_not_come_back_and_a_pinned_one_stays(db: object, noon: datetime) -> None:
    fair = await make_fair()
    meetings = await rows.compute(fair.session, fair.officer)
    removed, pinned = meetings[0], meetings[-1]
    async with unit_of_work() as work:
        await scheduling.remove_meeting(fair.session, removed, "双方已在谈", work=work, actor=fair.officer)
        free = next(s for s in range(3) if all(s != m.slot for m in meetings if m.id != pinned.id))
        await scheduling.move_meeting(fair.session, pinned, free, 1, work=work, actor=fair.officer)
    again = await rows.compute(fair.session, fair.officer)
    assert (removed.scene_id, removed.solution_id) not in {(each.scene_id, each.solution_id) for each in again}
    kept = next(each for each in again if each.id == pinned.id)
    assert (kept.slot, kept.table_number, kept.pinned, len(again)) == (free, 1, True, 2)


async def test_nobody_sits_at_two_tables(db: object, noon: datetime) -> None:
    fair = await make_fair()
    meetings = await rows.compute(fair.session, fair.officer)
    of_first = [each for each in meetings if each.buyer_id == fair.buyers[0][1].id]
    one, other = of_first
    for slot, table, says in (
        (other.slot, other.table_number, "is taken in slot"),
        (other.slot, 1 - other.table_number, "already has a meeting in slot|is taken in slot"),
        (7, 0, "no such slot"),
    ):
        with pytest.raises(NotAllowedError, match=says):
            async with unit_of_work() as work:
                await scheduling.move_meeting(fair.session, one, slot, table, work=work, actor=fair.officer)


async def test_publishing_tells_everybody_and_waits_for_the_end_of_interest(db: object, noon: datetime) -> None:
    fair = await make_fair()
    await rows.compute(fair.session, fair.officer)
    await rows.publish(fair.session, fair.officer)
    assert (await told(fair.buyers[0][0]))[-1].startswith("The timetable of “%(title)s” is out: you have")
    with pytest.raises(NotAllowedError, match="published already"):
        await rows.publish(await MatchSession.get(id=fair.session.id), fair.officer)


async def scheduled() -> tuple[Fair, list[Meeting]]:
    fair = await make_fair()
    await rows.compute(fair.session, fair.officer)
    fair.session = await rows.publish(fair.session, fair.officer)
    return fair, await queries.meetings_of(fair.session.id)


async def test_both_confirm_and_then_nothing_moves_it(db: object, noon: datetime) -> None:
    fair, meetings = await scheduled()
    meeting = next(m for m in meetings if (m.buyer_id, m.vendor_id) == (fair.buyers[0][1].id, fair.vendors[0][1].id))
    for actor in (fair.buyers[0][0], fair.vendors[0][0]):
        async with unit_of_work() as work:
            await talking.confirm_meeting(fair.session, meeting, work=work, actor=actor)
    assert (await Meeting.get(id=meeting.id)).state is MeetingState.CONFIRMED
    with pytest.raises(MarketError, match="A side has confirmed"):
        async with unit_of_work() as work:
            await scheduling.move_meeting(fair.session, meeting, 2, 1, work=work, actor=fair.officer)
    with pytest.raises(NotAllowedError, match="Only the two sides"):
        async with unit_of_work() as work:
            await talking.confirm_meeting(fair.session, meeting, work=work, actor=fair.vendors[1][0])


async def test_a_declined_meeting_frees_its_slot_and_the_rest_stays(db: object, noon: datetime) -> None:
    fair, meetings = await scheduled()
    declined = next(m for m in meetings if m.buyer_id == fair.buyers[1][1].id)
    async with unit_of_work() as work:
        await talking.decline_meeting(fair.session, declined, "人员冲突", work=work, actor=fair.vendors[1][0])
    assert (await told(fair.buyers[1][0]))[-1] == "Your meeting with %(who)s is called off: %(reason)s"
    before = {(m.id, m.slot, m.table_number) for m in meetings if m.id != declined.id}
    after = await rows.compute(fair.session, fair.officer)
    assert {(m.id, m.slot, m.table_number) for m in after} == before  # only a proposal, and nothing to fill it with
    run = await queries.latest_run(fair.session.id)
    assert run is not None
    assert (len(run.plan), run.applied_at) == (2, None)
    async with unit_of_work() as work:
        await scheduling.apply_timetable(fair.session, run, work=work, actor=fair.officer)
    assert {(m.id, m.slot, m.table_number) for m in await queries.meetings_of(fair.session.id)} == before


async def test_a_proposal_is_refused_when_something_has_changed_since(db: object, noon: datetime) -> None:
    fair, meetings = await scheduled()
    await rows.compute(fair.session, fair.officer)
    run = await queries.latest_run(fair.session.id)
    assert run is not None
    async with unit_of_work() as work:
        actor = next(b[0] for b in fair.buyers if b[1].id == meetings[0].buyer_id)
        await talking.decline_meeting(fair.session, meetings[0], "临时有事", work=work, actor=actor)
    with pytest.raises(StaleStateError, match="Something has changed"):
        async with unit_of_work() as work:
            await scheduling.apply_timetable(fair.session, run, work=work, actor=fair.officer)


async def test_late_withdrawal_frees_slots_that_others_get(db: object, noon: datetime) -> None:
    """With one table and two slots not all pairs fit: who withdraws leaves room for the one that was left out."""
    officer = await make_actor(Role.OFFICER)
    session = await rows.make_session(officer, slots=1, tables=1, most_meetings=1)
    buyer, place, scene = await rows.make_buyer(session)
    vendors = [await rows.make_vendor(session) for _each in range(2)]
    await rows.rank(scene, vendors[0][2], 0.6)
    await rows.want(session, buyer, place, {(scene.id, each[2].id): "very" for each in vendors})
    for actor, theirs, solution in vendors:
        await rows.want(session, actor, theirs, {(scene.id, solution.id): "very"})
    session = await rows.close_interest(session, officer)
    [meeting] = await rows.compute(session, officer)
    assert meeting.solution_id == vendors[0][2].id
    session = await rows.publish(session, officer)
    assert (await told(vendors[1][0]))[-1] == (
        "The timetable of “%(title)s” is out. There is no meeting for you in it; see why."
    )
    async with unit_of_work() as work:
        first = await fetched(vendors[0][1])
        await actions.withdraw_participant(session, first, work=work, actor=vendors[0][0], reason="出差")
    await rows.compute(session, officer)
    run = await queries.latest_run(session.id)
    assert run is not None
    async with unit_of_work() as work:
        await scheduling.apply_timetable(session, run, work=work, actor=officer)
    [refilled] = await queries.meetings_of(session.id)
    assert (refilled.solution_id, refilled.published_at) == (vendors[1][2].id, noon)
    assert (await told(vendors[1][0]))[-1].startswith("You have a meeting with %(who)s")


async def test_notes_are_private_and_a_continued_meeting_is_shortlisted(db: object, noon: datetime) -> None:
    fair, meetings = await scheduled()
    meeting = meetings[0]
    buyer = next(b for b in fair.buyers if b[1].id == meeting.buyer_id)
    note = {"outcome": "continue", "next_step": "下周到现场", "note": "报价偏高"}
    with pytest.raises(NotAllowedError, match="once the meeting has begun"):
        async with unit_of_work() as work:
            await talking.write_note(fair.session, meeting, **note, work=work, actor=buyer[0])
    await rows.begin(fair.session, slot=meeting.slot)
    async with unit_of_work() as work:
        assert await talking.write_note(fair.session, meeting, **note, work=work, actor=buyer[0])
    assert (await Meeting.get(id=meeting.id)).state is MeetingState.HELD
    listed = await Shortlisting.get(scene_id=meeting.scene_id, solution_id=meeting.solution_id)
    assert listed.state is ShortlistState.SHORTLISTED
    assert (await MeetingNote.get(meeting_id=meeting.id)).side is Role.BUYER
    assert "报价偏高" not in str(await AuditEvent.all().values_list("details", flat=True))


async def test_who_does_not_come_is_marked_and_can_be_corrected(db: object, noon: datetime) -> None:
    fair, meetings = await scheduled()
    with pytest.raises(NotAllowedError, match="not begun"):
        async with unit_of_work() as work:
            await talking.mark_absent(fair.session, meetings[0], "vendor", work=work, actor=fair.officer)
    await rows.begin(fair.session, slot=meetings[0].slot)
    for absent, state in (("vendor", MeetingState.MISSED), ("", MeetingState.HELD)):
        async with unit_of_work() as work:
            await talking.mark_absent(fair.session, meetings[0], absent, work=work, actor=fair.officer)
        stored = await Meeting.get(id=meetings[0].id)
        assert (stored.absent, stored.state) == (absent, state)


async def test_everybody_with_a_meeting_is_reminded_once_the_day_before(db: object, noon: datetime) -> None:
    fair, _meetings = await scheduled()
    clock.fix(fair.session.starts_at - timedelta(hours=25))
    assert await queries.ids_of_sessions_to_remind(clock.now()) == []
    clock.fix(fair.session.starts_at - timedelta(hours=23))
    assert await queries.ids_of_sessions_to_remind(clock.now()) == [fair.session.id]
    for _twice in range(2):
        await remind_session(session_id=fair.session.id)
    assert [text.startswith("Tomorrow") for text in await told(fair.buyers[0][0])].count(True) == 1


async def test_cancelling_a_session_calls_everything_off(db: object, noon: datetime) -> None:
    fair, meetings = await scheduled()
    with pytest.raises(InvalidError, match="Give a reason"):
        async with unit_of_work() as work:
            await actions.cancel_session(fair.session, " ", work=work, actor=fair.officer)
    async with unit_of_work() as work:
        await actions.cancel_session(fair.session, "场馆停电", work=work, actor=fair.officer)
    assert (await MatchSession.get(id=fair.session.id)).state is MatchSessionState.CANCELLED
    stored = await Meeting.filter(id__in=[each.id for each in meetings])
    assert {(each.state, each.sequence, each.reason) for each in stored} == {(MeetingState.CANCELLED, 1, "场馆停电")}
    assert (await told(fair.vendors[1][0]))[-1] == "“%(title)s” is cancelled: %(reason)s"


async def test_other_times_make_other_slots_for_who_could_not_come(db: object, noon: datetime) -> None:
    officer = await make_actor(Role.OFFICER)
    session = await rows.make_session(officer)
    buyer, place, _scene = await rows.make_buyer(session)
    vendor, theirs, _solution = await rows.make_vendor(session)
    await rows.want(session, buyer, place, {}, (0, 1))
    asked_again = "The times of “%(title)s” have changed. Say again at which slots you cannot come."
    await save(officer, session, title="智能制造专场")
    assert (await Participant.get(id=place.id)).unavailable == [0, 1]
    assert asked_again not in await told(buyer)
    await save(officer, session, title="智能制造专场", slot_minutes=40)
    assert (await Participant.get(id=place.id)).unavailable == []
    assert [(await told(actor)).count(asked_again) for actor in (buyer, vendor)] == [1, 0]
    assert theirs.unavailable == []


async def save(officer: Actor, session: MatchSession, **given: object) -> None:
    session = await MatchSession.get(id=session.id)
    async with unit_of_work() as work:
        await actions.save_session(
            session, rows.content(**given), revision=session.revision, work=work, actor=officer
        )  # fmt: skip


async def test_people_check_in_on_the_day_only(db: object, noon: datetime) -> None:
    fair, _meetings = await scheduled()
    place, starts = fair.buyers[0][1], fair.session.starts_at
    for days in (-1, 1):
        clock.fix(starts + timedelta(days=days))
        with pytest.raises(NotAllowedError, match="on the day itself, 2026"):
            async with unit_of_work() as work:
                await desk.check_in(fair.session, place, work=work, actor=fair.officer)
    clock.fix(starts - timedelta(hours=1))
    async with unit_of_work() as work:
        await desk.check_in(fair.session, place, work=work, actor=fair.officer)
    assert (await Participant.get(id=place.id)).arrived_at == clock.now()


async def test_nobody_checks_in_before_the_timetable_is_published(db: object, noon: datetime) -> None:
    fair = await make_fair()
    clock.fix(fair.session.starts_at)
    with pytest.raises(NotAllowedError, match="the timetable is not published"):
        async with unit_of_work() as work:
            await desk.check_in(fair.session, fair.buyers[0][1], work=work, actor=fair.officer)
    assert (await Participant.get(id=fair.buyers[0][1].id)).arrived_at is None


async def test_what_a_new_timetable_calls_off_is_booked_to_the_officer_who_put_it_in_place(
    db: object, noon: datetime
) -> None:
    fair, [meeting, *_rest] = await scheduled()
    await rows.compute(fair.session, fair.officer)
    run = await queries.latest_run(fair.session.id)
    assert run is not None
    pair = (meeting.scene_id, meeting.solution_id)
    run.plan = [each for each in run.plan if (each["scene"], each["solution"]) != pair]
    async with unit_of_work() as work:
        await scheduling.apply_timetable(fair.session, run, work=work, actor=fair.officer)
    event = await AuditEvent.get(event="cancel_meeting", subject_id=meeting.id)
    assert (event.person_id, event.role) == (fair.officer.person_id, Role.OFFICER)
