"""Ranking, proposal, a second officer, public notice; the worker confirms when the notice has ended."""

from tests.journey.story import Story, link_beside, send, state_of, stats_of, wait
from tests.journey.test_6_review import OTHER, RIGHT
from tests.watching import rows_of


async def test_the_officer_closes_the_review_and_the_ranking_stands(story: Story) -> None:
    officer, base = story["officer"], story.path("/challenges/{challenge}/ranking")
    await officer.get(base)
    page = await officer.submit(f"{base}/close-review")
    ranked = [row for row in rows_of(page) if row[0] in {"1", "2"}]
    assert ranked == [["1", RIGHT, "87", "–"], ["2", OTHER, "72", "–"]]


async def test_nobody_approves_an_own_proposal(story: Story) -> None:
    officer, base = story["officer"], story.path("/challenges/{challenge}/ranking")
    page = await officer.submit(f"{base}/propose", {"amount": "75万", "justification": "得分最高，指标有据。"})
    story.note("award", page)
    assert state_of(page) == "Proposed"
    assert not page.has_form(story.path("/awards/{award}/approve"))
    refusal = await send(officer, story.path("/awards/{award}/approve"), expect=403)
    assert "You proposed this award. A second officer approves or rejects it." in refusal.html
    await story["passer_by"].get(story.path("/notices/{award}"), expect=404)


async def test_the_second_officer_approves_and_everybody_reads_the_notice(story: Story) -> None:
    second = story["second_officer"]
    await second.get(story.path("/awards/{award}"))
    page = await second.submit(story.path("/awards/{award}/approve"))
    assert state_of(page) == "In notice"
    for name in ("passer_by", "vendor", "other", "buyer"):
        page = await story[name].get("/notices")
        page = await story[name].get(link_beside(page, RIGHT))
        assert (page.h1, stats_of(page)) == (
            f"Notice of the award to {RIGHT}", {"Grant": "¥750,000", "Score of 100": "87"},
        )  # fmt: skip
    page = await story["other"].get(story.path("/bids/{other_bid}/result"))
    assert "No result yet" in page.text


async def test_the_worker_confirms_when_the_notice_has_ended(story: Story) -> None:
    wait(minutes=29)
    page = await story["passer_by"].get(story.path("/notices/{award}"))
    assert state_of(page) == "In notice"
    wait(minutes=1)
    await story.until("passer_by", "/notices/{award}", lambda seen: state_of(seen) == "Confirmed")
    page = await story["vendor"].get(story.path("/bids/{bid}/result"))
    assert "This bid has won." in page.text
    page = await story["other"].get(story.path("/bids/{other_bid}/result"))
    assert "This bid was not selected." in page.text
    assert stats_of(page)["Score of 100"] == "72"
    assert "87" not in stats_of(page).values(), "one's own numbers only"
    page = await story["passer_by"].get(story.path("/scenes/{scene}"))
    assert state_of(page) == "Awarded"
