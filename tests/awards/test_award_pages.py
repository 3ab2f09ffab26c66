"""From the ranking to the confirmed award, the notice and the vendor's result, through the pages."""

import pytest

from market.accounts.models import Organisation
from market.awards.models import Award, Objection, Ranking
from market.bids.models import Bid
from market.challenges.models import Challenge
from market.core import clock
from market.core.permissions import Actor
from market.lifecycle import AwardState, ChallengeState, ObjectionState, Role
from tests.browser import Browser
from tests.decisions import make_award, make_challenge_in_review, make_panel, make_ranked_challenge, submit_all
from tests.factories import actor_for, make_actor, make_person
from tests.watching import count_queries, rows_of, sign_in
from workers.awards import confirm_award


async def vendor_actor(bid: Bid) -> Actor:
    organisation = await Organisation.get(bids__id=bid.id)
    return await actor_for(await make_person(Role.VENDOR, organisation))


async def test_two_officers_bring_a_ranking_into_public_notice(browser: Browser, another_browser: Browser) -> None:
    challenge = await make_challenge_in_review(bids=2, notice_minutes=5)
    reviewers = await make_panel(challenge)
    first, second = await Bid.filter(round__challenge_id=challenge.id).order_by("id").select_related("organisation")
    one, two = await make_actor(Role.OFFICER), await make_actor(Role.OFFICER)
    path = f"/challenges/{challenge.id}/ranking"
    await sign_in(browser, one)
    page = await browser.get(path)
    assert "6 reviews are still missing." in page.text
    assert not page.has_form(f"{path}/close-review")
    await submit_all(challenge, reviewers, {first.id: [90, 80], second.id: [60, 75]})
    await browser.get(path)
    page = await browser.submit(f"{path}/close-review")
    assert [row[:3] for row in rows_of(page) if row[0] in {"1", "2"}] == [
        ["1", first.organisation.name, "86"],
        ["2", second.organisation.name, "66"],
    ]
    assert f"How {first.organisation.name} comes to 86" in page.text
    assert ["性能", "90, 90, 90", "90", "60%", "54"] in rows_of(page)
    page = await browser.submit(
        f"{path}/propose", {"bid": second.id, "amount": "2000000", "justification": ""}, expect=422
    )
    assert "Enter more than 0 and at most 1,000,000 yuan" in page.text
    assert "Say why this bid should be awarded." in page.text
    assert "Say why it goes before the others." in page.text
    page = await browser.submit(f"{path}/propose", {"bid": first.id, "amount": "60万", "justification": "得分最高"})
    award = await Award.get()
    assert page.url.endswith(f"/awards/{award.id}")
    assert "You proposed this award. A second officer approves or rejects it." in page.text
    assert not page.has_form(f"/awards/{award.id}/approve")
    await another_browser.get(f"/notices/{award.id}", expect=404)
    await sign_in(another_browser, two)
    await another_browser.get(f"/awards/{award.id}")
    page = await another_browser.submit(f"/awards/{award.id}/approve")
    assert "The award is approved and in public notice." in page.html
    assert "Demonstration: public notice lasts 5 minutes instead of working days." in page.text
    assert (await Award.get()).state is AwardState.IN_NOTICE


async def test_a_visitor_reads_the_notice_and_is_told_how_to_object(browser: Browser) -> None:
    award = await make_award()
    await browser.in_english()
    page = await browser.get("/notices")
    organisation = await Organisation.get(bids__id=award.bid_id)
    assert organisation.name in page.text
    page = await browser.get(f"/notices/{award.id}")
    for words in (organisation.name, "¥600,000", "铸件质检揭榜", "Surface defects of castings", "5 working days",
                  "Sign in to object: an objection carries a real name and a contact."):  # fmt: skip
        assert words in page.text
    assert not page.has_form(f"/notices/{award.id}/objections")


