"""Who may sit on a panel, and what a declared conflict does."""

import random

import pytest

from market.accounts.models import Membership
from market.bids.models import Bid
from market.challenges.models import Challenge, Criterion
from market.core.errors import InvalidError, MarketError, NotAllowedError, NotFoundError, StaleStateError
from market.core.models import AuditEvent, Notification
from market.core.permissions import Actor
from market.core.text import Text
from market.core.vocabulary import OrganisationKind
from market.core.work import unit_of_work
from market.lifecycle import ChallengeState, ReviewState, Role
from market.reviews import queries, rules
from market.reviews.actions import (
    Mark,
    Marks,
    accept_assignment,
    assign_reviewer,
    draw_panels,
    recuse,
    save_scores,
    submit_review,
)
from market.reviews.models import Review, Score
from market.reviews.queries import Expert, Panel, Seat
from tests.decisions import make_challenge_in_review, make_panel, submit_all
from tests.factories import make_actor, make_challenge, make_organisation

pytestmark = pytest.mark.usefixtures("db")

EXPERT = Expert(7, "王专家", "某研究院", frozenset({70}), frozenset({70, 71}))


def panel(*seats: Seat, vendor_id: int = 1, buyers: frozenset[int] = frozenset({2}), size: int = 3) -> Panel:
    return Panel(5, vendor_id, "某公司", buyers, size, seats)


def seat(person_id: int, *bodies: int, state: ReviewState = ReviewState.ACCEPTED) -> Seat:
    return Seat(person_id, person_id, f"专家{person_id}", frozenset(bodies), state)


REFUSALS = [
    (panel(vendor_id=71), "王专家 belongs to the bidder 某公司."),
    (panel(buyers=frozenset({3, 71})), "王专家 belongs to the buyer of the scene."),
    (panel(seat(7, 70, state=ReviewState.RECUSED)), "王专家 is out for a conflict with the bid of 某公司."),
    (panel(seat(7, 70)), "王专家 already reviews the bid of 某公司."),
    (panel(seat(1, 1), seat(2, 2), seat(3, 3)), "The panel for 某公司 is complete with 3 reviewers."),
    (panel(seat(1, 70), seat(2, 70, 9), size=5), "某研究院 already has 2 reviewers on the panel for 某公司."),
]


@pytest.mark.parametrize(("members", "reason"), REFUSALS)
def test_assigning_is_refused_with_the_reason(members: Panel, reason: str) -> None:
    assert str(rules.may_assign(EXPERT, members).reason) == reason


def test_a_recused_expert_leaves_a_free_seat_and_a_free_place_for_the_body() -> None:
    members = panel(seat(1, 70, state=ReviewState.RECUSED), seat(2, 70), seat(3, 3))
    assert members.vacant == 1
    assert rules.may_assign(EXPERT, members).allowed


def test_a_conflict_with_one_bid_keeps_an_expert_from_joining_for_all() -> None:
    verdict = rules.may_join(EXPERT, [panel(), panel(vendor_id=70)])
    assert str(verdict.reason) == "王专家 belongs to the bidder 某公司."
    assert rules.may_join(EXPERT, [panel(seat(7, 70)), panel()]).allowed
    assert str(rules.may_join(EXPERT, [panel(seat(7, 70))]).reason) == "王专家 already reviews the bid of 某公司."
    assert str(rules.may_join(EXPERT, []).reason) == "There is no opened bid to review."


OFFICER = Actor(Role.OFFICER, "官", 1)
STATES = {
    ChallengeState.DRAFT: "Review begins when the last round has closed.",
    ChallengeState.PUBLISHED: "Review begins when the last round has closed.",
    ChallengeState.IN_REVIEW: None,
    ChallengeState.DECIDING: "Review is closed: panels and scores stand as they are.",
    ChallengeState.AWARDED: "Review is closed: panels and scores stand as they are.",
    ChallengeState.FAILED: "Review is closed: panels and scores stand as they are.",
    ChallengeState.CANCELLED: "Review is closed: panels and scores stand as they are.",
}


