"""The money follows: reserved in tranches by the milestones of the bid, what is left goes back to the fund."""

from tests.journey.story import Story, link_beside, stats_of
from tests.watching import rows_of


async def test_the_worker_reserves_the_grant_and_gives_the_rest_back(story: Story) -> None:
    page = await story.until("officer", "/funds/{fund}", lambda seen: stats_of(seen)["Committed to challenges"] == "¥0")
    assert stats_of(page) == {
        "Available": "¥4,250,000", "Committed to challenges": "¥0", "Reserved for winners": "¥750,000",
        "Waiting to be paid": "¥0", "Already paid": "¥0",
    }  # fmt: skip
    story.note_in("grant", link_beside(page, "JB-"))


async def test_its_tranches_are_the_milestones_of_the_bid(story: Story) -> None:
    for name in ("officer", "vendor", "buyer", "auditor"):
        page = await story[name].get(story.path("/grants/{grant}"))
        assert [row for row in rows_of(page) if len(row) == 7] == [
            ["两家医院上线", "Planned", "–", "–", "–", "40%", "¥300,000"],
            ["连续运行四周", "Planned", "–", "–", "–", "60%", "¥450,000"],
        ]
    await story["other"].get(story.path("/grants/{grant}"), expect=404)
