"""The names of jobs, and the one place that hands them to arq.

The row in ``queued_job`` is the truth; what is put into Redis is a prompt. With Redis away or emptied, the sweep in
``workers`` finds the row and the work is done minutes later.
"""

import logging
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson
from arq import create_pool
from arq.connections import ArqRedis, RedisSettings
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, RedisError, TimeoutError  # noqa: A004

from market.core.models import QueuedJob

log = logging.getLogger(__name__)


class Job(StrEnum):
    """One name, one function in ``workers``."""

    MATCH_SCENE = "match_scene"
    MATCH_SOLUTION = "match_solution"
    REFRESH_INDEX = "refresh_index"
    SEND_ALERTS = "send_alerts"
    FIND_DUPLICATES = "find_duplicates"
    MAKE_TIMETABLE = "make_timetable"
    REMIND_SESSION = "remind_session"
    OPEN_ROUND = "open_round"
    CLOSE_ROUND = "close_round"
    CONFIRM_AWARD = "confirm_award"
    RESERVE_GRANT = "reserve_grant"
    PREPARE_PILOT = "prepare_pilot"
    CLOSE_GRANT = "close_grant"


RUN_QUEUED = "run_queued_job"
RUN_NAMED = "run_named_job"

_pools: dict[str, ArqRedis] = {}


def redis_settings(url: str) -> RedisSettings:
    """Return arq's settings for *url*, patient enough to outlive a restart of Redis."""
    settings = RedisSettings.from_dsn(url)
    settings.retry = Retry(ExponentialBackoff(cap=1, base=0.05), 20)
    settings.retry_on_error = [ConnectionError, TimeoutError, BusyLoadingError, OSError]
    settings.retry_on_timeout = True
    return settings


def dump(value: dict[str, Any]) -> bytes:
    """Serialise a job for Redis: JSON, never pickle."""
    return orjson.dumps(value, default=str)


def load(data: bytes) -> dict[str, Any]:
    """Read back what ``dump`` wrote."""
    value: dict[str, Any] = orjson.loads(data)
    return value


async def open_jobs(url: str) -> None:
    """Connect to Redis, quickly or not at all: without it jobs wait for the sweep."""
    settings = RedisSettings.from_dsn(url)
    settings.conn_retries, settings.conn_timeout = 0, 1
    try:
        _pools["jobs"] = await create_pool(settings, job_serializer=dump, job_deserializer=load)
    except (RedisError, OSError) as error:
        log.warning("Redis does not answer; jobs wait for the sweep: %s", type(error).__name__)


async def close_jobs() -> None:
    """Disconnect from Redis."""
    if pool := _pools.pop("jobs", None):
        await pool.aclose()


async def prompt(rows: list[QueuedJob]) -> None:
    """Tell the workers about these rows, now or when they are due.

    A Redis that does not answer is no error: the sweep finds them.
    """
    pool = _pools.get("jobs")
    if not pool:
        return
    try:
        for row in rows:
            # Redis lives by the real time, whatever a demonstration's clock says, and refuses a day long past.
            later = row.due_at if row.due_at > datetime.now(UTC) else None
            await pool.enqueue_job(RUN_QUEUED, row.id, _job_id=f"queued:{row.id}", _defer_until=later)
    except (RedisError, OSError) as error:
        log.warning("Redis does not answer; jobs wait for the sweep: %s", type(error).__name__)
