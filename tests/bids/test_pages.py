"""Bids through the browser: written, submitted, replaced, kept from everybody else, and opened."""

from datetime import datetime

import pytest

from market.accounts.models import Organisation, Person
from market.bids.models import Bid, Submission
from market.challenges.models import Round
from market.core import clock
from market.core.models import AuditEvent, Notification
from market.core.permissions import Actor
from market.lifecycle import BidState, OrganisationState, Role, RoundState
from tests.browser import Browser
from tests.factories import actor_for, make_bid, make_challenge, make_organisation, make_person
from tests.watching import count_queries
from workers import rounds

SECRET = "先标定相机"
pytestmark = pytest.mark.usefixtures("db")


async def enter(browser: Browser, role: Role, organisation: Organisation | None = None) -> Person:
    person = await make_person(role, organisation)
    await browser.in_english()
    await browser.sign_in(person.email)
    return person


async def a_round() -> Round:
    return await Round.get(challenge=await make_challenge())


async def a_sealed_bid(window: Round) -> tuple[Bid, Person, Actor]:
    person = await make_person(Role.VENDOR)
    actor = await actor_for(person)
    return await make_bid(window, actor), person, actor


async def test_a_vendor_writes_and_submits_a_bid(browser: Browser) -> None:
    window = await a_round()
    person = await enter(browser, Role.VENDOR)
    page = await browser.get(f"/challenges/{window.challenge_id}")
    page = await browser.get(page.link("Bid"))
    page = await browser.get(f"/rounds/{window.id}/bid")
    assert "Your organisation may bid." in page.text
    await browser.submit(f"/rounds/{window.id}/bid")
    bid = await Bid.get()
    base = f"/bids/{bid.id}"

    await browser.get(f"{base}/edit/approach")
    await browser.submit(f"{base}/edit/approach", {"approach": SECRET, "team": "五人"})
    await browser.get(f"{base}/edit/price")
    milestones = {
        "milestones-0-title": "上线", "milestones-0-due_week": "8", "milestones-0-percent": "40",
        "milestones-1-title": "验收", "milestones-1-due_week": "20", "milestones-1-percent": "50",
    }  # fmt: skip
    await browser.submit(f"{base}/edit/price", {"price": "86万", "delivery_weeks": "20", **milestones})
    page = await browser.get(f"{base}/check")
    assert "The shares of the milestones add up to 90. Change them until they make 100." in page.text
    assert not page.has_form(f"{base}/submit")

    await browser.get(f"{base}/edit/price")
    await browser.submit(f"{base}/edit/price", {"milestones-1-percent": "60"})
    await browser.get(f"{base}/edit/pledge")
    await browser.submit(f"{base}/edit/pledge", {"pledge": "yes"})
    await browser.get(f"{base}/files")
    await browser.submit(f"{base}/files", files={"file": ("报价86万.pdf", b"%PDF-1.7 words")})
    await browser.get(f"{base}/check")
    page = await browser.submit(f"{base}/submit")
    submission = await Submission.get()
    assert page.h1 == "Receipt"
    assert submission.reference == f"JB-2026-001-1-{bid.id}-1"
    for fact in (submission.reference, submission.sha256, "the server's clock"):
        assert fact in page.text
    assert (submission.content["price_fen"], submission.submitted_by_id) == (86_000_000, person.id)
    assert [file["name"] for file in submission.content["files"]] == ["报价86万.pdf"]
    page = await browser.get("/bids")
    assert "JB-2026-001" in page.text


async def test_replacing_makes_a_new_version_and_the_old_one_counts_until_then(browser: Browser) -> None:
    bid, person, _actor = await a_sealed_bid(await a_round())
    base = f"/bids/{bid.id}"
    await browser.in_english()
    await browser.sign_in(person.email)
    await browser.get(f"{base}/edit/price")
    page = await browser.submit(f"{base}/edit/price", {"price": "800000"})
    assert "You have changes that are not submitted. Version 1 counts until you submit again." in page.text
    await browser.get(f"{base}/check")
    page = await browser.submit(f"{base}/submit")
    assert "All versions" in page.text
    assert await Submission.all().order_by("version").values_list("version", flat=True) == [1, 2]
    page = await browser.get(base)
    await browser.submit(f"{base}/withdraw")
    assert (await Bid.get(id=bid.id)).state is BidState.WITHDRAWN


async def test_a_submitted_bid_keeps_its_price_and_pledge(browser: Browser) -> None:
    bid, person, _actor = await a_sealed_bid(await a_round())
    await browser.in_english()
    await browser.sign_in(person.email)
    await browser.get(f"/bids/{bid.id}/edit/price")
    page = await browser.submit(f"/bids/{bid.id}/edit/price", {"price": ""}, expect=422)
    assert "A submitted bid keeps its price." in page.text


