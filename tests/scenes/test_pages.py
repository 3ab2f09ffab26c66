"""Scenes through the browser: drafting in steps, the officer's check, the public list."""

import logging

import pytest

from market.core.models import QueuedJob
from market.lifecycle import OrganisationState, Role, SceneState
from market.scenes.models import Metric, Scene
from market.scenes.queries import metrics_of, requirements_of
from tests.browser import Browser, Page, text_of
from tests.factories import make_organisation, make_person, make_scene

PROBLEM = {"title": "带钢缺陷检出", "title_en": "Strip defects", "field": "smart_manufacturing",
           "problem": "漏检率高。", "outcome": "整卷在线检出。"}  # fmt: skip
REQUIREMENTS = {"requirements-0-text": "检出率不低于百分之九十九", "requirements-0-kind": "must",
                "requirements-1-text": "误报率低于百分之三", "requirements-1-kind": "wish"}  # fmt: skip
METRICS = {"metrics-0-name": "漏检率", "metrics-0-baseline": "3.2", "metrics-0-target": "0.5", "metrics-0-unit": "%",
           "metrics-0-direction": "lower"}  # fmt: skip
DATA = {"data_description": "两年图像", "data_level": "internal", "deployments": ["on_premises", "edge"],
        "serves_public": "no", "region": "临江区", "acceptance_test": "连续三十天抽检"}  # fmt: skip
BUDGET = {"budget_min": "80万", "budget_max": "1,200,000", "duration_weeks": "20"}
STEPS = {"problem": PROBLEM, "requirements": REQUIREMENTS, "metrics": METRICS, "data": DATA, "budget": BUDGET}


async def begin(browser: Browser, **given: object) -> Scene:
    buyer = await make_person(Role.BUYER, await make_organisation(**given))
    await browser.in_english()
    await browser.sign_in(buyer.email)
    await browser.get("/scenes/new")
    await browser.submit("/scenes/new", {"title": "带钢"})
    return await Scene.get()


async def fill_all(browser: Browser, scene: Scene) -> None:
    for step, values in STEPS.items():
        await browser.get(f"/scenes/{scene.id}/edit/{step}")
        await browser.submit(f"/scenes/{scene.id}/edit/{step}", values)


async def test_a_scene_from_first_title_to_submission(browser: Browser) -> None:
    scene = await begin(browser)
    assert browser.page
    assert browser.page.url.endswith(f"/scenes/{scene.id}/edit/problem")
    for step, values in STEPS.items():
        await browser.submit(f"/scenes/{scene.id}/edit/{step}", values)
    assert browser.page.h1 == "Check your answers"
    await browser.submit(f"/scenes/{scene.id}/submit")
    scene = await Scene.get()
    assert (scene.state, scene.budget_min_fen, scene.budget_max_fen) == (SceneState.SUBMITTED, 80_000_000, 120_000_000)
    assert scene.deployments == ["on_premises", "edge"]
    assert [(r.text, r.kind) for r in await requirements_of(scene.id)] == [
        ("检出率不低于百分之九十九", "must"), ("误报率低于百分之三", "wish"),
    ]  # fmt: skip
    assert [(m.name, str(m.target), m.direction) for m in await metrics_of(scene.id)] == [("漏检率", "0.5000", "lower")]
    assert browser.page
    assert browser.page.h1 == "Strip defects"
    assert browser.page.has_form(f"/scenes/{scene.id}/recall")


async def as_role(browser: Browser, role: Role, scene: Scene | None = None) -> None:
    person = await make_person(role, scene.organisation if scene else None)
    await browser.in_english()
    await browser.sign_in(person.email)


def titles(page: Page) -> list[str]:
    return [text_of(heading) for heading in page.tree.iter("h2") if heading.get("class") == "card-title"]