async def test_an_objection_pauses_stays_confidential_and_is_answered(
    browser: Browser, another_browser: Browser
) -> None:
    award = await make_award(notice_minutes=10)
    objector, officer = await make_actor(Role.BUYER), await make_actor(Role.OFFICER)
    path = f"/notices/{award.id}"
    await sign_in(browser, objector)
    await browser.get(path)
    page = await browser.submit(
        f"{path}/objections", {"name": "匿名者", "contact": "?", "text": "写了很久"}, expect=422
    )
    assert "Anonymous objections cannot be handled" in page.text
    assert "Enter an e-mail address or a telephone number" in page.text
    assert "写了很久" in page.html
    written = {"name": "赵真名", "contact": "13800001111", "text": "该单位不具备资质。"}
    page = await browser.submit(f"{path}/objections", written)
    assert "the award is paused" in page.html
    assert "该单位不具备资质。" in page.text
    objection = await Objection.get()
    winner = await vendor_actor(await Bid.get(id=award.bid_id))
    readers = [winner, await make_actor(Role.VENDOR), await make_actor(Role.REVIEWER), None]
    for reader in readers:
        if reader:
            await sign_in(another_browser, reader)
        else:
            another_browser.client.cookies.clear()
        for address in (path, "/notices", "/messages", f"/challenges/{award.challenge_id}", f"/bids/{award.bid_id}"):
            html = (await another_browser.client.get(address)).text
            for secret in (*written.values(), objector.organisation_name):
                assert secret not in html, f"{reader and reader.role} reads {secret} at {address}"
    await sign_in(another_browser, await make_actor(Role.AUDITOR))
    page = await another_browser.get(f"/awards/{award.id}")
    assert "赵真名" in page.text
    assert not page.has_form(f"/awards/{award.id}/objections/{objection.id}/dismiss")
    await sign_in(another_browser, officer)
    await another_browser.get(f"/awards/{award.id}")
    page = await another_browser.submit(
        f"/awards/{award.id}/objections/{objection.id}/dismiss", {"reason": "经核实，资质齐全。"}
    )
    assert (await Award.get()).state is AwardState.IN_NOTICE
    page = await browser.get(path)
    assert "经核实，资质齐全。" in page.text
    assert not page.has_form(f"{path}/objections")


async def test_a_late_objection_comes_back_with_what_was_typed(browser: Browser) -> None:
    award = await make_award(notice_minutes=10)
    assert award.notice_ends_at is not None
    await sign_in(browser, await make_actor(Role.VENDOR))
    await browser.get(f"/notices/{award.id}")
    clock.fix(award.notice_ends_at)
    page = await browser.submit(
        f"/notices/{award.id}/objections", {"name": "赵真名", "contact": "13800001111", "text": "写了很久"}, expect=409
    )
    assert "The public notice ended on" in page.text
    assert "写了很久" in page.html
    assert await Objection.all().count() == 0


async def test_an_upheld_objection_revokes_and_another_bid_can_be_proposed(browser: Browser) -> None:
    award = await make_award()
    await sign_in(browser, await make_actor(Role.VENDOR))
    await browser.get(f"/notices/{award.id}")
    await browser.submit(f"/notices/{award.id}/objections", {"name": "赵真名", "contact": "a@b.cn", "text": "不实"})
    objection = await Objection.get()
    await sign_in(browser, await make_actor(Role.OFFICER))
    await browser.get(f"/awards/{award.id}")
    page = await browser.submit(f"/awards/{award.id}/objections/{objection.id}/uphold", {"reason": "材料不实"})
    assert "Revoked: an objection was upheld." in page.text
    assert (await Objection.get()).state is ObjectionState.UPHELD
    page = await browser.get(f"/challenges/{award.challenge_id}/ranking")
    offered = [
        option.get("value") for option in page.form(f"/challenges/{award.challenge_id}/ranking/propose").iter("option")
    ]
    second = await Ranking.get(rank=2)
    assert offered == [str(second.bid_id)]


async def test_vendors_read_their_own_result_and_nobody_elses(browser: Browser) -> None:
    award = await make_award()
    winner = await Bid.get(id=award.bid_id)
    loser = await Bid.filter(id__not=award.bid_id).get()
    losing_vendor = await vendor_actor(loser)
    await sign_in(browser, losing_vendor)
    page = await browser.get(f"/bids/{loser.id}/result")
    assert "No result yet" in page.text
    assert award.notice_ends_at is not None
    clock.fix(award.notice_ends_at)
    await confirm_award(award_id=award.id)
    await sign_in(browser, losing_vendor)
    page = await browser.get(f"/bids/{loser.id}/result")
    assert "This bid was not selected." in page.text
    assert "2 of 2" in page.text
    assert [row for row in rows_of(page) if len(row) == 4] == [["性能", "70", "60%", "42"], ["安全", "70", "40%", "28"]]
    assert "51" not in page.text.replace("JB-2026", "")  # a contribution of the winner: only its total is public
    await browser.get(f"/bids/{winner.id}/result", expect=404)
    await sign_in(browser, await vendor_actor(winner))
    page = await browser.get(f"/bids/{winner.id}/result")
    assert "This bid has won." in page.text
    assert "1 of 2" in page.text


