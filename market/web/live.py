"""A page that waits updates itself: the database tells what moved, the browser asks for the page again.

A subscription's URL is signed for the browser that was shown the page, so nobody can listen to what they may not see;
the event itself carries no data.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator

import asyncpg
from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response

from market.core import database
from market.core.errors import NotFoundError
from market.core.text import _
from market.web import secrets

log = logging.getLogger(__name__)

_HEARTBEAT = 15
_RETRY = 2.0


class Listener:
    """One database connection of this process, listening for every page that waits."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen until ``stop``."""
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """Stop listening and let every waiting page go."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def changes(self, topic: str) -> AsyncIterator[None]:
        """Yield once each time *topic* (``Scene:12``) has moved."""
        moved = asyncio.Event()
        self._waiting[topic].add(moved)
        try:
            while True:
                await moved.wait()
                moved.clear()
                yield
        finally:
            self._waiting[topic].discard(moved)

    def _tell(self, topic: str) -> None:
        for moved in self._waiting.get(topic, ()):
            moved.set()

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (OSError, asyncpg.PostgresError) as error:
                log.warning("The database does not answer; waiting pages update later: %s", type(error).__name__)
            await asyncio.sleep(_RETRY)
            for topic in list(self._waiting):  # what moved while nobody listened
                self._tell(topic)

    async def _listen_once(self) -> None:
        connection = await database.connect(self._url)
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _connection: gone.set())
        try:
            await connection.add_listener("moved", lambda _connection, _pid, _channel, topic: self._tell(str(topic)))
            await gone.wait()
        finally:
            connection.terminate()


def url_for(browser_key: str, subject: str, subject_id: int) -> str:
    """Return the address at which this browser may wait for *subject* to move: the same one each time it is shown."""
    return "/live/" + secrets.seal("live", [browser_key, f"{subject}:{subject_id}"])


async def wait_for_moves(request: Request) -> Response:
    """Stream one event each time the signed subject moves."""
    stored = secrets.unseal("live", request.path_params["token"])
    if not isinstance(stored, list) or stored[0] != request.state.browser_key:
        raise NotFoundError(_("There is no such page."))
    listener: Listener = request.app.state.listener

    async def events() -> AsyncIterator[dict[str, str]]:
        async for _change in listener.changes(stored[1]):
            yield {"event": "moved", "data": "moved"}

    return EventSourceResponse(events(), ping=_HEARTBEAT)
