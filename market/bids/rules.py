"""Who may bid, who may read a bid, and what a bid still lacks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from market.accounts.models import Organisation
from market.accounts.rules import may_act_for
from market.bids.models import Bid, BidMilestone
from market.challenges.models import Challenge, Round
from market.core.clock import SHANGHAI
from market.core.permissions import ALLOWED, Actor, Verdict, refuse
from market.core.text import Text, _
from market.lifecycle import READABLE_BIDS, BidState, ChallengeState, Role, RoundState

WHOLE = 100
EDITABLE = frozenset({BidState.DRAFT, BidState.SUBMITTED, BidState.WITHDRAWN})
SECTIONS = ("approach", "price", "solution", "pledge")
TITLES: dict[str, Text] = {
    "approach": _("Approach and team"),
    "price": _("Price, delivery and milestones"),
    "solution": _("Solution"),
    "pledge": _("The pledge"),
    "files": _("Files"),
}


@dataclass(frozen=True)
class Gap:
    """Something that a bid lacks: in which section, beside which field, and what to do."""

    section: str
    field: str
    text: Text


def may_bid(
    actor: Actor | None, organisation: Organisation | None, bidding_round: Round, challenge: Challenge,
    buyers: Collection[int], *, now: datetime,
) -> Verdict:  # fmt: skip
    """Say whether *actor* may bid in the round now; *buyers* are the organisations whose scenes are in it."""
    if actor is None or actor.role is not Role.VENDOR or organisation is None:
        return refuse(_("Sign in for a vendor to bid."))
    if not (verdict := may_act_for(actor, organisation)):
        return verdict
    if organisation.id in buyers:
        return refuse(_("The scene is your own organisation's: it cannot bid for it."))
    if challenge.state is not ChallengeState.PUBLISHED:
        return refuse(_("This challenge does not take bids."))
    return may_send_now(bidding_round, now=now)


def may_send_now(bidding_round: Round, *, now: datetime) -> Verdict:
    """Say whether the window is open by the clock; the worker may be late, the deadline is not."""
    if bidding_round.state is RoundState.CANCELLED:
        return refuse(_("This round was cancelled."))
    if now >= bidding_round.closes_at or bidding_round.state is RoundState.CLOSED:
        return refuse(too_late(bidding_round.closes_at, now))
    if now < bidding_round.opens_at:
        return refuse(_("Bids are taken from %(opens)s.", opens=beijing(bidding_round.opens_at)))
    return ALLOWED


def may_edit_bid(actor: Actor, bid: Bid, bidding_round: Round) -> Verdict:
    """Say whether *actor* may change the draft: the vendor's people, until the round has closed."""
    if not is_own(actor, bid):
        return refuse(_("There is no such page."))
    if bid.state not in EDITABLE or bidding_round.state in {RoundState.CLOSED, RoundState.CANCELLED}:
        return refuse(_("The round has closed: nothing in the bid can be changed any more."))
    return ALLOWED


def may_read_bid(actor: Actor | None, bid: Bid, bidding_round: Round) -> Verdict:
    """Say whether *actor* may read the bid: its vendor always, staff once the round has closed and it is opened.

    Reviewers and the buyer of a winner are judged by the later stages that let them in.
    """
    if actor is not None and is_own(actor, bid):
        return ALLOWED
    opened = bidding_round.state is RoundState.CLOSED and bid.state in READABLE_BIDS
    if actor is not None and actor.is_staff and opened:
        return ALLOWED
    return refuse(_("There is no such page."))


def may_count_bids(actor: Actor | None) -> Verdict:
    """Say whether *actor* may see how many bids there are: officers only."""
    if actor is not None and actor.role is Role.OFFICER:
        return ALLOWED
    return refuse(_("Only officers see how many bids there are."))


def is_own(actor: Actor, bid: Bid) -> bool:
    """Whether *actor* acts for the vendor that bids."""
    return actor.role is Role.VENDOR and actor.is_of(bid.organisation_id)  # type: ignore[attr-defined]


def unnamed(actor: Actor) -> Actor:
    """Return *actor* without a name: staff read the audit log while bids are sealed and must not learn who bids.

    Who submitted stands in the submission, which is read with the opened bid.
    """
    return Actor(role=actor.role, name="")


def gaps_in(bid: Bid, milestones: Sequence[BidMilestone]) -> list[Gap]:
    """List what is missing before the bid can be submitted, in the order of the sections."""
    gaps = []
    if not bid.approach.strip():
        gaps.append(Gap("approach", "approach", _("Describe how you will solve it.")))
    if not bid.team.strip():
        gaps.append(Gap("approach", "team", _("Name the team that will do the work.")))
    if not bid.price_fen:
        gaps.append(Gap("price", "price", _("Enter the price in yuan.")))
    if not bid.delivery_weeks:
        gaps.append(Gap("price", "delivery_weeks", _("Say in how many weeks you deliver.")))
    gaps += _milestone_gaps(bid, milestones)
    if not bid.pledge:
        gaps.append(Gap("pledge", "pledge", _("Give the pledge: without it a bid does not count.")))
    return gaps


def _milestone_gaps(bid: Bid, milestones: Sequence[BidMilestone]) -> list[Gap]:
    if not milestones:
        return [Gap("price", "milestones", _("Add at least one milestone."))]
    gaps = []
    total = sum(milestone.percent for milestone in milestones)
    if total != WHOLE:
        text = _("The shares of the milestones add up to %(total)s. Change them until they make 100.", total=total)
        gaps.append(Gap("price", "milestones", text))
    if bid.delivery_weeks and max(milestone.due_week for milestone in milestones) > bid.delivery_weeks:
        gaps.append(Gap("price", "milestones", _("A milestone is due after the delivery. Move it or deliver later.")))
    return gaps


def too_late(closes_at: datetime, now: datetime) -> Text:
    """Return the refusal of a late bid: the deadline and the server's time."""
    return _("Too late: the deadline was %(deadline)s, the server's time is %(now)s (Beijing time). Nothing was "
             "submitted; what you wrote stays in your draft.", deadline=beijing(closes_at, precise=True),
             now=beijing(now, precise=True))  # fmt: skip


def beijing(moment: datetime, *, precise: bool = False) -> str:
    """Return a time in Beijing, with *precise* to the millisecond, rounded down."""
    local = moment.astimezone(SHANGHAI)
    seconds = f":{local:%S}.{local.microsecond // 1000:03d}" if precise else ""
    return f"{local:%Y-%m-%d %H:%M}{seconds}"
