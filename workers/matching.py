"""Embeds what changed, keeps the index fresh, ranks scenes. A job ends within its minute and asks for the rest."""

import asyncio
import logging
from datetime import timedelta

from market.catalogue import catalogues
from market.catalogue.catalogues import COLLECTIONS, SCENES, SOLUTIONS, Collection
from market.catalogue.documents import offer_as_need, solution_documents
from market.catalogue.encoders import current_encoder
from market.core import clock
from market.core.jobs import Job
from market.core.models import QueuedJob
from market.core.work import unit_of_work
from market.fitting import searches
from market.lifecycle import SolutionState
from market.matches import actions, queries, teams
from market.matches.due import is_due, scenes_due
from market.matches.freezing import freeze_of
from market.matches.rankers import order_in_use
from market.matches.ranking import rank_scene
from market.scenes.models import Scene
from market.solutions.models import Solution
from matching.encoder import Encoder, EncoderError
from matching.store import Catalogue, SnapshotError
from workers.context import Context

log = logging.getLogger(__name__)

SLICE_SECONDS = 10.0  # two collections, each with its build after the slice, must fit into a minute
SCENES_NEAR = 20
SCENES_A_SWEEP = 3
_SOON = timedelta(seconds=5)
_LATER = timedelta(seconds=30)


async def match_scene(*, scene_id: int) -> None:
    """Rank the catalogue for a scene; does nothing where the stored ranking is up to date.

    An index that is behind is brought up to date first; if that takes longer, the last published one serves, and this
    is asked for again.
    """
    scene = await queries.find_scene(scene_id)
    if scene is None or not await _is_due(scene):
        return
    async with unit_of_work() as work:
        run = await actions.begin_run(scene, work=work)
    try:
        encoder = await current_encoder()
        up_to_date, catalogue = await _fresh(SOLUTIONS)
        if catalogue is None or catalogue.manifest.encoder != encoder.name:
            await _ask_again(Job.MATCH_SCENE, _SOON, scene_id=scene_id)
            return
        ranking = await rank_scene(scene, catalogue, encoder)
        proposed = await teams.propose_teams(ranking)
    except (EncoderError, SnapshotError) as error:
        log.warning("Scene %s could not be ranked: %s", scene_id, error)
        async with unit_of_work() as work:
            await actions.fail_run(run, str(error), work=work)
        return
    async with unit_of_work() as work:
        await actions.store_ranking(scene, run, ranking, work=work)
        await teams.store_teams(run, proposed, work=work)
        if not up_to_date:
            work.after_commit(Job.MATCH_SCENE, at=clock.now() + _LATER, scene_id=scene_id)


async def match_solution(*, solution_id: int) -> None:
    """After a solution came, changed or went: refresh the index, then rank again the open scenes that it concerns."""
    solution = await Solution.get_or_none(id=solution_id)
    if solution is None:
        return
    async with unit_of_work() as work:
        await searches.follow_solution(solution, work=work)
    try:
        solutions_ready, _solutions = await _fresh(SOLUTIONS)
        scenes_ready, scenes = await _fresh(SCENES)
        if not (solutions_ready and scenes_ready and scenes):
            await _ask_again(Job.MATCH_SOLUTION, _SOON, solution_id=solution_id)
            return
        near = await _scenes_near(solution, scenes, await current_encoder())
    except (EncoderError, SnapshotError) as error:
        log.warning("Solution %s could not be matched: %s", solution_id, error)
        return  # the sweep ranks scenes again once encoder and index can be used
    async with unit_of_work() as work:
        for scene_id in sorted({*near, *await queries.scenes_matched_with(solution_id)}):
            work.after_commit(Job.MATCH_SCENE, scene_id=scene_id)


async def refresh_index() -> None:
    """Bring both collections up to date, a slice at a time, until done."""
    try:
        for collection in COLLECTIONS:
            if not await catalogues.refresh(collection, seconds=SLICE_SECONDS):
                await _ask_again(Job.REFRESH_INDEX, _SOON)
                return
    except (EncoderError, SnapshotError) as error:
        log.warning("The index could not be refreshed: %s", error)


async def rank_due_scenes(ctx: Context) -> int:
    """Sweep: scenes whose ranking is missing, lost, failed or old, a few at a time."""
    due = await scenes_due(await catalogues.version_of(SOLUTIONS), await order_in_use(), limit=SCENES_A_SWEEP)
    for scene_id in due:
        await ctx.enqueue(Job.MATCH_SCENE, scene_id=scene_id)
    return len(due)


async def refresh_due_index(ctx: Context) -> int:
    """Sweep: rows changed since the snapshots were built, and nobody has asked for a refresh."""
    if not (await catalogues.index_status()).behind or await _is_waiting(Job.REFRESH_INDEX):
        return 0
    await ctx.enqueue(Job.REFRESH_INDEX)
    return 1


async def _is_due(scene: Scene) -> bool:
    manifest = catalogues.published_manifest(SOLUTIONS)
    version = await catalogues.version_of(SOLUTIONS)
    freeze = await freeze_of(scene.id)
    return is_due(
        scene, await queries.latest_run(scene.id), version, manifest.encoder if manifest else "",
        ranker=await order_in_use(), frozen=freeze.publication if freeze else None,
    )  # fmt: skip


async def _fresh(collection: Collection) -> tuple[bool, Catalogue | None]:
    """Refresh within a slice of time; a damaged snapshot is built anew."""
    up_to_date = await catalogues.refresh(collection, seconds=SLICE_SECONDS)
    try:
        return up_to_date, await catalogues.catalogue_of(collection)
    except SnapshotError as error:
        log.warning("A snapshot of %s is refused and built anew: %s", collection.name, error)
        up_to_date = await catalogues.refresh(collection, seconds=SLICE_SECONDS, anew=True)
        return up_to_date, await catalogues.catalogue_of(collection)


async def _scenes_near(solution: Solution, scenes: Catalogue, encoder: Encoder) -> list[int]:
    if solution.state is not SolutionState.PUBLISHED or not scenes.manifest.documents:
        return []
    offers = await solution_documents(only=[solution.id])
    if not offers:
        return []
    found = await asyncio.to_thread(scenes.rank, offer_as_need(offers[0]), encoder, k=SCENES_NEAR)
    return [item.document_id for item in found]


async def _is_waiting(job: Job, **arguments: int) -> bool:
    """Whether a row for *job* waits that no worker holds: the one that runs now holds its own."""
    waiting = QueuedJob.filter(name=job, done_at=None, failed_at=None, lease_until=None)
    return await (waiting.filter(arguments__contains=arguments) if arguments else waiting).exists()


async def _ask_again(job: Job, delay: timedelta, **arguments: int) -> None:
    if await _is_waiting(job, **arguments):
        return  # else the sweeps' jobs would each leave another row behind
    async with unit_of_work() as work:
        work.after_commit(job, at=clock.now() + delay, **arguments)