@pytest.mark.parametrize("state", ChallengeState)
def test_panels_are_formed_in_review_only(state: ChallengeState) -> None:
    reason = rules.may_form_panels(OFFICER, state).reason
    assert (str(reason) if reason else None) == STATES[state]


@pytest.mark.parametrize("role", [Role.BUYER, Role.VENDOR, Role.REVIEWER, Role.AUDITOR])
def test_only_officers_form_panels(role: Role) -> None:
    verdict = rules.may_form_panels(Actor(role, "x", 1), ChallengeState.IN_REVIEW)
    assert verdict.reason == Text("Only an officer forms the panels.")


@pytest.mark.parametrize("role", Role)
def test_scores_are_seen_by_their_author_until_all_are_in(role: Role) -> None:
    other = Actor(role, "x", 9)
    hidden = "Scores stay hidden until every review of this challenge is in."
    assert str(rules.may_see_scores(other, author_id=1, all_in=False).reason) == hidden
    assert rules.may_see_scores(other, author_id=1, all_in=True).allowed
    own = rules.may_see_scores(Actor(role, "x", 1), author_id=1, all_in=False)
    assert own.allowed is (role is Role.REVIEWER)


async def test_an_expert_is_assigned_to_every_bid_and_told() -> None:
    challenge = await make_challenge_in_review(bids=2)
    expert, officer = await make_actor(Role.REVIEWER), await make_actor(Role.OFFICER)
    async with unit_of_work() as work:
        made = await assign_reviewer(challenge, expert.person_id or 0, work=work, actor=officer)
    bids = await Bid.filter(round__challenge_id=challenge.id).order_by("id").values_list("id", flat=True)
    assert [review.bid_id for review in made] == list(bids)
    assert await Notification.filter(person_id=expert.person_id).count() == 2
    events = await AuditEvent.filter(event="assign_reviewer").order_by("number").values("subject_id", "details")
    assert [event["subject_id"] for event in events] == [review.id for review in made]
    with pytest.raises(NotAllowedError, match="already reviews"):
        async with unit_of_work() as work:
            await assign_reviewer(challenge, expert.person_id or 0, work=work, actor=officer)


@pytest.mark.parametrize("side", ["vendor", "buyer"])
async def test_a_membership_at_bidder_or_buyer_refuses_and_later_closes_the_door(side: str) -> None:
    challenge = await make_challenge_in_review(bids=2)
    bid = await Bid.filter(round__challenge_id=challenge.id).order_by("id").first().select_related("organisation")
    assert bid is not None
    buyers = (await queries.panels_of(challenge))[0].buyers
    belongs_to = bid.organisation.id if side == "vendor" else next(iter(buyers))
    (reviewer,) = await make_panel(challenge, 1)
    mine = await Review.get(bid_id=bid.id, reviewer_id=reviewer.person_id)
    assert await queries.review_of(mine.id, reviewer.person_id or 0) is not None
    await Membership.create(person_id=reviewer.person_id, organisation_id=belongs_to, role=Role.VENDOR)
    assert await queries.review_of(mine.id, reviewer.person_id or 0) is None

    other, officer = await make_actor(Role.REVIEWER), await make_actor(Role.OFFICER)
    await Membership.create(person_id=other.person_id, organisation_id=belongs_to, role=Role.VENDOR)
    with pytest.raises(NotAllowedError, match="belongs to the"):
        async with unit_of_work() as work:
            await assign_reviewer(challenge, other.person_id or 0, work=work, actor=officer)
    assert await Review.filter(reviewer_id=other.person_id).count() == 0


