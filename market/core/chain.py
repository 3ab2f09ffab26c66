"""Records chained by hash: each carries the hash of the one before, so that none can be changed, lost or slipped in."""

import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from tortoise.models import Model

GENESIS = "0" * 64
_PAGE = 1000


@dataclass(frozen=True)
class ChainReport:
    """What a check found: how many records, the last hash, and the first bad one if any."""

    checked: int
    last_hash: str
    bad_number: int | None = None
    problem: str = ""

    @property
    def sound(self) -> bool:
        """Whether every record is as it was written."""
        return self.bad_number is None


def hash_of(row: dict[str, Any], hashed: Sequence[str]) -> str:
    """Return the SHA-256 of the *hashed* values' canonical JSON: sorted keys, UTC times to the microsecond."""
    at = row["at"]
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    canonical = {name: row[name] for name in hashed} | {"at": _written(at)}
    return hashlib.sha256(orjson.dumps(canonical, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def last_link(model: type[Model]) -> tuple[int, str]:
    """Return number and hash of the last record; its caller holds the chain's lock."""
    last = await model.all().order_by("-number").first().values("number", "hash")
    return (last["number"], last["hash"]) if last else (0, GENESIS)


async def export_rows(model: type[Model]) -> AsyncIterator[dict[str, Any]]:
    """Yield every record in order, as plain values that can be written as JSON lines."""
    number = 0
    while page := await model.filter(number__gt=number).order_by("number").limit(_PAGE).values():
        for row in page:
            row.pop("id")
            yield row | {"at": _written(row["at"])}
        number = page[-1]["number"]


class ChainCheck:
    """Checks records one after the other and remembers the first that is wrong."""

    def __init__(self, noun: str, hashed: Sequence[str]) -> None:
        self.checked, self._previous = 0, GENESIS
        self._noun, self._hashed = noun, hashed
        self._bad: tuple[int, str] | None = None

    def add(self, row: dict[str, Any]) -> bool:
        """Check the next record; False once something is wrong."""
        expected = self.checked + 1
        if problem := self.problem_of(row, expected):
            self.fail(expected, problem)
            return False
        self.checked, self._previous = expected, row["hash"]
        return True

    def problem_of(self, row: dict[str, Any], expected: int) -> str:
        """Say what is wrong with *row* as record *expected*, or nothing."""
        if row["number"] != expected:
            return f"{self._noun} {expected} is missing"
        if row["previous_hash"] != self._previous:
            return f"{self._noun} {expected} does not continue {self._noun} {expected - 1}"
        if row["hash"] != hash_of(row, self._hashed):
            return f"{self._noun} {expected} was changed after it was written"
        return ""

    def fail(self, number: int, problem: str) -> None:
        """Note what is wrong with record *number*; the first finding stays."""
        self._bad = self._bad or (number, problem)

    def add_lines(self, lines: Iterable[bytes | str]) -> ChainReport:
        """Check an export, one JSON object a line, without a database."""
        for line in lines:
            if line.strip() and not self.add(orjson.loads(line)):
                break
        return self.report()

    def report(self) -> ChainReport:
        """Say what was found."""
        bad, problem = self._bad or (None, "")
        return ChainReport(self.checked, self._previous, bad, problem)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
