"""The vendor reads what would raise its fit, saves a search, and is told by the worker when a scene fits."""

from tests.browser import Page
from tests.journey.story import Story, state_of
from tests.journey.test_1_scene import STEPS

WORDS = "医院门诊智能导诊"


async def test_the_other_vendor_reads_what_keeps_it_out(story: Story) -> None:
    page = await story["other"].get("/matches/gaps")
    assert page.h1 == "What would raise my fit"
    assert "Triage for outpatients" in page.text
    assert "Qualifies for 0 of the 1 open scenes near to it." in page.text


async def test_publishing_a_solution_has_saved_a_search_for_it(story: Story) -> None:
    page = await story["vendor"].get("/matches/searches")
    page = await story["vendor"].get(page.link("门诊智能导诊助手"))
    assert page.h1 == "门诊智能导诊助手"
    assert "For the solution" in page.text


async def test_a_search_by_words_is_saved_and_deleted_with_an_undo(story: Story) -> None:
    vendor = story["vendor"]
    await vendor.get("/matches/searches/new")
    page = await vendor.submit("/matches/searches/new", {"name": "导诊需求", "query": WORDS, "frequency": "at_once"})
    number = story.note_in("words", page.url)
    page = await vendor.get("/matches/searches")
    assert f"Words: {WORDS}" in page.text
    await vendor.get(f"/matches/searches/{number}")
    page = await vendor.submit(f"/matches/searches/{number}/delete")
    assert f"Words: {WORDS}" not in page.text
    page = await vendor.submit("/matches/searches/restore")
    page = await vendor.get("/matches/searches")
    assert f"Words: {WORDS}" in page.text
    story.note_in("search", page.link("导诊需求"))


async def test_the_buyer_posts_nearly_the_same_once_more(story: Story) -> None:
    buyer = story["buyer"]
    await buyer.get("/scenes/new")
    page = await buyer.submit("/scenes/new", {"title": "医院门诊智能导诊"})
    number = story.note("twin", page)
    for step, values in STEPS.items():
        given = {"title_en": "Triage for outpatients again"} if step == "problem" else {}
        page = await buyer.submit(f"/scenes/{number}/edit/{step}", values | given)
    await buyer.submit(f"/scenes/{number}/submit")
    await story["officer"].get(f"/scenes/{number}")
    page = await story["officer"].submit(f"/scenes/{number}/publish")
    assert state_of(page) == "Published"


def answers_of(page: Page) -> list[str]:
    """Return where it is said whether an alert was useful."""
    return [action for form in page.forms() if "/alerts/" in (action := form.get("action", ""))]


async def test_the_worker_tells_the_vendor(story: Story) -> None:
    page = await story.until("vendor", "/matches/searches/{search}", answers_of)
    assert "Triage for outpatients again" in page.text
    page = await story["vendor"].submit(answers_of(page)[0])
    assert "You said: useful." in page.text
    page = await story["vendor"].get("/messages")
    assert [link for link in page.links() if link.startswith("/matches/searches/")] != []  # whichever looked first
