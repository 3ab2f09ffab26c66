"""Rounds open and close on time; a late worker costs minutes, never a bid."""

from market.bids.actions import open_bids
from market.challenges import actions, queries
from market.challenges.models import Challenge, Round
from market.core import clock
from market.core.jobs import Job
from market.core.permissions import CLOCK
from market.core.text import _
from market.core.work import Work, unit_of_work
from market.lifecycle import ChallengeState, Role, RoundState
from workers.context import Context


async def open_round(*, round_id: int) -> None:
    """Open a round whose time has come; nothing where it is open, over or not yet due."""
    async with unit_of_work() as work:
        bidding_round = await _hold(round_id, work)
        now = await clock.database_now(work.connection)
        if bidding_round and bidding_round.state is RoundState.SCHEDULED and bidding_round.opens_at <= now:
            await actions.open_round(bidding_round, work=work, actor=CLOCK)


async def close_round(*, round_id: int) -> None:
    """Close a round whose time has come, open its bids, and begin review after the last one: all or nothing.

    The round is locked before the clock is read. Who submits shares that lock, so every bid that was stored in time is
    here when the bids are opened, and none is stored after.
    """
    async with unit_of_work() as work:
        bidding_round = await _hold(round_id, work)
        now = await clock.database_now(work.connection)
        if bidding_round is None or bidding_round.closes_at > now:
            return
        if bidding_round.state is RoundState.SCHEDULED:  # nobody worked while it should have been open
            await actions.open_round(bidding_round, work=work, actor=CLOCK)
        if bidding_round.state is not RoundState.OPEN:
            return
        await actions.close_round(bidding_round, at=now, work=work, actor=CLOCK)
        opened = await open_bids(bidding_round, work=work, actor=CLOCK)
        challenge = await Challenge.get(id=bidding_round.challenge_id)  # type: ignore[attr-defined]
        await _go_on(challenge, opened, work)


async def open_due_rounds(ctx: Context) -> int:
    """Hand each round that should be open to its own job."""
    due = await queries.ids_of_rounds_to_open(clock.now())
    for round_id in due:
        await ctx.enqueue(Job.OPEN_ROUND, round_id=round_id)
    return len(due)


async def close_due_rounds(ctx: Context) -> int:
    """Hand each overdue round to its own job. A missed sweep costs minutes, never a round."""
    due = await queries.ids_of_rounds_past_closing(clock.now())
    for round_id in due:
        await ctx.enqueue(Job.CLOSE_ROUND, round_id=round_id)
    return len(due)


async def _hold(round_id: int, work: Work) -> Round | None:
    return await Round.filter(id=round_id).using_db(work.connection).select_for_update().first()


async def _go_on(challenge: Challenge, opened: int, work: Work) -> None:
    link = f"{actions.link_to(challenge)}/bids"
    if opened:
        work.tell(_("A round of “%(title)s” has closed: %(count)s bids were opened.", title=challenge.title,
                    count=opened), link, role=Role.OFFICER)  # fmt: skip
    else:
        work.tell(_("A round of “%(title)s” closed without any bid. Close it without an award, or publish it anew.",
                    title=challenge.title), actions.link_to(challenge), role=Role.OFFICER)  # fmt: skip
    if challenge.state is ChallengeState.PUBLISHED and not await queries.count_unclosed_rounds(challenge.id):
        await actions.begin_review(challenge, work=work, actor=CLOCK)
