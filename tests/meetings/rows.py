"""Sessions and who takes part in them, made by the actions that people's clicks make."""

from datetime import datetime, timedelta
from typing import Any

from market.core import clock
from market.core.permissions import Actor
from market.core.vocabulary import Field
from market.core.work import unit_of_work
from market.lifecycle import Role
from market.matches.models import Match, MatchRun
from market.meetings import actions, queries, scheduling
from market.meetings.actions import SessionContent
from market.meetings.models import MatchSession, Meeting, Participant
from market.scenes.models import Scene
from market.solutions.models import Solution
from tests.factories import make_actor, make_scene, make_solution
from workers.meetings import make_timetable


def content(**given: Any) -> SessionContent:
    """An afternoon in two weeks: three slots, two tables, interest for one week."""
    now = clock.now()
    values: dict[str, Any] = {
        "title": "智能制造供需对接会", "title_en": "Smart manufacturing meets models",
        "field": Field.SMART_MANUFACTURING, "place": "临江会议中心 3 楼",
        "starts_at": now + timedelta(days=14), "slots": 3, "slot_minutes": 25,
        "break_minutes": 5, "tables": 2, "most_meetings": 2, "interest_until": now + timedelta(days=7),
    }  # fmt: skip
    return SessionContent(**(values | given))


async def make_session(officer: Actor, *, announce: bool = True, **given: Any) -> MatchSession:
    async with unit_of_work() as work:
        session = await actions.create_session(content(**given), work=work, actor=officer)
    if announce:
        async with unit_of_work() as work:
            await actions.announce_session(session, work=work, actor=officer)
    return session


async def make_buyer(session: MatchSession, **given: Any) -> tuple[Actor, Participant, Scene]:
    """A buyer with a scene in the field, registered."""
    buyer = await make_actor(Role.BUYER)
    scene = await make_scene(organisation_id=buyer.organisation_id, **given)
    return buyer, await join(session, buyer), scene


async def make_vendor(session: MatchSession, **given: Any) -> tuple[Actor, Participant, Solution]:
    """A vendor with a solution for the field, registered."""
    vendor = await make_actor(Role.VENDOR)
    solution = await make_solution(organisation_id=vendor.organisation_id, **given)
    return vendor, await join(session, vendor), solution


async def join(session: MatchSession, actor: Actor) -> Participant:
    async with unit_of_work() as work:
        return await actions.join_session(session, work=work, actor=actor)


async def want(
    session: MatchSession, actor: Actor, participant: Participant, pairs: dict[tuple[int, int], str],
    away: tuple[int, ...] = (),
) -> None:  # fmt: skip
    async with unit_of_work() as work:
        await actions.state_interest(session, participant, pairs, away, work=work, actor=actor)


async def rank(scene: Scene, solution: Solution, score: float, *, position: int = 1, qualifies: bool = True) -> None:
    """A stored match, as a ranking leaves it."""
    outputs = [{"solution": solution.id, "score": score, "qualifies": qualifies}]
    run = await MatchRun.create(
        scene_id=scene.id, asked_at=clock.now(), finished_at=clock.now(), outputs=outputs
    )  # fmt: skip
    await Match.create(
        run_id=run.id, scene_id=scene.id, solution_id=solution.id, rank=position, score=score, dense=0, lexical=0,
        coverage=0, evidence=[], unmet=[], qualifies=qualifies,
    )  # fmt: skip


async def compute(session: MatchSession, officer: Actor) -> list[Meeting]:
    """The officer asks, the worker computes."""
    async with unit_of_work() as work:
        await scheduling.ask_timetable(session, work=work, actor=officer)
    run = await queries.latest_run(session.id)
    assert run is not None
    await make_timetable(run_id=run.id)
    return await queries.meetings_of(session.id)


async def close_interest(session: MatchSession, officer: Actor) -> MatchSession:
    async with unit_of_work() as work:
        await actions.close_interest(session, work=work, actor=officer)
    return await MatchSession.get(id=session.id)


async def publish(session: MatchSession, officer: Actor) -> MatchSession:
    async with unit_of_work() as work:
        await scheduling.publish_timetable(session, work=work, actor=officer)
    return await MatchSession.get(id=session.id)


async def begin(session: MatchSession, *, slot: int = 0) -> datetime:
    """Let the clock stand at the beginning of a slot."""
    moment = session.starts_at + timedelta(minutes=slot * (session.slot_minutes + session.break_minutes))
    clock.fix(moment)
    return moment
