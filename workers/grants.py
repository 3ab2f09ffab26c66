"""Money follows the process: reserved when an award is confirmed, given back when a challenge ends without one."""

from market.awards.models import Award
from market.challenges.models import Challenge
from market.core.errors import NotAllowedError
from market.core.jobs import Job
from market.core.permissions import CLOCK
from market.core.work import unit_of_work
from market.grants import actions, queries
from market.lifecycle import AwardState
from workers.context import Context


async def reserve_grant(*, award_id: int) -> None:
    """Reserve the money of a confirmed award; where that is refused, tell the officers why, once.

    What was refused stays due: the sweep asks again, and it goes through as soon as the reason is gone.
    """
    award = await Award.get_or_none(id=award_id)
    if award is None or award.state is not AwardState.CONFIRMED:
        return
    try:
        async with unit_of_work() as work:
            await actions.reserve_grant(award, work=work, actor=CLOCK)
    except NotAllowedError as error:
        async with unit_of_work() as work:
            await actions.note_refusal(award, error.text, work=work, actor=CLOCK)


async def close_grant(*, challenge_id: int) -> None:
    """Give back what a challenge that is over still holds; nothing where an award may yet need it."""
    challenge = await Challenge.get_or_none(id=challenge_id)
    if challenge is None or challenge.state not in queries.OVER or await queries.is_awaited(challenge.id):
        return
    async with unit_of_work() as work:
        await actions.release_commitment(challenge, work=work, actor=CLOCK)


async def reserve_due_grants(ctx: Context) -> int:
    """Hand each confirmed award without a grant to its own job."""
    due = await queries.ids_of_awards_to_reserve()
    for award_id in due:
        await ctx.enqueue(Job.RESERVE_GRANT, award_id=award_id)
    return len(due)


async def release_due_commitments(ctx: Context) -> int:
    """Hand each challenge that is over and still holds money to its own job."""
    due = await queries.ids_of_commitments_to_release()
    for challenge_id in due:
        await ctx.enqueue(Job.CLOSE_GRANT, challenge_id=challenge_id)
    return len(due)
