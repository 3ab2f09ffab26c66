"""What decides a challenge: the ranking, the award by two officers, its public notice and its end.

Whoever decides about a challenge takes its row first and an award's row second, so that decisions queue up.
"""

from decimal import Decimal

from market.awards import queries, rules, scoring
from market.awards.models import Award, Ranking
from market.awards.outcome import conclude, tell_of_award
from market.bids.models import Bid
from market.bids.queries import opened_bids
from market.challenges.actions import fail_challenge, finish_review
from market.challenges.models import Challenge
from market.challenges.queries import criteria_of, scenes_of
from market.challenges.rules import rules_of
from market.core import clock
from market.core.errors import InvalidError, NotAllowedError
from market.core.jobs import Job
from market.core.moves import make_move
from market.core.permissions import Actor, require
from market.core.text import Text, _
from market.core.work import Work
from market.lifecycle import AwardState, BidState, Role
from market.matches.feedback import record_award
from market.reviews.actions import lock_challenge
from market.reviews.queries import panels_of, scores_on_bids
from market.reviews.rules import may_close_review


async def close_review(challenge: Challenge, *, work: Work, actor: Actor) -> list[Ranking]:
    """Close the review and keep the ranking with every number that explains it.

    Refuses people other than officers, and while a review is missing (``NotAllowedError``).
    """
    challenge = await lock_challenge(challenge.id, work)
    if actor.role is not Role.OFFICER:
        raise NotAllowedError(_("Only officers decide on awards."))
    require(may_close_review(await panels_of(challenge), challenge.state))
    results = await _rank(challenge)
    minimum, now = rules_of(challenge).minimum_score, clock.now()
    rankings = [
        Ranking(challenge_id=challenge.id, bid_id=result.bid_id, rank=result.rank, score=result.total,
                explanation=result.explain(minimum), computed_at=now)
        for result in results
    ]  # fmt: skip
    for ranking in rankings:
        await ranking.save(using_db=work.connection)
    scores: dict[str, str] = {str(result.bid_id): str(result.total) for result in results}
    work.record("compute_ranking", challenge, actor=actor, scores=scores, minimum=minimum)
    await finish_review(challenge, work=work, actor=actor)
    return rankings


async def _rank(challenge: Challenge) -> list[scoring.Result]:
    lines = [scoring.Line(each.id, each.name, each.weight) for each in await criteria_of(challenge.id)]
    bids = await opened_bids(challenge.id)
    points: dict[int, dict[int, list[int]]] = {bid.id: {line.criterion_id: [] for line in lines} for bid in bids}
    for score in await scores_on_bids([bid.id for bid in bids]):
        points[score["bid_id"]][score["criterion_id"]].append(score["points"])
    sheets = [scoring.Sheet(bid.id, bid.submitted_at, points[bid.id]) for bid in bids if bid.submitted_at]
    return scoring.rank(lines, sheets, minimum=rules_of(challenge).minimum_score)


async def propose_award(
    challenge: Challenge, bid_id: int, amount_fen: int, justification: str, *, work: Work, actor: Actor,
    reason: str = "",
) -> Award:  # fmt: skip
    """Propose a bid for an award; another officer decides.

    - refuses a bid that may not win, and more winners than the rules allow (``NotAllowedError``)
    - refuses an amount above what is left of the challenge's grant, a missing justification, and a missing *reason*
      where the bid is not the next in the ranking (``InvalidError``)
    """
    challenge = await lock_challenge(challenge.id, work)
    places, limits = await queries.places_of(challenge.id), rules_of(challenge)
    require(rules.may_propose(actor, challenge, places, bid_id, limits.winners))
    left = challenge.grant_fen - await queries.awarded_fen(challenge.id)
    expected = rules.expected_place(places)
    out_of_order = expected is not None and expected.bid_id != bid_id
    _refuse_gaps(amount_fen, left, justification, reason_missing=out_of_order and not reason.strip())
    award = await Award.create(
        using_db=work.connection, challenge_id=challenge.id, bid_id=bid_id, amount_fen=amount_fen,
        justification="\n\n".join(part.strip() for part in (justification, reason) if part.strip()),
        proposed_by_id=actor.person_id, proposed_at=clock.now(),
    )  # fmt: skip
    work.record("propose_award", award, actor=actor, reason=reason.strip(), bid_id=bid_id, amount_fen=amount_fen)
    work.tell(_("An award in challenge %(number)s waits for a second officer.", number=challenge.number),
              f"/awards/{award.id}", role=Role.OFFICER)  # fmt: skip
    return award