async def test_an_incomplete_draft_is_saved_and_the_check_names_what_is_missing(browser: Browser) -> None:
    scene = await begin(browser)
    await browser.submit(f"/scenes/{scene.id}/edit/problem", {"title": "带钢", "problem": "漏检"})
    page = await browser.get(f"/scenes/{scene.id}/edit/check")
    assert "Say what should be better afterwards." in page.text
    assert page.link("Enter the most you can spend.") == f"/scenes/{scene.id}/edit/budget?back=check#f-budget_max"
    assert not page.has_form(f"/scenes/{scene.id}/submit")
    page = await browser.get(f"/scenes/{scene.id}/edit/budget?back=check")
    page = await browser.submit(f"/scenes/{scene.id}/edit/budget", BUDGET)
    assert page.h1 == "Check your answers"
    assert "Enter the most you can spend." not in page.text


async def test_an_unverified_buyer_may_fill_everything_but_not_submit(browser: Browser) -> None:
    scene = await begin(browser, uscc=None, state=OrganisationState.UNVERIFIED, verified_at=None)
    await fill_all(browser, scene)
    page = await browser.get(f"/scenes/{scene.id}/edit/check")
    assert "Verify your organisation first" in page.text
    assert not page.has_form(f"/scenes/{scene.id}/submit")


async def test_what_cannot_be_read_is_said_beside_the_field_and_everything_typed_stays(browser: Browser) -> None:
    scene = await begin(browser)
    await browser.get(f"/scenes/{scene.id}/edit/budget")
    wrong = {"budget_min": "200万", "budget_max": "120万", "start_by": "soon", "duration_weeks": "0"}
    page = await browser.submit(f"/scenes/{scene.id}/edit/budget", wrong, expect=422)
    assert page.h1 == "Budget and dates"
    assert "The most you can spend is less than the least. Correct one of them." in page.text
    assert "Enter a date, for example 2026-12-01." in page.text
    assert "Enter a whole number from 1 to 520." in page.text
    assert [f.get("value") for f in page.tree.iter("input") if f.get("name") in wrong] == list(wrong.values())
    assert (await Scene.get()).budget_max_fen is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"metrics-0-target": ""}, "Enter the target, a number."),
        ({"metrics-0-target": "many"}, "Enter a number, for example 98.5."),
        ({"metrics-0-name": ""}, "Say what is measured."),
        ({"metrics-0-target": "9"}, "The target is above the baseline, but lower is better. Correct one of them."),
    ],
)
async def test_a_metric_that_makes_no_sense(browser: Browser, given: dict[str, str], message: str) -> None:
    scene = await begin(browser)
    await browser.get(f"/scenes/{scene.id}/edit/metrics")
    page = await browser.submit(f"/scenes/{scene.id}/edit/metrics", METRICS | given, expect=422)
    assert message in page.text
    assert await metrics_of(scene.id) == []


async def test_rows_are_added_and_removed_without_a_script(browser: Browser) -> None:
    scene = await begin(browser)
    path = f"/scenes/{scene.id}/edit/requirements"
    await browser.get(path)
    page = await browser.submit(path, REQUIREMENTS | {"add_row": "requirements"})
    fields = [f.get("name") for f in page.tree.iter("textarea")]
    assert fields == ["requirements-0-text", "requirements-1-text", "requirements-2-text"]
    page = await browser.submit(path, {"remove_row": "requirements-0"})
    assert text_of(page.tree.find(".//textarea")) == "误报率低于百分之三"
    assert await requirements_of(scene.id) == []
    await browser.submit(path)
    assert [r.text for r in await requirements_of(scene.id)] == ["误报率低于百分之三"]


async def test_autosave_keeps_what_can_be_read_and_says_so(browser: Browser) -> None:
    scene = await begin(browser)
    page = await browser.get(f"/scenes/{scene.id}/edit/budget")
    token = next(f.get("value") for f in page.tree.iter("input") if f.get("name") == "csrf_token")
    typed = {"csrf_token": token, "revision": "1", "budget_max": "1200000", "duration_weeks": "x"}
    answer = await browser.client.post(f"/scenes/{scene.id}/autosave/budget", data=typed)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.endswith("except: Enter a whole number from 1 to 520.")
    assert ((await Scene.get()).budget_max_fen, (await Scene.get()).revision) == (120_000_000, 1)


