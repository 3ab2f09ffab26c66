"""Past rankings on pages and in files: explained from what was stored, made again with the versions of then."""

import csv
import io

import pytest

from market.accounts.models import Organisation
from market.core import clock
from market.core.errors import MarketError
from market.core.vocabulary import Deployment
from market.lifecycle import Role
from market.matches.models import Match, MatchRun
from market.matches.rerunning import rerun
from market.scenes.models import Scene
from market.solutions.models import Capability, Solution
from tests.browser import Browser
from tests.factories import make_person
from tests.matches.rows import publish_scene, publish_solution, three_solutions
from workers import matching as jobs

pytestmark = pytest.mark.usefixtures("db", "empty_index")


async def ranked() -> tuple[Scene, MatchRun]:
    await three_solutions()
    await publish_solution("钢板表面缺陷检测云服务", deployments=[Deployment.API], summary="=1+1")
    scene = await publish_scene(musts=("误检率低于百分之二",), deployments=[Deployment.EDGE])
    await jobs.match_scene(scene_id=scene.id)
    return scene, await MatchRun.get(scene_id=scene.id)


async def change_everything() -> None:
    steel = await Solution.get(title="金属板材表面缺陷检测系统")
    await Capability.filter(solution_id=steel.id).update(text="什么都不做")
    await Solution.filter(id=steel.id).update(revision=2, price_min_fen=1, deployments=[Deployment.EDGE])
    await publish_solution("钢板表面缺陷在线检测", capabilities=("误检率低于百分之二",))


async def test_a_ranking_made_again_years_later_is_the_same() -> None:
    scene, run = await ranked()
    await change_everything()
    await MatchRun.create(scene=scene, asked_at=clock.now())
    await jobs.match_scene(scene_id=scene.id)
    assert await MatchRun.filter(scene_id=scene.id).count() == 2
    again = await rerun(await MatchRun.get(id=run.id))
    assert (again.equal, again.decimals, again.pairs, again.differences) == (True, 6, 4, ())
    assert str(again) == f"Ranking {run.id}: equal to 6 decimals, 4 pairs."
    assert again.as_json() == {"run": run.id, "pairs": 4, "equal": True, "decimals": 6, "differences": []}


async def test_a_ranking_that_was_tampered_with_does_not_come_out_the_same() -> None:
    _scene, run = await ranked()
    run.outputs[0]["score"] = round(run.outputs[0]["score"] + 0.004, 6)
    again = await rerun(run)
    assert (again.equal, again.decimals, len(again.differences)) == (False, 2, 1)
    assert again.differences[0].title == "金属板材表面缺陷检测系统"
    assert str(again).startswith(f"Ranking {run.id}: 1 of 4 pairs differ.\n  #")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"inputs": {}}, "This ranking is older than the record that is needed to make it again."),
        ({"encoder": "another"}, "It was made with the model another; this system runs hashing-512-1."),
        ({"ranker": "ranker-x"}, "The ranker ranker-x is not known here."),
    ],
)
async def test_what_is_gone_is_named(change: dict[str, object], expected: str) -> None:
    _scene, run = await ranked()
    run.update_from_dict(change)
    with pytest.raises(MarketError, match=expected):
        await rerun(run)


async def test_the_pages_explain_a_ranking_without_todays_rows(browser: Browser) -> None:
    scene, run = await ranked()
    await change_everything()
    await Match.all().delete()
    await browser.in_english()
    buyer = await make_person(Role.BUYER, await Organisation.get(id=scene.organisation_id))
    await browser.sign_in(buyer.email)
    page = await browser.get(f"/scenes/{scene.id}/runs")
    assert page.link(str(run.id)) == f"/scenes/{scene.id}/runs/{run.id}"
    page = await browser.get(f"/scenes/{scene.id}/runs/{run.id}")
    assert "1. 金属板材表面缺陷检测系统" in page.text
    assert "钢板表面划伤、裂纹的在线识别，误检率低于百分之二" in page.text
    assert "The scene needs Edge device; the solution offers API call." in page.text
    for version in (run.ranker, run.encoder, run.snapshot, run.catalogue_version):
        assert version in page.text
    assert "Rank again with the same versions" not in page.text
    await browser.get(f"/scenes/{scene.id}/runs/{run.id}/again", expect=403)
    await browser.get(f"/scenes/{scene.id}/runs/{run.id + 100}", expect=404)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR])
