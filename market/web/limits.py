"""How often somebody may try: counted in Redis for all web processes, in memory while Redis is away."""

import logging

from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from market.core.errors import TooManyError
from market.core.text import _

log = logging.getLogger(__name__)


class Limiter:
    """Counts attempts by a key and refuses those above a limit."""

    def __init__(self, redis_url: str | None) -> None:
        self._memory = MovingWindowRateLimiter(MemoryStorage())
        self._shared = (
            MovingWindowRateLimiter(RedisStorage(_storage_url(redis_url), implementation="redispy"))
            if redis_url
            else None
        )

    async def count(self, key: str, limit: str) -> None:
        """Count one attempt; refuse it above *limit*, such as ``10/minute`` (``TooManyError``)."""
        item = parse(limit)
        allowed = True
        if self._shared:
            try:
                allowed = await self._shared.hit(item, key)
            except (RedisError, OSError) as error:
                log.warning("Redis does not answer; attempts are counted in memory: %s", type(error).__name__)
        allowed = await self._memory.hit(item, key) and allowed
        if not allowed:
            raise TooManyError(_("Too many attempts. Wait a minute and try again."))


def _storage_url(redis_url: str) -> str:
    if redis_url.startswith("unix://"):
        return "async+redis+unix://" + redis_url.removeprefix("unix://")
    return f"async+{redis_url}"
