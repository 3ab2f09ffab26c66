"""Every few seconds: what is due? Each thing found gets its own job, so a missed sweep costs seconds, never a round."""

from collections.abc import Awaitable, Callable

from workers.queue import Context, sweep_queue

Sweep = Callable[[Context], Awaitable[int]]

SWEEPS: tuple[Sweep, ...] = (sweep_queue,)
