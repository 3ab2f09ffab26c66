"""The deadline: decided by the database, to the last millisecond, whatever the workers do."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from market.bids import queries
from market.bids.actions import BidContent, open_bids, save_bid, submit_bid, withdraw_bid
from market.bids.models import Bid, Submission
from market.challenges.actions import Window
from market.challenges.models import Challenge, Round
from market.core import clock
from market.core.errors import TooLateError
from market.core.models import AuditEvent, Notification
from market.core.permissions import Actor
from market.core.work import unit_of_work
from market.lifecycle import BidState, ChallengeState, Role, RoundState
from tests.factories import make_actor, make_bid, make_challenge
from workers import rounds

MILLISECOND = timedelta(milliseconds=1)
pytestmark = pytest.mark.usefixtures("db")


async def a_round(**given: Any) -> Round:
    challenge = await make_challenge(**given)
    return await Round.get(challenge=challenge)


async def send(bid: Bid, vendor: Actor) -> None:
    async with unit_of_work() as work:
        await submit_bid(bid, revision=bid.revision, work=work, actor=vendor)


@pytest.mark.usefixtures("noon")
async def test_a_bid_of_the_last_millisecond_is_accepted() -> None:
    window = await a_round()
    vendor = await make_actor(Role.VENDOR)
    bid = await make_bid(window, vendor, submit=False)
    clock.fix(window.closes_at - MILLISECOND)
    await send(bid, vendor)
    await bid.refresh_from_db()
    assert bid.state is BidState.SUBMITTED
    assert (await Submission.get(bid=bid)).submitted_at == window.closes_at - MILLISECOND


@pytest.mark.parametrize("late", [timedelta(), MILLISECOND], ids=["at the deadline", "a millisecond late"])
@pytest.mark.usefixtures("noon")
async def test_a_late_bid_is_refused_with_both_times_and_its_draft_stays(late: timedelta) -> None:
    window = await a_round()
    vendor = await make_actor(Role.VENDOR)
    bid = await make_bid(window, vendor, submit=False)
    clock.fix(window.closes_at + late)
    with pytest.raises(TooLateError) as refusal:
        await send(bid, vendor)
    after = f".{late // MILLISECOND:03d}"
    assert str(refusal.value) == (
        f"Too late: the deadline was 2026-11-02 13:00:00.000, the server's time is 2026-11-02 13:00:00{after} "
        "(Beijing time). Nothing was submitted; what you wrote stays in your draft."
    )
    await bid.refresh_from_db()
    assert (bid.state, bid.approach, await Submission.all().count()) == (
        BidState.DRAFT, "先标定相机，再训练小样本检测模型。", 0,
    )  # fmt: skip


@pytest.mark.usefixtures("noon")
async def test_a_dead_worker_changes_nothing_but_minutes() -> None:
    window = await a_round()
    in_time, late = await make_actor(Role.VENDOR), await make_actor(Role.VENDOR)
    # Nobody opened the round either: the times decide, not the worker.
    early = await make_bid(window, in_time)
    too_late = await make_bid(window, late, submit=False)
    clock.fix(window.closes_at + timedelta(minutes=1))
    with pytest.raises(TooLateError):
        await send(too_late, late)
    assert (await Round.get(id=window.id)).state is RoundState.SCHEDULED

    clock.fix(window.closes_at + timedelta(minutes=7))
    asked = Asked()
    assert await rounds.close_due_rounds(asked) == 1
    assert asked.jobs == [("close_round", {"round_id": window.id})]
    await rounds.close_round(round_id=window.id)
    await early.refresh_from_db()
    await too_late.refresh_from_db()
    closed = await Round.get(id=window.id)
    assert (closed.state, closed.closed_at) == (RoundState.CLOSED, window.closes_at + timedelta(minutes=7))
    assert (early.state, too_late.state) == (BidState.OPENED, BidState.DRAFT)
    assert (await Challenge.get(id=window.challenge_id)).state is ChallengeState.IN_REVIEW
    assert await rounds.close_due_rounds(asked) == 0


@pytest.mark.usefixtures("noon")
async def test_closing_early_does_nothing() -> None:
    window = await a_round()
    clock.fix(window.closes_at - MILLISECOND)
    await rounds.open_round(round_id=window.id)
    await rounds.close_round(round_id=window.id)
    assert (await Round.get(id=window.id)).state is RoundState.OPEN


@pytest.mark.usefixtures("noon")
async def test_two_closers_at_once_close_once() -> None:
    window = await a_round()
    await make_bid(window, await make_actor(Role.VENDOR))
    clock.fix(window.closes_at)
    await asyncio.gather(*(rounds.close_round(round_id=window.id) for _ in range(4)))
    events = await AuditEvent.filter(event__in=["close_round", "open_bid", "begin_review"]).order_by("number")
    assert [event.event for event in events] == ["close_round", "open_bid", "begin_review"]


async def test_submitting_against_closing_never_loses_nor_lets_in_late() -> None:
    """Real transactions, the real clock: eight vendors send around the deadline while three closers wait for it."""
    ends = datetime.now(UTC) + timedelta(seconds=1.2)
    window = await a_round(windows=[Window(datetime.now(UTC) - timedelta(minutes=1), ends)])
    vendors = [await make_actor(Role.VENDOR) for _ in range(8)]
    bids = [await make_bid(window, vendor, submit=False) for vendor in vendors]

    async def try_at(moment: datetime, bid: Bid, vendor: Actor) -> bool:
        await asyncio.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))
        try:
            await send(bid, vendor)
        except TooLateError:
            return False
        return True

    async def close() -> None:
        while (await Round.get(id=window.id)).state is not RoundState.CLOSED:
            await rounds.close_round(round_id=window.id)
            await asyncio.sleep(0.002)

    moments = [ends + (place - 5) * timedelta(milliseconds=4) for place in range(8)]
    sent = [try_at(*each) for each in zip(moments, bids, vendors, strict=True)]
    answers = await asyncio.gather(*sent, close(), close(), close())
    received = {s.bid_id: s.submitted_at for s in await Submission.all()}
    opened = {bid.id for bid in await Bid.filter(state=BidState.OPENED)}
    accepted = {bid.id for bid, answer in zip(bids, answers, strict=False) if answer}
    assert accepted == set(received) == opened
    assert all(at < window.closes_at for at in received.values())
    assert await AuditEvent.filter(event="close_round").count() == 1


@pytest.mark.usefixtures("noon")
async def test_a_round_without_bids_tells_the_officers() -> None:
    window = await a_round()
    clock.fix(window.closes_at)
    await rounds.close_round(round_id=window.id)
    told = [message.text["message"] for message in await Notification.filter(role="officer")]
    assert told == ["A round of “%(title)s” closed without any bid. Close it without an award, or publish it anew."]


async def test_review_begins_only_after_the_last_round(noon: datetime) -> None:
    hour = timedelta(hours=1)
    challenge = await make_challenge(windows=[Window(noon, noon + hour), Window(noon + 2 * hour, noon + 3 * hour)])
    first, second = await Round.filter(challenge=challenge).order_by("number")
    clock.fix(first.closes_at)
    await rounds.close_round(round_id=first.id)
    assert (await Challenge.get(id=challenge.id)).state is ChallengeState.PUBLISHED
    clock.fix(second.closes_at)
    await rounds.close_round(round_id=second.id)
    assert (await Challenge.get(id=challenge.id)).state is ChallengeState.IN_REVIEW


@pytest.mark.usefixtures("noon")
async def test_withdrawing_ends_at_the_deadline() -> None:
    window = await a_round()
    vendor = await make_actor(Role.VENDOR)
    bid = await make_bid(window, vendor)
    clock.fix(window.closes_at)
    with pytest.raises(TooLateError) as refusal:
        async with unit_of_work() as work:
            await withdraw_bid(bid, work=work, actor=vendor)
    assert str(refusal.value) == "The round closed at 2026-11-02 13:00: a bid can no longer be withdrawn."


@pytest.mark.usefixtures("noon")
async def test_a_withdrawn_bid_is_not_opened() -> None:
    window = await a_round()
    vendor = await make_actor(Role.VENDOR)
    bid = await make_bid(window, vendor)
    async with unit_of_work() as work:
        await withdraw_bid(bid, work=work, actor=vendor)
    clock.fix(window.closes_at)
    await rounds.close_round(round_id=window.id)
    await bid.refresh_from_db()
    assert bid.state is BidState.WITHDRAWN


@pytest.mark.usefixtures("noon")
async def test_edits_that_were_not_submitted_again_do_not_count() -> None:
    window = await a_round()
    vendor = await make_actor(Role.VENDOR)
    bid = await make_bid(window, vendor)
    async with unit_of_work() as work:
        changed = BidContent(price_fen=1, milestones=[{"title": "别的", "due_week": 1, "percent": 100}])
        await save_bid(bid, changed, revision=bid.revision, work=work, actor=vendor)
    clock.fix(window.closes_at)
    await rounds.close_round(round_id=window.id)
    await bid.refresh_from_db()
    milestones = await queries.milestones_of(bid.id)
    assert (bid.price_fen, [m.title for m in milestones]) == (86_000_000, ["上线", "验收"])


@pytest.mark.usefixtures("noon")
async def test_a_newer_version_replaces_the_older() -> None:
    window = await a_round()
    vendor = await make_actor(Role.VENDOR)
    bid = await make_bid(window, vendor)
    async with unit_of_work() as work:
        await save_bid(bid, BidContent(price_fen=80_000_000), revision=bid.revision, work=work, actor=vendor)
    await send(bid, vendor)
    versions = await queries.submissions_of(bid.id)
    assert [(s.version, s.content["price_fen"]) for s in versions] == [(2, 80_000_000), (1, 86_000_000)]
    async with unit_of_work() as work:
        assert await open_bids(window, work=work, actor=rounds.CLOCK) == 1


class Asked:
    """Notes what a sweep hands out."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, dict[str, int]]] = []

    async def enqueue(self, job: str, **ids: int) -> None:
        self.jobs.append((str(job), ids))