async def test_a_late_submission_is_a_409_with_both_times(browser: Browser, noon: datetime) -> None:
    window = await a_round()
    person = await make_person(Role.VENDOR)
    bid = await make_bid(window, await actor_for(person), submit=False)
    await browser.in_english()
    await browser.sign_in(person.email)
    await browser.get(f"/bids/{bid.id}/check")
    clock.fix(window.closes_at)
    page = await browser.submit(f"/bids/{bid.id}/submit", expect=409)
    assert "the deadline was 2026-11-02 13:00:00.000, the server's time is 2026-11-02 13:00:00.000" in page.text
    assert await Submission.all().count() == 0
    await rounds.close_round(round_id=window.id)
    page = await browser.get(f"/bids/{bid.id}")
    assert "This draft was not submitted and does not count." in page.text


async def test_a_colleague_does_not_overwrite(browser: Browser) -> None:
    bid, person, _actor = await a_sealed_bid(await a_round())
    await browser.in_english()
    await browser.sign_in(person.email)
    await browser.get(f"/bids/{bid.id}/edit/approach")
    await Bid.filter(id=bid.id).update(revision=99)
    page = await browser.submit(f"/bids/{bid.id}/edit/approach", {"approach": "我的思路"}, expect=409)
    assert "A colleague saved this bid while you were editing it." in page.text
    assert "我的思路" in page.html


async def test_what_a_colleague_typed_after_the_check_is_not_submitted_unseen(browser: Browser) -> None:
    person = await make_person(Role.VENDOR)
    bid = await make_bid(await a_round(), await actor_for(person), submit=False)
    await browser.in_english()
    await browser.sign_in(person.email)
    await browser.get(f"/bids/{bid.id}/check")
    await Bid.filter(id=bid.id).update(approach="同事刚刚自动保存的内容")  # an autosave keeps the revision
    page = await browser.submit(f"/bids/{bid.id}/submit", expect=409)
    assert "A colleague changed this bid since you checked it. Check it again, then submit." in page.text
    assert "同事刚刚自动保存的内容" in page.text
    page = await browser.submit(f"/bids/{bid.id}/submit")
    assert page.h1 == "Receipt"


async def test_autosave_answers_a_line_and_keeps_the_revision(browser: Browser) -> None:
    bid, person, _actor = await a_sealed_bid(await a_round())
    await browser.in_english()
    await browser.sign_in(person.email)
    page = await browser.get(f"/bids/{bid.id}/edit/approach")
    token = next(i.get("value") for i in page.tree.iter("input") if i.get("name") == "csrf_token")
    data = {"csrf_token": token, "revision": str(bid.revision), "approach": "边写边存", "team": "二人"}
    answer = await browser.client.post(f"/bids/{bid.id}/autosave/approach", data=data)
    assert (answer.status_code, answer.text[:6]) == (200, "Saved ")
    saved = await Bid.get(id=bid.id)
    assert (saved.approach, saved.revision) == ("边写边存", bid.revision)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR, Role.REVIEWER, Role.BUYER, Role.VENDOR])
async def test_nobody_else_reads_a_bid_before_the_round_has_closed(
    browser: Browser,
    noon: datetime,
    role: Role,
) -> None:
    window = await a_round()
    bid, owner, _actor = await a_sealed_bid(window)
    await enter(browser, role)
    for path in ("", "/check", "/receipt", "/edit/price", "/files", "/files/1"):
        answer = await browser.client.get(f"/bids/{bid.id}{path}")
        assert answer.status_code in {403, 404}
        assert not leaks(answer.text)
    for page in (f"/challenges/{window.challenge_id}", f"/challenges/{window.challenge_id}/bids", "/bids", "/messages"):
        answer = await browser.client.get(page)
        assert not leaks(answer.text), page
        assert (await owner_name(owner)) not in answer.text
    # From the deadline until the worker has closed the round nothing changes.
    clock.fix(window.closes_at)
    assert (await browser.client.get(f"/bids/{bid.id}")).status_code == 404


async def test_the_log_and_the_messages_hold_no_word_of_a_bid(noon: datetime) -> None:
    window = await a_round()
    await a_sealed_bid(window)
    assert noon < window.closes_at
    kept = [str(row) for row in await AuditEvent.all().values()]
    kept += [str(row) for row in await Notification.all().values()]
    assert [row for row in kept if leaks(row)] == []
    received = await AuditEvent.get(event="receive_submission")
    assert set(received.details) == {"sha256", "bid_id"}
    # Nor who bids: staff read the log before the bids are opened.
    written = await AuditEvent.filter(subject__in=["Bid", "Submission", "StoredFile"])
    assert {(event.person_id, event.organisation_id) for event in written} == {(None, None)}