async def test_two_colleagues_at_one_step_lose_nothing(browser: Browser) -> None:
    scene = await begin(browser)
    path = f"/scenes/{scene.id}/edit/problem"
    await browser.get(path)
    await Scene.filter(id=scene.id).update(title="同事先存", revision=2)
    page = await browser.submit(path, PROBLEM, expect=409)
    assert "Somebody else saved this scene while you were editing it." in page.text
    assert next(f.get("value") for f in page.tree.iter("input") if f.get("name") == "title") == "带钢缺陷检出"
    await browser.submit(path)
    assert ((await Scene.get()).title, (await Scene.get()).revision) == ("带钢缺陷检出", 3)


async def test_the_officer_returns_then_publishes_and_the_public_reads_roles_only(
    browser: Browser, another_browser: Browser
) -> None:
    scene = await begin(browser)
    await fill_all(browser, scene)
    await browser.submit(f"/scenes/{scene.id}/submit")
    await as_role(another_browser, Role.OFFICER)
    page = await another_browser.get("/scenes?state=submitted")
    assert titles(page) == ["Strip defects"]
    await another_browser.get(f"/scenes/{scene.id}")
    await another_browser.submit(f"/scenes/{scene.id}/return", {"reason": "请补充基线口径"})
    page = await browser.get(f"/scenes/{scene.id}")
    assert "请补充基线口径" in page.text
    await browser.get(f"/scenes/{scene.id}/edit/check")
    await browser.submit(f"/scenes/{scene.id}/submit")
    await another_browser.get(f"/scenes/{scene.id}")
    page = await another_browser.submit(f"/scenes/{scene.id}/publish")
    assert page.link("Make a challenge") == f"/scenes/{scene.id}/challenge"
    assert page.link("Matching solutions") == f"/scenes/{scene.id}/matches"
    assert await QueuedJob.all().values_list("name", flat=True) == ["match_scene"]
    await another_browser.submit("/sign-out")
    page = await another_browser.get(f"/scenes/{scene.id}")
    history = text_of(next(e for e in page.tree.iter("ol") if e.get("class") == "timeline"))
    assert history.startswith("Published")
    assert "Officer" in history
    assert "测试人" not in page.text
    assert "请补充基线口径" not in page.text
    assert [f.get("action") for f in page.forms() if "/scenes/" in (f.get("action") or "")] == []


async def test_a_draft_does_not_exist_for_others(browser: Browser) -> None:
    scene = await make_scene(state=SceneState.SUBMITTED)
    await browser.get(f"/scenes/{scene.id}", expect=404)
    for role in (Role.VENDOR, Role.BUYER, Role.REVIEWER):
        await as_role(browser, role)
        await browser.get(f"/scenes/{scene.id}", expect=404)
    await as_role(browser, Role.BUYER)
    await browser.get(f"/scenes/{scene.id}/edit/problem", expect=404)
    await as_role(browser, Role.AUDITOR)
    page = await browser.get(f"/scenes/{scene.id}")
    assert not page.has_form(f"/scenes/{scene.id}/publish")


async def test_a_vendor_has_no_way_into_drafting(browser: Browser) -> None:
    scene = await make_scene()
    await as_role(browser, Role.VENDOR)
    for path in ("/scenes/new", f"/scenes/{scene.id}/edit", f"/scenes/{scene.id}/edit/problem"):
        await browser.get(path, expect=403)


async def test_another_buyer_cannot_change_a_public_scene(browser: Browser) -> None:
    scene = await make_scene()
    await as_role(browser, Role.BUYER)
    page = await browser.get(f"/scenes/{scene.id}")
    assert not page.has_form(f"/scenes/{scene.id}/withdraw")
    page = await browser.get(f"/scenes/{scene.id}/edit/problem", expect=403)
    assert "Only the organisation that posted this scene may do that." in page.text


