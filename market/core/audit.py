"""The history: one event for each move, chained by hash, provable from an export on another machine."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from market.core import chain, clock
from market.core.chain import GENESIS, ChainCheck, ChainReport
from market.core.models import AuditEvent
from market.core.permissions import Actor

_CHAIN_LOCK = 7_241_001
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


def hash_of(row: dict[str, Any]) -> str:
    """Return the hash that chains an event."""
    return chain.hash_of(row, _HASHED)


async def append(events: list[Event], connection: BaseDBAsyncClient) -> None:
    """Chain *events* at the end of the log.

    The lock is held until the transaction ends, and it is the last that a transaction takes: two that move different
    rows cannot wait for each other in a circle.
    """
    await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [_CHAIN_LOCK])
    number, previous = await chain.last_link(AuditEvent)
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


def export_events() -> AsyncIterator[dict[str, Any]]:
    """Yield every event in order, as plain values that can be written as JSON lines."""
    return chain.export_rows(AuditEvent)


async def verify_audit() -> ChainReport:
    """Check the whole log in the database."""
    check = ChainCheck("event", _HASHED)
    async for row in export_events():
        if not check.add(row):
            break
    return check.report()


def verify_export(lines: Iterable[bytes | str]) -> ChainReport:
    """Check an exported log, one JSON object a line, without a database."""
    return ChainCheck("event", _HASHED).add_lines(lines)


__all__ = ["GENESIS", "ChainReport", "Event", "append", "export_events", "hash_of", "verify_audit", "verify_export"]
