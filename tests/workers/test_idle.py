import shutil
from typing import Any

import pytest

from market.catalogue import catalogues
from market.core import clock
from market.core.jobs import Job
from market.core.models import QueuedJob
from market.matches.models import MatchRun
from market.scenes.models import Scene
from market.solutions.models import Capability, Solution
from market.states import SceneState, SolutionState
from tests.factories import make_scene
from workers import idle
from workers.context import Context

CONTEXT = Context(None)


@pytest.fixture(autouse=True)
def time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "IDLE_SECONDS", 600)


async def three_imported_scenes_and_one_posted() -> tuple[Scene, list[Scene]]:
    solution = await Solution.create(title="钢板缺陷检测", state=SolutionState.PUBLISHED, published_at=clock.now())
    await Capability.create(solution=solution, position=1, text="在线识别钢板裂纹")
    await catalogues.build_index()
    posted = await make_scene(state=SceneState.PUBLISHED, published_at=clock.now())
    imported = [
        await Scene.create(title=f"需求{n}", state=SceneState.PUBLISHED, published_at=clock.now(), source_id=f"f:{n}")
        for n in range(3)
    ]
    return posted, imported


async def ranked() -> list[Any]:
    return sorted(await MatchRun.exclude(finished_at=None).values_list("scene_id", flat=True))


async def test_imported_scenes_are_ranked_one_after_another(db: Any) -> None:
    _posted, imported = await three_imported_scenes_and_one_posted()
    assert await idle.rank_imported_scenes(CONTEXT) == 3
    assert await ranked() == sorted(scene.id for scene in imported)
    assert await idle.rank_imported_scenes(CONTEXT) == 0


async def test_they_give_way_to_a_job_that_waits(db: Any) -> None:
    posted, _imported = await three_imported_scenes_and_one_posted()
    now = clock.now()
    job = await QueuedJob.create(name=Job.MATCH_SCENE, arguments={"scene_id": posted.id}, asked_at=now, due_at=now)
    assert (await idle.rank_imported_scenes(CONTEXT), await ranked()) == (0, [])
    await QueuedJob.filter(id=job.id).update(done_at=now)
    assert await idle.rank_imported_scenes(CONTEXT) == 3


async def test_when_the_time_is_up_the_rest_waits_for_the_next_sweep(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _posted, imported = await three_imported_scenes_and_one_posted()
    monkeypatch.setattr(idle, "IDLE_SECONDS", 0)
    assert (await idle.rank_imported_scenes(CONTEXT), await ranked()) == (0, [])
    assert len(imported) == 3


async def test_without_an_index_they_wait(db: Any) -> None:
    shutil.rmtree(catalogues.SOLUTIONS.directory, ignore_errors=True)
    await Scene.create(title="需求", state=SceneState.PUBLISHED, published_at=clock.now(), source_id="f:1")
    assert await idle.rank_imported_scenes(CONTEXT) == 0
    assert await MatchRun.all().count() == 0
