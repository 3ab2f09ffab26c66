"""Solutions through the browser: three steps, publishing, the list, and the registry."""

import logging

import pytest

from market.core.models import QueuedJob
from market.core.vocabulary import OrganisationKind
from market.lifecycle import OrganisationState, Role, SolutionState
from market.solutions.models import ModelUse, Solution
from market.solutions.queries import capabilities_of, models_of, references_of
from tests.browser import Browser, Page, text_of
from tests.factories import make_filing, make_organisation, make_person, make_solution

WHAT = {"title": "表面检测", "title_en": "Surface inspection", "fields_served": ["smart_manufacturing", "robotics"],
        "summary": "小样本模型", "capabilities-0-text": "检出率百分之九十九",
        "capabilities-1-text": "二十秒一卷"}  # fmt: skip
DELIVERY = {"deployments": ["on_premises"], "readiness": "production", "max_data_level": "sensitive",
            "regions": "临江区、东岸区", "price_min": "50万", "price_max": "90万", "delivery_weeks": "12"}  # fmt: skip
MODELS = {"models-0-name": "墨峦", "models-0-filing_number": "Jianghai-MoLuan-1", "references-0-client": "某钢厂",
          "references-0-year": "2025", "references-0-result": "漏检减半"}  # fmt: skip
STEPS = {"what": WHAT, "delivery": DELIVERY, "models": MODELS}


async def begin(browser: Browser, **given: object) -> Solution:
    vendor = await make_person(Role.VENDOR, await make_organisation(OrganisationKind.VENDOR, **given))
    await browser.in_english()
    await browser.sign_in(vendor.email)
    await browser.get("/solutions/new")
    await browser.submit("/solutions/new", {"title": "检测"})
    return await Solution.get()


async def as_role(browser: Browser, role: Role, solution: Solution | None = None) -> None:
    person = await make_person(role, solution.organisation if solution else None)
    await browser.in_english()
    await browser.sign_in(person.email)


def titles(page: Page) -> list[str]:
    return [text_of(heading) for heading in page.tree.iter("h2") if heading.get("class") == "card-title"]


async def test_a_solution_from_first_title_to_publication(browser: Browser) -> None:
    filing = await make_filing(filing_number="Jianghai-MoLuan-1", entity="墨峦公司", model="墨峦大模型")
    solution = await begin(browser)
    for step, values in STEPS.items():
        await browser.submit(f"/solutions/{solution.id}/edit/{step}", values)
    assert browser.page
    assert browser.page.h1 == "Check your answers"
    page = await browser.submit(f"/solutions/{solution.id}/publish")
    kept = await Solution.get()
    assert (kept.state, kept.price_min_fen, kept.price_max_fen) == (SolutionState.PUBLISHED, 50_000_000, 90_000_000)
    assert kept.fields_served == ["smart_manufacturing", "robotics"]
    assert kept.regions == ["临江区", "东岸区"]
    assert [c.text for c in await capabilities_of(kept.id)] == ["检出率百分之九十九", "二十秒一卷"]
    assert [use.filing_id for use in await models_of(kept.id)] == [filing.id]
    assert [(r.client, r.year) for r in await references_of(kept.id)] == [("某钢厂", 2025)]
    assert await QueuedJob.all().values_list("name", flat=True) == ["match_solution"]
    assert "The registry names 墨峦公司, not the vendor" in page.text
    assert page.h1 == "Surface inspection"


async def test_an_empty_draft_is_saved_and_the_check_names_what_is_missing(browser: Browser) -> None:
    solution = await begin(browser)
    for step in STEPS:
        await browser.submit(f"/solutions/{solution.id}/edit/{step}", {"title": ""} if step == "what" else {})
    page = await browser.get(f"/solutions/{solution.id}/edit/check")
    assert page.link("Choose how it can be deployed.") == (
        f"/solutions/{solution.id}/edit/delivery?back=check#f-deployments"
    )
    assert not page.has_form(f"/solutions/{solution.id}/publish")
    page = await browser.get(f"/solutions/{solution.id}")
    assert page.h1 == "Untitled solution"


