"""What would raise a vendor's fit: limits judged anew, requirements grouped, nothing promised that is not computed."""

import pytest

from market.catalogue import stated
from market.catalogue.facts import SceneFacts, SolutionFacts
from market.core.vocabulary import DataLevel, Deployment, OrganisationKind
from market.core.work import unit_of_work
from market.fitting import gaps
from market.fitting.changes import changes_for, silences_of
from market.lifecycle import Role
from market.matches import actions, rules
from market.matches.models import Match
from market.solutions.models import Capability, Solution
from matching.ranker import shipped_ranker
from tests.browser import Browser
from tests.factories import make_actor, make_organisation, make_person
from tests.matches.rows import STEEL, publish_scene, publish_solution
from workers import matching as jobs

EDGE = SceneFacts(deployments=frozenset({Deployment.EDGE}))
EDGE_ELSEWHERE = SceneFacts(deployments=frozenset({Deployment.EDGE}), region="徐汇区")
CLOUD = SceneFacts(deployments=frozenset({Deployment.PUBLIC_CLOUD}))
OFFER = SolutionFacts(deployments=frozenset({Deployment.PUBLIC_CLOUD}), regions=("临江区",))


def test_a_change_opens_what_it_alone_shuts_out() -> None:
    changes, qualifies = changes_for({1: EDGE, 2: EDGE_ELSEWHERE, 3: CLOUD}, OFFER)
    assert qualifies == 1
    assert [(each.code, str(each.advice), each.asked, each.opens) for each in changes] == [
        ("deployment", "If it also runs as “Edge device”, say so.", (1, 2), (1,)),
        ("region", "If you can also serve 徐汇区, add it.", (2,), ()),
        ("region", "If you serve the whole country, say so.", (2,), ()),
    ]


@pytest.mark.parametrize(
    ("scene", "offer", "code"),
    [
        (SceneFacts(serves_public=True), SolutionFacts(models=1, unfiled=("甲",)), "filing"),
        (SceneFacts(data_level=DataLevel.SENSITIVE), SolutionFacts(max_data_level=DataLevel.INTERNAL), "data_level"),
        (SceneFacts(budget_max_fen=90), SolutionFacts(price_min_fen=100), "price"),
        (SceneFacts(region="徐汇区"), SolutionFacts(regions=("浦东新区",)), "region"),
        (EDGE, OFFER, "deployment"),
    ],
)
def test_every_limit_has_a_change_that_meets_it(scene: SceneFacts, offer: SolutionFacts, code: str) -> None:
    assert [each.code for each in rules.unmet_musts(scene, offer)] == [code]
    changes, _qualifies = changes_for({7: scene}, offer)
    assert {(each.code, each.opens) for each in changes} == {(code, (7,))}


def test_of_prices_the_highest_that_opens_most_is_named() -> None:
    scenes = {number: SceneFacts(budget_max_fen=fen * 100) for number, fen in enumerate((90, 80, 80, 30))}
    changes, _qualifies = changes_for(scenes, SolutionFacts(price_min_fen=10_000))
    assert [(str(each.advice), each.opens) for each in changes] == [
        ("If a smaller package pays at ¥80 or less, offer it.", (0, 1, 2))
    ]


def test_what_is_not_stated_is_a_question_and_not_a_limit() -> None:
    scenes = {1: EDGE, 2: SceneFacts(region="徐汇区"), 3: SceneFacts()}
    assert changes_for(scenes, SolutionFacts()) == ((), 3)
    assert [(each.code, each.scenes) for each in silences_of(scenes, SolutionFacts())] == [
        ("deployment", (1,)), ("region", (2,)),
    ]  # fmt: skip
    assert silences_of(scenes, OFFER) == ()


