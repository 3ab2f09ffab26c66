"""What is configured, reachable, migrated and indexed, and what to do where something is not. Never prints a secret."""

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from market.settings import Settings

ANSWER_SECONDS = 5
LEAST_FREE_BYTES = 2 * 1024**3
WORKER_SIGN = "arq:queue:health-check"  # arq's worker renews it every few seconds
MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its state, what was seen, and what to do (empty when nothing)."""

    state: Literal["ok", "warn", "fail"]
    what: str
    seen: str
    advice: str = ""

    def as_json(self) -> dict[str, str]:
        """Return plain values."""
        return asdict(self)


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; what cannot be looked at is a finding too."""
    findings = [_data_directory(settings), _front_end(), _encoder(settings), _origin(settings), _secret_key(settings)]
    database = await _tried("database", _database, settings.database_url, "Start PostgreSQL, or correct DATABASE_URL.")
    redis = await _tried("redis", _redis, settings.redis_url, "Start Valkey or Redis, or correct REDIS_URL.")
    findings += [database, redis]
    if redis.state == "ok":
        findings.append(await _tried("worker", _worker, settings.redis_url, "Run jiebang worker."))
    if database.state == "ok":
        migrations = await _tried("migrations", _migrations, settings.database_url, "Run jiebang migrate.")
        findings.append(migrations)
        if migrations.state == "ok":
            findings.append(await _tried("index", _index, settings.database_url, "Run jiebang index build."))
    return findings


def without_secrets(url: str | None) -> str:
    """Return where *url* points, without user or password."""
    parts = urlsplit(url or "")
    place = parts.hostname or parse_qs(parts.query).get("host", [""])[0]
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{place}{port}{parts.path}"


async def _tried(what: str, look: Callable[[str], Awaitable[Finding]], url: str | None, advice: str) -> Finding:
    try:
        return await look(url or "")
    except Exception as error:  # noqa: BLE001  # whatever it is, it is what the doctor was asked to find
        # The kind only: a driver's message may quote the address with its password.
        return Finding("fail", what, f"{type(error).__name__} at {without_secrets(url)}", advice)


async def _database(url: str) -> Finding:
    from market.core.database import connect

    connection = await connect(url)
    try:
        version = await connection.fetchval("SHOW server_version")
    finally:
        await connection.close()
    return Finding("ok", "database", f"PostgreSQL {version} at {without_secrets(url)}")


async def _redis(url: str) -> Finding:
    from redis.asyncio import Redis

    async with Redis.from_url(url, socket_connect_timeout=ANSWER_SECONDS) as client:
        server = await client.info("server")
    name = "valkey" if "valkey_version" in server else "redis"
    return Finding("ok", "redis", f"{name.title()} {server[f'{name}_version']} at {without_secrets(url)}")


async def _worker(url: str) -> Finding:
    from redis.asyncio import Redis

    async with Redis.from_url(url, socket_connect_timeout=ANSWER_SECONDS) as client:
        alive = await client.exists(WORKER_SIGN)
    if not alive:
        return Finding("warn", "worker", "none has shown itself lately", "Run jiebang worker, or jiebang serve.")
    return Finding("ok", "worker", "alive")


async def _migrations(url: str) -> Finding:
    from market.core.database import applied_migrations, connect

    connection = await connect(url)
    try:
        applied = await applied_migrations(connection)
    finally:
        await connection.close()
    known = {path.stem for path in MIGRATIONS.glob("[0-9]*.py")}
    if missing := sorted(known - set(applied)):
        return Finding("fail", "migrations", f"not applied: {', '.join(missing)}", "Run jiebang migrate.")
    if newer := sorted(set(applied) - known):
        return Finding("fail", "migrations", f"from a newer version: {', '.join(newer)}", "Update this program.")
    return Finding("ok", "migrations", f"all {len(known)} applied")


async def _index(url: str) -> Finding:
    from market.catalogue import catalogues
    from market.core.database import close_database, open_database

    await open_database(url, pool=2)
    try:
        status = await catalogues.index_status()
    finally:
        await close_database()
    if status.behind:
        return Finding("warn", "index", str(status), "Run jiebang index build, or let the worker do it.")
    return Finding("ok", "index", str(status))


def _data_directory(settings: Settings) -> Finding:
    directory = settings.data_dir.absolute()
    free = shutil.disk_usage(directory).free
    seen = f"{directory}, {free / 1024**3:.1f} GiB free"
    if free < LEAST_FREE_BYTES:
        return Finding("warn", "data directory", seen, "Make room: PostgreSQL stops when the disk is full.")
    return Finding("ok", "data directory", seen)


def _front_end() -> Finding:
    from market.web.assets import assets_missing

    if assets_missing():
        return Finding("fail", "front-end files", "absent or of another lock file", "Run jiebang prepare.")
    return Finding("ok", "front-end files", "as the lock file pins them")


def _encoder(settings: Settings) -> Finding:
    if settings.encoder != "bundled":
        return Finding("ok", "encoder", settings.encoder)
    from matching.bundled import is_prepared

    if not is_prepared(settings.data_dir / "models"):
        return Finding("fail", "encoder", "the bundled model is not prepared", "Run jiebang prepare.")
    return Finding("ok", "encoder", "bundled, prepared")


def _origin(settings: Settings) -> Finding:
    secure = settings.public_origin.startswith("https://")
    if secure != settings.secure_cookies:
        advice = "Set JIEBANG_SECURE_COOKIES to true with an https origin, to false with http."
        return Finding("warn", "address", f"{settings.public_origin}, secure cookies {settings.secure_cookies}", advice)
    return Finding("ok", "address", settings.public_origin)


def _secret_key(settings: Settings) -> Finding:
    if settings.secret_key is None:
        return Finding("fail", "secret key", "not set", "Set JIEBANG_SECRET_KEY.")
    return Finding("ok", "secret key", "set")
