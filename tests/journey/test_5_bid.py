"""Sealed bids: written, checked, submitted, read by nobody else before the closing, refused after it."""

import re
from datetime import datetime, timedelta

from market.core import clock
from tests.journey.story import Story, items_of, link_beside, send, state_of, stats_of, wait
from tests.journey.test_4_challenge import state_of_round
from tests.watching import rows_of

MILESTONES = {
    "milestones-0-title": "两家医院上线", "milestones-0-due_week": "8", "milestones-0-percent": "40",
    "milestones-1-title": "连续运行四周", "milestones-1-due_week": "16", "milestones-1-percent": "60",
}  # fmt: skip
SECRET = "先用脱敏对话微调，再与挂号系统联调。"
SECTIONS = {
    "approach": {"approach": SECRET, "team": "算法四人，医学顾问两人。"},
    "price": {"price": "150万", "delivery_weeks": "16", **MILESTONES},
    "pledge": {"pledge": "yes"},
}


async def draft(story: Story, name: str, known_as: str, price: str) -> str:
    """Write a whole bid and stop at the check; return its address."""
    vendor = story[name]
    page = await vendor.get(story.path("/rounds/{round}/bid"))
    if page.has_form(story.path("/rounds/{round}/bid")):
        page = await vendor.submit(story.path("/rounds/{round}/bid"))
    base = f"/bids/{story.note(known_as, page)}"
    for section, values in SECTIONS.items():
        await vendor.get(f"{base}/edit/{section}")
        await vendor.submit(f"{base}/edit/{section}", values | ({"price": price} if section == "price" else {}))
    await vendor.get(f"{base}/check")
    return base


async def test_a_bid_is_saved_while_it_is_typed(story: Story) -> None:
    vendor = story["vendor"]
    await vendor.get(story.path("/rounds/{round}/bid"))
    page = await vendor.submit(story.path("/rounds/{round}/bid"))
    story.note("bid", page)
    page = await vendor.get(story.path("/bids/{bid}/edit/approach"))
    saved = await send(
        vendor, story.path("/bids/{bid}/autosave/approach"), {"revision": "1", "approach": SECRET}, expect=200
    )
    assert saved.html.startswith("Saved ")
    page = await vendor.get(story.path("/bids/{bid}/check"))
    assert SECRET in page.text
    assert items_of(page, "Still missing before you can submit") == [
        "Name the team that will do the work.", "Enter the price in yuan.", "Say in how many weeks you deliver.",
        "Add at least one milestone.", "Give the pledge: without it a bid does not count.",
    ]  # fmt: skip


async def test_both_vendors_submit_and_get_a_receipt(story: Story) -> None:
    for name, known_as, price in (("vendor", "bid", "150万"), ("other", "other_bid", "110万")):
        base = await draft(story, name, known_as, price)
        page = await story[name].submit(f"{base}/submit")
        assert (page.h1, state_of(page)) == ("Receipt", "Submitted")
        assert "the server's clock" in page.text


async def test_nobody_else_can_read_a_bid_before_the_round_has_closed(story: Story) -> None:
    for name in ("officer", "second_officer", "buyer", "other", "auditor"):
        await story[name].get(story.path("/bids/{bid}"), expect=404)
    page = await story["officer"].get(story.path("/challenges/{challenge}/bids"))
    assert stats_of(page) == {"Bids in round 1": "2"}
    assert rows_of(page) == []
    page = await story["auditor"].get(story.path("/challenges/{challenge}/bids"))
    assert (stats_of(page), rows_of(page)) == ({}, [])
    page = await story["auditor"].get("/audit")
    assert "问津医疗科技有限公司" not in page.text


async def test_the_worker_closes_the_round_and_a_late_bid_is_refused_with_both_times(story: Story) -> None:
    await story.sign_up("late", "vendor", "迟到软件有限公司")
    late = await draft(story, "late", "late_bid", "90万")
    wait(minutes=60)
    await story.until("passer_by", "/challenges/{challenge}", lambda seen: state_of_round(seen) == "Closed")
    refusal = await send(story["late"], f"{late}/submit", {"revision": "4"}, expect=409)
    times = r"the deadline was (\S+ \S+), the server&#39;s time is (\S+ \S+) \(Beijing time\). Nothing was submitted"
    found = re.search(times, refusal.html)
    assert found, refusal.html
    deadline, now = map(datetime.fromisoformat, found.groups())
    assert now.replace(tzinfo=clock.SHANGHAI) == clock.now()
    assert timedelta() <= now - deadline < timedelta(minutes=30)


async def test_the_bids_are_open_to_the_district_and_to_nobody_else(story: Story) -> None:
    page = await story["officer"].get(story.path("/challenges/{challenge}/bids"))
    assert [(row[0], row[1], row[3]) for row in rows_of(page)] == [
        ("问津医疗科技有限公司", "Opened", "¥1,500,000"), ("通达机器人有限公司", "Opened", "¥1,100,000"),
    ]  # fmt: skip
    assert link_beside(page, "问津医疗科技有限公司") == story.path("/bids/{bid}")
    page = await story["auditor"].get(story.path("/bids/{bid}"))
    assert SECRET in page.text
    for name in ("buyer", "other", "late"):
        await story[name].get(story.path("/bids/{bid}"), expect=404)
