from datetime import datetime

from icalendar import Calendar

from market.core.work import unit_of_work
from market.lifecycle import Role
from market.meetings import calendar_files, queries, scheduling, talking
from market.meetings.models import Meeting
from tests.factories import make_actor
from tests.meetings import rows


async def one_meeting() -> tuple[object, Meeting, object, object]:
    officer = await make_actor(Role.OFFICER)
    session = await rows.make_session(officer)
    buyer, place, scene = await rows.make_buyer(session)
    vendor, theirs, solution = await rows.make_vendor(session)
    await rows.want(session, buyer, place, {(scene.id, solution.id): "very"})
    await rows.want(session, vendor, theirs, {(scene.id, solution.id): "very"})
    session = await rows.close_interest(session, officer)
    [meeting] = await rows.compute(session, officer)
    session = await rows.publish(session, officer)
    return session, meeting, officer, buyer


def event_of(data: bytes) -> tuple[str, dict[str, str]]:
    calendar = Calendar.from_ical(data)
    [event] = calendar.walk("VEVENT")
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    wanted = ("UID", "SEQUENCE", "STATUS")
    start = event.decoded("DTSTART").strftime("%Y-%m-%d %H:%M %z")
    return str(calendar["METHOD"]), {name: str(event[name]) for name in wanted} | {"START": start}


async def test_an_invitation_keeps_its_name_and_counts_its_changes(db: object, noon: datetime) -> None:
    session, meeting, officer, buyer = await one_meeting()
    method, first = event_of(calendar_files.invitation(session, meeting, Role.BUYER))
    name = f"session-{session.id}-{meeting.scene_id}-{meeting.solution_id}@127.0.0.1"
    assert (method, first) == (
        "REQUEST", {"UID": name, "SEQUENCE": "0", "STATUS": "TENTATIVE", "START": "2026-11-16 12:00 +0800"},
    )  # fmt: skip
    async with unit_of_work() as work:
        await scheduling.move_meeting(session, meeting, 2, 1, work=work, actor=officer)
    _method, moved = event_of(calendar_files.invitation(session, meeting, Role.VENDOR))
    assert moved == {"UID": name, "SEQUENCE": "1", "STATUS": "TENTATIVE", "START": "2026-11-16 13:00 +0800"}
    async with unit_of_work() as work:
        await talking.decline_meeting(session, meeting, "临时有事", work=work, actor=buyer)
    method, off = event_of(calendar_files.invitation(session, meeting, Role.VENDOR))
    assert (method, off["SEQUENCE"], off["STATUS"], off["UID"]) == ("CANCEL", "2", "CANCELLED", name)


async def test_a_day_has_every_meeting_in_one_file(db: object, noon: datetime) -> None:
    session, meeting, _officer, _buyer = await one_meeting()
    own = await queries.meetings_of(session.id, published=True)
    calendar = Calendar.from_ical(calendar_files.day(session, [(each, Role.BUYER) for each in own]))
    assert str(calendar["METHOD"]) == "PUBLISH"
    assert [str(event["LOCATION"]) for event in calendar.walk("VEVENT")] == ["临江会议中心 3 楼 · 1 号桌"]
    assert meeting.table_number == 0
    assert Calendar.from_ical(calendar_files.day(session, [])).walk("VEVENT") == []
