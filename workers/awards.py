"""Public notices that have ended: each award is confirmed once, by a job or by the sweep that finds it later."""

from market.awards.actions import confirm_award as confirm
from market.awards.queries import ids_of_due_awards
from market.core import clock
from market.core.jobs import Job
from market.core.permissions import CLOCK
from market.core.work import unit_of_work
from workers.context import Context


async def confirm_award(*, award_id: int) -> None:
    """Confirm an award whose notice has ended; nothing is done where it has not, or where it was done before."""
    async with unit_of_work() as work:
        await confirm(award_id, work=work, actor=CLOCK)


async def confirm_due_awards(ctx: Context) -> int:
    """Hand each award whose notice has ended to its own job: what a killed worker or an empty Redis missed."""
    due = await ids_of_due_awards(clock.now())
    for award_id in due:
        await ctx.enqueue(Job.CONFIRM_AWARD, award_id=award_id)
    return len(due)
