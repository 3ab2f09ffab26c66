"""What changes panels and reviews: assignments, declared conflicts, scores.

Everything that counts reviews takes the challenge's row first, so that two reviewers who finish at once, or an officer
who closes the review meanwhile, see each other.
"""

import random
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from market.challenges.models import Challenge
from market.challenges.queries import criteria_of
from market.core import clock
from market.core.errors import InvalidError, NotFoundError, StaleStateError
from market.core.moves import make_move
from market.core.permissions import Actor, require
from market.core.text import Text, _
from market.core.work import Work
from market.lifecycle import Role
from market.reviews import queries, rules
from market.reviews.models import Review, Score
from market.reviews.queries import Expert, Panel

MOST_POINTS = 100


@dataclass(frozen=True)
class Mark:
    """Points and a comment on one criterion."""

    points: int
    comment: str = ""


@dataclass(frozen=True)
class Marks:
    """What a reviewer gives a bid: points by criterion, and what they think of it as a whole."""

    by_criterion: Mapping[int, Mark]
    comment: str = ""


async def lock_challenge(challenge_id: int, work: Work) -> Challenge:
    """Return the challenge as it is now and keep others from counting its reviews until the transaction ends."""
    return await Challenge.filter(id=challenge_id).using_db(work.connection).select_for_update().get()


async def assign_reviewer(
    challenge: Challenge, person_id: int, *, work: Work, actor: Actor, bid_id: int | None = None
) -> list[Review]:
    """Ask an expert to review every bid of a challenge that has a free seat, or one bid.

    - refuses outside review, and people other than officers (``NotAllowedError``)
    - refuses an expert of the bidder or the buyer, one who declared a conflict, a full panel and a third expert from
      one body (``NotAllowedError``); for all bids, a conflict with any of them
    - tells the expert
    """
    challenge = await lock_challenge(challenge.id, work)
    require(rules.may_form_panels(actor, challenge.state))
    panels = await queries.panels_of(challenge, bid_id)
    expert = next(iter(await queries.experts([person_id])), None)
    if expert is None or (bid_id is not None and not panels):
        raise NotFoundError(_("There is no such page."))
    require(rules.may_join(expert, panels))
    return [
        await _seat(expert, panel, challenge, work=work, actor=actor)
        for panel in panels
        if rules.may_assign(expert, panel)
    ]


async def draw_panels(challenge: Challenge, *, work: Work, actor: Actor, seed: int | None = None) -> int:
    """Fill the free seats by lot from the experts without a conflict with any bid; return how many stay empty.

    The seed and the list that was drawn from go into the audit log, so that anybody can repeat the draw.
    """
    challenge = await lock_challenge(challenge.id, work)
    require(rules.may_form_panels(actor, challenge.state))
    panels = await queries.panels_of(challenge)
    pool = [each for each in await queries.experts() if all(rules.has_no_conflict(each, panel) for panel in panels)]
    pool.sort(key=lambda expert: expert.person_id)
    seed = secrets.randbits(48) if seed is None else seed
    work.record("draw_panels", challenge, actor=actor, seed=seed, experts=[expert.person_id for expert in pool])
    random.Random(seed).shuffle(pool)  # noqa: S311  # drawn to be repeated from the recorded seed, not to be secret
    for expert in pool:
        for panel in await queries.panels_of(challenge):
            if rules.has_a_seat(expert, panel):
                await _seat(expert, panel, challenge, work=work, actor=actor)
    return sum(panel.vacant for panel in await queries.panels_of(challenge))


async def _seat(expert: Expert, panel: Panel, challenge: Challenge, *, work: Work, actor: Actor) -> Review:
    review = await Review.create(
        using_db=work.connection, bid_id=panel.bid_id, reviewer_id=expert.person_id, assigned_by_id=actor.person_id,
        assigned_at=clock.now(),
    )  # fmt: skip
    work.record("assign_reviewer", review, actor=actor, bid_id=panel.bid_id, reviewer_id=expert.person_id)
    work.tell(_("You are asked to review a bid in challenge %(number)s. Say first whether you have a conflict.",
                number=challenge.number), f"/reviews/{review.id}", person_id=expert.person_id)  # fmt: skip
    return review


async def accept_assignment(review: Review, *, work: Work, actor: Actor) -> None:
    """Declare that there is no conflict, which opens the bid to this reviewer.

    Refuses an assignment that is not one's own or has a known conflict (``NotFoundError``), and a challenge that is
    not in review (``NotAllowedError``).
    """
    review, challenge = await _own_review(review, work=work, actor=actor)
    require(rules.is_reviewing(challenge.state))
    await make_move("accept_assignment", review, work=work, actor=actor)


