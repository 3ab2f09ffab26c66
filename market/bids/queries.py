"""Questions about bids: reads only. Who may read the answers is asked of ``rules``."""

from typing import Any

from tortoise.functions import Count

from market.accounts.models import Organisation
from market.bids.models import Bid, BidMilestone, Submission
from market.challenges.models import Lot, Round
from market.core.errors import NotFoundError
from market.core.files import files_of
from market.core.models import StoredFile
from market.core.permissions import Actor
from market.core.text import _
from market.lifecycle import LIVE_BIDS, READABLE_BIDS, SolutionState
from market.solutions.models import Solution

SUBJECT = "Bid"
FORMER = "FormerBid"


async def get_bid(bid_id: int) -> Bid:
    """Return a bid with its round, challenge, organisation and solution; ``NotFoundError`` where there is none."""
    bid = await Bid.get_or_none(id=bid_id).select_related("round__challenge", "organisation", "solution")
    if bid is None:
        raise NotFoundError(_("There is no such page."))
    return bid


async def milestones_of(bid_id: int) -> list[BidMilestone]:
    """List the milestones of a draft in order."""
    return await BidMilestone.filter(bid_id=bid_id).order_by("position")


async def submissions_of(bid_id: int) -> list[Submission]:
    """List what was submitted, newest first."""
    return await Submission.filter(bid_id=bid_id).order_by("-version")


async def latest_submission(bid_id: int) -> Submission | None:
    """Return what counts: the last version that got a receipt."""
    return await Submission.filter(bid_id=bid_id).order_by("-version").first()


async def attached_files(bid_id: int) -> list[StoredFile]:
    """List the files of the draft."""
    return await files_of(SUBJECT, bid_id)


async def bid_of(round_id: int, organisation_id: int | None) -> Bid | None:
    """Return an organisation's bid in a round."""
    return await Bid.get_or_none(round_id=round_id, organisation_id=organisation_id) if organisation_id else None


async def buyers_in(challenge_id: int) -> set[int]:
    """Return the organisations whose scenes are in a challenge."""
    found = await Lot.filter(challenge_id=challenge_id).values(organisation_id="scene__organisation_id")
    return {row["organisation_id"] for row in found if row["organisation_id"] is not None}


async def organisation_of(actor: Actor) -> Organisation | None:
    """Return the organisation for which somebody acts, as it is now."""
    return await Organisation.get_or_none(id=actor.organisation_id) if actor.organisation_id else None


async def solutions_to_attach(organisation_id: int) -> list[dict[str, Any]]:
    """List an organisation's published solutions."""
    rows = Solution.filter(organisation_id=organisation_id, state=SolutionState.PUBLISHED).order_by("-id")
    return await rows.limit(200).values("id", "title", "title_en")


async def count_bids(round_ids: list[int]) -> dict[int, int]:
    """Count the live bids of rounds: a number, never a name."""
    rows = Bid.filter(round_id__in=round_ids or [0], state__in=list(LIVE_BIDS | READABLE_BIDS))
    counted = await rows.annotate(number=Count("id")).group_by("round_id").values("round_id", "number")
    return {row["round_id"]: row["number"] for row in counted}


async def bids_of_organisation(organisation_id: int, *, offset: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Return one page of an organisation's own bids, newest first, and how many there are."""
    rows = Bid.filter(organisation_id=organisation_id)
    found = await rows.order_by("-id").offset(offset).limit(limit).values(
        "id", "state", "price_fen", "submitted_at", challenge_id="round__challenge_id",
        number="round__challenge__number", title="round__challenge__title", title_en="round__challenge__title_en",
        closes_at="round__closes_at", round_state="round__state",
    )  # fmt: skip
    return found, await rows.count()


async def opened_bids(challenge_id: int) -> list[Bid]:
    """List the opened bids of a challenge in the order of submission, with organisation and solution."""
    rows = Bid.filter(round__challenge_id=challenge_id, state__in=list(READABLE_BIDS))
    return await rows.select_related("organisation", "solution", "round").order_by("submitted_at", "id")


async def submitted_in(bidding_round: Round) -> list[Bid]:
    """List the bids that are to be opened when a round closes."""
    return await Bid.filter(round_id=bidding_round.id, state="submitted").order_by("id")
