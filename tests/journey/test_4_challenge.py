"""The district puts money behind the scene: a rubric, a round, a fund; the worker opens the round on time."""

from tests.browser import Page, text_of
from tests.journey.story import Story, by_class, section, send, state_of, stats_of, wait

FUND = {
    "code": "AI-2026", "name": "人工智能场景专项资金", "policy_basis": "临江区人工智能专项资金管理办法第八条",
    "project_cap": "100万", "organisation_cap": "300万",
}  # fmt: skip
CHALLENGE = {
    "grant": "80万", "policy_basis": "临江区人工智能专项资金管理办法", "panel_size": "3", "notice_minutes": "30",
    "rounds-0-opens_in": "10", "rounds-0-closes_in": "70",
}  # fmt: skip


async def test_the_officer_creates_a_fund(story: Story) -> None:
    officer = story["officer"]
    await officer.get("/funds/new")
    page = await officer.submit("/funds/new", FUND)
    story.note("fund", page)
    page = await officer.submit(story.path("/funds/{fund}/budget"), {"amount": "500万", "reason": "区府办〔2026〕12号"})
    assert stats_of(page)["Available"] == "¥5,000,000"


async def test_the_officer_makes_a_challenge_that_cannot_be_published_without_money(story: Story) -> None:
    officer = story["officer"]
    page = await officer.get(story.path("/scenes/{scene}"))
    page = await officer.get(page.link("Make a challenge"))
    page = await officer.submit(story.path("/scenes/{scene}/challenge"), CHALLENGE)
    story.note("challenge", page)
    todo = [line for line in by_class(page, "task") if "To do" in line]
    assert len(todo) == 1, todo
    assert "State the grant, then commit a fund to it." in todo[0]
    assert not page.has_form(story.path("/challenges/{challenge}/publish"))
    refusal = await send(officer, story.path("/challenges/{challenge}/publish"), expect=403)
    assert "State the grant, then commit a fund to it." in refusal.html
    await story["passer_by"].get(story.path("/challenges/{challenge}"), expect=404)


async def test_with_money_committed_it_is_published(story: Story) -> None:
    officer = story["officer"]
    await officer.get(story.path("/challenges/{challenge}/fund"))
    await officer.submit(story.path("/challenges/{challenge}/fund"))
    page = await officer.submit(story.path("/challenges/{challenge}/publish"))
    assert state_of(page) == "Published"
    page = await officer.get(story.path("/funds/{fund}"))
    figures = stats_of(page)
    assert (figures["Available"], figures["Committed to challenges"]) == ("¥4,200,000", "¥800,000")
    page = await story["vendor"].get("/messages")
    assert story.path("/challenges/{challenge}") in page.links()


async def test_the_worker_opens_the_round_when_its_time_has_come(story: Story) -> None:
    page = await story["passer_by"].get(story.path("/challenges/{challenge}"))
    assert "Bids open in" in page.text
    assert state_of_round(page) == "Scheduled"
    wait(minutes=10)
    page = await story.until(
        "vendor", "/challenges/{challenge}", lambda seen: state_of_round(seen) == "Open for bids now"
    )
    story.note_in("round", page.link("Bid"))


def state_of_round(page: Page) -> str:
    """Return the status of the only round in the timetable."""
    return text_of(list(section(page, "timetable").iter("td"))[-1])