async def test_an_unverified_vendor_may_fill_everything_but_not_publish(browser: Browser) -> None:
    solution = await begin(browser, uscc=None, state=OrganisationState.UNVERIFIED, verified_at=None)
    for step, values in STEPS.items():
        await browser.submit(f"/solutions/{solution.id}/edit/{step}", values)
    assert browser.page
    assert "Verify your organisation first" in browser.page.text
    assert not browser.page.has_form(f"/solutions/{solution.id}/publish")


async def test_what_cannot_be_read_is_said_beside_the_field_and_everything_typed_stays(browser: Browser) -> None:
    solution = await begin(browser)
    await browser.get(f"/solutions/{solution.id}/edit/delivery")
    page = await browser.submit(
        f"/solutions/{solution.id}/edit/delivery", DELIVERY | {"price_min": "1e9", "delivery_weeks": "-1"}, expect=422
    )
    assert "Enter an amount in yuan, for example 1200000 or 120万." in page.text
    assert "Enter a whole number from 1 to 520." in page.text
    ticked = [f.get("value") for f in page.tree.iter("input") if f.get("checked") is not None]
    assert ticked == ["on_premises", "production"]
    await browser.get(f"/solutions/{solution.id}/edit/models")
    wrong = MODELS | {"models-0-name": "", "references-0-year": "1800"}
    page = await browser.submit(f"/solutions/{solution.id}/edit/models", wrong, expect=422)
    assert "Name the model." in page.text
    assert "Enter a whole number from 1990 to" in page.text
    assert await ModelUse.all().count() == 0


async def test_rows_are_added_and_removed_without_a_script(browser: Browser) -> None:
    solution = await begin(browser)
    path = f"/solutions/{solution.id}/edit/models"
    await browser.get(path)
    page = await browser.submit(path, MODELS | {"add_row": "references"})
    assert "references-1-client" in {f.get("name") for f in page.tree.iter("input")}
    page = await browser.submit(path, {"remove_row": "references-0"})
    clients = [f.get("value") for f in page.tree.iter("input") if (f.get("name") or "").endswith("client")]
    assert clients == [""]
    await browser.submit(path)
    assert await references_of(solution.id) == []
    assert [use.name for use in await models_of(solution.id)] == ["墨峦"]


async def test_autosave_and_two_colleagues(browser: Browser) -> None:
    solution = await begin(browser)
    path = f"/solutions/{solution.id}/edit/what"
    page = await browser.get(path)
    token = next(f.get("value") for f in page.tree.iter("input") if f.get("name") == "csrf_token")
    typed = {"csrf_token": token, "revision": "1", "title": "自动"}
    answer = await browser.client.post(f"/solutions/{solution.id}/autosave/what", data=typed)
    assert answer.text.startswith("Saved ")
    assert (await Solution.get()).title == "自动"
    await Solution.filter(id=solution.id).update(title="同事先存", revision=2)
    answer = await browser.client.post(f"/solutions/{solution.id}/autosave/what", data=typed)
    assert answer.text == "Somebody else saved this solution while you were editing it."
    page = await browser.submit(path, WHAT, expect=409)
    assert "What you typed is still here." in page.text
    await browser.submit(path)
    assert (await Solution.get()).title == "表面检测"


async def test_take_back_edit_and_publish_again(browser: Browser) -> None:
    solution = await make_solution()
    await as_role(browser, Role.VENDOR, solution)
    await browser.get(f"/solutions/{solution.id}/edit", expect=403)
    await browser.get(f"/solutions/{solution.id}")
    page = await browser.submit(f"/solutions/{solution.id}/unpublish")
    assert page.url.endswith(f"/solutions/{solution.id}/edit/what")
    await browser.get(f"/solutions/{solution.id}/edit")
    await browser.submit(f"/solutions/{solution.id}/publish")
    page = await browser.submit(f"/solutions/{solution.id}/retire")
    assert page.has_form(f"/solutions/{solution.id}/restore")
    await browser.submit(f"/solutions/{solution.id}/restore")
    assert (await Solution.get()).state is SolutionState.DRAFT


async def test_a_draft_does_not_exist_for_others(browser: Browser) -> None:
    solution = await make_solution(state=SolutionState.DRAFT)
    await browser.get(f"/solutions/{solution.id}", expect=404)
    for role in (Role.BUYER, Role.VENDOR):
        await as_role(browser, role)
        await browser.get(f"/solutions/{solution.id}", expect=404)
    await browser.get(f"/solutions/{solution.id}/edit/what", expect=404)
    await as_role(browser, Role.OFFICER)
    page = await browser.get(f"/solutions/{solution.id}")
    assert not page.has_form(f"/solutions/{solution.id}/retire")
    await browser.get("/solutions/new", expect=403)


