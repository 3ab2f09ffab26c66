"""The pages of matches: buyer, district, vendor; what each sees and does, and what is refused."""

from typing import Any

import pytest
from tortoise import connections

from market.accounts.models import Organisation, Person
from market.core.jobs import Job
from market.core.models import QueuedJob
from market.core.vocabulary import Deployment
from market.core.work import unit_of_work
from market.lifecycle import Role, SceneState, ShortlistState
from market.matches import actions
from market.matches.models import MatchRun, Shortlisting
from market.matches.pinned import pairs_of
from market.scenes.models import Scene
from market.solutions.models import Solution
from tests.browser import Browser
from tests.factories import actor_for, make_person
from tests.matches.rows import publish_scene, publish_solution, three_solutions
from workers import matching as jobs

pytestmark = pytest.mark.usefixtures("db", "empty_index")


async def buyer_of(scene: Scene) -> Person:
    return await make_person(Role.BUYER, await Organisation.get(id=scene.organisation_id))


async def vendor_of(solution: Solution) -> Person:
    return await make_person(Role.VENDOR, await Organisation.get(id=solution.organisation_id))


async def ranked(**given: Any) -> tuple[Scene, Solution]:
    steel, *_others = await three_solutions()
    scene = await publish_scene(musts=("误检率低于百分之二",), **given)
    await jobs.match_scene(scene_id=scene.id)
    return scene, steel


async def test_the_buyer_sees_who_fits_and_why(browser: Browser) -> None:
    scene, steel = await ranked()
    await browser.in_english()
    await browser.sign_in((await buyer_of(scene)).email)
    page = await browser.get(f"/scenes/{scene.id}/matches")
    assert page.h1 == "Solutions that fit"
    assert f"1. {steel.title}" in page.text
    assert "误检率低于百分之二 Must" in page.text
    assert "钢板表面划伤、裂纹的在线识别，误检率低于百分之二" in page.text
    assert "3qualify, best first" in page.text
    run = await MatchRun.get()
    for pinned in (run.encoder, run.snapshot, run.catalogue_version):
        assert pinned in page.html
    assert page.link(steel.title) == f"/solutions/{steel.id}"


async def test_the_page_is_chinese_by_default(browser: Browser) -> None:
    scene, _steel = await ranked()
    await browser.sign_in((await buyer_of(scene)).email)
    page = await browser.get(f"/scenes/{scene.id}/matches")
    assert page.h1 == "匹配的解决方案"
    assert "匹配度的构成" in page.text
    assert "从未中榜" not in page.text  # nobody has won: there is nothing to choose


async def test_those_that_do_not_qualify_stand_apart(browser: Browser) -> None:
    steel, *_others = await three_solutions()
    await Solution.filter(id=steel.id).update(deployments=[Deployment.API], price_min_fen=10**8)
    far = await publish_solution("钢板表面缺陷检测云服务", deployments=[Deployment.API])
    scene = await publish_scene(deployments=[Deployment.EDGE], budget_max_fen=10**7)
    await jobs.match_scene(scene_id=scene.id)
    await browser.in_english()
    await browser.sign_in((await buyer_of(scene)).email)
    text = (await browser.get(f"/scenes/{scene.id}/matches")).text
    near, refused = text.index("Almost: one constraint is open"), text.index("Do not qualify")
    assert near < text.index(far.title) < refused < text.index(steel.title)
    assert "It would qualify if it could also be deployed as Edge device." in text
    assert "Its lowest price, ¥1,000,000, is above the budget of at most ¥100,000." in text


async def test_a_waiting_page_lives_and_a_finished_one_does_not(browser: Browser) -> None:
    await three_solutions()
    scene = await publish_scene()
    await browser.in_english()
    await browser.sign_in((await buyer_of(scene)).email)
    page = await browser.get(f"/scenes/{scene.id}/matches")
    assert "Solutions will be ranked in a moment" in page.text
    assert 'data-live="/live/' in page.html
    await jobs.match_scene(scene_id=scene.id)
    page = await browser.get(f"/scenes/{scene.id}/matches")
    assert 'data-live="/live/' not in page.html
    page = await browser.submit(f"/scenes/{scene.id}/matches/rerun")
    assert "The ranking starts now." in page.html
    assert 'data-live="/live/' in page.html
    assert not page.has_form(f"/scenes/{scene.id}/matches/rerun")
    assert await QueuedJob.filter(name=Job.MATCH_SCENE, arguments__contains={"scene_id": scene.id}).count() == 1
    await jobs.match_scene(scene_id=scene.id)
    assert "Solutions will be ranked" not in (await browser.get(f"/scenes/{scene.id}/matches")).text


