"""The job that ranks the catalogue for a scene, with real FAISS and the hashing encoder."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from market.catalogue import catalogues, encoders
from market.catalogue.models import TextVector
from market.catalogue.vectors import embed_missing
from market.core import clock
from market.core.jobs import Job
from market.core.models import AuditEvent, QueuedJob
from market.core.vocabulary import Deployment
from market.core.work import unit_of_work
from market.lifecycle import Role, SceneState, SolutionState
from market.matches import actions
from market.matches.models import Match, MatchRun
from market.scenes.models import Scene
from market.settings import settings
from market.solutions.models import Capability, Solution
from matching.encoder import EncoderError, OnProgress, Vectors
from matching.hashing import HashingEncoder
from matching.ranker import shipped_ranker
from matching.text import text_hash
from tests.factories import make_actor
from tests.matches.rows import publish_scene, three_solutions
from workers import matching as jobs
from workers.queue import run_queued_job

pytestmark = pytest.mark.usefixtures("db", "empty_index")


async def ranks(scene: Scene, *, qualifies: bool = True) -> list[int]:
    rows = await Match.filter(scene_id=scene.id, qualifies=qualifies).order_by("rank")
    assert [row.rank for row in rows] == list(range(1, len(rows) + 1))
    return [row.solution_id for row in rows]


async def test_the_solution_that_fits_comes_first_with_its_evidence() -> None:
    steel, _office, _weather = await three_solutions()
    scene = await publish_scene(musts=("误检率低于百分之二",), wishes=("检测延迟不超过一百毫秒",))
    await jobs.match_scene(scene_id=scene.id)
    assert (await ranks(scene))[0] == steel.id
    best = await Match.get(scene_id=scene.id, solution_id=steel.id)
    assert [(each["kind"], each["requirement"], each["sentence"]) for each in best.evidence] == [
        ("must", "误检率低于百分之二", "钢板表面划伤、裂纹的在线识别，误检率低于百分之二"),
        ("wish", "检测延迟不超过一百毫秒", "相机与产线同步，检测延迟一百毫秒"),
    ]
    assert all(0 < each["strength"] <= 1 for each in best.evidence)


async def test_a_run_says_what_produced_it(noon: datetime) -> None:
    await three_solutions()
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    run = await MatchRun.get(scene_id=scene.id)
    manifest = catalogues.published_manifest(catalogues.SOLUTIONS)
    assert manifest is not None
    assert (run.encoder, run.snapshot, run.catalogue_version) == (
        "hashing-512-1", manifest.name, await catalogues.version_of(catalogues.SOLUTIONS),
    )  # fmt: skip
    assert (run.asked_at, run.started_at, run.finished_at, run.error) == (noon, noon, noon, "")
    ranker = shipped_ranker()
    assert (run.considered, run.ranker, run.weights) == (3, ranker.name, dict(ranker.weights))
    event = await AuditEvent.get(subject="MatchRun", subject_id=run.id)
    assert event.details["snapshot"] == manifest.name
    assert [each["solution"] for each in event.details["first"]] == await ranks(scene)


async def test_a_second_job_has_no_second_effect() -> None:
    await three_solutions()
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    before = await Match.all().order_by("id").values()
    await jobs.match_scene(scene_id=scene.id)
    assert await Match.all().order_by("id").values() == before
    assert await MatchRun.all().count() == 1


async def test_asking_again_replaces_the_matches_and_keeps_the_runs() -> None:
    _steel, office, _weather = await three_solutions()
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    await Solution.filter(id=office.id).update(state=SolutionState.RETIRED)
    async with unit_of_work() as work:
        await actions.ask_ranking(scene, work=work, actor=await make_actor(Role.OFFICER))
    await jobs.match_scene(scene_id=scene.id)
    assert office.id not in await ranks(scene)
    assert await Match.all().count() == 2
    assert [run.error for run in await MatchRun.all()] == ["", ""]
    assert {match.run_id for match in await Match.all()} == {(await MatchRun.all().order_by("-id").first()).id}


async def test_a_scene_that_changed_is_ranked_again(noon: datetime) -> None:
    await three_solutions()
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    clock.fix(noon + timedelta(minutes=5))
    await Scene.filter(id=scene.id).update(published_at=clock.now(), title="未来两小时降水")
    await jobs.match_scene(scene_id=scene.id)
    assert await MatchRun.filter(scene_id=scene.id).count() == 2


async def test_musts_are_kept_apart_from_likeness() -> None:
    steel, _office, _weather = await three_solutions()
    await Solution.filter(id=steel.id).update(deployments=[Deployment.API])
    scene = await publish_scene(deployments=[Deployment.ON_PREMISES])
    await jobs.match_scene(scene_id=scene.id)
    assert await ranks(scene, qualifies=False) == [steel.id]
    assert steel.id not in await ranks(scene)
    match = await Match.get(solution_id=steel.id)
    assert [each["code"] for each in match.unmet] == ["deployment"]
    assert match.score > max(row.score for row in await Match.filter(qualifies=True))


async def test_without_solutions_the_ranking_is_finished_and_empty() -> None:
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    run = await MatchRun.get(scene_id=scene.id)
    assert (run.error, run.considered, run.finished_at is None) == ("", 0, False)
    assert await Match.all().count() == 0


async def test_a_scene_that_is_not_open_is_not_ranked() -> None:
    scene = await publish_scene(state=SceneState.DRAFT)
    await jobs.match_scene(scene_id=scene.id)
    await jobs.match_scene(scene_id=999)
    assert await MatchRun.all().count() == 0


async def test_a_missing_model_is_said_and_not_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = await publish_scene()
    monkeypatch.setenv("JIEBANG_ENCODER", "bundled")
    settings.cache_clear()
    try:
        await jobs.match_scene(scene_id=scene.id)
        with pytest.raises(EncoderError):
            await encoders.current_encoder()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    run = await MatchRun.get(scene_id=scene.id)
    assert run.error.startswith("The bundled encoder is not prepared")
    assert run.finished_at is not None
    await jobs.match_scene(scene_id=scene.id)  # the model is there again
    assert [each.error for each in await MatchRun.all().order_by("id")] == [run.error, ""]


async def test_a_damaged_snapshot_is_built_anew() -> None:
    await three_solutions()
    await catalogues.refresh(catalogues.SOLUTIONS)
    manifest = catalogues.published_manifest(catalogues.SOLUTIONS)
    assert manifest is not None
    segment = manifest.segments[0].name
    (catalogues.SOLUTIONS.directory / "segments" / segment / "ids.npy").write_bytes(b"damaged")
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    assert len(await ranks(scene)) == 3
    assert (await MatchRun.get()).snapshot != manifest.name


class CountingEncoder(HashingEncoder):
    """Counts what is embedded."""

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def encode_passages(self, texts: Sequence[str], on_progress: OnProgress | None = None) -> Vectors:
        self.embedded += texts
        return super().encode_passages(texts, on_progress)


async def test_a_changed_text_embeds_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = CountingEncoder()

    async def counting() -> CountingEncoder:
        return encoder

    monkeypatch.setattr(catalogues, "current_encoder", counting)
    _steel, office, _weather = await three_solutions()
    assert await catalogues.refresh(catalogues.SOLUTIONS)
    first = len(encoder.embedded)
    assert await TextVector.all().count() == first
    capability = await Capability.get(solution_id=office.id, position=2)
    capability.text = "材料预审并指出缺项"
    await capability.save()
    await Solution.filter(id=office.id).update(revision=2)
    assert await catalogues.refresh(catalogues.SOLUTIONS)
    # the sentence, and the passage in which it stands
    assert [text for text in encoder.embedded[first:] if "缺项" not in text] == []
    assert len(encoder.embedded) == first + 2


async def test_nothing_is_rebuilt_when_nothing_changed() -> None:
    await three_solutions()
    await catalogues.build_index()
    before = await catalogues.index_status()
    after = await catalogues.build_index()
    assert before == after
    assert (after.behind, after.solutions.indexed, str(after)) == (
        False, 3, "3 of 3 solutions indexed, 0 of 0 scenes indexed",
    )  # fmt: skip


async def test_embedding_stops_in_time_and_goes_on_later() -> None:
    encoder = HashingEncoder()
    texts = {text_hash(f"第{number}句"): f"第{number}句" for number in range(150)}
    assert await embed_missing(encoder, texts, seconds=0) == 150
    seen: list[tuple[int, int]] = []
    assert await embed_missing(encoder, texts, on_progress=lambda done, total: seen.append((done, total))) == 0
    assert (seen[0], seen[-1]) == ((64, 150), (150, 150))
    assert await embed_missing(encoder, texts, seconds=0) == 0


async def test_a_new_solution_has_the_scenes_it_is_near_to_ranked_again() -> None:
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    steel, *_others = await three_solutions()
    await jobs.match_solution(solution_id=steel.id)
    assert [(row.name, row.arguments) for row in await QueuedJob.all()] == [(Job.MATCH_SCENE, {"scene_id": scene.id})]
    await jobs.match_scene(scene_id=scene.id)
    assert (await ranks(scene))[0] == steel.id


async def test_a_job_that_finds_the_index_being_built_asks_again_once(tmp_path: Path) -> None:
    from filelock import FileLock

    scene = await publish_scene()
    catalogues.SOLUTIONS.directory.mkdir(parents=True)
    with FileLock(catalogues.SOLUTIONS.directory / "build.lock"):
        await jobs.match_scene(scene_id=scene.id)
        await jobs.match_scene(scene_id=scene.id)
    assert await QueuedJob.filter(name=Job.MATCH_SCENE).count() == 1
    assert (await MatchRun.get(scene_id=scene.id)).finished_at is None


class Prompts:
    """What a sweep asks for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Job, dict[str, int]]] = []

    async def enqueue(self, job: Job, **ids: int) -> None:
        self.asked.append((job, ids))


