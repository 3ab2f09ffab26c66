"""Challenges through the browser: from a published scene to a notice that is out."""

from datetime import datetime, timedelta

import pytest

from market.challenges.actions import Window
from market.challenges.models import Challenge, Round
from market.core import clock
from market.core.models import QueuedJob
from market.lifecycle import ChallengeState, Role, RoundState, SceneState
from market.scenes.models import Scene
from tests.browser import Browser
from tests.factories import make_actor, make_challenge, make_challenged_scene, make_fund, make_person

pytestmark = pytest.mark.usefixtures("db")


async def sign_in(browser: Browser, role: Role) -> None:
    person = await make_person(role)
    await browser.in_english()
    await browser.sign_in(person.email)


async def test_an_officer_makes_and_publishes_a_challenge(browser: Browser) -> None:
    scene = await make_challenged_scene(await make_actor(Role.BUYER), budget_max_fen=400_000_000)
    await sign_in(browser, Role.OFFICER)
    form = f"/scenes/{scene.id}/challenge"
    page = await browser.get(form)
    assert page.h1 == "New challenge"
    page = await browser.submit(form, {"policy_basis": "区办〔2026〕3号"})
    challenge = await Challenge.get()
    assert page.url.endswith(f"/challenges/{challenge.id}")
    assert (challenge.number, challenge.grant_fen, challenge.state) == (
        "JB-2026-001",
        100_000_000,
        ChallengeState.DRAFT,
    )
    assert "Not ready yet" in page.text
    assert not page.has_form(f"/challenges/{challenge.id}/publish")

    await Challenge.filter(id=challenge.id).update(fund_id=await make_fund())
    page = await browser.get(f"/challenges/{challenge.id}")
    assert "Everything is in order: the challenge can be published." in page.text
    page = await browser.submit(f"/challenges/{challenge.id}/publish")
    assert "The challenge is published." in page.html
    window = await Round.get(challenge_id=challenge.id)
    assert window.state is RoundState.SCHEDULED
    assert (await Scene.get(id=scene.id)).state is SceneState.CHALLENGED
    jobs = await QueuedJob.filter(name__in=["open_round", "close_round"]).order_by("due_at")
    assert [(job.name, job.due_at) for job in jobs] == [
        ("open_round", window.opens_at), ("close_round", window.closes_at),
    ]  # fmt: skip


async def test_a_wrong_form_keeps_what_was_typed(browser: Browser) -> None:
    scene = await make_challenged_scene(await make_actor(Role.BUYER))
    await sign_in(browser, Role.OFFICER)
    form = f"/scenes/{scene.id}/challenge"
    await browser.get(form)
    typed = {"title": "", "summary": "打好的摘要", "grant": "abc", "panel_size": "4", "criteria-0-weight": "140"}
    page = await browser.submit(form, typed, expect=422)
    for message in (
        "Give the challenge a title.", "Enter an amount in yuan, for example 1200000 or 120万.",
        "Choose an odd number, so that a panel cannot be divided in halves.", "Enter a whole number from 1 to 100.",
    ):  # fmt: skip
        assert page.text.count(message) == 2, message
    assert "打好的摘要" in page.html
    assert await Challenge.all().count() == 0


async def test_rows_are_added_without_saving(browser: Browser) -> None:
    scene = await make_challenged_scene(await make_actor(Role.BUYER))
    await sign_in(browser, Role.OFFICER)
    form = f"/scenes/{scene.id}/challenge"
    await browser.get(form)
    page = await browser.submit(form, {"add_row": "criteria"})
    assert "Criterion 5" in page.text
    assert await Challenge.all().count() == 0


async def test_a_colleagues_save_is_not_overwritten(browser: Browser) -> None:
    challenge = await make_challenge(publish=False)
    await sign_in(browser, Role.OFFICER)
    form = f"/challenges/{challenge.id}/edit"
    await browser.get(form)
    await Challenge.filter(id=challenge.id).update(revision=9)
    page = await browser.submit(form, {"title": "我的题目"}, expect=409)
    assert "Somebody else saved this challenge while you were editing it." in page.text
    assert "我的题目" in page.html
    assert (await Challenge.get(id=challenge.id)).title == "铸件质检揭榜"


