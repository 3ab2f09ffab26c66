"""The reviewer's and the officer's pages, and what they hide from whom."""

from typing import Any

import pytest

from market.accounts.models import Person
from market.bids.models import Bid
from market.challenges.models import Challenge, Criterion
from market.core.permissions import Actor
from market.core.work import unit_of_work
from market.lifecycle import ReviewState, Role
from market.reviews.actions import assign_reviewer
from market.reviews.models import Review, Score
from tests.browser import Browser
from tests.decisions import make_challenge_in_review, make_panel, submit_all
from tests.factories import BID, make_actor
from tests.watching import count_queries, rows_of, sign_in


async def ask(challenge: Challenge, reviewer: Actor) -> list[Review]:
    async with unit_of_work() as work:
        officer = await make_actor(Role.OFFICER)
        return await assign_reviewer(challenge, reviewer.person_id or 0, work=work, actor=officer)


async def csrf_of(browser: Browser, path: str) -> str:
    page = await browser.get(path)
    fields: dict[str, Any] = {field.get("name", ""): field.get("value") for field in page.tree.iter("input")}
    return str(fields["csrf_token"])


async def post(browser: Browser, path: str, data: dict[str, str]) -> int:
    """Post without a form on the page: what somebody tries who knows the address."""
    token = await csrf_of(browser, "/challenges")
    answer = await browser.client.post(path, data=data | {"csrf_token": token}, follow_redirects=False)
    return answer.status_code


async def test_a_reviewer_answers_reads_scores_and_submits(browser: Browser) -> None:
    challenge = await make_challenge_in_review(bids=1, panel_size=1)
    reviewer = await make_actor(Role.REVIEWER)
    (review,) = await ask(challenge, reviewer)
    first, second = await Criterion.filter(challenge_id=challenge.id).order_by("position")
    await sign_in(browser, reviewer)
    page = await browser.get("/reviews")
    assert "To answer" in page.text
    page = await browser.get(f"/reviews/{review.id}")
    vendor = (await Bid.get(id=review.bid_id).select_related("organisation")).organisation.name
    assert page.h1 == "Do you have a conflict?"
    assert vendor in page.text
    assert BID["approach"] not in page.html
    page = await browser.submit(f"/reviews/{review.id}/accept")
    assert page.h1 == f"Review of {vendor}"
    assert BID["approach"] in page.text
    page = await browser.submit(
        f"/reviews/{review.id}/scores", {f"points-{first.id}": "90", "final": "yes"}, expect=422
    )
    assert "Enter points from 0 to 100." in page.text
    assert "Say in a few sentences what speaks for and against this bid." in page.text
    page = await browser.submit(f"/reviews/{review.id}/scores", {f"points-{first.id}": "90"})
    assert "Your scores are saved." in page.html
    assert "90 × 60% = 54" in page.text
    page = await browser.submit(
        f"/reviews/{review.id}/scores",
        {f"points-{second.id}": "101", f"comment-{second.id}": "写了很久的意见"}, expect=422,
    )  # fmt: skip
    assert "Enter a whole number from 0 to 100." in page.text
    assert "写了很久的意见" in page.html
    page = await browser.submit(
        f"/reviews/{review.id}/scores", {f"points-{second.id}": "70", "comment": "可行，数据条件好。", "final": "yes"}
    )
    assert "Finished" in page.text
    assert (await Review.get(id=review.id)).state is ReviewState.SUBMITTED
    page = await browser.get(f"/reviews/{review.id}")
    assert "82" in page.text
    assert "The whole panel" in page.text
    assert not page.has_form(f"/reviews/{review.id}/scores")


async def test_typing_is_saved_and_a_second_window_is_told(browser: Browser) -> None:
    challenge = await make_challenge_in_review(bids=1, panel_size=1)
    (reviewer,) = await make_panel(challenge, 1)
    review = await Review.get(reviewer_id=reviewer.person_id)
    first, second = await Criterion.filter(challenge_id=challenge.id).order_by("position")
    await sign_in(browser, reviewer)
    token = await csrf_of(browser, f"/reviews/{review.id}")
    typed = {"csrf_token": token, "revision": "1", f"points-{first.id}": "88", f"comment-{second.id}": "先写意见"}
    answer = await browser.client.post(f"/reviews/{review.id}/draft", data=typed)
    assert answer.status_code == 200
    assert answer.text.startswith("Saved ")
    assert answer.text.endswith("A comment is kept once its points are given.")
    assert (await Score.get(review_id=review.id)).points == 88
    await browser.get(f"/reviews/{review.id}")
    await Review.filter(id=review.id).update(revision=5)
    page = await browser.submit(f"/reviews/{review.id}/scores", {f"points-{first.id}": "10"}, expect=409)
    assert "saved in another window" in page.text
    assert 'value="10"' in page.html
    assert (await Score.get(review_id=review.id)).points == 88


async def test_a_declared_conflict_closes_every_address_of_the_bid(browser: Browser) -> None:
    challenge = await make_challenge_in_review(bids=1)
    reviewer = await make_actor(Role.REVIEWER)
    (review,) = await ask(challenge, reviewer)
    await sign_in(browser, reviewer)
    await browser.get(f"/reviews/{review.id}")
    page = await browser.submit(f"/reviews/{review.id}/recuse", {"reason": "配偶在该公司任职"})
    assert page.h1 == "My reviews"
    assert "no longer have access" in page.html
    for path in (f"/reviews/{review.id}", f"/bids/{review.bid_id}", f"/reviews/{review.id}/files/1"):
        await browser.get(path, expect=404)
    for path in ("accept", "recuse", "draft", "scores"):
        assert await post(browser, f"/reviews/{review.id}/{path}", {"reason": "x", "final": "yes"}) == 404
    assert f"/reviews/{review.id}" not in (await browser.get("/reviews")).links()