def _refuse_gaps(amount_fen: int, left_fen: int, justification: str, *, reason_missing: bool) -> None:
    gaps: dict[str, Text] = {}
    if not 0 < amount_fen <= left_fen:
        yuan = Decimal(left_fen) / 100
        gaps["amount"] = _("Enter more than 0 and at most %(left)s yuan: what is left of the grant.", left=f"{yuan:,f}")
    if not justification.strip():
        gaps["justification"] = _("Say why this bid should be awarded.")
    if reason_missing:
        gaps["reason"] = _("This bid is not the next in the ranking. Say why it goes before the others.")
    if gaps:
        raise InvalidError(_("Complete the proposal."), fields=gaps)


async def approve_award(award: Award, *, work: Work, actor: Actor) -> None:
    """Approve a proposal as the second officer, which starts its public notice.

    - refuses the officer who proposed (``NotAllowedError``)
    - asks for ``Job.CONFIRM_AWARD`` at the end of the notice; tells the vendor and the buyers
    """
    # Refused here to give a kind message; the check on the table (two_people_decide) is what makes it true.
    require(rules.may_approve(actor, award))
    now = clock.now()
    await make_move("approve_award", award, work=work, actor=actor, approved_by_id=actor.person_id, approved_at=now)
    await start_notice(award, work=work, actor=actor)


async def start_notice(award: Award, *, work: Work, actor: Actor) -> None:
    """Put an approved award into public notice, for the working days that the challenge's rules give."""
    challenge = await Challenge.get(id=award.challenge_id)
    now = clock.now()
    ends_at = rules.end_of_notice(now, rules_of(challenge))
    await make_move("start_notice", award, work=work, actor=actor, notice_starts_at=now, notice_ends_at=ends_at)
    work.after_commit(Job.CONFIRM_AWARD, at=ends_at, award_id=award.id)
    text = _("The award in challenge %(number)s is in public notice.", number=challenge.number)
    await tell_of_award(award, text, work=work)


async def reject_award(award: Award, reason: str, *, work: Work, actor: Actor) -> None:
    """Reject a proposal as the second officer; another one may then be made. Tells the officer who proposed."""
    require(rules.may_approve(actor, award))
    await make_move("reject_award", award, work=work, actor=actor, reason=reason)
    work.tell(_("Your proposal for an award was rejected. Read the reason."), f"/awards/{award.id}",
              person_id=award.proposed_by_id)  # fmt: skip


async def confirm_award(award_id: int, *, work: Work, actor: Actor) -> bool:
    """Confirm an award whose public notice has ended, with all that follows, in one transaction.

    - does nothing (False) where it is paused, revoked, confirmed, or its notice still runs
    - the bid wins; asks for ``Job.RESERVE_GRANT``; rankings learn from it
    - when no other award of the challenge is under way, the challenge ends: see ``outcome.conclude``
    """
    known = await Award.get_or_none(id=award_id)
    if known is None:
        return False
    challenge = await lock_challenge(known.challenge_id, work)
    award = await Award.filter(id=award_id).using_db(work.connection).select_for_update().get()
    now = await clock.database_now(work.connection)
    if award.state is not AwardState.IN_NOTICE or award.notice_ends_at is None or now < award.notice_ends_at:
        return False
    await make_move("confirm_award", award, work=work, actor=actor, confirmed_at=now)
    bid = await Bid.get(id=award.bid_id)
    await make_move("win_bid", bid, work=work, actor=actor)
    scenes = [scene.id for scene in await scenes_of(challenge.id)]
    await record_award(scenes, bid.organisation_id, bid.solution_id, work=work, actor=actor)  # type: ignore[attr-defined]
    work.after_commit(Job.RESERVE_GRANT, award_id=award.id)
    text = _("The award in challenge %(number)s is confirmed.", number=challenge.number)
    await tell_of_award(award, text, work=work, vendor_link=f"/bids/{award.bid_id}/result")
    if not await queries.has_award(challenge.id, queries.LIVE_AWARDS):
        await conclude(challenge, work=work, actor=actor)
    return True


async def conclude_challenge(challenge: Challenge, *, work: Work, actor: Actor) -> None:
    """End a race with the winners it has; refuses while an award is under way or none is confirmed."""
    challenge = await lock_challenge(challenge.id, work)
    require(rules.may_conclude(actor, challenge, await queries.places_of(challenge.id)))
    await conclude(challenge, work=work, actor=actor)


async def close_without_award(challenge: Challenge, reason: str, *, work: Work, actor: Actor) -> None:
    """End a challenge without an award, with a reason; its scenes are free again and the vendors learn their result.

    Refuses while an award is under way or confirmed (``NotAllowedError``).
    """
    challenge = await lock_challenge(challenge.id, work)
    require(rules.may_end_without_award(actor, challenge, await queries.places_of(challenge.id)))
    await fail_challenge(challenge, reason, work=work, actor=actor)
    for bid in await opened_bids(challenge.id):
        if bid.state is BidState.OPENED:
            await make_move("pass_over_bid", bid, work=work, actor=actor)