@pytest.mark.parametrize(
    ("state", "problem", "expected"),
    [
        (SceneState.DRAFT, None, "Solutions are ranked when the scene is published."),
        (SceneState.PUBLISHED, "The bundled encoder is not prepared", "The last ranking did not work"),
        (SceneState.PUBLISHED, "", "Nobody has published a solution."),
    ],
)
async def test_empty_states_say_what_comes_next(
    browser: Browser, state: SceneState, problem: str | None, expected: str
) -> None:
    scene = await publish_scene(state=state)
    if problem is not None:
        await jobs.match_scene(scene_id=scene.id)
        if problem:
            await MatchRun.filter(scene_id=scene.id).update(error=problem)
    await browser.in_english()
    await browser.sign_in((await buyer_of(scene)).email)
    text = (await browser.get(f"/scenes/{scene.id}/matches")).text
    assert expected in text
    assert (problem or "") in text


async def test_shortlist_invite_and_dismiss(browser: Browser) -> None:
    scene, steel = await ranked()
    office = await Solution.get(title="政务大厅智能问答")
    await browser.in_english()
    await browser.sign_in((await buyer_of(scene)).email)
    base = f"/scenes/{scene.id}/shortlist"
    page = await browser.get(base)
    assert "Nobody is on the shortlist yet" in page.text
    for each in (steel, office):
        await browser.get(f"/scenes/{scene.id}/matches")
        await browser.submit(f"{base}/{each.id}/add")
    await browser.get(base)
    page = await browser.submit(f"{base}/{steel.id}/invite")
    assert "1 of at most 10 invitations are unanswered." in page.text
    page = await browser.submit(f"{base}/{office.id}/dismiss", {"reason": "不是同一类问题"})
    assert "不是同一类问题" in page.text
    await browser.submit(f"{base}/{office.id}/reconsider")
    assert [row.state for row in await Shortlisting.all().order_by("id")] == [
        ShortlistState.INVITED, ShortlistState.SHORTLISTED,
    ]  # fmt: skip


async def test_a_dismissal_without_a_reason_is_refused(browser: Browser) -> None:
    scene, steel = await ranked()
    await browser.in_english()
    await browser.sign_in((await buyer_of(scene)).email)
    await browser.get(f"/scenes/{scene.id}/matches")
    page = await browser.submit(f"/scenes/{scene.id}/shortlist/{steel.id}/dismiss", {"reason": " "}, expect=422)
    assert "Give a reason." in page.text
    assert await Shortlisting.all().count() == 0


async def test_the_vendor_sees_its_own_side_only(browser: Browser) -> None:
    scene, steel = await ranked()
    office = await Solution.get(title="政务大厅智能问答")
    await browser.in_english()
    await browser.sign_in((await vendor_of(steel)).email)
    page = await browser.get("/matches")
    assert scene.title in page.text
    page = await browser.get(page.link(scene.title))
    assert "钢板表面划伤、裂纹的在线识别，误检率低于百分之二" in page.text
    assert office.title not in page.text
    await browser.get(f"/matches/{scene.id}/{office.id}", expect=404)
    await browser.get(f"/scenes/{scene.id}/matches", expect=403)
    await Scene.filter(id=scene.id).update(state=SceneState.WITHDRAWN)
    await browser.get(f"/matches/{scene.id}/{steel.id}", expect=404)


async def test_a_pair_says_how_each_fact_fits_and_what_the_score_is_made_of(
    browser: Browser, another_browser: Browser
) -> None:
    scene, steel = await ranked()
    await browser.in_english()
    await browser.sign_in((await buyer_of(scene)).email)
    run = await MatchRun.get(scene_id=scene.id)
    page = await browser.get(f"/matches/{scene.id}/{steel.id}")
    for each in pairs_of(run, {steel.id})[0].fits:
        assert str(each.text) in page.text
    assert "What the score is made of" in page.text
    await browser.get(page.link("Everything about this ranking"))
    await another_browser.in_english()
    await another_browser.sign_in((await vendor_of(steel)).email)
    page = await another_browser.get(f"/matches/{scene.id}/{steel.id}")
    assert "How the stated facts fit" in page.text
    assert f"/scenes/{scene.id}/runs" not in page.html