async def test_the_list_filters_by_every_facet(browser: Browser) -> None:
    await browser.in_english()
    filed = await make_solution(title_en="Filed", fields_served=["finance", "education"], deployments=["api"])
    await ModelUse.filter(solution_id=filed.id).update(filing_id=(await make_filing()).id)
    await make_solution(title_en="Plain", readiness="prototype")
    await make_solution(title_en="Hidden", state=SolutionState.DRAFT)
    page = await browser.get("/solutions")
    assert sorted(titles(page)) == ["Filed", "Plain"]
    options = [text_of(o) for o in page.tree.iter("option")]
    assert "Education (1)" in options
    assert "Has a registry entry (1)" in options
    for question, expected in (
        ("field=education", ["Filed"]), ("deployment=api", ["Filed"]), ("readiness=prototype", ["Plain"]),
        ("filed=yes", ["Filed"]), ("filed=no", ["Plain"]), ("q=plain", ["Plain"]), ("q=plain&filed=yes", []),
        ("state=draft", []),
    ):  # fmt: skip
        assert titles(await browser.get(f"/solutions?{question}")) == expected, question


async def test_the_list_asks_as_often_for_three_solutions_as_for_one(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    asked = []
    for more in (1, 2):
        for _each in range(more):
            await make_solution()
        caplog.clear()
        with caplog.at_level(logging.DEBUG, "tortoise.db_client"):
            await browser.get("/solutions")
        asked.append(len([record for record in caplog.records if "SELECT" in record.getMessage()]))
    assert asked == [4, 4]


async def test_messy_imported_rows_are_shown(browser: Browser) -> None:
    solution = await make_solution(
        title="长" * 300, title_en="", summary="字 " * 10_000, organisation_id=None, readiness=None, price_min_fen=None,
        price_max_fen=None, delivery_weeks=None, max_data_level=None, fields_served=[], deployments=[],
    )  # fmt: skip
    page = await browser.get("/solutions")
    assert titles(page) == ["长" * 300]
    assert len(page.text) < 2000
    page = await browser.get(f"/solutions/{solution.id}")
    assert page.h1 == "长" * 300


async def test_the_registry_is_searched_by_model_entity_number_and_kind(browser: Browser) -> None:
    await browser.in_english()
    await make_filing(model="墨峦", entity="墨峦公司", filing_number="J-1", filed_on="2025-01-02")
    await make_filing(model="枢衡", entity="枢衡公司", filing_number="", kind="登记")
    page = await browser.get("/filings")
    assert page.text.index("墨峦") < page.text.index("枢衡")
    for question, seen, unseen in (
        ("q=墨峦公司", "墨峦", "枢衡"), ("q=j-1", "墨峦", "枢衡"), ("kind=登记", "枢衡", "墨峦"),
    ):  # fmt: skip
        page = await browser.get(f"/filings?{question}")
        table = text_of(page.tree.find(".//tbody"))
        assert (seen in table, unseen in table) == (True, False), question
    assert "No entry matches" in (await browser.get("/filings?q=zeppelin")).text


async def test_a_number_is_looked_up_alone_or_from_the_forms_own_input(browser: Browser) -> None:
    await browser.in_english()
    await make_filing(model="墨峦", entity="墨峦公司", filing_number="J-1", jurisdiction="江海市")
    page = await browser.get("/filings/lookup?number=j-1")
    assert "Found in the registry: 墨峦 · 墨峦公司 · 江海市" in page.text
    partial = {"HX-Request": "true"}
    answer = await browser.client.get("/filings/lookup?models-0-filing_number=J-1", headers=partial)
    assert answer.text.startswith("<strong>Found in the registry:</strong>")
    answer = await browser.client.get("/filings/lookup?models-0-filing_number=J-2", headers=partial)
    assert answer.text == "The registry has no entry with this number. Check it, or leave it empty."
    assert (await browser.client.get("/filings/lookup", headers=partial)).text == ""
