"""Every job name has one function here. Each opens its own transaction, re-reads, and may run twice."""

from collections.abc import Awaitable, Callable
from typing import Any

from market.core.jobs import Job
from workers import rounds

Handler = Callable[..., Awaitable[Any]]

HANDLERS: dict[Job, Handler] = {
    Job.OPEN_ROUND: rounds.open_round,
    Job.CLOSE_ROUND: rounds.close_round,
}
