"""Who may sit on a panel, who may see what of a review: pure answers with reasons."""

from collections.abc import Iterable

from market.core.permissions import ALLOWED, Actor, Verdict, refuse
from market.core.text import _
from market.lifecycle import ChallengeState, ReviewState, Role
from market.reviews.queries import Expert, Panel

PER_BODY = 2


def has_no_conflict(expert: Expert, panel: Panel) -> Verdict:
    """Say whether *expert* is free of what is known of them: not of the bidder, not of the buyer, not recused."""
    if panel.vendor_id in expert.organisations:
        return refuse(_("%(name)s belongs to the bidder %(vendor)s.", name=expert.name, vendor=panel.vendor))
    if panel.buyers & expert.organisations:
        return refuse(_("%(name)s belongs to the buyer of the scene.", name=expert.name))
    if any(seat.person_id == expert.person_id and seat.state is ReviewState.RECUSED for seat in panel.seats):
        return refuse(_("%(name)s is out for a conflict with the bid of %(vendor)s.", name=expert.name,
                        vendor=panel.vendor))  # fmt: skip
    return ALLOWED


def has_a_seat(expert: Expert, panel: Panel) -> Verdict:
    """Say whether the panel has room for *expert*: a free seat, and at most two experts from one body."""
    if any(seat.person_id == expert.person_id for seat in panel.active):
        return refuse(_("%(name)s already reviews the bid of %(vendor)s.", name=expert.name, vendor=panel.vendor))
    if not panel.vacant:
        return refuse(_("The panel for %(vendor)s is complete with %(size)s reviewers.", vendor=panel.vendor,
                        size=panel.size))  # fmt: skip
    if any(_count_from(body, panel) >= PER_BODY for body in expert.bodies):
        return refuse(_("%(body)s already has %(count)s reviewers on the panel for %(vendor)s.", body=expert.body,
                        count=PER_BODY, vendor=panel.vendor))  # fmt: skip
    return ALLOWED


def _count_from(body: int, panel: Panel) -> int:
    return sum(body in seat.bodies for seat in panel.active)


def may_assign(expert: Expert, panel: Panel) -> Verdict:
    """Say whether *expert* may be asked to review this bid."""
    verdict = has_no_conflict(expert, panel)
    return has_a_seat(expert, panel) if verdict else verdict


def may_join(expert: Expert, panels: Iterable[Panel]) -> Verdict:
    """Say whether *expert* may be asked to review all of these bids: a conflict with one keeps them out of all."""
    refusals = []
    for panel in panels:
        if not (verdict := has_no_conflict(expert, panel)):
            return verdict
        refusals.append(has_a_seat(expert, panel))
    if refusals and any(refusals):
        return ALLOWED
    return refusals[0] if refusals else refuse(_("There is no opened bid to review."))


def may_form_panels(actor: Actor, state: ChallengeState) -> Verdict:
    """Say whether panels can be changed now."""
    if actor.role is not Role.OFFICER:
        return refuse(_("Only an officer forms the panels."))
    return is_reviewing(state)


def is_reviewing(state: ChallengeState) -> Verdict:
    """Say whether the challenge is in review: before it bids are sealed, after it scores stand."""
    if state in {ChallengeState.DRAFT, ChallengeState.PUBLISHED}:
        return refuse(_("Review begins when the last round has closed."))
    if state is not ChallengeState.IN_REVIEW:
        return refuse(_("Review is closed: panels and scores stand as they are."))
    return ALLOWED


def may_score(state: ReviewState) -> Verdict:
    """Say whether a review takes scores: after the conflict has been answered and before they are submitted."""
    if state is ReviewState.ASSIGNED:
        return refuse(_("Say first whether you have a conflict with this bid."))
    if state is not ReviewState.ACCEPTED:
        return refuse(_("These scores have been submitted and stand."))
    return ALLOWED


def may_see_scores(actor: Actor, *, all_in: bool, author_id: int | None = None) -> Verdict:
    """Say whether *actor* may see a review's scores: its author always, others once every review is in.

    Without *author_id* the question is about all reviews of a challenge.
    """
    if author_id is not None and actor.role is Role.REVIEWER and actor.person_id == author_id:
        return ALLOWED
    if not all_in:
        return refuse(_("Scores stay hidden until every review of this challenge is in."))
    return ALLOWED


def may_close_review(panels: list[Panel], state: ChallengeState) -> Verdict:
    """Say whether the ranking may be computed: each bid has its panel and every review is in."""
    if not (verdict := is_reviewing(state)):
        return verdict
    if not panels:
        return refuse(_("There is no opened bid to review."))
    open_panels = [panel for panel in panels if not panel.complete]
    if open_panels:
        missing = sum(max(panel.size, len(panel.active)) - panel.submitted for panel in open_panels)
        return refuse(_("%(count)s reviews are still missing.", count=missing))
    return ALLOWED
