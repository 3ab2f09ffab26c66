"""The ranking, the proposal, the second officer, and the end of a challenge."""

import pytest
from tortoise.exceptions import IntegrityError

from market.awards import queries
from market.awards.actions import (
    approve_award,
    close_review,
    close_without_award,
    conclude_challenge,
    propose_award,
    reject_award,
)
from market.awards.models import Award, Ranking
from market.bids.models import Bid
from market.challenges.models import Challenge
from market.core import clock
from market.core.errors import InvalidError, MarketError, NotAllowedError, StaleStateError
from market.core.models import Notification, QueuedJob
from market.core.moves import make_move
from market.core.permissions import Actor
from market.core.vocabulary import ChallengeKind
from market.core.work import unit_of_work
from market.lifecycle import AwardState, BidState, ChallengeState, Role, SceneState
from market.scenes.models import Scene
from tests.decisions import make_award, make_challenge_in_review, make_panel, make_ranked_challenge, submit_all
from tests.factories import make_actor
from workers.awards import confirm_award

pytestmark = pytest.mark.usefixtures("db")


async def ranked(challenge: Challenge) -> list[int]:
    found = await Ranking.filter(challenge_id=challenge.id).order_by("rank").values_list("bid_id", flat=True)
    return [int(str(bid_id)) for bid_id in found]


async def propose(challenge: Challenge, bid_id: int, officer: Actor, fen: int = 60_000_000, **more: str) -> Award:
    async with unit_of_work() as work:
        return await propose_award(
            challenge, bid_id, fen, more.get("justification", "得分最高"), work=work, actor=officer,
            reason=more.get("reason", ""),
        )  # fmt: skip


async def state_of(challenge: Challenge) -> ChallengeState:
    return (await Challenge.get(id=challenge.id)).state


async def test_review_is_closed_only_when_every_review_is_in() -> None:
    challenge = await make_challenge_in_review(bids=2)
    officer = await make_actor(Role.OFFICER)
    reviewers = await make_panel(challenge)
    with pytest.raises(NotAllowedError, match="6 reviews are still missing"):
        async with unit_of_work() as work:
            await close_review(challenge, work=work, actor=officer)
    await submit_all(challenge, reviewers[:2], {})
    with pytest.raises(NotAllowedError, match="2 reviews are still missing"):
        async with unit_of_work() as work:
            await close_review(challenge, work=work, actor=officer)
    await submit_all(challenge, reviewers[2:], {})
    with pytest.raises(NotAllowedError, match="Only officers"):
        async with unit_of_work() as work:
            await close_review(challenge, work=work, actor=await make_actor(Role.AUDITOR))
    async with unit_of_work() as work:
        rankings = await close_review(challenge, work=work, actor=officer)
    assert [(each.rank, str(each.score)) for each in rankings] == [(1, "70.000"), (2, "70.000")]
    assert await state_of(challenge) is ChallengeState.DECIDING
    with pytest.raises(NotAllowedError, match="Review is closed"):
        async with unit_of_work() as work:
            await close_review(challenge, work=work, actor=officer)


async def test_the_ranking_keeps_the_numbers_that_explain_it() -> None:
    challenge = await make_ranked_challenge([[70, 70], [90, 80]])
    places = await queries.places_of(challenge.id)
    assert [(place.rank, str(place.score), place.passes) for place in places] == [
        (1, "86.000", True),
        (2, "70.000", True),
    ]
    first = places[0].explanation["criteria"]
    assert [(row["weight"], row["points"], row["mean"], row["contribution"]) for row in first] == [
        (60, [90, 90, 90], "90.000", "54.000"),
        (40, [80, 80, 80], "80.000", "32.000"),
    ]


async def test_a_proposal_is_checked_field_by_field() -> None:
    challenge = await make_ranked_challenge()
    officer = await make_actor(Role.OFFICER)
    _first, second = await ranked(challenge)
    with pytest.raises(InvalidError) as refused:
        await propose(challenge, second, officer, fen=100_000_001, justification=" ")
    assert {name: str(text) for name, text in refused.value.fields.items()} == {
        "amount": "Enter more than 0 and at most 1,000,000 yuan: what is left of the grant.",
        "justification": "Say why this bid should be awarded.",
        "reason": "This bid is not the next in the ranking. Say why it goes before the others.",
    }
    award = await propose(challenge, second, officer, reason="第一名放弃")
    assert award.justification == "得分最高\n\n第一名放弃"
    with pytest.raises(NotAllowedError, match="already under way"):
        await propose(challenge, second, officer)


