"""A worker that dies costs minutes, never a round: stopped across the closing, an empty Redis, two at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis

from market.bids.models import Bid, Submission
from market.challenges.models import Round
from market.core import clock
from market.core.jobs import close_jobs, open_jobs
from market.core.models import AuditEvent, QueuedJob
from market.core.permissions import Actor
from market.core.servers import Servers
from market.lifecycle import BidState, Role, RoundState
from tests.browser import Browser
from tests.clockwork import wait_until, worker_running
from tests.factories import actor_for, make_actor, make_bid, make_challenge, make_person


@pytest.fixture
async def window(db: Servers, noon: datetime) -> AsyncIterator[Round]:
    """A published challenge whose only round is open for an hour, with Valkey listening."""
    await open_jobs(db.redis_url)
    yield await Round.get(challenge=await make_challenge())
    await close_jobs()
    async with Redis.from_url(db.redis_url) as redis:
        await redis.flushall()


async def is_closed(window: Round) -> bool:
    return (await Round.get(id=window.id)).state is RoundState.CLOSED


async def closings() -> list[tuple[str, str]]:
    rows = await AuditEvent.filter(event="close_round").values("role", "target")
    return [(row["role"], row["target"]) for row in rows]


async def vendor_with_a_draft(window: Round, browser: Browser) -> tuple[Bid, Actor]:
    person = await make_person(Role.VENDOR)
    vendor = await actor_for(person)
    bid = await make_bid(window, vendor, submit=False)
    await browser.in_english()
    await browser.sign_in(person.email)
    return bid, vendor


async def test_a_worker_stopped_across_the_closing_changes_nothing_but_the_minute(
    window: Round, browser: Browser
) -> None:
    in_time = await make_bid(window, await make_actor(Role.VENDOR))
    late, _vendor = await vendor_with_a_draft(window, browser)
    async with worker_running():
        await wait_until(lambda: Round.filter(id=window.id, state=RoundState.OPEN).exists(), "the round is open")
    await browser.get(f"/bids/{late.id}/check")

    clock.fix(window.closes_at + timedelta(minutes=3))
    page = await browser.submit(f"/bids/{late.id}/submit", expect=409)
    assert "the deadline was 2026-11-02 13:00:00.000, the server's time is 2026-11-02 13:03:00.000" in page.text
    assert (await closings(), await Submission.filter(bid_id=late.id).count()) == ([], 0)

    async with worker_running():
        await wait_until(lambda: is_closed(window), "the round is closed by the next worker")
    closed = await Round.get(id=window.id)
    assert closed.closed_at == window.closes_at + timedelta(minutes=3)
    assert (await Bid.get(id=in_time.id)).state is BidState.OPENED
    assert (await Bid.get(id=late.id)).state is BidState.DRAFT
    assert await closings() == [("clock", "closed")]


async def test_an_emptied_redis_loses_no_round(window: Round, db: Servers) -> None:
    async with Redis.from_url(db.redis_url) as redis:
        assert await redis.exists("arq:queue")
        await redis.flushall()
    clock.fix(window.closes_at)
    async with worker_running():
        await wait_until(lambda: is_closed(window), "the round is closed")
        await wait_until(no_job_waits, "the queue is done")
    assert await closings() == [("clock", "closed")]


async def no_job_waits() -> bool:
    return not await QueuedJob.filter(done_at=None, due_at__lte=clock.now()).exists()


async def test_two_workers_at_once_close_it_once(window: Round) -> None:
    bid = await make_bid(window, await make_actor(Role.VENDOR))
    clock.fix(window.closes_at)
    async with AsyncExitStack() as stack:
        await asyncio.gather(*(stack.enter_async_context(worker_running()) for _number in range(2)))
        await wait_until(lambda: is_closed(window), "the round is closed")
        await wait_until(no_job_waits, "the queue is done")
    assert await closings() == [("clock", "closed")]
    assert await AuditEvent.filter(event="open_bid", subject_id=bid.id).count() == 1
