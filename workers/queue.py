"""Runs what ``queued_job`` holds: claims a row with a short lease, runs it, notes the outcome, tries again later."""

import logging
from datetime import timedelta
from typing import Any

from tortoise import connections

from market.core import clock
from market.core.jobs import RUN_QUEUED, Job
from market.core.models import QueuedJob
from market.core.traces import name_of, trace_of
from workers.context import BUCKET_SECONDS, Context
from workers.jobs import HANDLERS

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=70)  # a little longer than arq lets a job run
ATTEMPTS = 8
_BATCH = 200

_CLAIM = """
UPDATE queued_job SET lease_until = $2, attempts = attempts + 1
WHERE id = (SELECT id FROM queued_job
            WHERE id = $1 AND done_at IS NULL AND failed_at IS NULL AND due_at <= $3
              AND (lease_until IS NULL OR lease_until < $3)
            FOR UPDATE SKIP LOCKED)
RETURNING name, arguments::text AS arguments, attempts
"""


async def run_named_job(_ctx: dict[str, Any], name: str, ids: dict[str, int]) -> None:
    """Run one job that a sweep asked for; it re-reads and does nothing where nothing is due any more.

    One that fails is logged here and asked for again by the next sweep; arq would log the words of the failure.
    """
    try:
        await HANDLERS[Job(name)](**ids)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is noted
        log.error("Job %s %s failed; the next sweep asks for it again: %s", name, ids, trace_of(error))  # noqa: TRY400


async def run_queued_job(_ctx: dict[str, Any], queued_id: int) -> bool:
    """Claim one queued row and run it; False where another worker has it or it is done."""
    now = clock.now()
    rows = await connections.get("default").execute_query_dict(_CLAIM, [queued_id, now + LEASE, now])
    if not rows:
        return False
    row = await QueuedJob.get(id=queued_id)
    try:
        await HANDLERS[Job(row.name)](**row.arguments)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is noted
        log.error("Job %s %s failed (attempt %s): %s", row.name, row.arguments, row.attempts, trace_of(error))  # noqa: TRY400
        log.debug("Its words were: %s", error)
        await _put_back(row, error)
        return False
    await QueuedJob.filter(id=queued_id).update(done_at=clock.now(), lease_until=None, error="")
    return True


async def _put_back(row: QueuedJob, error: Exception) -> None:
    now = clock.now()
    problem = name_of(error)[:1000]
    if row.attempts >= ATTEMPTS:
        await QueuedJob.filter(id=row.id).update(failed_at=now, lease_until=None, error=problem)
        return
    later = now + timedelta(seconds=min(2**row.attempts, 300))
    await QueuedJob.filter(id=row.id).update(due_at=later, lease_until=None, error=problem)


async def sweep_queue(ctx: Context) -> int:
    """Prompt every queued row that is due and that nobody holds. What Redis lost is found here."""
    now = clock.now()
    waiting = QueuedJob.filter(done_at=None, failed_at=None, due_at__lte=now).order_by("due_at", "id").limit(_BATCH)
    rows = await waiting.values("id", "lease_until")
    due = [row["id"] for row in rows if row["lease_until"] is None or row["lease_until"] < now]
    bucket = int(now.timestamp()) // BUCKET_SECONDS
    for queued_id in due:
        await ctx.redis.enqueue_job(RUN_QUEUED, queued_id, _job_id=f"queued:{queued_id}:{bucket}")
    return len(due)
