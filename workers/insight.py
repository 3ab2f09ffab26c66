"""Looks for near-duplicates among what was published since the last look."""

from market.catalogue.catalogues import COLLECTIONS
from market.core.jobs import Job
from market.insight import finding
from workers.context import Context


async def find_duplicates() -> None:
    """Compare one slice; the sweep asks for the next while anything waits."""
    await finding.find_duplicates()


async def find_due_duplicates(ctx: Context) -> int:
    """Sweep: documents of a catalogue that were not compared with the others yet."""
    waiting = [await finding.entries_waiting(collection, 1) for collection in COLLECTIONS]
    if not any(waiting):
        return 0
    await ctx.enqueue(Job.FIND_DUPLICATES)
    return 1
