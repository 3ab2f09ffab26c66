"""Timetables are computed beside the event loop; participants are reminded the day before."""

import asyncio

from market.core import clock
from market.core.jobs import Job
from market.core.work import unit_of_work
from market.lifecycle import MatchSessionState
from market.meetings import actions, queries, scheduling
from market.meetings.models import TimetableRun
from market.meetings.problem import question_of
from matching.timetable import solve
from workers.context import Context

_ATTEMPTS = 3
_LIMIT = 12.0  # deterministic seconds for each of the four aims


async def make_timetable(*, run_id: int) -> None:
    """Compute the timetable that was asked for; what changes meanwhile is asked again, a few times.

    The transaction that stores it holds the session and checks that the question is still the same: nobody can
    withdraw between the answer and its rows.
    """
    for _attempt in range(_ATTEMPTS):
        run = await TimetableRun.get_or_none(id=run_id, finished_at__isnull=True)
        session = await queries.find_session(run.session_id) if run else None
        if run is None or session is None:
            return
        question = await question_of(session, clock.now())
        try:
            answer = await asyncio.to_thread(solve, question.problem, limit=_LIMIT)
        except ValueError as error:
            await _fail(run, str(error))
            return
        async with unit_of_work() as work:
            held = await queries.hold_session(session.id, work.connection)
            open_still = held is not None and held.state in {MatchSessionState.ANNOUNCED, MatchSessionState.SCHEDULED}
            if held is None or not open_still:
                await scheduling.fail_timetable(session, run, "the session is over", work=work)
                return
            if await TimetableRun.filter(id=run_id, finished_at__isnull=False).using_db(work.connection).exists():
                return  # somebody else computed it meanwhile
            if (await question_of(held, clock.now(), connection=work.connection)).digest == question.digest:
                await scheduling.store_timetable(held, run, question, answer, work=work)
                return
    run = await TimetableRun.get_or_none(id=run_id, finished_at__isnull=True)
    if run is not None:
        await _fail(run, "interests kept changing")


async def remind_session(*, session_id: int) -> None:
    """Remind the participants of a session that begins within a day; who was reminded is not told again."""
    async with unit_of_work() as work:
        session = await queries.hold_session(session_id, work.connection)
        if session is not None and session_id in await queries.ids_of_sessions_to_remind(clock.now()):
            await actions.remind_session(session, work=work)


async def remind_due_sessions(ctx: Context) -> int:
    """Hand each session of the next day to its own job."""
    due = await queries.ids_of_sessions_to_remind(clock.now())
    for session_id in due:
        await ctx.enqueue(Job.REMIND_SESSION, session_id=session_id)
    return len(due)


async def _fail(run: TimetableRun, problem: str) -> None:
    session = await queries.find_session(run.session_id)
    if session is not None:
        async with unit_of_work() as work:
            await scheduling.fail_timetable(session, run, problem, work=work)