async def test_a_bid_below_the_minimum_is_not_awarded() -> None:
    challenge = await make_ranked_challenge([[59, 60]])
    (bid_id,) = await ranked(challenge)
    with pytest.raises(NotAllowedError, match=r"scored 59\.400; the rules ask for at least 60"):
        await propose(challenge, bid_id, await make_actor(Role.OFFICER))


async def test_one_winner_means_one_award_at_a_time() -> None:
    challenge = await make_ranked_challenge()
    officer = await make_actor(Role.OFFICER)
    first, second = await ranked(challenge)
    await propose(challenge, first, officer)
    with pytest.raises(NotAllowedError, match=r"allow 1 winner\(s\)"):
        await propose(challenge, second, officer)
    with pytest.raises(NotAllowedError, match="Only officers"):
        await propose(challenge, second, await make_actor(Role.AUDITOR))


async def test_the_proposer_cannot_approve_or_reject() -> None:
    challenge = await make_ranked_challenge()
    officer = await make_actor(Role.OFFICER)
    award = await propose(challenge, (await ranked(challenge))[0], officer)
    with pytest.raises(NotAllowedError, match="A second officer approves or rejects it"):
        async with unit_of_work() as work:
            await approve_award(award, work=work, actor=officer)
    with pytest.raises(NotAllowedError, match="A second officer approves or rejects it"):
        async with unit_of_work() as work:
            await reject_award(award, "x", work=work, actor=officer)
    assert (await Award.get(id=award.id)).state is AwardState.PROPOSED


async def test_the_database_refuses_the_same_officer_twice_even_without_the_rule() -> None:
    challenge = await make_ranked_challenge()
    officer = await make_actor(Role.OFFICER)
    award = await propose(challenge, (await ranked(challenge))[0], officer)
    with pytest.raises(IntegrityError, match="two_people_decide"):
        async with unit_of_work() as work:
            await make_move(
                "approve_award", award, work=work, actor=officer, approved_by_id=officer.person_id,
                approved_at=clock.now(),
            )  # fmt: skip
    assert (await Award.get(id=award.id)).state is AwardState.PROPOSED


async def test_approval_starts_the_notice_asks_for_its_end_and_tells_the_vendor() -> None:
    award = await make_award(notice_minutes=3)
    assert award.state is AwardState.IN_NOTICE
    assert award.notice_starts_at is not None
    assert award.notice_ends_at is not None
    assert (award.notice_ends_at - award.notice_starts_at).total_seconds() == 180
    job = await QueuedJob.get(name="confirm_award")
    assert (job.arguments, job.due_at) == ({"award_id": award.id}, award.notice_ends_at)
    vendor_id = (await Bid.get(id=award.bid_id).values("organisation_id"))["organisation_id"]
    told = await Notification.filter(organisation_id=vendor_id, link=f"/notices/{award.id}").count()
    assert told == 1


async def test_a_rejected_proposal_makes_room_for_another_one() -> None:
    challenge = await make_ranked_challenge()
    officer, second_officer = await make_actor(Role.OFFICER), await make_actor(Role.OFFICER)
    first, _second = await ranked(challenge)
    award = await propose(challenge, first, officer)
    with pytest.raises(MarketError, match="Give a reason"):
        async with unit_of_work() as work:
            await reject_award(award, "", work=work, actor=second_officer)
    async with unit_of_work() as work:
        await reject_award(award, "金额过高", work=work, actor=second_officer)
    assert await Notification.filter(person_id=officer.person_id, link=f"/awards/{award.id}").count() == 1
    again = await propose(challenge, first, officer, fen=50_000_000)
    assert again.state is AwardState.PROPOSED


async def test_two_officers_who_approve_at_once_start_one_notice() -> None:
    award = await make_award(approve=False)
    stale = await Award.get(id=award.id)
    async with unit_of_work() as work:
        await approve_award(award, work=work, actor=await make_actor(Role.OFFICER))
    with pytest.raises(StaleStateError):
        async with unit_of_work() as work:
            await approve_award(stale, work=work, actor=await make_actor(Role.OFFICER))
    assert await QueuedJob.filter(name="confirm_award").count() == 1


