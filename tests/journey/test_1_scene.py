"""A buyer comes, drafts a need in steps, is asked for more, and the district publishes it."""

from typing import Any

from tests.journey.story import Story, account_of, items_of, send, state_of

STEPS: dict[str, dict[str, Any]] = {
    "problem": {
        "title": "医院门诊智能导诊", "title_en": "Triage for outpatients", "field": "healthcare",
        "problem": "患者不知道该挂哪个科，导诊台高峰排队超过二十分钟，挂错号要退号重挂。",
        "outcome": "患者在手机上描述症状，得到正确的科室建议。",
    },
    "requirements": {
        "requirements-0-text": "科室推荐准确率不低于百分之九十五", "requirements-0-kind": "must",
        "requirements-1-text": "支持上海话语音输入", "requirements-1-kind": "wish",
    },
    "metrics": {
        "metrics-0-name": "挂错号比例", "metrics-0-baseline": "8", "metrics-0-target": "2", "metrics-0-unit": "%",
        "metrics-0-direction": "lower",
    },
    "data": {
        "data_description": "三年的脱敏导诊对话与挂号记录", "data_level": "sensitive", "deployments": ["on_premises"],
        "serves_public": "yes", "region": "临江区", "acceptance_test": "两家医院连续运行四周，由门诊办抽查一千次推荐。",
    },
    "budget": {"budget_max": "200万", "duration_weeks": "24"},
}  # fmt: skip


async def test_a_code_that_does_not_check_opens_no_account(story: Story) -> None:
    browser = await story.enter("buyer")
    await browser.get("/sign-up?kind=buyer")
    account = account_of("buyer", "buyer", "临江区人民医院", 1)
    wrong = account["code"][:-1] + ("0" if account["code"][-1] != "0" else "1")
    page = await browser.submit("/sign-up", account | {"code": wrong}, expect=422)
    assert "the last character does not check" in page.text


async def test_the_buyer_signs_up(story: Story) -> None:
    page = await story.sign_up("buyer", "buyer", "临江区人民医院")
    assert page.h1 == "My work"
    assert "Welcome. Your account is ready." in page.text
    page = await story["buyer"].get("/account")
    code = account_of("buyer", "buyer", "", len(story.people))["code"]
    assert f"Unified social credit code{code} StatusVerified" in page.text


async def test_an_incomplete_draft_is_not_accepted(story: Story) -> None:
    buyer = story["buyer"]
    await buyer.get("/scenes/new")
    page = await buyer.submit("/scenes/new", {"title": "智能导诊"})
    story.note("scene", page)
    await buyer.submit(story.path("/scenes/{scene}/edit/problem"), STEPS["problem"])
    page = await buyer.get(story.path("/scenes/{scene}/edit/check"))
    assert items_of(page, "Still missing before you can submit") == [
        "Name at least one requirement that is a must.", "Name at least one metric with a target.",
        "Say what data there is.", "Choose where the model may run.", "Say how you will test the result.",
        "Enter the most you can spend.", "Say how many weeks the pilot may take.",
    ]  # fmt: skip
    assert not page.has_form(story.path("/scenes/{scene}/submit"))
    refusal = await send(buyer, story.path("/scenes/{scene}/submit"), expect=403)
    assert "This scene is not complete yet: Name at least one requirement that is a must." in refusal.html


async def test_the_buyer_completes_and_submits_it(story: Story) -> None:
    buyer = story["buyer"]
    await buyer.get(story.path("/scenes/{scene}/edit"))
    for step in list(STEPS)[1:]:
        page = await buyer.submit(story.path(f"/scenes/{{scene}}/edit/{step}"), STEPS[step])
    assert page.h1 == "Check your answers"
    page = await buyer.submit(story.path("/scenes/{scene}/submit"))
    assert (page.h1, state_of(page)) == ("Triage for outpatients", "Submitted")


async def test_nobody_else_sees_it_yet(story: Story) -> None:
    passer_by = await story.enter("passer_by")
    await passer_by.get(story.path("/scenes/{scene}"), expect=404)


async def test_the_officer_returns_it_with_comments(story: Story) -> None:
    officer, comment = story["officer"], "请写明“挂错号”的统计口径。"
    page = await officer.get("/scenes?state=submitted")
    await officer.get(page.link("Triage for outpatients"))
    page = await officer.submit(story.path("/scenes/{scene}/return"), {"reason": comment})
    assert state_of(page) == "Returned"
    buyer = story["buyer"]
    page = await buyer.get("/messages")
    assert story.path("/scenes/{scene}") in page.links()
    page = await buyer.get(story.path("/scenes/{scene}/edit/metrics"))
    assert comment in page.text


async def test_the_buyer_corrects_it_and_the_officer_publishes(story: Story) -> None:
    buyer, officer = story["buyer"], story["officer"]
    named = {"metrics-0-name": "挂错号比例（当日退号重挂占比）"}
    await buyer.submit(story.path("/scenes/{scene}/edit/metrics"), named)
    await buyer.get(story.path("/scenes/{scene}/edit/check"))
    await buyer.submit(story.path("/scenes/{scene}/submit"))
    await officer.get(story.path("/scenes/{scene}"))
    page = await officer.submit(story.path("/scenes/{scene}/publish"))
    assert state_of(page) == "Published"
    page = await story["passer_by"].get(story.path("/scenes/{scene}"))
    assert "挂错号比例（当日退号重挂占比）" in page.text
    assert "请写明" not in page.text
