"""The district looks at supply and demand, has a near-duplicate merged by its owner, and freezes a catalogue."""

from tests.browser import text_of
from tests.journey.story import Story, state_of, stats_of
from tests.watching import rows_of

TABS = [
    "By field", "Scenes nobody serves", "Solutions nobody needs yet", "Near-duplicates", "Exposure", "Funnel",
    "Rankers", "Index",
]  # fmt: skip


async def test_the_officer_sees_supply_and_demand_by_field(story: Story) -> None:
    page = await story["officer"].get("/insight")
    assert stats_of(page)["open scenes"] == "2"
    assert stats_of(page)["without a credible match"] == "2"
    health = next(row for row in rows_of(page) if row[0] == "Healthcare")
    assert health[1:4] == ["2", "2", "2"]


async def test_the_officer_tells_a_buyer_what_may_help(story: Story) -> None:
    page = await story["officer"].get("/insight/scenes")
    assert "Best score so far:" in page.text
    page = await story["officer"].submit(story.path("/insight/scenes/{scene}/tell"))
    assert "The buyer was told." in page.text
    assert not page.has_form(story.path("/insight/scenes/{scene}/tell"))
    page = await story["buyer"].get("/messages")
    assert "has no credible match yet" in page.text


async def test_the_auditor_walks_through_all_tabs(story: Story) -> None:
    page = await story["auditor"].get("/insight")
    tabs = next(nav for nav in page.tree.iter("nav") if nav.get("aria-label") == "Supply and demand")
    links = [(text_of(each), each.get("href", "")) for each in tabs.iter("a")]
    assert [label for label, _href in links] == TABS
    for _label, href in links:
        await story["auditor"].get(href)


async def test_everything_published_is_indexed_and_ranked(story: Story) -> None:
    page = await story.until("officer", "/insight/index", lambda seen: stats_of(seen)["open scenes ranked"] == "2 / 2")
    assert stats_of(page)["failed"] == "0"
    assert page.text.count("2 of 2 published") == 2


async def test_near_duplicates_are_found_and_the_officer_proposes(story: Story) -> None:
    officer = story["officer"]
    page = await story.until("officer", "/insight/duplicates", lambda seen: "/merges/" in " ".join(seen.links()))
    number = story.note_in("merge", next(link for link in page.links() if link.startswith("/merges/")))
    await story["buyer"].get(f"/merges/{number}", expect=404)
    await officer.get(f"/merges/{number}")
    page = await officer.submit(f"/merges/{number}/propose", {"keep": str(story.ids["scene"])}, expect=422)
    assert "Give a reason." in page.text
    reason = {"keep": str(story.ids["scene"]), "reason": "同一院同一需求，重复发布。"}
    page = await officer.submit(f"/merges/{number}/propose", reason)
    assert state_of(page) == "Proposed"


async def test_its_owner_accepts_and_the_old_address_leads_on(story: Story) -> None:
    buyer = story["buyer"]
    page = await buyer.get("/messages")
    assert story.path("/merges/{merge}") in page.links()
    await buyer.get(story.path("/merges/{merge}"))
    await buyer.submit(story.path("/merges/{merge}/accept"))
    page = await story["passer_by"].get(story.path("/scenes/{twin}"))
    assert page.url.endswith(story.path("/scenes/{scene}"))


async def test_a_catalogue_is_frozen_for_a_scene_and_the_freeze_lifted(story: Story) -> None:
    officer, base = story["officer"], story.path("/scenes/{scene}/matches")
    await story.until("officer", base, lambda seen: seen.has_form(f"{base}/freeze"))
    page = await officer.submit(f"{base}/freeze", {"reason": "发榜前固定候选范围。"})
    assert "Frozen." in page.text
    await story.until("officer", base, lambda seen: seen.has_form(f"{base}/unfreeze"))
    page = await officer.submit(f"{base}/unfreeze", {"reason": "发榜推迟。"})
    assert "Lifted." in page.text
    await story.until("officer", base, lambda seen: seen.has_form(f"{base}/rerun"))
