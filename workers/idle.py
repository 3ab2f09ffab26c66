"""Ranks imported scenes in idle time: nobody waits for them, and thousands come with one file."""

from time import monotonic

from market.catalogue import catalogues
from market.catalogue.catalogues import SOLUTIONS
from market.core import clock
from market.core.models import QueuedJob
from market.matches.due import scenes_due
from market.matches.rankers import order_in_use
from market.scenes.models import Scene
from workers.context import Context
from workers.matching import match_scene

IDLE_SECONDS = 3.0  # of the five between two sweeps
_AT_ONCE = 60


async def rank_imported_scenes(_ctx: Context) -> int:
    """Sweep: imported scenes that are due, one after another for some seconds, until a job waits for its turn.

    A ranking that somebody asked for thus waits for one other at most.
    """
    if catalogues.published_manifest(SOLUTIONS) is None:
        return 0
    until, ranked = monotonic() + IDLE_SECONDS, 0
    due = await scenes_due(await catalogues.version_of(SOLUTIONS), await order_in_use(), limit=_AT_ONCE)
    imported = {row["id"] for row in await Scene.filter(id__in=due).exclude(source_id=None).values("id")}
    for scene_id in filter(imported.__contains__, due):
        if monotonic() >= until or await _a_job_waits():
            break
        await match_scene(scene_id=scene_id)
        ranked += 1
    return ranked


async def _a_job_waits() -> bool:
    return await QueuedJob.filter(done_at=None, failed_at=None, lease_until=None, due_at__lte=clock.now()).exists()
