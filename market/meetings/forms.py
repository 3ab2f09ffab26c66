"""What people typed about a session → its content, answers and places, or messages beside the fields."""

from market.core.text import _
from market.core.vocabulary import Field
from market.meetings.actions import SessionContent
from market.web.forms import Form

MOST_SLOTS, MOST_TABLES = 48, 200
LONGEST_SLOT, LONGEST_BREAK = 240, 120
_PAIR = "pair-"


def read_session(form: Form) -> SessionContent | None:
    """Return the session as typed, or None where something needs correcting."""
    title = form.text("title", missing=_("Give the session a title."), longest=200)
    field = form.choice("field", Field, missing=_("Choose the field whose buyers and vendors are to meet."))
    place = form.text("place", missing=_("Say where people are to come, with building and room."), longest=200)
    starts_at = form.moment("starts_at", missing=_("Say when the first meeting begins."))
    until = form.moment("interest_until", missing=_("Say until when interest can be stated."))
    slots = form.whole("slots", missing=_("Say how many slots there are."), low=1, high=MOST_SLOTS)
    length = form.whole("slot_minutes", missing=_("Say how long a meeting lasts."), low=5, high=LONGEST_SLOT)
    pause = form.whole("break_minutes", low=0, high=LONGEST_BREAK)
    tables = form.whole("tables", missing=_("Say how many tables there are."), low=1, high=MOST_TABLES)
    most = form.whole("most_meetings", low=1, high=MOST_SLOTS)
    texts = {name: form.text(name, longest=200) for name in ("title_en", "place_en")}
    texts |= {name: form.text(name) for name in ("about", "about_en")}
    if not form.valid or field is None or starts_at is None or until is None:
        return None
    if slots is None or length is None or tables is None:
        return None
    return SessionContent(
        title=title, field=field, place=place, starts_at=starts_at, slots=slots, slot_minutes=length, tables=tables,
        most_meetings=most or slots, interest_until=until, break_minutes=pause or 0, **texts,
    )  # fmt: skip


def read_interest(form: Form) -> tuple[dict[tuple[int, int], str], list[int]]:
    """Return the interest by (scene, solution), and the slots at which a participant cannot come."""
    levels: dict[tuple[int, int], str] = {}
    for name, value in form.typed.items():
        scene, _dash, solution = name.removeprefix(_PAIR).partition("-")
        if name.startswith(_PAIR) and _is_id(scene) and _is_id(solution):
            levels[int(scene), int(solution)] = value.strip()
    away = [int(each) for each in form.all_of("unavailable") if _is_id(each)]
    return levels, away


def read_place(form: Form) -> tuple[int, int] | None:
    """Return slot and table as typed, counted from 0, or None where something needs correcting."""
    slot = form.whole("slot", missing=_("Choose a slot."), low=1, high=MOST_SLOTS)
    table = form.whole("table", missing=_("Choose a table."), low=1, high=MOST_TABLES)
    return None if slot is None or table is None else (slot - 1, table - 1)


def _is_id(text: str) -> bool:
    return text.isdecimal() and len(text) < 10  # noqa: PLR2004
