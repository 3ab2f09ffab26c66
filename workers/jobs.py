"""Every job name has one function here. Each opens its own transaction, re-reads, and may run twice."""

from collections.abc import Awaitable, Callable
from typing import Any

from market.core.jobs import Job

Handler = Callable[..., Awaitable[Any]]

HANDLERS: dict[Job, Handler] = {}
