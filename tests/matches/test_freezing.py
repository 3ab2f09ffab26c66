"""A frozen catalogue: the scene is ranked against one publication, whatever is published since, until it is lifted."""

from datetime import datetime, timedelta

import pytest

from market.core import clock
from market.core.errors import InvalidError, MarketError, NotAllowedError, WrongStateError
from market.core.models import AuditEvent
from market.core.permissions import Actor
from market.core.work import unit_of_work
from market.lifecycle import Role
from market.matches.freezing import freeze_catalogue, freeze_of, lift_freeze
from market.matches.models import CatalogueFreeze, Match, MatchRun
from market.matches.rerunning import rerun
from market.scenes.models import Scene
from market.solutions.models import Solution
from tests.browser import Browser
from tests.factories import make_actor, make_person
from tests.matches.rows import publish_scene, publish_solution, three_solutions
from workers import matching as jobs

pytestmark = pytest.mark.usefixtures("db", "empty_index")


async def frozen() -> tuple[Scene, Actor]:
    await three_solutions()
    scene, officer = await publish_scene(), await make_actor(Role.OFFICER)
    await jobs.match_scene(scene_id=scene.id)
    async with unit_of_work() as work:
        await freeze_catalogue(scene, "榜单在审", work=work, actor=officer)
    return scene, officer


async def ranked(scene: Scene) -> list[int]:
    return [row.solution_id for row in await Match.filter(scene_id=scene.id).order_by("rank")]


async def test_a_frozen_scene_is_ranked_against_its_publication() -> None:
    scene, officer = await frozen()
    before = await ranked(scene)
    better = await publish_solution("钢板表面缺陷在线检测", capabilities=("钢板表面缺陷在线检测",))
    await Solution.filter(id=before[0]).update(revision=2, price_min_fen=1)
    await MatchRun.create(scene=scene, asked_at=clock.now())
    await jobs.match_scene(scene_id=scene.id)
    assert await ranked(scene) == before
    run = await MatchRun.filter(scene_id=scene.id).order_by("-id").first()
    assert run.publication == (await CatalogueFreeze.get()).publication == 1
    assert (await rerun(run)).equal
    async with unit_of_work() as work:
        await lift_freeze(scene, "评审结束", work=work, actor=officer)
    await jobs.match_scene(scene_id=scene.id)
    assert (await ranked(scene))[0] == better.id
    assert [(event.event, event.reason) for event in await AuditEvent.filter(subject="CatalogueFreeze")] == [
        ("freeze_catalogue", "榜单在审"), ("lift_freeze", "评审结束"),
    ]  # fmt: skip


async def test_what_was_withdrawn_since_is_left_out() -> None:
    scene, _officer = await frozen()
    first, *others = await ranked(scene)
    await Solution.filter(id=first).update(state="retired")
    await MatchRun.create(scene=scene, asked_at=clock.now())
    await jobs.match_scene(scene_id=scene.id)
    assert await ranked(scene) == others


async def test_a_frozen_scene_is_not_due_for_new_offers(noon: datetime) -> None:
    scene, _officer = await frozen()
    await publish_solution("另一个方案")
    clock.fix(noon + timedelta(hours=3))
    runs = await MatchRun.all().count()
    await jobs.match_scene(scene_id=scene.id)
    assert await MatchRun.all().count() == runs


async def test_what_is_refused() -> None:
    scene, officer = await frozen()
    buyer = await make_actor(Role.BUYER)
    for actor, reason, expected in (
        (officer, "again", WrongStateError), (buyer, "mine", NotAllowedError),
    ):  # fmt: skip
        with pytest.raises(expected):
            async with unit_of_work() as work:
                await freeze_catalogue(scene, reason, work=work, actor=actor)
    with pytest.raises(InvalidError):
        async with unit_of_work() as work:
            await lift_freeze(scene, " ", work=work, actor=officer)
    async with unit_of_work() as work:
        await lift_freeze(scene, "done", work=work, actor=officer)
    with pytest.raises(WrongStateError):
        async with unit_of_work() as work:
            await lift_freeze(scene, "twice", work=work, actor=officer)
    assert await freeze_of(scene.id) is None


async def test_without_a_catalogue_there_is_nothing_to_freeze() -> None:
    scene = await publish_scene()
    with pytest.raises(MarketError, match="No catalogue has been published yet"):
        async with unit_of_work() as work:
            await freeze_catalogue(scene, "why", work=work, actor=await make_actor(Role.OFFICER))


async def test_the_officer_freezes_and_lifts_on_the_page(browser: Browser) -> None:
    await three_solutions()
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    await browser.in_english()
    await browser.sign_in((await make_person(Role.OFFICER)).email)
    base = f"/scenes/{scene.id}/matches"
    await browser.get(base)
    page = await browser.submit(f"{base}/freeze", {"reason": "The challenge is open"})
    assert "The catalogue is frozen for this scene" in page.text
    assert "The challenge is open" in page.text
    assert not page.has_form(f"{base}/freeze")
    page = await browser.submit(f"{base}/unfreeze", {"reason": "The review is over"})
    assert "The catalogue is frozen for this scene" not in page.text
    assert page.has_form(f"{base}/freeze")
