"""One unit of work: a transaction with its audit events, messages and the jobs it asks for, all or nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from market.core import audit, clock, jobs
from market.core.jobs import Job
from market.core.models import Notification, QueuedJob
from market.core.permissions import Actor
from market.core.text import Text
from market.lifecycle import Role

_WAITING = """
SELECT id FROM queued_job
WHERE name = $1 AND arguments = $2::jsonb AND done_at IS NULL AND failed_at IS NULL AND lease_until IS NULL
  AND due_at <= $3
LIMIT 1 FOR UPDATE SKIP LOCKED
"""


class Work:
    """What a transaction gathers: pages and jobs open it, actions only add to it."""

    def __init__(self, connection: BaseDBAsyncClient) -> None:
        self.connection = connection
        self._events: list[audit.Event] = []
        self._jobs: list[QueuedJob] = []
        self._messages: list[Notification] = []

    def record(
        self, event: str, subject: Any, *, actor: Actor, source: str = "", target: str = "", reason: str = "",
        **details: Any,
    ) -> None:  # fmt: skip
        """Add one audit event about *subject* (a row); it is chained when the transaction ends."""
        kind = type(subject).__name__
        self._events.append(audit.Event(actor, kind, subject.id, event, source, target, reason, details))

    def after_commit(self, job: Job, *, at: datetime | None = None, **arguments: Any) -> None:
        """Ask for *job* after commit, or at a later time. The row is part of this transaction."""
        asked_at = clock.now()
        self._jobs.append(QueuedJob(name=job, arguments=arguments, asked_at=asked_at, due_at=at or asked_at))

    def tell(
        self, text: Text, link: str, *, organisation_id: int | None = None, person_id: int | None = None,
        role: Role | None = None,
    ) -> None:  # fmt: skip
        """Leave a message for a person, an organisation's people, or everybody in a role."""
        message = Notification(
            text=text.as_json(), link=link, organisation_id=organisation_id, person_id=person_id, role=role or "",
            created_at=clock.now(),
        )  # fmt: skip
        self._messages.append(message)

    async def flush(self) -> list[QueuedJob]:
        """Write what was gathered and return the jobs. The audit lock comes last."""
        for message in self._messages:
            await message.save(using_db=self.connection)
        asked = [job for job in self._jobs if not await self._waits_already(job)]
        for job in asked:
            await job.save(using_db=self.connection)
        if self._events:
            await audit.append(self._events, self.connection)
        return asked

    async def _waits_already(self, job: QueuedJob) -> bool:
        """Whether the same job waits to be started; held until this transaction ends, so that it starts after it."""
        if job.due_at > job.asked_at:
            return False
        arguments = orjson.dumps(job.arguments).decode()
        return bool(await self.connection.execute_query_dict(_WAITING, [job.name, arguments, job.due_at]))


@asynccontextmanager
async def unit_of_work() -> AsyncIterator[Work]:
    """Open a transaction; commit it with everything gathered, or roll all of it back; then prompt the jobs."""
    async with in_transaction() as connection:
        work = Work(connection)
        yield work
        asked = await work.flush()
    await jobs.prompt(asked)