async def test_scores_are_hidden_by_every_address_for_every_role(browser: Browser) -> None:
    challenge = await make_challenge_in_review(bids=1)
    reviewers = await make_panel(challenge)
    bid = await Bid.get(round__challenge_id=challenge.id)
    await submit_all(challenge, reviewers[:2], {bid.id: [97, 97]})
    first = await Review.get(reviewer_id=reviewers[0].person_id)
    shared = ["/challenges", f"/challenges/{challenge.id}", "/notices", f"/bids/{bid.id}", f"/bids/{bid.id}/result",
              f"/challenges/{challenge.id}/reviews", f"/challenges/{challenge.id}/ranking", "/awards",
              f"/reviews/{first.id}", "/reviews", "/messages", "/audit"]  # fmt: skip
    vendor = Actor(Role.VENDOR, "v", (await Person.get(memberships__organisation_id=bid.organisation_id)).id)  # type: ignore[attr-defined]
    others = [await make_actor(role) for role in (Role.OFFICER, Role.AUDITOR, Role.BUYER, Role.REVIEWER)]
    for actor in [*others, vendor, reviewers[1], reviewers[2]]:
        await sign_in(browser, actor)
        for path in shared:
            answer = await browser.client.get(path)
            main = answer.text
            if actor is not reviewers[1] or path != f"/reviews/{first.id}":
                assert ">97<" not in main, f"{actor.role} reads a score at {path}"
                assert "97 ×" not in main, f"{actor.role} reads a score at {path}"
    await sign_in(browser, reviewers[2])
    await browser.get(f"/reviews/{first.id}", expect=404)


async def test_when_all_are_in_officers_see_totals_and_reviewers_their_peers(browser: Browser) -> None:
    challenge = await make_challenge_in_review(bids=1)
    reviewers = await make_panel(challenge)
    bid = await Bid.get(round__challenge_id=challenge.id)
    await sign_in(browser, await make_actor(Role.AUDITOR))
    page = await browser.get(f"/challenges/{challenge.id}/reviews")
    assert "0 / 3" in page.text
    assert not page.has_form(f"/challenges/{challenge.id}/reviews/draw")
    await submit_all(challenge, reviewers, {bid.id: [91, 86]})
    page = await browser.get(f"/challenges/{challenge.id}/reviews")
    assert page.text.count("Scores submitted 89") == 3
    await sign_in(browser, reviewers[0])
    mine = await Review.get(reviewer_id=reviewers[0].person_id)
    page = await browser.get(f"/reviews/{mine.id}")
    peers = [row[:2] for row in rows_of(page) if row[0] in {"You", "Reviewer 2", "Reviewer 3"}]
    assert peers == [["You", "89"], ["Reviewer 2", "89"], ["Reviewer 3", "89"]]
    assert reviewers[2].name not in page.text


async def test_an_officer_assigns_draws_replaces_and_reads_why_not(browser: Browser) -> None:
    challenge = await make_challenge_in_review(bids=2, panel_size=1)
    bid = await Bid.filter(round__challenge_id=challenge.id).order_by("id").first().select_related("organisation")
    assert bid is not None
    expert = await make_actor(Role.REVIEWER)
    base = f"/challenges/{challenge.id}/reviews"
    await sign_in(browser, await make_actor(Role.OFFICER))
    await browser.get(base)
    page = await browser.submit(f"{base}/assign", expect=422)
    assert "Choose a reviewer." in page.text
    page = await browser.submit(f"{base}/assign", {"reviewer": expert.person_id, "bid": bid.id})
    assert "Asked to review 1 bid(s)." in page.html
    page = await browser.submit(f"{base}/draw")
    assert "Every seat is filled." in page.html
    review = await Review.filter(bid_id=bid.id).get()
    page = await browser.submit(f"{base}/{review.id}/recuse", {"reason": "有合作项目"})
    assert "有合作项目" in page.text
    await make_actor(Role.REVIEWER)
    page = await browser.submit(f"{base}/draw")
    assert "Every seat is filled." in page.html
    states = {row.state for row in await Review.filter(bid_id=bid.id)}
    assert states == {ReviewState.RECUSED, ReviewState.ASSIGNED}


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (Role.VENDOR, "/reviews", 403), (Role.OFFICER, "/reviews", 403), (Role.REVIEWER, "/challenges/1/reviews", 403),
        (Role.VENDOR, "/challenges/1/reviews", 403), (Role.BUYER, "/challenges/1/reviews", 403),
        (Role.OFFICER, "/challenges/999/reviews", 404), (Role.REVIEWER, "/reviews/999", 404),
    ],
)  # fmt: skip
async def test_the_wrong_role_is_refused(browser: Browser, role: Role, path: str, status: int) -> None:
    await make_challenge_in_review(bids=1)
    await sign_in(browser, await make_actor(role))
    await browser.get(path, expect=status)


async def test_a_stranger_is_sent_to_sign_in(browser: Browser) -> None:
    for path in ("/reviews", "/challenges/1/reviews"):
        assert (await browser.get(path)).url.startswith("http://127.0.0.1:8000/sign-in")


async def test_lists_ask_as_often_for_three_rows_as_for_one(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []
    for bids in (1, 3):
        challenge = await make_challenge_in_review(bids=bids)
        reviewers = await make_panel(challenge)
        await sign_in(browser, reviewers[0])
        mine = await count_queries(browser, "/reviews", monkeypatch)
        await sign_in(browser, await make_actor(Role.OFFICER))
        counts.append((mine, await count_queries(browser, f"/challenges/{challenge.id}/reviews", monkeypatch)))
    assert counts[0] == counts[1]
    assert counts[0][0] > 0
