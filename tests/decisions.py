"""Rows of review and award that tests begin with, made through the same actions as people use."""

from datetime import timedelta
from typing import Any

from market.awards.actions import approve_award, close_review, propose_award
from market.awards.models import Award, Ranking
from market.bids.models import Bid
from market.challenges.models import Challenge, Criterion, Round
from market.challenges.rules import ChallengeRules
from market.core import clock
from market.core.permissions import Actor
from market.core.work import unit_of_work
from market.lifecycle import Role
from market.reviews.actions import Mark, Marks, accept_assignment, assign_reviewer, submit_review
from market.reviews.models import Review
from tests.factories import make_actor, make_bid, make_challenge
from workers.rounds import close_round


async def make_challenge_in_review(*, bids: int = 2, vendors: list[Actor] | None = None, **rules: Any) -> Challenge:
    """A challenge whose only round has closed with these bids; leaves the clock standing just after the closing."""
    limits = {"eligibility": "境内注册的法人单位", "policy_basis": "区人工智能专项", "panel_size": 3} | rules
    start = clock.now()
    clock.fix(start)
    challenge = await make_challenge(rules=ChallengeRules(**limits))
    bidding_round = await Round.get(challenge_id=challenge.id)
    for number, vendor in enumerate(vendors or [await make_actor(Role.VENDOR) for _ in range(bids)]):
        clock.fix(start + timedelta(minutes=1 + number))
        await make_bid(bidding_round, vendor)
    clock.fix(start + timedelta(hours=1))
    await close_round(round_id=bidding_round.id)
    await challenge.refresh_from_db()
    return challenge


async def make_panel(challenge: Challenge, size: int = 3) -> list[Actor]:
    """Reviewers, each from another body, who were asked to review every bid and said that they have no conflict."""
    officer = await make_actor(Role.OFFICER)
    reviewers = [await make_actor(Role.REVIEWER) for _ in range(size)]
    for reviewer in reviewers:
        async with unit_of_work() as work:
            await assign_reviewer(challenge, reviewer.person_id or 0, work=work, actor=officer)
        for review in await Review.filter(reviewer_id=reviewer.person_id):
            async with unit_of_work() as work:
                await accept_assignment(review, work=work, actor=reviewer)
    return reviewers


async def submit_all(challenge: Challenge, reviewers: list[Actor], points: dict[int, list[int]]) -> None:
    """Let each reviewer submit; *points* gives each bid's points by criterion, or 70 for all."""
    criteria = await Criterion.filter(challenge_id=challenge.id).order_by("position")
    for reviewer in reviewers:
        for review in await Review.filter(reviewer_id=reviewer.person_id, state="accepted").order_by("bid_id"):
            given = points.get(review.bid_id, [70] * len(criteria))
            marks = {each.id: Mark(each_points) for each, each_points in zip(criteria, given, strict=True)}
            async with unit_of_work() as work:
                await submit_review(review, Marks(marks, "总体可行"), revision=1, work=work, actor=reviewer)


async def make_ranked_challenge(points: list[list[int]] | None = None, **rules: Any) -> Challenge:
    """A challenge whose review is closed: two bids, 85 and 70 points unless told otherwise, in this order."""
    points = points or [[85, 85], [70, 70]]
    challenge = await make_challenge_in_review(bids=len(points), **rules)
    ids = await Bid.filter(round__challenge_id=challenge.id).order_by("id").values_list("id", flat=True)
    panel = await make_panel(challenge, rules.get("panel_size", 3))
    await submit_all(challenge, panel, dict(zip(ids, points, strict=True)))
    async with unit_of_work() as work:
        await close_review(challenge, work=work, actor=await make_actor(Role.OFFICER))
    await challenge.refresh_from_db()
    return challenge


async def make_award(challenge: Challenge | None = None, *, approve: bool = True, **rules: Any) -> Award:
    """An award to the first of a ranking, in public notice unless told otherwise."""
    challenge = challenge or await make_ranked_challenge(**rules)
    first = await Ranking.get(challenge_id=challenge.id, rank=1)
    proposer, approver = await make_actor(Role.OFFICER), await make_actor(Role.OFFICER)
    async with unit_of_work() as work:
        award = await propose_award(challenge, first.bid_id, 60_000_000, "得分最高", work=work, actor=proposer)
    if approve:
        async with unit_of_work() as work:
            await approve_award(award, work=work, actor=approver)
    return await Award.get(id=award.id)
