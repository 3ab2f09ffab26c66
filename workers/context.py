"""What a sweep is given. Apart from the queue, because the queue knows every job and jobs bring their sweeps."""

import logging
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from market.core import clock
from market.core.jobs import RUN_NAMED, Job

log = logging.getLogger(__name__)

BUCKET_SECONDS = 20


@dataclass(frozen=True)
class Context:
    """What a sweep needs: a way to hand each thing that is due to its own job."""

    redis: Any

    async def enqueue(self, job: Job, **ids: int) -> None:
        """Prompt *job* once within some seconds, even if a killed worker still holds an earlier prompt of it."""
        bucket = int(clock.now().timestamp()) // BUCKET_SECONDS
        key = ",".join(f"{name}={value}" for name, value in sorted(ids.items()))
        try:
            await self.redis.enqueue_job(RUN_NAMED, str(job), ids, _job_id=f"{job}:{key}:{bucket}")
        except (RedisError, OSError) as error:
            log.warning("Redis does not answer; the next sweep tries again: %s", type(error).__name__)