async def test_the_grant_is_fixed_once_a_fund_is_committed(browser: Browser) -> None:
    challenge = await make_challenge(publish=False)
    await sign_in(browser, Role.OFFICER)
    form = f"/challenges/{challenge.id}/edit"
    await browser.get(form)
    page = await browser.submit(form, {"grant": "5"}, expect=422)
    assert "A fund is already committed to this amount." in page.text


async def test_a_draft_is_hidden_from_everybody_but_staff(browser: Browser) -> None:
    challenge = await make_challenge(publish=False)
    await browser.get(f"/challenges/{challenge.id}", expect=404)
    for role, status in ((Role.VENDOR, 404), (Role.BUYER, 404), (Role.AUDITOR, 200), (Role.OFFICER, 200)):
        await sign_in(browser, role)
        await browser.get(f"/challenges/{challenge.id}", expect=status)
    await sign_in(browser, Role.AUDITOR)
    await browser.get(f"/challenges/{challenge.id}/edit", expect=403)


async def test_a_published_challenge_is_not_edited(browser: Browser) -> None:
    challenge = await make_challenge()
    await sign_in(browser, Role.OFFICER)
    page = await browser.get(f"/challenges/{challenge.id}/edit", expect=403)
    assert "A published challenge is not changed. Cancel it with a reason and publish a new one." in page.text


async def test_cancelling_with_a_reason_frees_the_scene(browser: Browser) -> None:
    challenge = await make_challenge()
    await sign_in(browser, Role.OFFICER)
    await browser.get(f"/challenges/{challenge.id}")
    await browser.submit(f"/challenges/{challenge.id}/cancel", {"reason": ""}, expect=400)
    await browser.get(f"/challenges/{challenge.id}")
    page = await browser.submit(f"/challenges/{challenge.id}/cancel", {"reason": "资金调整"})
    assert "资金调整" in page.text
    assert (await Challenge.get(id=challenge.id)).state is ChallengeState.CANCELLED
    assert (await Round.get(challenge_id=challenge.id)).state is RoundState.CANCELLED
    assert (await Scene.get()).state is SceneState.PUBLISHED
    assert await QueuedJob.filter(name="close_grant", arguments__contains={"challenge_id": challenge.id}).count() == 1


async def test_cancelling_a_draft_does_not_free_a_scene_that_another_challenge_holds(browser: Browser) -> None:
    challenge = await make_challenge(publish=False)
    await Scene.all().update(state=SceneState.CHALLENGED)
    await sign_in(browser, Role.OFFICER)
    await browser.get(f"/challenges/{challenge.id}")
    await browser.submit(f"/challenges/{challenge.id}/cancel", {"reason": "重复"})
    assert (await Scene.get()).state is SceneState.CHALLENGED


@pytest.mark.parametrize("locale", ["zh", "en"])
async def test_the_list_groups_by_time(browser: Browser, noon: datetime, locale: str) -> None:
    await make_challenge(title="现在开放")
    await make_challenge(title="以后开放", windows=[Window(noon + timedelta(days=1), noon + timedelta(days=2))])
    browser.client.cookies.set("jiebang_locale", locale)
    page = await browser.get("/challenges")
    assert "现在开放" in page.text
    assert "以后开放" not in page.text
    page = await browser.get("/challenges?group=upcoming")
    assert "以后开放" in page.text
    page = await browser.get("/challenges?group=over")
    assert "现在开放" not in page.text
    page = await browser.get("/challenges?group=open&q=没有这个词")
    assert "现在开放" not in page.text
    clock.fix(noon + timedelta(hours=3))
    await browser.get("/challenges?group=draft&page=99")
