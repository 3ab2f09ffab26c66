"""Meetings as calendar files (RFC 5545, iTIP): one invitation or cancellation, or everything of a day."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from icalendar import Calendar, Event, vCalAddress, vText

from market.core import clock
from market.lifecycle import MeetingState, Role
from market.meetings.actions import meeting_url
from market.meetings.models import MatchSession, Meeting
from market.meetings.rules import slots_of
from market.settings import settings
from market.web.filters import titled
from market.web.languages import current, gettext

MEDIA_TYPE = "text/calendar; charset=utf-8"
_OFF = frozenset({MeetingState.DECLINED, MeetingState.CANCELLED})


def invitation(session: MatchSession, meeting: Meeting, side: Role) -> bytes:
    """Return one meeting for the calendar of *side*: a REQUEST, or a CANCEL for what was called off.

    The UID names the session and the pair, so it stays the same when the meeting moves; the SEQUENCE rises with every
    change, so that a calendar knows which of two files is newer.
    """
    calendar = _calendar("CANCEL" if meeting.state in _OFF else "REQUEST")
    calendar.add_component(_event(session, meeting, side))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def day(session: MatchSession, meetings: Sequence[tuple[Meeting, Role]]) -> bytes:
    """Return everything of a day in one file to import."""
    calendar = _calendar("PUBLISH")
    for meeting, side in meetings:
        calendar.add_component(_event(session, meeting, side))
    if meetings:
        calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Jiebang//Match-making//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _event(session: MatchSession, meeting: Meeting, side: Role) -> Event:
    slot = slots_of(session)[meeting.slot]
    host = urlsplit(settings().public_origin).hostname or "localhost"
    mine, partner = (meeting.buyer, meeting.vendor) if side is Role.BUYER else (meeting.vendor, meeting.buyer)
    event = Event()
    event.add("uid", f"session-{session.id}-{meeting.scene_id}-{meeting.solution_id}@{host}")
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", clock.now())
    event.add("dtstart", slot.starts_at.astimezone(clock.SHANGHAI))
    event.add("dtend", slot.ends_at.astimezone(clock.SHANGHAI))
    event.add("summary", gettext("Meeting with %(who)s") % {"who": titled(partner.organisation)})
    place = session.place_en if current.get() == "en" and session.place_en else session.place
    event.add("location", f"{place} · " + gettext("Table %(table)s") % {"table": meeting.table_number + 1})
    event.add("description", _about(session, meeting))
    event.add("url", settings().public_origin + meeting_url(meeting))
    event.add("status", _status(meeting))
    event.add("organizer", _address(session.title, host, "sessions"))
    event.add("attendee", _address(titled(mine.organisation), host, f"organisation-{mine.organisation_id}"))
    return event


def _about(session: MatchSession, meeting: Meeting) -> str:
    lines = [
        titled(session),
        gettext("Scene: %(title)s") % {"title": titled(meeting.scene)},
        gettext("Solution: %(title)s") % {"title": titled(meeting.solution)},
    ]
    return "\n".join(lines)


def _status(meeting: Meeting) -> str:
    if meeting.state in _OFF:
        return "CANCELLED"
    return "TENTATIVE" if meeting.state is MeetingState.PROPOSED else "CONFIRMED"


def _address(name: str, host: str, local: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{local}@{host}")
    address.params["cn"] = vText(name)
    return address
