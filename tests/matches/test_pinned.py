"""What a ranking leaves behind is enough to explain it, whatever became of scene, solutions and catalogue since."""

from datetime import date

import pytest

from market.catalogue import catalogues
from market.catalogue.encoders import current_encoder
from market.core.vocabulary import Deployment
from market.lifecycle import SolutionState
from market.matches.models import Match, MatchRun
from market.matches.pinned import asked_then, exploration_of, need_asked, pairs_of
from market.matches.rankers import current_ranker
from market.matches.ranking import Ranks, asked_of, rank_asked, rank_scene
from market.scenes.models import Requirement, Scene
from market.solutions.models import Solution
from tests.matches.rows import publish_scene, publish_solution, three_solutions
from workers import matching as jobs

pytestmark = pytest.mark.usefixtures("db", "empty_index", "noon")


async def ranked_run() -> MatchRun:
    await three_solutions()
    await publish_solution("钢板表面缺陷检测云服务", deployments=[Deployment.API])
    scene = await publish_scene(
        musts=("误检率低于百分之二",), wishes=("检测延迟不超过一百毫秒",), deployments=[Deployment.EDGE]
    )
    await jobs.match_scene(scene_id=scene.id)
    return await MatchRun.get(scene_id=scene.id)


async def test_a_run_keeps_every_pair_with_the_words_of_then() -> None:
    run = await ranked_run()
    before = pairs_of(run)
    await Solution.all().update(title="另一个方案", deployments=[])
    await Scene.all().update(title="另一个场景", deployments=[])
    await Requirement.all().delete()
    await Match.all().delete()
    pairs = pairs_of(await MatchRun.get(id=run.id))
    assert pairs == before
    assert [(pair.title, pair.rank, pair.merit, pair.qualifies) for pair in pairs] == [
        ("金属板材表面缺陷检测系统", 1, 1, True), ("政务大厅智能问答", 2, 2, True), ("短临降水预报", 3, 3, True),
        ("钢板表面缺陷检测云服务", 1, 1, False),
    ]  # fmt: skip
    best, refused = pairs[0], pairs[-1]
    assert [each["requirement"] for each in best.evidence] == ["误检率低于百分之二", "检测延迟不超过一百毫秒"]
    assert [str(text) for text in refused.unmet] == ["The scene needs Edge device; the solution offers API call."]
    assert [str(text) for text in refused.remedies] == ["it could also be deployed as Edge device"]
    assert {fit.name: fit.value for fit in refused.fits} == {
        "field": None, "deployment": 0.0, "region": None, "price": None, "delivery": None, "readiness": None,
    }  # fmt: skip


async def test_what_was_asked_is_read_back_as_it_was() -> None:
    run = await ranked_run()
    scene = await Scene.get(id=run.scene_id)
    asked = await asked_of(scene)
    assert need_asked(run) == asked.need
    assert asked_then(run, {}) == asked
    assert asked.today == date(2026, 11, 2)


async def test_the_same_inputs_give_the_same_numbers() -> None:
    run = await ranked_run()
    catalogue = await catalogues.catalogue_of(catalogues.SOLUTIONS)
    assert catalogue is not None
    policy, standings = exploration_of(run)
    again = await rank_asked(
        asked_then(run, {}), Ranks(catalogue, await current_encoder(), await current_ranker()), policy, standings
    )
    assert [(pair.ranked.document_id, round(pair.ranked.score, 6)) for pair in again.pairs] == [
        (pair.solution_id, pair.score) for pair in pairs_of(run)
    ]


async def test_a_solution_that_was_withdrawn_before_the_catalogue_noticed_is_named() -> None:
    steel, *_others = await three_solutions()
    await catalogues.refresh(catalogues.SOLUTIONS)
    catalogue = await catalogues.catalogue_of(catalogues.SOLUTIONS)
    await Solution.filter(id=steel.id).update(state=SolutionState.RETIRED)
    assert catalogue is not None
    ranking = await rank_scene(await publish_scene(), catalogue, await current_encoder())
    assert (ranking.left_out, steel.id in {pair.ranked.document_id for pair in ranking.pairs}) == ((steel.id,), False)


async def test_a_run_older_than_this_record_has_no_pairs() -> None:
    scene = await publish_scene()
    run = await MatchRun.create(scene=scene, asked_at=scene.published_at, encoder="hashing-512-1")
    assert pairs_of(run) == []
