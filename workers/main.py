"""The worker process: arq with our queue and sweeps."""

import logging
from typing import TYPE_CHECKING, Any, cast

from arq import cron
from arq.connections import ArqRedis
from arq.worker import Worker, func

from market.core.database import close_database, open_database
from market.core.jobs import close_jobs, dump, load, open_jobs, redis_settings
from market.core.traces import trace_of
from market.settings import settings
from workers.context import Context
from workers.queue import run_named_job, run_queued_job
from workers.sweeps import SWEEPS

if TYPE_CHECKING:
    from arq.typing import StartupShutdown, WorkerCoroutine

log = logging.getLogger(__name__)

JOB_SECONDS = 60


async def sweep(ctx: dict[str, Any]) -> int:
    """Run every sweep; one that fails does not keep the others from their work."""
    context, found = Context(ctx["redis"]), 0
    for each in SWEEPS:
        try:
            found += await each(context)
        except Exception as error:  # noqa: BLE001  # whatever it is, the others go on
            log.error("Sweep %s failed; it runs again in a few seconds: %s", each.__name__, trace_of(error))  # noqa: TRY400
    return found


async def _start(_ctx: dict[str, Any]) -> None:
    url = settings().database_url
    if not url:
        raise RuntimeError("DATABASE_URL is not set: start with `jiebang serve`, or set it to a PostgreSQL database.")
    await open_database(url, pool=settings().database_pool)
    await open_jobs(settings().redis_url or "")


async def _stop(_ctx: dict[str, Any]) -> None:
    await close_jobs()
    await close_database()


def build_worker(redis: ArqRedis | None = None, *, burst: bool = False) -> Worker:
    """Build a worker from the environment's settings; needs ``DATABASE_URL`` and ``REDIS_URL``."""
    every = set(range(0, 60, settings().sweep_seconds))
    return Worker(
        functions=[
            # A kept result would silently drop a later job of the same id.
            func(cast("WorkerCoroutine", run_queued_job), timeout=JOB_SECONDS, keep_result=0, max_tries=3),
            func(cast("WorkerCoroutine", run_named_job), timeout=JOB_SECONDS, keep_result=0, max_tries=3),
        ],
        cron_jobs=[cron(sweep, second=every, run_at_startup=True, timeout=JOB_SECONDS, keep_result=0, max_tries=1)],
        redis_settings=None if redis else redis_settings(settings().redis_url or ""),
        redis_pool=redis,
        on_startup=cast("StartupShutdown", _start),
        on_shutdown=cast("StartupShutdown", _stop),
        burst=burst,
        poll_delay=0.05,
        max_jobs=8,
        health_check_interval=15,
        job_serializer=dump,
        job_deserializer=load,
    )


def run_worker() -> None:
    """Work until told to stop."""
    build_worker().run()
