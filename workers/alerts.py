"""Saved searches are looked at when rankings change or their hour comes; each scene is told once."""

import logging

from market.core.jobs import Job
from market.core.work import unit_of_work
from market.fitting import alerts
from market.fitting.models import SavedSearch
from matching.encoder import EncoderError
from matching.store import SnapshotError
from workers.context import Context

log = logging.getLogger(__name__)

SEARCHES_A_SWEEP = 50


async def send_alerts(*, search_id: int) -> None:
    """Look at one search and tell its owner what is new; run twice, the second time finds nothing new."""
    search = await SavedSearch.get_or_none(id=search_id, paused_at=None)
    if search is None:
        return
    try:
        seen = await alerts.look(search)
    except (EncoderError, SnapshotError) as error:
        log.warning("Search %s waits: %s", search_id, error)
        return
    async with unit_of_work() as work:
        await alerts.send_alerts(search, seen, work=work)


async def send_due_alerts(ctx: Context) -> int:
    """Sweep: searches to look at again."""
    due = await alerts.searches_due(limit=SEARCHES_A_SWEEP)
    for search_id in due:
        await ctx.enqueue(Job.SEND_ALERTS, search_id=search_id)
    return len(due)