async def test_before_closing_nobody_is_assigned() -> None:
    challenge = await make_challenge()
    expert, officer = await make_actor(Role.REVIEWER), await make_actor(Role.OFFICER)
    with pytest.raises(NotAllowedError, match="Review begins when the last round has closed"):
        async with unit_of_work() as work:
            await assign_reviewer(challenge, expert.person_id or 0, work=work, actor=officer)


async def test_a_draw_fills_every_seat_and_can_be_repeated_from_the_log() -> None:
    challenge = await make_challenge_in_review(bids=2, panel_size=5)
    crowded = await make_organisation(OrganisationKind.EXPERT_BODY)
    for _number in range(4):
        await make_actor(Role.REVIEWER, crowded)
    for _number in range(4):
        await make_actor(Role.REVIEWER)
    officer = await make_actor(Role.OFFICER)
    async with unit_of_work() as work:
        assert await draw_panels(challenge, work=work, actor=officer) == 0
    panels = await queries.panels_of(challenge)
    assert [len(each.active) for each in panels] == [5, 5]
    assert [seat.person_id for seat in panels[0].seats] == [seat.person_id for seat in panels[1].seats]
    assert max(sum(crowded.id in seat.bodies for seat in each.seats) for each in panels) <= 2
    drawn = await AuditEvent.get(event="draw_panels")
    order = list(drawn.details["experts"])
    random.Random(drawn.details["seed"]).shuffle(order)  # noqa: S311  # repeats the draw
    seated = [seat.person_id for seat in panels[0].seats]
    assert seated == [person_id for person_id in order if person_id in seated]


async def test_a_draw_without_enough_experts_says_how_many_seats_stay_empty() -> None:
    challenge = await make_challenge_in_review(bids=2, panel_size=3)
    await make_actor(Role.REVIEWER)
    async with unit_of_work() as work:
        assert await draw_panels(challenge, work=work, actor=await make_actor(Role.OFFICER)) == 4


async def test_an_even_panel_in_the_rules_means_the_next_odd_one() -> None:
    challenge = await make_challenge_in_review(bids=1, panel_size=4)
    assert [each.size for each in await queries.panels_of(challenge)] == [5]


async def test_recusing_deletes_scores_closes_access_and_frees_the_seat() -> None:
    challenge = await make_challenge_in_review(bids=1)
    reviewers = await make_panel(challenge)
    await submit_all(challenge, reviewers, {})
    assert await queries.all_reviews_in(challenge) is True
    mine = await Review.get(reviewer_id=reviewers[0].person_id)
    with pytest.raises(MarketError, match="Give a reason"):
        async with unit_of_work() as work:
            await recuse(mine, " ", work=work, actor=reviewers[0])
    async with unit_of_work() as work:
        await recuse(mine, "曾任该公司顾问", work=work, actor=reviewers[0])
    after = await Review.get(id=mine.id)
    assert (after.state, after.comment, after.conflict_reason) == (ReviewState.RECUSED, "", "曾任该公司顾问")
    assert await Score.filter(review_id=mine.id).count() == 0
    assert await queries.review_of(mine.id, reviewers[0].person_id or 0) is None
    assert await queries.all_reviews_in(challenge) is False
    officer = await make_actor(Role.OFFICER)
    with pytest.raises(NotAllowedError, match="out for a conflict"):
        async with unit_of_work() as work:
            await assign_reviewer(challenge, mine.reviewer_id, work=work, actor=officer)
    replacement = await make_actor(Role.REVIEWER)
    async with unit_of_work() as work:
        await assign_reviewer(challenge, replacement.person_id or 0, work=work, actor=officer, bid_id=mine.bid_id)
    assert [each.vacant for each in await queries.panels_of(challenge)] == [0]