async def test_a_buyer_withdraws_with_a_reason_restores_and_copies(browser: Browser) -> None:
    scene = await make_scene(state=SceneState.PUBLISHED)
    await as_role(browser, Role.BUYER, scene)
    await browser.get(f"/scenes/{scene.id}")
    await browser.submit(f"/scenes/{scene.id}/withdraw", {"reason": "项目取消"})
    assert (await Scene.get()).state is SceneState.WITHDRAWN
    await browser.submit(f"/scenes/{scene.id}/restore")
    page = await browser.submit(f"/scenes/{scene.id}/copy")
    assert page.h1 == "The problem"
    assert sorted(await Scene.all().values_list("title", flat=True)) == sorted([scene.title, f"Copy of {scene.title}"])


async def test_the_public_list_shows_public_scenes_only_and_counts_facets(browser: Browser) -> None:
    await browser.in_english()
    await make_scene(title_en="Strip", region="临江区")
    await make_scene(title_en="Wards", field="healthcare", region="临江区", serves_public=True)
    await make_scene(title_en="Hidden", state=SceneState.DRAFT)
    page = await browser.get("/scenes")
    assert sorted(titles(page)) == ["Strip", "Wards"]
    options = [text_of(o) for o in page.tree.iter("option")]
    assert "临江区 (2)" in options
    assert "Healthcare (1)" in options
    assert titles(await browser.get("/scenes?field=healthcare")) == ["Wards"]
    assert titles(await browser.get("/scenes?serves_public=no")) == ["Strip"]
    assert titles(await browser.get("/scenes?q=wards+漏检")) == ["Wards"]
    assert "No scene matches" in (await browser.get("/scenes?q=zeppelin")).text
    assert titles(await browser.get("/scenes?state=draft")) == []
    assert titles(await browser.get("/scenes?page=99999999")) == titles(await browser.get("/scenes"))


async def test_a_buyer_finds_their_own_drafts(browser: Browser) -> None:
    mine = await make_scene(title_en="Mine", state=SceneState.DRAFT)
    await make_scene(title_en="Theirs")
    await as_role(browser, Role.BUYER, mine)
    assert titles(await browser.get("/scenes?mine=1")) == ["Mine"]
    assert titles(await browser.get("/scenes")) == ["Theirs"]


async def test_messy_imported_rows_are_shown(browser: Browser) -> None:
    scene = await make_scene(
        title="长" * 300, title_en="", problem="字 " * 10_000, organisation_id=None, budget_max_fen=None,
        duration_weeks=None, deployments=[], region="", source="A list",
    )  # fmt: skip
    page = await browser.get("/scenes")
    assert titles(page) == ["长" * 300]
    assert len(page.text) < 2000
    page = await browser.get(f"/scenes/{scene.id}")
    assert page.h1 == "长" * 300


async def test_the_list_asks_as_often_for_three_scenes_as_for_one(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    asked = []
    for more in (1, 2):
        for _each in range(more):
            await make_scene()
        caplog.clear()
        with caplog.at_level(logging.DEBUG, "tortoise.db_client"):
            await browser.get("/scenes")
        asked.append(len([record for record in caplog.records if "SELECT" in record.getMessage()]))
    assert asked == [2, 2]


async def test_each_metric_is_drawn_from_where_it_stands_to_its_target(browser: Browser) -> None:
    buyer = await make_person(Role.BUYER, await make_organisation())
    membership = await buyer.memberships.all().first()
    scene = await make_scene(organisation_id=membership.organisation_id, state=SceneState.PUBLISHED)
    await Metric.create(scene=scene, position=9, name="漏检率", baseline=5, target=1, unit="%")
    await browser.in_english()
    page = await browser.get(f"/scenes/{scene.id}")
    drawn = [each for each in page.tree.iter() if each.get("class") == "metric-drawing"]
    assert [each.get("aria-label") for each in drawn] == ["From 3.2 to 0.5", "From 5 to 1"]