async def test_staff_rank_again_with_the_same_versions(browser: Browser, role: Role) -> None:
    scene, run = await ranked()
    await browser.in_english()
    await browser.sign_in((await make_person(role)).email)
    page = await browser.get(f"/scenes/{scene.id}/runs/{run.id}")
    page = await browser.get(page.link("Rank again with the same versions"))
    assert "It comes out the same" in page.text
    assert "4 pairs, equal to 6 decimals." in page.text
    await MatchRun.filter(id=run.id).update(ranker="ranker-x")
    page = await browser.get(f"/scenes/{scene.id}/runs/{run.id}/again")
    assert "It cannot be made again here" in page.text
    assert "The ranker ranker-x is not known here." in page.text


async def test_a_ranking_is_taken_away_as_json_and_as_a_table(browser: Browser) -> None:
    scene, run = await ranked()
    await Solution.all().update(title="=HYPERLINK(1)")
    await MatchRun.create(scene=scene, asked_at=clock.now())
    await jobs.match_scene(scene_id=scene.id)
    await browser.sign_in((await make_person(Role.AUDITOR)).email)
    kept = (await browser.client.get(f"/scenes/{scene.id}/runs/{run.id}/run.json")).json()
    assert (kept["run"], kept["outputs"], kept["inputs"], kept["teams"]) == (
        run.id, run.outputs, run.inputs, run.teams,
    )  # fmt: skip
    answer = await browser.client.get(f"/scenes/{scene.id}/runs/{run.id}/pairs.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (rows[0]["rank"], rows[0]["title"], rows[0]["requirement"]) == (
        "1", "金属板材表面缺陷检测系统", "误检率低于百分之二",
    )  # fmt: skip
    last = await MatchRun.filter(scene_id=scene.id).order_by("-id").first()
    answer = await browser.client.get(f"/scenes/{scene.id}/runs/{last.id}/pairs.csv")
    assert "'=HYPERLINK(1)" in answer.text


async def test_a_buyer_takes_away_no_standing_of_other_vendors(browser: Browser) -> None:
    scene, run = await ranked()
    await browser.sign_in((await make_person(Role.BUYER, await Organisation.get(id=scene.organisation_id))).email)
    kept = (await browser.client.get(f"/scenes/{scene.id}/runs/{run.id}/run.json")).json()
    assert "standings" in run.inputs["exploration"]
    assert sorted(kept["inputs"]["exploration"]) == ["margin", "seed", "slots"]
    assert (kept["outputs"], kept["teams"]) == (run.outputs, run.teams)


async def test_one_or_three_runs_are_listed_newest_first(browser: Browser) -> None:
    scene, run = await ranked()
    for _number in range(2):
        await MatchRun.create(scene=scene, asked_at=clock.now())
        await jobs.match_scene(scene_id=scene.id)
    await browser.sign_in((await make_person(Role.OFFICER)).email)
    page = await browser.get(f"/scenes/{scene.id}/runs")
    listed = [link for link in page.links() if link.startswith(f"/scenes/{scene.id}/runs/")]
    assert listed == [f"/scenes/{scene.id}/runs/{number}" for number in (run.id + 2, run.id + 1, run.id)]


async def test_ranking_again_is_limited_a_person(browser: Browser) -> None:
    scene, run = await ranked()
    await browser.sign_in((await make_person(Role.OFFICER)).email)
    for _attempt in range(5):
        await browser.get(f"/scenes/{scene.id}/runs/{run.id}/again")
    await browser.get(f"/scenes/{scene.id}/runs/{run.id}/again", expect=429)
