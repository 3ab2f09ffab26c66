from datetime import date, datetime, timedelta

from market.bids.models import Bid
from market.board import funnel
from market.board.funnel import Question
from market.challenges.models import Lot, Round
from market.core import clock
from market.lifecycle import BidState, MeetingState, Role
from market.matches.models import Match, MatchRun
from market.meetings.models import Meeting
from tests.factories import make_actor, make_bid, make_challenge, make_scene, make_solution
from tests.meetings import rows


def counts(found: list[funnel.Pair]) -> dict[str, tuple[int, int]]:
    return {step.stage: (step.pairs, step.after_meeting) for step in funnel.steps(found)}


async def test_a_sealed_bid_is_not_counted(db: object, noon: datetime) -> None:
    vendor = await make_actor(Role.VENDOR)
    solution = await make_solution(organisation_id=vendor.organisation_id)
    challenge = await make_challenge()
    bid = await make_bid(await Round.get(challenge_id=challenge.id), vendor, solution_id=solution.id)
    assert await funnel.pairs(Question()) == []
    await Bid.filter(id=bid.id).update(state=BidState.OPENED)
    [pair] = await funnel.pairs(Question())
    scene = (await Lot.get(challenge_id=challenge.id)).scene_id
    assert (pair.scene["id"], pair.solution["id"], pair.at["bid"]) == (scene, solution.id, noon)
    assert counts([pair])["bid"] == (1, 0)


async def test_pairs_are_counted_once_by_session_field_and_period(db: object, noon: datetime) -> None:
    officer = await make_actor(Role.OFFICER)
    session = await rows.make_session(officer)
    buyer, place, scene = await rows.make_buyer(session)
    vendor, theirs, solution = await rows.make_vendor(session)
    await rows.rank(scene, solution, 0.5)
    _other, _place, unwanted = await rows.make_vendor(session)
    await rows.rank(scene, unwanted, 0.1, position=2)
    for actor, there in ((buyer, place), (vendor, theirs)):
        await rows.want(session, actor, there, {(scene.id, solution.id): "very"})
    session = await rows.close_interest(session, officer)
    await rows.compute(session, officer)
    await rows.publish(session, officer)
    assert counts(await funnel.pairs(Question()))["met"] == (0, 0)
    await Meeting.all().update(state=MeetingState.HELD)
    for question, found in (
        (Question(), 1), (Question(session_id=session.id), 1), (Question(session_id=session.id + 1), 0),
        (Question(field="smart_manufacturing"), 1), (Question(field="finance"), 0),
        (Question(since=clock.today(), until=clock.today()), 1),
        (Question(until=clock.today() - timedelta(days=1)), 0), (Question(since=date(2030, 1, 1)), 0),
    ):  # fmt: skip
        assert len(await funnel.pairs(question)) == found, question
    assert counts(await funnel.pairs(Question())) == {
        "matched": (1, 1), "met": (1, 1), "shortlisted": (0, 0), "bid": (0, 0), "awarded": (0, 0), "contracted": (0, 0),
    }  # fmt: skip


async def test_ranking_again_rewrites_no_number(db: object, noon: datetime) -> None:
    scene, solution = await make_scene(), await make_solution()
    await rows.rank(scene, solution, 0.5)
    this_week = Question(until=clock.today())
    before = await funnel.pairs(this_week)
    assert [pair.at["matched"] for pair in before] == [noon]
    # A week later the scene is ranked again, and the solution is no longer among the matches.
    await Match.all().delete()
    later = noon + timedelta(days=7)
    await MatchRun.create(scene_id=scene.id, asked_at=later, finished_at=later, outputs=[])
    await rows.rank(scene, await make_solution(), 0.1)
    assert await funnel.pairs(this_week) == before


async def test_a_ranking_that_failed_matches_nobody(db: object, noon: datetime) -> None:
    scene, solution = await make_scene(), await make_solution()
    outputs = [{"solution": solution.id, "score": 0.9, "qualifies": True}]
    await MatchRun.create(scene_id=scene.id, asked_at=noon, finished_at=noon, error="no index", outputs=outputs)
    assert await funnel.pairs(Question()) == []
