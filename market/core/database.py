"""The database: which modules hold rows, how it is opened, migrated and listened to."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
from tortoise import Tortoise
from tortoise.migrations.api import migrate as run_migrations

STAGES = (
    "core", "accounts", "scenes", "solutions", "catalogue", "matches", "fitting", "meetings", "challenges", "bids",
    "reviews", "awards", "grants", "pilots", "insight",
)  # fmt: skip
_MIGRATION_LOCK = 7_241_000


def orm_config(url: str) -> dict[str, Any]:
    """Return Tortoise's configuration for *url*."""
    return {
        "connections": {"default": url},
        "apps": {
            "market": {
                "models": [f"market.{stage}.models" for stage in STAGES],
                "default_connection": "default",
                "migrations": "market.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


def with_pool(url: str, size: int) -> str:
    """Return *url* with a connection pool of at most *size*, in the scheme that Tortoise expects."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | {"maxsize": str(size)}
    scheme = "asyncpg" if parts.scheme in {"postgres", "postgresql"} else parts.scheme
    return urlunsplit((scheme, parts.netloc, parts.path, urlencode(query), ""))


async def open_database(url: str, *, pool: int = 20) -> None:
    """Connect; every task and request of this process then uses it."""
    await Tortoise.init(config=orm_config(with_pool(url, pool)), _enable_global_fallback=True)


async def close_database() -> None:
    """Disconnect."""
    await Tortoise.close_connections()


async def migrate(url: str) -> list[str]:
    """Bring the database up to date and return the names of what was applied.

    Three processes may do it at once: an advisory lock lets one work and the others find nothing left to do.
    """
    lock = await connect(url)
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        before = await applied_migrations(lock)
        await run_migrations(config=orm_config(with_pool(url, 3)))
        return [name for name in await applied_migrations(lock) if name not in before]
    finally:
        await close_database()
        await lock.close()  # lets go of the advisory lock too


async def connect(url: str) -> asyncpg.Connection:
    """Open one connection outside the pool: for a lock, or to listen."""
    return await asyncpg.connect(dsn=urlunsplit(("postgresql", *urlsplit(url)[1:])))


async def applied_migrations(connection: asyncpg.Connection) -> list[str]:
    """List the migrations that the database has, oldest first; empty for a new database."""
    if not await connection.fetchval("SELECT to_regclass('tortoise_migrations') IS NOT NULL"):
        return []
    rows = await connection.fetch("SELECT name FROM tortoise_migrations WHERE app = 'market' ORDER BY id")
    return [row["name"] for row in rows]