async def test_closing_without_an_award_frees_the_scene_and_passes_over_the_bids() -> None:
    challenge = await make_ranked_challenge()
    officer = await make_actor(Role.OFFICER)
    award = await propose(challenge, (await ranked(challenge))[0], officer)
    with pytest.raises(NotAllowedError, match="under way or confirmed"):
        async with unit_of_work() as work:
            await close_without_award(challenge, "均不合适", work=work, actor=officer)
    async with unit_of_work() as work:
        await reject_award(award, "不合适", work=work, actor=await make_actor(Role.OFFICER))
    with pytest.raises(MarketError, match="Give a reason"):
        async with unit_of_work() as work:
            await close_without_award(challenge, " ", work=work, actor=officer)
    async with unit_of_work() as work:
        await close_without_award(challenge, "均不合适", work=work, actor=officer)
    assert await state_of(challenge) is ChallengeState.FAILED
    assert (await Scene.get()).state is SceneState.PUBLISHED
    assert {bid.state for bid in await Bid.all()} == {BidState.NOT_SELECTED}


async def test_a_race_ends_when_its_last_award_is_confirmed() -> None:
    challenge = await make_ranked_challenge([[90, 90], [80, 80], [70, 70]], winners=2, notice_minutes=1)
    await Challenge.filter(id=challenge.id).update(kind=ChallengeKind.RACE)
    officer, second_officer = await make_actor(Role.OFFICER), await make_actor(Role.OFFICER)
    first, second, third = await ranked(challenge)
    awards = [await propose(challenge, bid_id, officer, fen=40_000_000) for bid_id in (first, second)]
    with pytest.raises(NotAllowedError, match=r"allow 2 winner\(s\)"):
        await propose(challenge, third, officer)
    for award in awards:
        async with unit_of_work() as work:
            await approve_award(award, work=work, actor=second_officer)
    ends_at = (await Award.get(id=awards[1].id)).notice_ends_at
    assert ends_at is not None
    clock.fix(ends_at)
    await confirm_award(award_id=awards[0].id)
    assert await state_of(challenge) is ChallengeState.DECIDING
    with pytest.raises(NotAllowedError, match="none is under way"):
        async with unit_of_work() as work:
            await conclude_challenge(challenge, work=work, actor=officer)
    await confirm_award(award_id=awards[1].id)
    assert await state_of(challenge) is ChallengeState.AWARDED
    states = {bid.id: bid.state for bid in await Bid.all()}
    assert states == {first: BidState.WON, second: BidState.WON, third: BidState.NOT_SELECTED}


async def test_a_race_can_end_with_fewer_winners_than_allowed() -> None:
    challenge = await make_ranked_challenge([[90, 90], [80, 80]], winners=2, notice_minutes=1)
    officer, second_officer = await make_actor(Role.OFFICER), await make_actor(Role.OFFICER)
    first, second = await ranked(challenge)
    one, two = [await propose(challenge, bid_id, officer, fen=40_000_000) for bid_id in (first, second)]
    async with unit_of_work() as work:
        await approve_award(one, work=work, actor=second_officer)
    ends_at = (await Award.get(id=one.id)).notice_ends_at
    assert ends_at is not None
    clock.fix(ends_at)
    await confirm_award(award_id=one.id)
    async with unit_of_work() as work:
        await reject_award(two, "预算不足", work=work, actor=second_officer)
    assert await state_of(challenge) is ChallengeState.DECIDING
    async with unit_of_work() as work:
        await conclude_challenge(challenge, work=work, actor=officer)
    assert await state_of(challenge) is ChallengeState.AWARDED
    assert (await Bid.get(id=second)).state is BidState.NOT_SELECTED


async def test_amounts_of_a_race_stay_within_the_grant() -> None:
    challenge = await make_ranked_challenge(winners=2)
    officer = await make_actor(Role.OFFICER)
    first, second = await ranked(challenge)
    await propose(challenge, first, officer, fen=60_000_000)
    with pytest.raises(InvalidError) as refused:
        await propose(challenge, second, officer, fen=40_000_001)
    assert "400,000 yuan" in str(refused.value.fields["amount"])
    await propose(challenge, second, officer, fen=40_000_000)


async def test_somebody_with_two_memberships_stays_one_person() -> None:
    challenge = await make_ranked_challenge()
    officer = await make_actor(Role.OFFICER)
    award = await propose(challenge, (await ranked(challenge))[0], officer)
    twin = Actor(Role.OFFICER, "另一身份", officer.person_id, 999)
    with pytest.raises(NotAllowedError, match="second officer"):
        async with unit_of_work() as work:
            await approve_award(award, work=work, actor=twin)
