"""Every job name has one function here. Each opens its own transaction, re-reads, and may run twice."""

from collections.abc import Awaitable, Callable
from typing import Any

from market.core.jobs import Job
from workers import alerts, awards, grants, insight, matching, meetings, pilots, rounds

Handler = Callable[..., Awaitable[Any]]

HANDLERS: dict[Job, Handler] = {
    Job.MATCH_SCENE: matching.match_scene,
    Job.MATCH_SOLUTION: matching.match_solution,
    Job.REFRESH_INDEX: matching.refresh_index,
    Job.SEND_ALERTS: alerts.send_alerts,
    Job.FIND_DUPLICATES: insight.find_duplicates,
    Job.MAKE_TIMETABLE: meetings.make_timetable,
    Job.REMIND_SESSION: meetings.remind_session,
    Job.OPEN_ROUND: rounds.open_round,
    Job.CLOSE_ROUND: rounds.close_round,
    Job.CONFIRM_AWARD: awards.confirm_award,
    Job.RESERVE_GRANT: grants.reserve_grant,
    Job.CLOSE_GRANT: grants.close_grant,
    Job.PREPARE_PILOT: pilots.prepare_pilot,
}