async def test_an_officer_takes_a_reviewer_off_and_the_reviewer_is_told() -> None:
    challenge = await make_challenge_in_review(bids=1)
    (reviewer,) = await make_panel(challenge, 1)
    mine = await Review.get(reviewer_id=reviewer.person_id)
    async with unit_of_work() as work:
        await recuse(mine, "与应榜单位有合作项目", work=work, actor=await make_actor(Role.OFFICER))
    assert (await Review.get(id=mine.id)).state is ReviewState.RECUSED
    told = await Notification.filter(person_id=reviewer.person_id).order_by("-id").first()
    assert told is not None
    assert told.text["message"] == "You no longer review a bid in challenge %(number)s: an officer noted a conflict."


async def test_another_reviewers_assignment_is_not_there() -> None:
    challenge = await make_challenge_in_review(bids=1)
    (reviewer,) = await make_panel(challenge, 1)
    mine, stranger = await Review.get(reviewer_id=reviewer.person_id), await make_actor(Role.REVIEWER)
    for act in (
        lambda work: accept_assignment(mine, work=work, actor=stranger),
        lambda work: recuse(mine, "x", work=work, actor=stranger),
        lambda work: save_scores(mine, Marks({}), revision=1, work=work, actor=stranger),
        lambda work: submit_review(mine, Marks({}), revision=1, work=work, actor=stranger),
    ):
        with pytest.raises(NotFoundError):
            async with unit_of_work() as work:
                await act(work)
    assert (await Review.get(id=mine.id)).state is ReviewState.ACCEPTED


async def one_review() -> tuple[Challenge, Review, Actor, list[int]]:
    challenge = await make_challenge_in_review(bids=1, panel_size=1)
    (reviewer,) = await make_panel(challenge, 1)
    criteria = await Criterion.filter(challenge_id=challenge.id).order_by("position")
    return challenge, await Review.get(reviewer_id=reviewer.person_id), reviewer, [each.id for each in criteria]


async def test_scores_are_kept_compared_by_revision_and_final_once_submitted() -> None:
    challenge, mine, reviewer, (first, second) = await one_review()
    half = Marks({first: Mark(80, "好")}, "")
    async with unit_of_work() as work:
        await save_scores(mine, half, revision=1, work=work, actor=reviewer)
    with pytest.raises(StaleStateError):
        async with unit_of_work() as work:
            await save_scores(mine, half, revision=1, work=work, actor=reviewer)
    with pytest.raises(InvalidError) as gaps:
        async with unit_of_work() as work:
            await submit_review(mine, half, revision=2, work=work, actor=reviewer)
    assert {field: str(text) for field, text in gaps.value.fields.items()} == {
        f"points-{second}": "Enter points from 0 to 100.",
        "comment": "Say in a few sentences what speaks for and against this bid.",
    }
    assert (await Review.get(id=mine.id)).state is ReviewState.ACCEPTED
    whole = Marks({first: Mark(80, "好"), second: Mark(60)}, "可行")
    async with unit_of_work() as work:
        await submit_review(mine, whole, revision=2, work=work, actor=reviewer)
    assert await queries.totals_of(challenge.id) == {mine.id: 80 * 60 + 60 * 40}
    with pytest.raises(NotAllowedError, match="submitted and stand"):
        async with unit_of_work() as work:
            await save_scores(mine, whole, revision=3, work=work, actor=reviewer)


async def test_the_last_review_tells_the_officers_once() -> None:
    challenge = await make_challenge_in_review(bids=2)
    await submit_all(challenge, await make_panel(challenge), {})
    links = await Notification.filter(role=Role.OFFICER, link=f"/challenges/{challenge.id}/ranking").count()
    assert links == 1


async def test_scoring_before_the_conflict_question_is_refused() -> None:
    challenge = await make_challenge_in_review(bids=1)
    expert, officer = await make_actor(Role.REVIEWER), await make_actor(Role.OFFICER)
    async with unit_of_work() as work:
        (mine,) = await assign_reviewer(challenge, expert.person_id or 0, work=work, actor=officer)
    with pytest.raises(NotAllowedError, match="Say first whether you have a conflict"):
        async with unit_of_work() as work:
            await save_scores(mine, Marks({}), revision=1, work=work, actor=expert)