async def recuse(review: Review, reason: str, *, work: Work, actor: Actor) -> None:
    """Take a reviewer off a bid for a conflict, at once and for good.

    - the reviewer's scores and comments are deleted; they can reach the bid no more
    - refuses without a reason, after review has closed, and people other than the reviewer or an officer
    - tells the officers, who fill the seat again
    """
    if actor.role is Role.OFFICER:
        review = await _full_review(review.id)
        challenge = await lock_challenge(review.bid.round.challenge_id, work)
    else:
        review, challenge = await _own_review(review, work=work, actor=actor)
    require(rules.is_reviewing(challenge.state))
    await make_move(
        "recuse", review, work=work, actor=actor, reason=reason, conflict_reason=reason.strip(), comment="",
        submitted_at=None,
    )  # fmt: skip
    await Score.filter(review_id=review.id).using_db(work.connection).delete()
    work.tell(_("A reviewer is out for a conflict in challenge %(number)s. Fill the seat again.",
                number=challenge.number), f"/challenges/{challenge.id}/reviews", role=Role.OFFICER)  # fmt: skip
    if actor.role is Role.OFFICER:
        work.tell(_("You no longer review a bid in challenge %(number)s: an officer noted a conflict.",
                    number=challenge.number), "/reviews", person_id=review.reviewer_id)  # fmt: skip


async def save_scores(
    review: Review, marks: Marks, *, revision: int, work: Work, actor: Actor, bump: bool = True
) -> None:
    """Keep unfinished scores.

    - refuses when they were saved elsewhere since *revision* (``StaleStateError``); autosave keeps the revision
    - refuses before the conflict has been answered and after submission (``NotAllowedError``)
    """
    review = await _locked_review(review, work=work, actor=actor)
    challenge = await Challenge.get(id=review.bid.round.challenge_id)
    require(rules.is_reviewing(challenge.state))
    require(rules.may_score(review.state))
    if review.revision != revision:
        raise StaleStateError(_("These scores were saved in another window meanwhile. Compare, then save again."))
    await _write_scores(review, marks, challenge.id, work)
    changes = {"comment": marks.comment} | ({"revision": revision + 1} if bump else {})
    await Review.filter(id=review.id).using_db(work.connection).update(**changes)


async def submit_review(review: Review, marks: Marks, *, revision: int, work: Work, actor: Actor) -> datetime:
    """Submit final scores: points on every criterion and a comment on the whole.

    - refuses gaps, by field (``InvalidError``)
    - tells the officers when it was the last review of the challenge
    """
    review, challenge = await _own_review(review, work=work, actor=actor)
    gaps = _gaps(marks, [criterion.id for criterion in await criteria_of(challenge.id)])
    if gaps:
        raise InvalidError(_("Complete the scores before you submit them."), fields=gaps)
    await save_scores(review, marks, revision=revision, work=work, actor=actor)
    now = clock.now()
    await make_move("submit_review", review, work=work, actor=actor, submitted_at=now)
    if await queries.all_reviews_in(challenge):
        work.tell(_("All reviews of challenge %(number)s are in. Close the review to compute the ranking.",
                    number=challenge.number), f"/challenges/{challenge.id}/ranking", role=Role.OFFICER)  # fmt: skip
    return now


def _gaps(marks: Marks, criterion_ids: list[int]) -> dict[str, Text]:
    gaps = {
        f"points-{each}": _("Enter points from 0 to 100.") for each in criterion_ids if each not in marks.by_criterion
    }
    if not marks.comment.strip():
        gaps["comment"] = _("Say in a few sentences what speaks for and against this bid.")
    return gaps


async def _write_scores(review: Review, marks: Marks, challenge_id: int, work: Work) -> None:
    known = {criterion.id for criterion in await criteria_of(challenge_id)}
    if not marks.by_criterion.keys() <= known:
        raise NotFoundError(_("There is no such page."))
    if any(not 0 <= mark.points <= MOST_POINTS for mark in marks.by_criterion.values()):
        raise InvalidError(_("Enter points from 0 to 100."))
    await Score.filter(review_id=review.id).using_db(work.connection).delete()
    for criterion_id, mark in marks.by_criterion.items():
        await Score.create(using_db=work.connection, review_id=review.id, criterion_id=criterion_id,
                           points=mark.points, comment=mark.comment)  # fmt: skip


async def _own_review(review: Review, *, work: Work, actor: Actor) -> tuple[Review, Challenge]:
    """Lock challenge and review, in this order, and read the review again as the actor's own."""
    known = await _full_review(review.id)
    challenge = await lock_challenge(known.bid.round.challenge_id, work)
    return await _locked_review(review, work=work, actor=actor), challenge


async def _locked_review(review: Review, *, work: Work, actor: Actor) -> Review:
    await Review.filter(id=review.id).using_db(work.connection).select_for_update().values("id")
    own = await queries.review_of(review.id, actor.person_id or 0) if actor.role is Role.REVIEWER else None
    if own is None:
        raise NotFoundError(_("There is no such page."))
    return own


async def _full_review(review_id: int) -> Review:
    review = await Review.get_or_none(id=review_id).select_related("bid__round")
    if review is None:
        raise NotFoundError(_("There is no such page."))
    return review
