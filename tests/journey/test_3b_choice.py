"""The buyer looks closer: search, facets, side by side, a dismissal taken back, a ranking made again, teams."""

import io
from xml.etree.ElementTree import Element

from python_calamine import CalamineWorkbook

from tests.browser import Page, text_of
from tests.journey.story import Story, by_class

RIGHT, WRONG = "Outpatient triage assistant", "General triage robot"


def titles_of(page: Page, level: str = "h3") -> list[str]:
    """Return the titles of the cards on a page."""
    return [text_of(each.find(f".//{level}")) for each in page.tree.iter("article")]


def table_of(page: Page) -> dict[str, list[str]]:
    """Return the first table by the head of each row."""
    table = page.tree.find(".//table")
    assert isinstance(table, Element)
    return {text_of(row[0]): [text_of(cell) for cell in list(row)[1:]] for row in table.iter("tr")}


async def test_a_passer_by_finds_the_scene_by_pinyin(story: Story) -> None:
    page = await story.until(
        "passer_by", "/search?q=zhinengdaozhen", lambda seen: story.path("/scenes/{scene}") in seen.links()
    )
    assert "Triage for outpatients" in page.text
    assert (await story["passer_by"].get("/search?q=qqqqqqqq")).links().count(story.path("/scenes/{scene}")) == 0


async def test_facets_choose_among_the_ranked_pairs(story: Story) -> None:
    base = story.path("/scenes/{scene}/matches")
    page = await story["buyer"].get(f"{base}?filing=filed")
    assert titles_of(page) == [f"1. {RIGHT}"]
    page = await story["buyer"].get(f"{base}?filing=unfiled")
    assert titles_of(page) == [WRONG]


async def test_two_solutions_stand_side_by_side_and_as_a_workbook(story: Story) -> None:
    asked = story.path("solutions={right},{wrong}")
    page = await story["buyer"].get(story.path(f"/scenes/{{scene}}/compare?{asked}"))
    rows = table_of(page)
    assert rows["Filing of the models"][0] == "met"
    assert rows["Filing of the models"][1].startswith("not met")
    assert rows["Price from"] == ["¥1,200,000", "¥600,000 best here"]
    answer = await story["buyer"].client.get(story.path(f"/scenes/{{scene}}/compare.xlsx?{asked}"))
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == ["Comparison", "Evidence sentences", "How to read this"]
    evidence = [str(cell) for row in book.get_sheet_by_name("Evidence sentences").to_python() for cell in row]
    assert "科室推荐准确率达到百分之九十七，门诊办抽查一千次" in evidence


async def test_a_dismissal_needs_a_reason_and_can_be_taken_back(story: Story) -> None:
    buyer, base = story["buyer"], story.path("/scenes/{scene}/shortlist/{wrong}")
    await buyer.get(story.path("/scenes/{scene}/matches"))
    page = await buyer.submit(f"{base}/dismiss", {"reason_code": "not_proven", "reason": "模型没有登记。"})
    assert "Dismissed. It stays in the record with your reason." in page.text
    assert "Dismissed" in by_class(page, "tag")
    page = await buyer.submit(f"{base}/reconsider")
    assert "Back on the shortlist." in page.text
    assert "Dismissed" not in by_class(page, "tag")


async def test_a_past_ranking_explains_itself_and_comes_out_the_same(story: Story) -> None:
    page = await story["officer"].get(story.path("/scenes/{scene}/runs"))
    run = next(link for link in page.links() if "/runs/" in link)
    page = await story["officer"].get(run)
    assert titles_of(page) == [f"1. {names}" for names in ("门诊智能导诊助手", "通用导诊机器人")]
    page = await story["officer"].get(page.link("Rank again with the same versions"))
    assert "It comes out the same" in page.text


async def test_one_solution_covers_every_must_so_no_team_is_needed(story: Story) -> None:
    page = await story["buyer"].get(story.path("/scenes/{scene}/teams"))
    assert "One solution covers every must: no team is needed" in page.text
    assert story.path("/matches/{scene}/{right}") in page.links()
