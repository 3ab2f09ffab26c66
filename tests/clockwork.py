"""The real worker inside a test's own process: it shares the test's database connections and clock."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from arq import create_pool
from arq.worker import Worker

from market.core.jobs import dump, load, redis_settings
from market.settings import settings
from workers.main import build_worker

PATIENCE = 90


@asynccontextmanager
async def worker_running() -> AsyncIterator[Worker]:
    """Work as ``jiebang worker`` does, sweeping each second, until the block ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIEBANG_SWEEP_SECONDS", "1")
        settings.cache_clear()
        pool = await create_pool(
            redis_settings(settings().redis_url or ""), job_serializer=dump, job_deserializer=load
        )  # fmt: skip
        worker = build_worker(pool)
    settings.cache_clear()
    worker.on_startup = worker.on_shutdown = None  # the database is open, and stays open for the test
    for number in (signal.SIGINT, signal.SIGTERM):
        worker.loop.remove_signal_handler(number)  # they are pytest's
    running = asyncio.create_task(worker.async_run())
    try:
        yield worker
    finally:
        worker.burst, worker.max_burst_jobs = True, 0  # no further job: finish what runs, then stop
        await running
        await pool.aclose()


async def wait_until(true: Callable[[], Awaitable[object]], what: str) -> None:
    """Wait for the worker, patiently: this machine may be busy."""
    deadline = time.monotonic() + PATIENCE
    while not await true():
        assert time.monotonic() < deadline, f"still not so after {PATIENCE} s: {what}"
        await asyncio.sleep(0.1)
