"""The time, aware and in UTC; one place, so that tests can set it and a deadline is asked of the database."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from tortoise.backends.base.client import BaseDBAsyncClient

SHANGHAI = ZoneInfo("Asia/Shanghai")

_fixed: list[datetime] = []


def now() -> datetime:
    """Return the time in UTC."""
    return _fixed[0] if _fixed else datetime.now(UTC)


def today() -> date:
    """Return the date in Shanghai."""
    return now().astimezone(SHANGHAI).date()


async def database_now(connection: BaseDBAsyncClient) -> datetime:
    """Return the database's own time, to the microsecond: what decides whether a bid is in time.

    ``clock_timestamp()`` and not ``now()``: the latter is the time the transaction began, which may be long before.
    Under a test's fixed clock, that clock.
    """
    if _fixed:
        return _fixed[0]
    rows = await connection.execute_query_dict("SELECT clock_timestamp() AS at")
    at: datetime = rows[0]["at"]
    return at.astimezone(UTC)


def fix(moment: datetime | None) -> None:
    """Stop this process's clock at *moment*; None lets it run again. For tests only."""
    if moment is not None and moment.tzinfo is None:
        raise ValueError("A moment without a zone is ambiguous: give it UTC or Asia/Shanghai.")
    _fixed[:] = [] if moment is None else [moment]
