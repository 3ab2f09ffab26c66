"""Experts review: a conflict is declared and the seat filled again; scores are hidden until all are in."""

from market.lifecycle import Role
from tests.browser import Browser
from tests.journey.story import Story, link_beside, option_of, send, state_of, stats_of
from tests.watching import rows_of

RIGHT, OTHER = "问津医疗科技有限公司", "通达机器人有限公司"
BODIES = {"expert_a": "海东大学", "expert_b": "海东大学", "expert_c": "医学信息学会", "expert_d": "医学信息学会"}


async def score(reviewer: Browser, address: str, points: int) -> None:
    """Say that there is no conflict, then score every criterion alike and submit."""
    page = await reviewer.get(address)
    if page.has_form(f"{address}/accept"):
        page = await reviewer.submit(f"{address}/accept")
    names = [each.get("name", "") for each in page.tree.iter("input") if (each.get("name") or "").startswith("points-")]
    assert len(names) == 4
    marks = dict.fromkeys(names, str(points))
    await reviewer.submit(f"{address}/scores", marks | {"comment": "方案可行，数据充分。", "final": "yes"})


async def ask(story: Story, reviewer: str, bid: str = "") -> str:
    """Let the officer ask an expert; return the page's text."""
    officer, base = story["officer"], story.path("/challenges/{challenge}/reviews")
    page = await officer.get(base)
    page = await officer.submit(f"{base}/assign", {"reviewer": option_of(page, "reviewer", reviewer), "bid": bid})
    return page.text


async def test_the_officer_asks_three_experts(story: Story) -> None:
    for name, body in BODIES.items():
        await story.appoint(name, Role.REVIEWER, body)
    for name in ("expert_a", "expert_b", "expert_c"):
        assert "Asked to review 2 bid(s)." in await ask(story, name)
    page = await story["officer"].get(story.path("/challenges/{challenge}/reviews"))
    assert stats_of(page) == {"Opened bids": "2", "Reviewers for each bid": "3", "Reviews in": "0 / 6"}


async def test_one_declares_a_conflict_and_is_replaced(story: Story) -> None:
    expert = story["expert_c"]
    page = await expert.get("/reviews")
    address = link_beside(page, OTHER)
    page = await expert.get(address)
    assert "¥1,100,000" not in page.text, "the bid is closed until the question is answered"
    page = await expert.submit(f"{address}/recuse", {"reason": "两年前为该公司做过顾问"})
    assert "You no longer have access to this bid." in page.text
    await expert.get(address, expect=404)
    page = await story["officer"].get(story.path("/challenges/{challenge}/reviews"))
    assert "1 free seat(s)" in page.text
    assert rows_of(page)[-1] == ["expert_c", OTHER, "两年前为该公司做过顾问"]
    assert "Asked to review 1 bid(s)." in await ask(story, "expert_d", bid=str(story.ids["other_bid"]))


async def test_scores_stay_hidden_until_every_review_is_in(story: Story) -> None:
    given = {
        "expert_a": {RIGHT: 90, OTHER: 70}, "expert_b": {RIGHT: 84, OTHER: 74}, "expert_c": {RIGHT: 87},
    }  # fmt: skip
    for name, points in given.items():
        for vendor, each in points.items():
            await score(story[name], link_beside(await story[name].get("/reviews"), vendor), each)
    page = await story["expert_a"].get(link_beside(await story["expert_a"].get("/reviews"), RIGHT))
    assert "stays hidden until every review of this challenge is in" in page.text
    for name in ("officer", "auditor"):
        page = await story[name].get(story.path("/challenges/{challenge}/reviews"))
        row = next(each for each in rows_of(page) if each[0] == RIGHT)
        assert row == [RIGHT, "Scores submitted", "Scores submitted", "Scores submitted", "–", "3 / 3"]
    page = await story["officer"].get(story.path("/challenges/{challenge}/ranking"))
    assert "1 reviews are still missing." in page.text
    refusal = await send(story["officer"], story.path("/challenges/{challenge}/ranking/close-review"), expect=403)
    assert "1 reviews are still missing." in refusal.html


async def test_with_the_last_review_they_are_shown(story: Story) -> None:
    await score(story["expert_d"], link_beside(await story["expert_d"].get("/reviews"), OTHER), 72)
    page = await story["officer"].get(story.path("/challenges/{challenge}/reviews"))
    assert "Every review is in: scores are no longer hidden." in page.text
    assert state_of(page) == "In review"
    row = next(each for each in rows_of(page) if each[0] == RIGHT)
    assert row == [RIGHT, "Scores submitted 90", "Scores submitted 84", "Scores submitted 87", "–", "3 / 3"]
