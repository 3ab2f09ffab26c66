"""A pilot is prepared as soon as the money of its award is settled."""

from market.awards.models import Award
from market.core.jobs import Job
from market.core.permissions import CLOCK
from market.core.work import unit_of_work
from market.lifecycle import AwardState
from market.pilots import actions, queries
from workers.context import Context


async def prepare_pilot(*, award_id: int) -> None:
    """Prepare the pilot of a confirmed award; nothing where there is one, or where the money is not settled yet."""
    award = await Award.get_or_none(id=award_id)
    if award is None or award.state is not AwardState.CONFIRMED:
        return
    if award.amount_fen and await queries.grant_of(award.id) is None:
        return
    async with unit_of_work() as work:
        await actions.prepare_pilot(award, work=work, actor=CLOCK)


async def prepare_due_pilots(ctx: Context) -> int:
    """Hand each award that has its money and no pilot to its own job."""
    due = await queries.ids_of_awards_to_pilot()
    for award_id in due:
        await ctx.enqueue(Job.PREPARE_PILOT, award_id=award_id)
    return len(due)
