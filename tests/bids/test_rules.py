"""Who may bid and what a bid lacks: every refusal with its reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from market.accounts.models import Organisation
from market.bids import content as contents
from market.bids.models import Bid, BidMilestone
from market.bids.rules import gaps_in, may_bid, may_count_bids, may_edit_bid, may_read_bid
from market.challenges.models import Challenge, Round
from market.core.permissions import Actor
from market.lifecycle import BidState, ChallengeState, OrganisationState, Role, RoundState

NOW = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("opened")  # rows know their relations once the database is open
VENDOR = Actor(Role.VENDOR, "李", 5, 1, "某公司", organisation_verified=True)


def organisation(state: OrganisationState = OrganisationState.VERIFIED, number: int = 1) -> Organisation:
    return Organisation(id=number, name="某公司", kind="vendor", state=state)


def window(state: RoundState = RoundState.OPEN, opens: datetime = NOW - HOUR, closes: datetime = NOW + HOUR) -> Round:
    return Round(id=1, challenge_id=1, opens_at=opens, closes_at=closes, state=state)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"actor": None}, "Sign in for a vendor to bid."),
        ({"actor": Actor(Role.BUYER, "买", 5, 1)}, "Sign in for a vendor to bid."),
        ({"organisation": organisation(number=2)}, "You do not act for this organisation."),
        ({"organisation": organisation(OrganisationState.SUSPENDED)},
         "The organisation is suspended. Ask the district office."),
        ({"organisation": organisation(OrganisationState.UNVERIFIED)},
         "Verify your organisation first, by its unified social credit code."),
        ({"buyers": {1}}, "The scene is your own organisation's: it cannot bid for it."),
        ({"challenge": Challenge(state=ChallengeState.IN_REVIEW)}, "This challenge does not take bids."),
        ({"window": window(RoundState.CANCELLED)}, "This round was cancelled."),
        ({"window": window(opens=NOW + HOUR, closes=NOW + 2 * HOUR)}, "Bids are taken from 2026-11-02 13:00."),
        ({}, ""),
    ],
)  # fmt: skip
def test_may_bid(change: dict[str, Any], reason: str) -> None:
    facts: dict[str, Any] = {
        "actor": VENDOR, "organisation": organisation(), "window": window(), "buyers": {9},
        "challenge": Challenge(state=ChallengeState.PUBLISHED),
    } | change  # fmt: skip
    verdict = may_bid(
        facts["actor"], facts["organisation"], facts["window"], facts["challenge"], facts["buyers"], now=NOW
    )
    assert (bool(verdict), str(verdict.reason or "")) == (not reason, reason)


def test_a_late_round_says_both_times() -> None:
    verdict = may_bid(
        VENDOR, organisation(), window(closes=NOW), Challenge(state=ChallengeState.PUBLISHED), {9}, now=NOW
    )
    assert str(verdict.reason).startswith(
        "Too late: the deadline was 2026-11-02 12:00:00.000, the server's time is 2026-11-02 12:00:00.000"
    )


READERS = {
    "owner": VENDOR,
    "another vendor": Actor(Role.VENDOR, "王", 6, 2),
    "the same organisation as a buyer": Actor(Role.BUYER, "李", 5, 1),
    "officer": Actor(Role.OFFICER, "陈", 7, 3),
    "auditor": Actor(Role.AUDITOR, "审", 8, 4),
    "reviewer": Actor(Role.REVIEWER, "专", 9, 5),
    "public": None,
}


@pytest.mark.parametrize("round_state", list(RoundState))
@pytest.mark.parametrize("bid_state", list(BidState))
def test_who_reads_a_bid_in_every_state(bid_state: BidState, round_state: RoundState) -> None:
    bid = Bid(id=1, organisation_id=1, round_id=1, state=bid_state)
    readers = {name for name, actor in READERS.items() if may_read_bid(actor, bid, window(round_state))}
    opened = bid_state in {BidState.OPENED, BidState.WON, BidState.NOT_SELECTED} and round_state is RoundState.CLOSED
    assert readers == ({"owner", "officer", "auditor"} if opened else {"owner"})


def test_only_officers_count() -> None:
    assert {name for name, actor in READERS.items() if may_count_bids(actor)} == {"officer"}


@pytest.mark.parametrize(
    ("actor", "state", "round_state", "reason"),
    [
        (READERS["another vendor"], BidState.DRAFT, RoundState.OPEN, "There is no such page."),
        (VENDOR, BidState.OPENED, RoundState.CLOSED,
         "The round has closed: nothing in the bid can be changed any more."),
        (VENDOR, BidState.DRAFT, RoundState.CANCELLED,
         "The round has closed: nothing in the bid can be changed any more."),
        (VENDOR, BidState.SUBMITTED, RoundState.OPEN, "None"),
    ],
)  # fmt: skip
def test_may_edit(actor: Actor, state: BidState, round_state: RoundState, reason: str) -> None:
    verdict = may_edit_bid(actor, Bid(id=1, organisation_id=1, round_id=1, state=state), window(round_state))
    assert str(verdict.reason) == reason


def test_what_an_empty_bid_lacks() -> None:
    assert [(gap.section, gap.field) for gap in gaps_in(Bid(), [])] == [
        ("approach", "approach"), ("approach", "team"), ("price", "price"), ("price", "delivery_weeks"),
        ("price", "milestones"), ("pledge", "pledge"),
    ]  # fmt: skip


def test_milestones_make_a_hundred_and_end_with_the_delivery() -> None:
    bid = Bid(approach="a", team="b", price_fen=1, delivery_weeks=8, pledge=True)
    late = [BidMilestone(position=1, title="x", due_week=9, percent=99)]
    assert [str(gap.text) for gap in gaps_in(bid, late)] == [
        "The shares of the milestones add up to 99. Change them until they make 100.",
        "A milestone is due after the delivery. Move it or deliver later.",
    ]
    assert gaps_in(bid, [BidMilestone(position=1, title="x", due_week=8, percent=100)]) == []


def test_the_fingerprint_depends_on_every_word_and_hides_by_its_salt() -> None:
    content = {"approach": "甲", "price_fen": 1}
    one, other = contents.salted(content), contents.salted(content)
    assert contents.sha256_of(one) == contents.sha256_of(dict(reversed(one.items())))
    assert contents.sha256_of(one) != contents.sha256_of(other)
    assert contents.sha256_of(one) != contents.sha256_of(one | {"price_fen": 2})
    assert contents.same_words(one, other)
    assert not contents.same_words(one, other | {"price_fen": 2})