async def test_lists_ask_the_database_as_often_for_three_as_for_one(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await make_person(Role.VENDOR)
    actor = await actor_for(person)
    officer = await make_person(Role.OFFICER)
    counts = []
    for more in (1, 2):
        for _number in range(more):
            window = await a_round()
            await make_bid(window, actor)
        await browser.sign_in(person.email)
        mine = await count_queries(browser, "/bids", monkeypatch)
        open_now = await count_queries(browser, "/challenges?group=open", monkeypatch)
        counts.append((mine, open_now))
    assert counts[0] == counts[1]
    window = await a_round()
    counts = []
    for more in (1, 2):
        for _number in range(more):
            await make_bid(window, await actor_for(await make_person(Role.VENDOR)))
        await Bid.filter(round_id=window.id).update(state=BidState.OPENED)
        await Round.filter(id=window.id).update(state=RoundState.CLOSED)
        await browser.sign_in(officer.email)
        counts.append(await count_queries(browser, f"/challenges/{window.challenge_id}/bids", monkeypatch))
        await Round.filter(id=window.id).update(state=RoundState.OPEN)
    assert counts[0] == counts[1]


async def test_what_was_typed_when_the_round_closed_is_shown_again(browser: Browser, noon: datetime) -> None:
    window = await a_round()
    bid, person, _actor = await a_sealed_bid(window)
    assert noon < window.closes_at
    await browser.in_english()
    await browser.sign_in(person.email)
    await browser.get(f"/bids/{bid.id}/edit/approach")
    clock.fix(window.closes_at)
    await rounds.close_round(round_id=window.id)
    page = await browser.submit(f"/bids/{bid.id}/edit/approach", {"approach": "晚了一步"}, expect=409)
    assert "The round has closed: nothing in the bid can be changed any more." in page.text
    assert "晚了一步" in page.html


async def test_officers_see_the_number_of_bids_and_auditors_do_not(browser: Browser) -> None:
    window = await a_round()
    await a_sealed_bid(window)
    await a_sealed_bid(window)
    await enter(browser, Role.OFFICER)
    page = await browser.get(f"/challenges/{window.challenge_id}/bids")
    assert "2Bids in round 1" in page.text.replace(" Bids in", "Bids in")
    await enter(browser, Role.AUDITOR)
    page = await browser.get(f"/challenges/{window.challenge_id}/bids")
    assert "Bids in round 1" not in page.text


async def test_staff_read_the_bid_as_submitted_once_the_round_has_closed(browser: Browser, noon: datetime) -> None:
    window = await a_round()
    bid, owner, _actor = await a_sealed_bid(window)
    assert noon < window.closes_at
    clock.fix(window.closes_at)
    await rounds.close_round(round_id=window.id)
    for role, status in (
        (Role.OFFICER, 200),
        (Role.AUDITOR, 200),
        (Role.REVIEWER, 404),
        (Role.BUYER, 404),
        (Role.VENDOR, 404),
    ):
        await enter(browser, role)
        page = await browser.get(f"/bids/{bid.id}", expect=status)
        assert (SECRET in page.text) is (status == 200)
    await enter(browser, Role.OFFICER)
    page = await browser.get(f"/challenges/{window.challenge_id}/bids")
    assert await owner_name(owner) in page.text


async def test_who_may_not_bid_is_told_why(browser: Browser) -> None:
    window = await a_round()
    page = await browser.get(f"/rounds/{window.id}/bid")
    assert "/sign-up?kind=vendor" in page.html
    unverified = await make_organisation(Organisation(kind="vendor").kind, state=OrganisationState.UNVERIFIED)
    await enter(browser, Role.VENDOR, unverified)
    page = await browser.get(f"/rounds/{window.id}/bid")
    assert "Verify your organisation first, by its unified social credit code." in page.text
    assert not page.has_form(f"/rounds/{window.id}/bid")


async def test_a_buyer_cannot_bid_for_its_own_scene(browser: Browser) -> None:
    window = await a_round()
    challenge = await window.challenge
    lot = await challenge.lots.all().select_related("scene__organisation").first()
    await enter(browser, Role.VENDOR, lot.scene.organisation)
    page = await browser.get(f"/rounds/{window.id}/bid")
    assert "The scene is your own organisation's: it cannot bid for it." in page.text


def leaks(text: str) -> bool:
    """Whether *text* holds the approach, the team, the price or a milestone of the bid."""
    return any(word in text for word in (SECRET, "算法三人", "86000000", "860,000", "860000", "86 万元", "86万"))


async def owner_name(owner: Person) -> str:
    return (await actor_for(owner)).organisation_name
