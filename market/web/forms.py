"""From what a person typed to a value, or to a message beside the field."""

import contextlib
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from market.core import clock
from market.core.errors import InvalidError
from market.core.files import Upload
from market.core.money import parse_yuan
from market.core.text import Text, _

Choice = TypeVar("Choice", bound=StrEnum)
_DIGITS_BEFORE_POINT = 14
LONGEST_NUMBER = 18  # digits: more is no amount, and would only cost time
YEARS = range(2000, 2101)  # with room for what is added to a date


@dataclass(frozen=True)
class FieldError:
    """A message beside a field."""

    field: str
    text: Text


class Typed(dict[str, str]):
    """What was typed, by field; nothing typed is an empty text."""

    def __missing__(self, key: str) -> str:
        return ""


def cleaned(text: str) -> str:
    """Return *text* without what no database and no page can hold: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


@dataclass
class Form:
    """Reads typed values one by one and gathers what is wrong; what was typed stays in ``typed``."""

    data: FormData
    errors: list[FieldError] = field(default_factory=list)

    @property
    def typed(self) -> Typed:
        """What was typed, by field, to show it again."""
        return Typed({name: value for name, value in self.data.multi_items() if isinstance(value, str)})

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong so far."""
        return not self.errors

    def error(self, name: str, text: Text) -> None:
        """Note that *name* needs correcting."""
        self.errors.append(FieldError(name, text))

    def raw(self, name: str) -> str:
        """Return what was typed, trimmed."""
        value = self.data.get(name, "")
        return value.strip().replace("\r\n", "\n") if isinstance(value, str) else ""

    def secret(self, name: str) -> str:
        """Return a password exactly as it was typed, spaces around it included."""
        value = self.data.get(name, "")
        return value if isinstance(value, str) else ""

    def all_of(self, name: str) -> list[str]:
        """Return every value of a repeated field, trimmed, empty ones kept so that rows stay aligned."""
        return [value.strip() for value in self.data.getlist(name) if isinstance(value, str)]

    def text(self, name: str, *, missing: Text | None = None, longest: int = 5000) -> str:
        """Return a text; with *missing*, an empty one is an error."""
        value = self.raw(name)
        if missing is not None and not value:
            self.error(name, missing)
        if len(value) > longest:
            self.error(name, _("Shorten this to %(longest)s characters; it has %(count)s.", longest=longest,
                               count=len(value)))  # fmt: skip
        return value

    def whole(self, name: str, *, missing: Text | None = None, low: int = 0, high: int = 1_000_000) -> int | None:
        """Return a whole number between *low* and *high*, or None where nothing was typed."""
        value = self.raw(name).replace(",", "")
        if not value:
            if missing is not None:
                self.error(name, missing)
            return None
        if not value.isdecimal() or len(value) > LONGEST_NUMBER or not low <= int(value) <= high:
            self.error(name, _("Enter a whole number from %(low)s to %(high)s.", low=low, high=high))
            return None
        return int(value)

    def decimal(self, name: str, *, missing: Text | None = None) -> Decimal | None:
        """Return a number, or None where nothing was typed."""
        value = self.raw(name).replace(",", "").rstrip("%％")
        if not value:
            if missing is not None:
                self.error(name, missing)
            return None
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        exponent = number.as_tuple().exponent  # asked before any arithmetic, which 1e99999999 would break
        if not isinstance(exponent, int) or exponent < -LONGEST_NUMBER or number.adjusted() >= _DIGITS_BEFORE_POINT:
            self.error(name, _("Enter a number, for example 98.5."))
            return None
        return number

    def yuan(self, name: str, *, missing: Text | None = None) -> int | None:
        """Return an amount in fen, or None where nothing was typed."""
        value = self.raw(name)
        if not value:
            if missing is not None:
                self.error(name, missing)
            return None
        fen = parse_yuan(value)
        if fen is None:
            self.error(name, _("Enter an amount in yuan, for example 1200000 or 120万."))
        return fen

    def day(self, name: str, *, missing: Text | None = None) -> date | None:
        """Return a date (``2026-12-01``), or None where nothing was typed."""
        value = self.raw(name)
        if not value:
            if missing is not None:
                self.error(name, missing)
            return None
        with contextlib.suppress(ValueError):
            day = date.fromisoformat(value)
            if day.year in YEARS:
                return day
        self.error(name, _("Enter a date, for example 2026-12-01."))
        return None

    def moment(self, name: str, *, missing: Text | None = None) -> datetime | None:
        """Return a time in Shanghai (``2026-12-01T17:30``), or None where nothing was typed."""
        value = self.raw(name)
        if not value:
            if missing is not None:
                self.error(name, missing)
            return None
        with contextlib.suppress(ValueError):
            moment = datetime.fromisoformat(value).replace(tzinfo=clock.SHANGHAI)
            if moment.year in YEARS:
                return moment
        self.error(name, _("Enter a date and time, for example 2026-12-01 17:30."))
        return None

    def choice(self, name: str, kind: type[Choice], *, missing: Text | None = None) -> Choice | None:
        """Return a member of *kind*, or None where nothing was chosen."""
        value = self.raw(name)
        if value in set(kind):
            return kind(value)
        if value or missing is not None:
            self.error(name, missing or _("Choose one of the list."))
        return None

    def choices(self, name: str, kind: type[Choice]) -> list[Choice]:
        """Return the members of *kind* that were ticked, in the vocabulary's order."""
        ticked = set(self.all_of(name))
        return [member for member in kind if member in ticked]

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return self.raw(name) in {"on", "yes", "true", "1"}

    def rows(self, name: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
        """Return the repeated rows typed as ``NAME-INDEX-COLUMN``, in their order, those left empty dropped."""
        return [row for row in self.rows_to_show(name, columns, asked=False) if any(row.values())]

    def rows_to_show(self, name: str, columns: tuple[str, ...], *, asked: bool = True) -> list[dict[str, str]]:
        """Return the repeated rows as typed, with the row added or removed that a button asked for."""
        pattern = re.compile(rf"{re.escape(name)}-(\d{{1,4}})-({'|'.join(columns)})")
        found: dict[int, dict[str, str]] = {}
        for key in self.data:
            if match := pattern.fullmatch(key):
                found.setdefault(int(match[1]), dict.fromkeys(columns, ""))[match[2]] = self.raw(key)
        removed = self.raw("remove_row") if asked else ""
        rows = [row for index, row in sorted(found.items()) if removed != f"{name}-{index}"]
        return [*rows, dict.fromkeys(columns, "")] if asked and self.raw("add_row") == name else rows

    @property
    def wants_rows(self) -> bool:
        """Whether the person pressed a button that adds or removes a row: show the form again, save nothing."""
        return bool(self.raw("add_row") or self.raw("remove_row"))

    def note(self, error: InvalidError) -> None:
        """Take over the messages of an action that refused what was typed."""
        for name, text in (error.fields or {"": error.text}).items():
            self.error(name, text)

    async def upload(self, name: str) -> Upload | None:
        """Return an uploaded file, or None where none was chosen."""
        value = self.data.get(name)
        if not isinstance(value, UploadFile) or not value.filename:
            return None
        data = await value.read()
        await value.close()
        return Upload(name=value.filename, data=data)


async def form_of(request: Request) -> Form:
    """Read the request's form; the guard has already limited and checked it."""
    data = await request.form()
    return Form(FormData([(cleaned(name), _cleaned_value(value)) for name, value in data.multi_items()]))


def _cleaned_value(value: str | UploadFile) -> str | UploadFile:
    if isinstance(value, str):
        return cleaned(value)
    value.filename = cleaned(value.filename or "")
    return value
