"""Steps in the order of their time: each happens in its own transaction, at its own moment."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from market.core import clock
from market.core.work import Work, unit_of_work

Step = Callable[[Work], Awaitable[None]]


class Timeline:
    """Gathers steps and plays them, oldest first, with the clock set to each one's moment.

    The demonstration's past is made by the same actions as the present: money, audit events and receipts are real rows
    with the times at which they would have come about.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._steps: list[tuple[datetime, int, Step]] = []

    def at(self, days: float, step: Step) -> None:
        """Plan *step* so many days from now (negative: before); steps of one moment keep their order."""
        self._steps.append((self.now + timedelta(days=days), len(self._steps), step))

    async def play(self, on_progress: Callable[[int, int], None]) -> int:
        """Play every step and return how many there were."""
        try:
            for done, (moment, _order, step) in enumerate(sorted(self._steps, key=lambda each: each[:2]), start=1):
                clock.fix(min(moment, self.now))
                async with unit_of_work() as work:
                    await step(work)
                on_progress(done, len(self._steps))
        finally:
            clock.fix(None)
        return len(self._steps)