async def test_a_vendor_does_not_learn_of_a_shortlist_before_it_is_invited(browser: Browser) -> None:
    scene, steel = await ranked()
    actor = await actor_for(await buyer_of(scene))
    async with unit_of_work() as work:
        await actions.shortlist_solution(scene, steel, work=work, actor=actor)
    await browser.in_english()
    await browser.sign_in((await vendor_of(steel)).email)
    for path in ("/matches", f"/matches/{scene.id}/{steel.id}"):
        assert "hortlist" not in (await browser.get(path)).text


async def test_an_invitation_is_answered(browser: Browser, another_browser: Browser) -> None:
    scene, steel = await ranked()
    buyer = await buyer_of(scene)
    actor = await actor_for(buyer)
    async with unit_of_work() as work:
        listed = await actions.shortlist_solution(scene, steel, work=work, actor=actor)
        await actions.invite_vendor(listed, scene, steel, work=work, actor=actor)
    await browser.in_english()
    await browser.sign_in((await vendor_of(steel)).email)
    page = await browser.get("/matches")
    assert "Invitations to answer" in page.text
    pair = page.link("Read and answer")
    await browser.get(pair)
    page = await browser.submit(f"{pair}/decline", {"reason": ""}, expect=422)
    assert "Give a reason." in page.text
    page = await browser.submit(f"{pair}/accept")
    assert "The vendor is interested." in page.text
    assert not page.has_form(f"{pair}/accept")
    await another_browser.in_english()
    await another_browser.sign_in(buyer.email)
    assert "Interested" in (await another_browser.get(f"/scenes/{scene.id}/shortlist")).text


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.BUYER, 404), (Role.OFFICER, 200), (Role.AUDITOR, 200), (Role.REVIEWER, 403), (Role.VENDOR, 403)],
)
async def test_others_at_a_scenes_matches(browser: Browser, role: Role, status: int) -> None:
    scene, steel = await ranked()
    await browser.sign_in((await make_person(role)).email)
    for path in (f"/scenes/{scene.id}/matches", f"/scenes/{scene.id}/shortlist"):
        page = await browser.get(path, expect=status)
        assert not page.has_form(f"/scenes/{scene.id}/shortlist/{steel.id}/add")
    if role is not Role.VENDOR:
        await browser.get("/matches", expect=403)


async def test_an_empty_side_of_the_vendor(browser: Browser) -> None:
    await browser.in_english()
    vendor = await make_person(Role.VENDOR)
    await browser.sign_in(vendor.email)
    assert "Publish a solution first" in (await browser.get("/matches")).text
    organisation = (await actor_for(vendor)).organisation_id
    await publish_solution("方案", organisation=await Organisation.get(id=organisation))
    assert "No scene fits yet" in (await browser.get("/matches")).text


class Counter:
    """Counts the queries of the pool's connections."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        client = type(connections.get("default"))
        for name in ("execute_query", "execute_query_dict", "execute_insert", "execute_many"):
            monkeypatch.setattr(client, name, self._counting(getattr(client, name)))

    def _counting(self, original: Any) -> Any:
        async def counted(*given: Any, **named: Any) -> Any:
            self.count += 1
            return await original(*given, **named)

        return counted


async def test_one_or_three_matches_cost_the_same(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, steel = await ranked()
    await browser.sign_in((await buyer_of(scene)).email)
    await Solution.exclude(id=steel.id).update(state="retired")
    counter = Counter(monkeypatch)
    await browser.get(f"/scenes/{scene.id}/matches")
    one, counter.count = counter.count, 0
    await Solution.all().update(state="published")
    counter.count = 0
    await browser.get(f"/scenes/{scene.id}/matches")
    assert counter.count == one > 0


async def test_imported_rows_are_ranked_and_shown(browser: Browser) -> None:
    solution = await publish_solution("钢板检测" * 60, summary="缺陷检测。" * 4000)
    await Solution.filter(id=solution.id).update(organisation_id=None)
    scene = await publish_scene("钢板检测" * 70, problem="缺陷。" * 6000)
    await Scene.filter(id=scene.id).update(organisation_id=None)
    await jobs.match_scene(scene_id=scene.id)
    await browser.in_english()
    await browser.sign_in((await make_person(Role.OFFICER)).email)
    page = await browser.get(f"/scenes/{scene.id}/matches")
    assert "Imported, vendor not named" in page.text
    assert "The sentence nearest to this scene" in page.text
    assert "Price not stated" in page.text