@pytest.mark.usefixtures("noon")
async def test_the_sweep_finds_what_a_lost_job_left() -> None:
    await three_solutions()
    scene = await publish_scene()
    sweep = Prompts()
    assert await jobs.rank_due_scenes(sweep) == 1
    assert await jobs.refresh_due_index(sweep) == 1
    assert sweep.asked == [(Job.MATCH_SCENE, {"scene_id": scene.id}), (Job.REFRESH_INDEX, {})]
    await jobs.refresh_index()
    await jobs.match_scene(scene_id=scene.id)
    assert (await jobs.rank_due_scenes(sweep), await jobs.refresh_due_index(sweep)) == (0, 0)


@pytest.mark.parametrize(
    ("change", "minutes", "due"),
    [
        ({"finished_at": None}, 1, 0),
        ({"finished_at": None}, 3, 1),
        ({"error": "no model"}, 5, 0),
        ({"error": "no model"}, 11, 1),
        ({"catalogue_version": "older"}, 30, 0),
        ({"catalogue_version": "older"}, 61, 1),
        ({"encoder": "another"}, 1, 1),
    ],
)
async def test_the_sweep_waits_before_it_tries_again(
    noon: datetime, change: dict[str, object], minutes: int, due: int
) -> None:
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    await MatchRun.filter(scene_id=scene.id).update(**change)
    clock.fix(noon + timedelta(minutes=minutes))
    assert await jobs.rank_due_scenes(Prompts()) == due


async def test_without_redis_the_row_waits_and_a_worker_runs_it() -> None:
    steel, *_others = await three_solutions()
    scene = await publish_scene()
    async with unit_of_work() as work:
        await actions.ask_ranking(scene, work=work, actor=await make_actor(Role.OFFICER))
    row = await QueuedJob.get(name=Job.MATCH_SCENE)
    assert (row.done_at, row.failed_at) == (None, None)
    assert await run_queued_job({}, row.id) is True
    assert (await ranks(scene))[0] == steel.id
    assert await run_queued_job({}, row.id) is False
    assert await MatchRun.all().count() == 1
