"""How values look on pages: money, times, percentages and labels, in the reader's language."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from babel.dates import format_date, format_datetime, format_timedelta

from market.core import clock
from market.core.money import FEN_PER_WAN, format_yuan
from market.core.text import Text
from market.core.vocabulary import LABELS
from market.web.languages import current, gettext, say

_BABEL = {"zh": "zh_Hans_CN", "en": "en_GB"}
_VOCABULARY = {str(member): label for member, label in LABELS.items()}
# Where one word would mean different things: members of two enums with one value are equal, so the class decides.
_STATES = {
    ("ReviewState", "accepted"): "Reviewing",
    ("ReviewState", "submitted"): "Scores submitted",
    ("MilestoneState", "submitted"): "Reported as done",
    ("RoundState", "open"): "Open for bids now",
    ("ObjectionState", "dismissed"): "Not upheld",
    ("PilotState", "failed"): "Ended without success",
    ("ChallengeState", "failed"): "Closed without an award",
    ("MatchSessionState", "scheduled"): "Timetable published",
    ("MatchSessionState", "held"): "Over",
    ("MeetingState", "proposed"): "To be confirmed",
    ("MeetingState", "confirmed"): "Confirmed by both",
    ("MeetingState", "cancelled"): "Called off",
    ("MeetingState", "held"): "Took place",
    ("MeetingState", "missed"): "Did not happen",
    ("ParticipantState", "withdrawn"): "Has withdrawn",
}


def _babel() -> str:
    return _BABEL[current.get()]


def yuan(fen: int | None) -> str:
    """Return an amount of fen as people read it: 120 万元 in Chinese where it is a round one, ¥1,200,000 in English."""
    if fen is None:
        return gettext("Not stated")
    if current.get() == "zh" and fen >= FEN_PER_WAN and fen % (FEN_PER_WAN // 100) == 0:
        wan = (Decimal(fen) / FEN_PER_WAN).normalize()
        return f"{wan:,f} 万元"
    return format_yuan(fen)


def day(value: date | datetime | None) -> str:
    """Return a date."""
    if value is None:
        return gettext("Not stated")
    if isinstance(value, datetime):
        value = value.astimezone(clock.SHANGHAI).date()
    return format_date(value, "long" if current.get() == "zh" else "d MMMM y", locale=_babel())


def moment(value: datetime | None) -> str:
    """Return a date and time in Shanghai, with the zone named."""
    if value is None:
        return gettext("Not stated")
    local = value.astimezone(clock.SHANGHAI)
    pattern = "y年M月d日 HH:mm" if current.get() == "zh" else "d MMM y, HH:mm"
    zone = "（北京时间）" if current.get() == "zh" else " (Beijing time)"
    return format_datetime(local, pattern, locale=_babel()) + zone


def clock_time(value: datetime) -> str:
    """Return the time of day in Shanghai, for times whose date and zone stand beside them."""
    return value.astimezone(clock.SHANGHAI).strftime("%H:%M")


def ago(value: datetime | None) -> str:
    """Return how long ago something was, or how long until it is."""
    if value is None:
        return ""
    delta: timedelta = value - clock.now()
    return format_timedelta(delta, add_direction=True, locale=_babel(), threshold=1.2)


def percent(value: float | Decimal | None) -> str:
    """Return a share (0 to 1) as a whole percentage."""
    return "–" if value is None else f"{float(value) * 100:.0f}%"


def number(value: Decimal | float | None) -> str:
    """Return a number without trailing zeros."""
    if value is None:
        return "–"
    plain = f"{Decimal(str(value)):,f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def label(value: StrEnum | str | Text | None) -> str:
    """Return the reader's word for a state, a slug of the vocabulary, or a text."""
    if value is None or value == "":
        return gettext("Not stated")
    if isinstance(value, Text):
        return say(value)
    if isinstance(value, StrEnum) and (own := _STATES.get((type(value).__name__, str(value)))):
        return gettext(own)
    return gettext(_VOCABULARY.get(str(value), str(value).replace("_", " ").capitalize()))


def titled(thing: object) -> str:
    """Return a row's title in the reader's language where it has one."""
    read = thing.get if isinstance(thing, dict) else lambda name, default="": getattr(thing, name, default)
    english = read("title_en", "") or read("name_en", "")
    chinese = read("title", "") or read("name", "")
    return str(english if current.get() == "en" and english else chinese)
