"""How often somebody may try: counted in Redis for all web processes, in memory while Redis is away."""

import logging

from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from market.core.errors import TooManyError
from market.core.text import _

log = logging.getLogger(__name__)


class Limiter:
    """Counts attempts by a key and refuses those above a limit."""

    def __init__(self, redis_url: str | None) -> None:
        self._memory = MovingWindowRateLimiter(MemoryStorage())
        self._pool = ConnectionPool.from_url(redis_url) if redis_url else None
        self._shared = MovingWindowRateLimiter(_storage(self._pool)) if self._pool else None

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

    async def forget_all(self) -> None:
        """Forget every attempt."""
        for limiter in (self._memory, self._shared):
            if limiter:
                await limiter.storage.reset()

    async def close(self) -> None:
        """Let go of the connections to Redis."""
        if self._pool:
            await self._pool.disconnect()


def _storage(pool: ConnectionPool) -> RedisStorage:
    # The pool says where Redis is (a unix socket too); the address here is only a form that the library asks for.
    return RedisStorage("async+redis://localhost:6379", implementation="redispy", connection_pool=pool)  # type: ignore[arg-type]