@pytest.mark.usefixtures("db", "empty_index", "noon")
async def test_requirements_of_one_meaning_stand_together_with_what_they_would_add() -> None:
    solution = await publish_solution(STEEL, capabilities=("钢板表面划伤在线识别",))
    for wording in ("系统支持国产处理器运行", "系统支持国产处理器运行。", "交付后提供两年驻场运维"):
        scene = await publish_scene(musts=("钢板表面划伤在线识别", wording))
        await jobs.match_scene(scene_id=scene.id)
    near = await gaps.near_scenes([solution.id])
    found = await gaps.gaps_in(near, shipped_ranker())
    assert [(len(gap.scenes), gap.musts) for gap in found] == [(2, 2), (1, 1)]
    assert {lack.evidence.requirement for lack in found[0].lacks} == {
        "系统支持国产处理器运行",
        "系统支持国产处理器运行。",
    }
    lack = found[0].best
    assert lack.rank == 1
    # One of two musts would become well supported: less than half of what covering everything adds.
    assert 0 < lack.gain < shipped_ranker().weights["coverage"] / 2
    assert await gaps.gaps_in(near, shipped_ranker()) == found


@pytest.mark.usefixtures("db", "empty_index", "noon")
async def test_a_promised_score_is_what_the_ranking_then_gives_for_coverage() -> None:
    """Say the missing sentence, rank again: coverage rises by what was promised of it."""
    solution = await publish_solution(STEEL, capabilities=("钢板表面划伤在线识别",))
    scene = await publish_scene(musts=("钢板表面划伤在线识别", "交付后提供两年驻场运维"))
    await jobs.match_scene(scene_id=scene.id)
    before = await Match.get().select_related("scene", "solution")
    [lack] = await gaps.lacks_of(before, shipped_ranker())
    await Capability.create(solution=solution, position=9, text="交付后提供两年驻场运维")
    await Solution.filter(id=solution.id).update(revision=2)
    await jobs.match_solution(solution_id=solution.id)
    async with unit_of_work() as work:
        await actions.ask_ranking(scene, work=work, actor=await make_actor(Role.OFFICER))
    await jobs.match_scene(scene_id=scene.id)
    after = await Match.get()
    assert after.coverage > before.coverage
    assert after.score - before.score >= lack.gain
    assert await gaps.lacks_of(await Match.get().select_related("scene", "solution"), shipped_ranker()) == []


@pytest.mark.usefixtures("db", "empty_index", "noon")
async def test_the_page_names_limits_and_requirements(browser: Browser) -> None:
    organisation = await make_organisation(OrganisationKind.VENDOR)
    solution = await publish_solution(
        STEEL, capabilities=("钢板表面划伤在线识别",), organisation=organisation, deployments=[Deployment.API],
        price_min_fen=10**8,
    )  # fmt: skip
    scene = await publish_scene(musts=("钢板表面划伤在线识别", "交付后提供两年驻场运维"), deployments=[Deployment.EDGE],
                                region="临江区", budget_max_fen=10**9)  # fmt: skip
    await jobs.match_scene(scene_id=scene.id)
    await browser.in_english()
    await browser.sign_in((await make_person(Role.VENDOR, organisation)).email)
    page = await browser.get("/matches/gaps")
    assert "Qualifies for 0 of the 1 open scenes near to it." in page.text
    assert f"If it also runs as “Edge device”, say so. Then 1 more scene qualifies: {STEEL}" in page.text
    assert f"State which regions you serve. 1 scene cannot be judged without it: {STEEL}" in page.text
    assert "交付后提供两年驻场运维" in page.text
    assert "it would still not qualify." in page.text
    assert page.link(STEEL) == f"/solutions/{solution.id}"
    facts = (await stated.facts_of_solutions([solution.id]))[solution.id]
    assert facts.deployments == {Deployment.API}
    assert (await browser.get(f"/matches/gaps?solution={solution.id}")).status == 200
    await browser.get("/matches/gaps?solution=999", expect=404)


@pytest.mark.usefixtures("db", "empty_index", "noon")
@pytest.mark.parametrize(("offers", "expected"), [(False, "Publish a solution first"), (True, "No open scene is near")])
async def test_empty_pages_say_what_to_do(browser: Browser, offers: bool, expected: str) -> None:
    organisation = await make_organisation(OrganisationKind.VENDOR)
    if offers:
        await publish_solution(STEEL, organisation=organisation)
    await browser.in_english()
    await browser.sign_in((await make_person(Role.VENDOR, organisation)).email)
    assert expected in (await browser.get("/matches/gaps")).text
