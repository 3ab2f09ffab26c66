"""Every few seconds: what is due? Each thing found gets its own job, so a missed sweep costs seconds, never a round."""

from collections.abc import Awaitable, Callable

from workers import alerts, awards, grants, idle, insight, matching, meetings, pilots, rounds
from workers.context import Context
from workers.queue import sweep_queue

Sweep = Callable[[Context], Awaitable[int]]

SWEEPS: tuple[Sweep, ...] = (
    sweep_queue,
    rounds.open_due_rounds,
    rounds.close_due_rounds,
    awards.confirm_due_awards,
    grants.reserve_due_grants,
    grants.release_due_commitments,
    pilots.prepare_due_pilots,
    meetings.remind_due_sessions,
    matching.refresh_due_index,
    matching.rank_due_scenes,
    alerts.send_due_alerts,
    insight.find_due_duplicates,
    idle.rank_imported_scenes,
)
