"""The catalogue frozen for a challenge: all its scenes at once, seen by staff, lifted by officers, with reasons."""

import pytest

from market.challenges.freezing import freeze_catalogue, lift_freeze
from market.challenges.models import Challenge, Lot
from market.core.errors import InvalidError, MarketError, NotAllowedError, WrongStateError
from market.core.models import AuditEvent
from market.core.permissions import Actor
from market.core.work import unit_of_work
from market.lifecycle import Role
from market.matches import freezing
from market.matches.models import CatalogueFreeze
from market.scenes.models import Scene
from tests.browser import Browser
from tests.factories import make_actor, make_challenge, make_challenged_scene, make_person
from tests.matches.rows import three_solutions
from workers.matching import refresh_index

pytestmark = pytest.mark.usefixtures("db", "empty_index")


async def challenge_of_two_scenes() -> tuple[Challenge, list[Scene]]:
    await three_solutions()
    await refresh_index()
    challenge = await make_challenge()
    second = await make_challenged_scene(await make_actor(Role.BUYER), title="焊缝缺陷检测", title_en="Weld defects")
    await Lot.create(challenge=challenge, scene=second, position=2)
    return challenge, await Scene.all().order_by("id")


async def freeze(challenge: Challenge, actor: Actor, reason: str = "应榜开始") -> int:
    async with unit_of_work() as work:
        return await freeze_catalogue(challenge, reason, work=work, actor=actor)


async def lift(challenge: Challenge, actor: Actor, reason: str = "评审结束") -> int:
    async with unit_of_work() as work:
        return await lift_freeze(challenge, reason, work=work, actor=actor)


async def test_all_scenes_are_frozen_and_lifted_together() -> None:
    challenge, (first, second) = await challenge_of_two_scenes()
    officer = await make_actor(Role.OFFICER)
    async with unit_of_work() as work:
        await freezing.freeze_catalogue(first, "早已冻结", work=work, actor=officer)
    assert await freeze(challenge, officer) == 1
    rows = await CatalogueFreeze.all().order_by("id")
    assert [(row.scene_id, row.reason) for row in rows] == [(first.id, "早已冻结"), (second.id, "应榜开始")]
    assert await lift(challenge, officer) == 2
    assert await CatalogueFreeze.filter(lifted_at=None).count() == 0
    events = await AuditEvent.filter(subject="CatalogueFreeze").order_by("id")
    assert [(event.event, event.reason) for event in events] == [
        ("freeze_catalogue", "早已冻结"), ("freeze_catalogue", "应榜开始"),
        ("lift_freeze", "评审结束"), ("lift_freeze", "评审结束"),
    ]  # fmt: skip


async def test_what_is_refused_for_one_scene_is_refused_for_all() -> None:
    challenge, (_first, second) = await challenge_of_two_scenes()
    officer = await make_actor(Role.OFFICER)
    await Scene.filter(id=second.id).update(state="awarded")
    for actor, reason, error in (
        (officer, "应榜开始", NotAllowedError), (await make_actor(Role.AUDITOR), "应榜开始", NotAllowedError),
        (officer, " ", InvalidError),
    ):  # fmt: skip
        with pytest.raises(error):
            await freeze(challenge, actor, reason)
    assert await CatalogueFreeze.all().count() == 0
    await Scene.filter(id=second.id).update(state="published")
    with pytest.raises(WrongStateError, match="not frozen for any scene"):
        await lift(challenge, officer)
    await freeze(challenge, officer)
    with pytest.raises(WrongStateError, match="frozen for every scene"):
        await freeze(challenge, officer)


async def test_without_a_catalogue_there_is_nothing_to_freeze() -> None:
    with pytest.raises(MarketError, match="No catalogue has been published yet"):
        await freeze(await make_challenge(), await make_actor(Role.OFFICER))


async def test_the_officer_freezes_on_the_notice_and_others_do_not_see_it(browser: Browser) -> None:
    challenge, (first, second) = await challenge_of_two_scenes()
    officer = await make_person(Role.OFFICER)
    await browser.in_english()
    await browser.sign_in(officer.email)
    base = f"/challenges/{challenge.id}"
    await browser.get(base)
    page = await browser.submit(f"{base}/freeze", {"reason": "Bidding has begun"})
    assert "Frozen. The scenes are ranked against today" in page.html
    for scene in (first, second):
        assert f"Frozen for “{scene.title_en}”" in page.text
        assert f'href="/scenes/{scene.id}/matches"' in page.html
    assert f"by {officer.name}, at publication 1: Bidding has begun" in page.text
    assert not page.has_form(f"{base}/freeze")
    async with unit_of_work() as work:
        await freezing.lift_freeze(second, "alone", work=work, actor=await make_actor(Role.OFFICER))
    page = await browser.get(base)
    assert "1 scene is not frozen." in page.text
    assert page.has_form(f"{base}/freeze")
    page = await browser.submit(f"{base}/unfreeze", {"reason": "Bids are opened"})
    assert "The scenes are ranked against the catalogue of the day. Freeze it" in page.text
    assert not page.has_form(f"{base}/unfreeze")

    await browser.sign_in((await make_person(Role.AUDITOR)).email)
    assert "Catalogue of solutions" not in (await browser.get(base)).text
    await freeze(challenge, await make_actor(Role.OFFICER))
    page = await browser.get(base)
    assert f"Frozen for “{first.title_en}”" in page.text
    assert not page.has_form(f"{base}/unfreeze")
    await browser.sign_in((await make_person(Role.BUYER)).email)
    assert "Catalogue of solutions" not in (await browser.get(base)).text