async def test_closing_without_an_award_through_the_page(browser: Browser) -> None:
    challenge = await make_ranked_challenge([[50, 50]])
    officer = await make_actor(Role.OFFICER)
    await sign_in(browser, officer)
    page = await browser.get(f"/challenges/{challenge.id}/ranking")
    assert "below 60" in page.text
    assert "This bid scored 50.000; the rules ask for at least 60." in page.text
    page = await browser.submit(f"/challenges/{challenge.id}/close", {"reason": "无人达到最低分"})
    assert (await Challenge.get()).state is ChallengeState.FAILED
    bid = await Bid.get()
    await sign_in(browser, await vendor_actor(bid))
    page = await browser.get(f"/bids/{bid.id}/result")
    assert "The challenge ended without an award." in page.text
    assert "1 of 1" in page.text


async def test_an_award_in_notice_cannot_be_overlooked_by_closing_the_challenge(browser: Browser) -> None:
    award = await make_award()
    await sign_in(browser, await make_actor(Role.OFFICER))
    page = await browser.get(f"/challenges/{award.challenge_id}")
    assert not page.has_form(f"/challenges/{award.challenge_id}/fail")
    token = next(field.get("value", "") for field in page.tree.iter("input") if field.get("name") == "csrf_token")
    for path in ("fail", "close"):
        data = {"reason": "x", "csrf_token": token}
        await browser.client.post(f"/challenges/{award.challenge_id}/{path}", data=data)
    assert (await Challenge.get()).state is ChallengeState.DECIDING
    assert (await Award.get()).state is AwardState.IN_NOTICE


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (Role.VENDOR, "/awards", 403), (Role.BUYER, "/awards/1", 403), (Role.REVIEWER, "/challenges/1/ranking", 403),
        (Role.VENDOR, "/challenges/1/ranking", 403), (Role.REVIEWER, "/bids/1/result", 403),
        (Role.VENDOR, "/bids/1/result", 404), (Role.OFFICER, "/awards/999", 404), (Role.AUDITOR, "/awards/1", 200),
        (Role.VENDOR, "/notices/1", 404), (Role.OFFICER, "/notices/1", 404),
    ],
)  # fmt: skip
async def test_who_may_enter_while_an_award_is_only_proposed(
    browser: Browser, role: Role, path: str, status: int
) -> None:
    await make_award(approve=False)
    await sign_in(browser, await make_actor(role))
    await browser.get(path, expect=status)


async def test_a_stranger_is_sent_to_sign_in(browser: Browser) -> None:
    for path in ("/awards", "/awards/1", "/challenges/1/ranking", "/bids/1/result"):
        assert (await browser.get(path)).url.startswith("http://127.0.0.1:8000/sign-in")


async def test_empty_lists_say_what_to_do_next(browser: Browser) -> None:
    await browser.in_english()
    assert "See the challenges" in (await browser.get("/notices")).text
    await sign_in(browser, await make_actor(Role.OFFICER))
    assert "An award is proposed on the ranking" in (await browser.get("/awards")).text


async def test_lists_ask_as_often_for_three_rows_as_for_one(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    award = await make_award()
    officer = await make_actor(Role.OFFICER)
    await sign_in(browser, officer)
    paths = ("/awards", "/notices", f"/challenges/{award.challenge_id}/ranking")
    before = [await count_queries(browser, path, monkeypatch) for path in paths]
    for _number in range(2):
        await make_award()
    large = await make_award(await make_ranked_challenge([[90, 90], [80, 80], [70, 70]]))
    await sign_in(browser, officer)
    paths = ("/awards", "/notices", f"/challenges/{large.challenge_id}/ranking")
    assert [await count_queries(browser, path, monkeypatch) for path in paths] == before
