"""The history: one event for each move, chained by hash, provable from an export on another machine."""

import hashlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from market.core import clock
from market.core.models import AuditEvent
from market.core.permissions import Actor

GENESIS = "0" * 64
_CHAIN_LOCK = 7_241_001
_PAGE = 1000
_HASHED = (
    "number", "at", "role", "person_id", "organisation_id", "subject", "subject_id",
    "event", "source", "target", "reason", "details", "previous_hash",
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """An event that waits for the end of its transaction to be chained."""

    actor: Actor
    subject: str
    subject_id: int
    event: str
    source: str = ""
    target: str = ""
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ChainReport:
    """What a check of the chain found: how many events, the last hash, and the first bad one if any."""

    checked: int
    last_hash: str
    bad_number: int | None = None
    problem: str = ""

    @property
    def sound(self) -> bool:
        """Whether every event is as it was written."""
        return self.bad_number is None


def hash_of(row: dict[str, Any]) -> str:
    """Return the SHA-256 of an event's canonical JSON: sorted keys, UTC times to the microsecond."""
    at = row["at"]
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    canonical = {name: row[name] for name in _HASHED} | {"at": at.astimezone(UTC).isoformat(timespec="microseconds")}
    return hashlib.sha256(orjson.dumps(canonical, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def append(events: list[Event], connection: BaseDBAsyncClient) -> None:
    """Chain *events* at the end of the log.

    The lock is held until the transaction ends, and it is the last that a transaction takes: two that move different
    rows cannot wait for each other in a circle.
    """
    await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [_CHAIN_LOCK])
    last = await AuditEvent.all().using_db(connection).order_by("-number").first().values("number", "hash")
    number, previous = (last["number"], last["hash"]) if last else (0, GENESIS)
    for event in events:
        number += 1
        row: dict[str, Any] = {
            "number": number,
            "at": clock.now(),
            "role": str(event.actor.role),
            "person_id": event.actor.person_id,
            "organisation_id": event.actor.organisation_id,
            "subject": event.subject,
            "subject_id": event.subject_id,
            "event": event.event,
            "source": event.source,
            "target": event.target,
            "reason": event.reason,
            "details": event.details,
            "previous_hash": previous,
        }
        previous = row["hash"] = hash_of(row)
        await AuditEvent.create(using_db=connection, **row)


async def export_events() -> AsyncIterator[dict[str, Any]]:
    """Yield every event in order, as plain values that can be written as JSON lines."""
    number = 0
    while page := await AuditEvent.filter(number__gt=number).order_by("number").limit(_PAGE).values():
        for row in page:
            row.pop("id")
            row["at"] = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
            yield row
        number = page[-1]["number"]


class ChainCheck:
    """Checks events one after the other and remembers the first that is wrong."""

    def __init__(self) -> None:
        self.checked, self._previous = 0, GENESIS
        self._bad: tuple[int, str] | None = None

    def add(self, row: dict[str, Any]) -> bool:
        """Check the next event; False once the chain is broken."""
        expected = self.checked + 1
        if row["number"] != expected:
            self._bad = (expected, f"event {expected} is missing")
        elif row["previous_hash"] != self._previous:
            self._bad = (expected, f"event {expected} does not continue event {expected - 1}")
        elif row["hash"] != hash_of(row):
            self._bad = (expected, f"event {expected} was changed after it was written")
        if self._bad:
            return False
        self.checked, self._previous = expected, row["hash"]
        return True

    def report(self) -> ChainReport:
        """Say what was found."""
        bad, problem = self._bad or (None, "")
        return ChainReport(self.checked, self._previous, bad, problem)


async def verify_audit() -> ChainReport:
    """Check the whole log in the database."""
    check = ChainCheck()
    async for row in export_events():
        if not check.add(row):
            break
    return check.report()


def verify_export(lines: Iterable[bytes | str]) -> ChainReport:
    """Check an exported log, one JSON object a line, without a database."""
    check = ChainCheck()
    for line in lines:
        if line.strip() and not check.add(orjson.loads(line)):
            break
    return check.report()
