"""Two vendors offer what they have: one with a model of the registry, one without."""

from typing import Any

from tests.factories import make_filing
from tests.journey.story import Story, state_of
from tests.watching import rows_of

RIGHT: dict[str, dict[str, Any]] = {
    "what": {
        "title": "门诊智能导诊助手", "title_en": "Outpatient triage assistant", "fields_served": ["healthcare"],
        "summary": "患者描述症状，助手追问后给出科室建议，已在三家医院的门诊运行。",
        "capabilities-0-text": "科室推荐准确率达到百分之九十七，门诊办抽查一千次",
        "capabilities-1-text": "支持上海话和普通话语音输入",
        "capabilities-2-text": "对接医院挂号系统",
    },
    "delivery": {
        "deployments": ["on_premises", "private_cloud"], "readiness": "production", "max_data_level": "sensitive",
        "price_min": "120万", "price_max": "180万", "delivery_weeks": "16",
    },
    "models": {
        "models-0-name": "问津医疗大模型", "models-0-filing_number": "Shanghai-WenJin-202603010001",
        "references-0-client": "邻区中心医院", "references-0-year": "2025", "references-0-result": "挂错号下降三分之二",
    },
}  # fmt: skip
OTHER: dict[str, dict[str, Any]] = {
    "what": {
        "title": "通用导诊机器人", "title_en": "General triage robot", "fields_served": ["healthcare"],
        "summary": "医院门诊智能导诊：患者描述症状，得到正确的科室建议，减少挂错号。",
        "capabilities-0-text": "科室推荐准确率百分之九十八", "capabilities-1-text": "支持上海话语音输入",
    },
    "delivery": {"deployments": ["on_premises"], "readiness": "pilot", "max_data_level": "sensitive",
                 "price_min": "60万", "delivery_weeks": "12"},
    "models": {"models-0-name": "自研小模型"},
}  # fmt: skip


async def post_solution(story: Story, name: str, steps: dict[str, dict[str, Any]], known_as: str) -> None:
    vendor = story[name]
    await vendor.get("/solutions/new")
    page = await vendor.submit("/solutions/new", {"title": str(steps["what"]["title"])})
    number = story.note(known_as, page)
    for step, values in steps.items():
        page = await vendor.submit(f"/solutions/{number}/edit/{step}", values)
    assert page.h1 == "Check your answers"
    page = await vendor.submit(f"/solutions/{number}/publish")
    assert state_of(page) == "Published"


async def test_a_vendor_posts_a_solution_with_a_filed_model(story: Story) -> None:
    await make_filing(
        model="问津医疗大模型", entity="问津医疗科技有限公司", filing_number="Shanghai-WenJin-202603010001"
    )
    await story.sign_up("vendor", "vendor", "问津医疗科技有限公司")
    await post_solution(story, "vendor", RIGHT, "right")
    page = await story["passer_by"].get(story.path("/solutions/{right}"))
    model, number, entry = rows_of(page)[0]
    assert (model, number) == ("问津医疗大模型", "Shanghai-WenJin-202603010001")
    assert "问津医疗科技有限公司" in entry


async def test_another_vendor_posts_one_without(story: Story) -> None:
    await story.sign_up("other", "vendor", "通达机器人有限公司")
    await post_solution(story, "other", OTHER, "wrong")
    page = await story["passer_by"].get(story.path("/solutions/{wrong}"))
    assert rows_of(page)[0] == ["自研小模型", "–", "No number given, and no entry under this name."]
