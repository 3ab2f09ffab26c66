"""Questions about panels and reviews: reads only."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from market.accounts.models import Membership
from market.bids.queries import buyers_in, opened_bids
from market.challenges.models import Challenge
from market.challenges.rules import rules_of
from market.lifecycle import READABLE_BIDS, ReviewState, Role
from market.reviews.models import Review, Score


@dataclass(frozen=True)
class Expert:
    """A person who reviews, with the bodies they review for and every organisation they belong to."""

    person_id: int
    name: str
    body: str
    bodies: frozenset[int]
    organisations: frozenset[int]


@dataclass(frozen=True)
class Seat:
    """One expert's place on the panel of one bid."""

    review_id: int
    person_id: int
    name: str
    bodies: frozenset[int]
    state: ReviewState


@dataclass(frozen=True)
class Panel:
    """The experts of one bid, and those whom nobody on it may work for."""

    bid_id: int
    vendor_id: int
    vendor: str
    buyers: frozenset[int]
    size: int
    seats: tuple[Seat, ...]

    @property
    def active(self) -> tuple[Seat, ...]:
        """The seats of everybody who has not declared a conflict."""
        return tuple(seat for seat in self.seats if seat.state is not ReviewState.RECUSED)

    @property
    def vacant(self) -> int:
        """How many seats are still empty."""
        return max(0, self.size - len(self.active))

    @property
    def submitted(self) -> int:
        """How many reviews are in."""
        return sum(seat.state is ReviewState.SUBMITTED for seat in self.seats)

    @property
    def complete(self) -> bool:
        """Whether every seat is taken and every review is in."""
        return self.submitted >= self.size and self.submitted == len(self.active)


async def experts(person_ids: Iterable[int] | None = None) -> list[Expert]:
    """List everybody who may be asked to review (or these people), by name, with where they belong."""
    people = Membership.filter(role=Role.REVIEWER, person__disabled_at=None)
    if person_ids is not None:
        people = people.filter(person_id__in=list(person_ids))
    ids = sorted(set(await people.values_list("person_id", flat=True)))
    rows = await Membership.filter(person_id__in=ids).order_by("person__name", "person_id", "id").values(
        "person_id", "role", "organisation_id", name="person__name", organisation="organisation__name"
    )  # fmt: skip
    by_person: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_person[row["person_id"]].append(row)
    return [_expert(person_id, own) for person_id, own in by_person.items()]


def _expert(person_id: int, rows: list[dict[str, Any]]) -> Expert:
    reviewing = [row for row in rows if row["role"] is Role.REVIEWER]
    return Expert(
        person_id=person_id,
        name=rows[0]["name"],
        body="、".join(dict.fromkeys(row["organisation"] for row in reviewing)),
        bodies=frozenset(row["organisation_id"] for row in reviewing),
        organisations=frozenset(row["organisation_id"] for row in rows),
    )


async def panels_of(challenge: Challenge, bid_id: int | None = None) -> list[Panel]:
    """List the panel of every opened bid (or of one), seats in the order of assignment."""
    bids = [bid for bid in await opened_bids(challenge.id) if bid_id in {None, bid.id}]
    rows = await Review.filter(bid_id__in=[bid.id for bid in bids]).order_by("id").values(
        "id", "bid_id", "reviewer_id", "state", name="reviewer__name"
    )  # fmt: skip
    bodies: dict[int, set[int]] = defaultdict(set)
    reviewer_ids = {row["reviewer_id"] for row in rows}
    for each in await Membership.filter(person_id__in=reviewer_ids, role=Role.REVIEWER).values(
        "person_id", "organisation_id"
    ):
        bodies[each["person_id"]].add(each["organisation_id"])
    seats: dict[int, list[Seat]] = defaultdict(list)
    for row in rows:
        seats[row["bid_id"]].append(
            Seat(row["id"], row["reviewer_id"], row["name"], frozenset(bodies[row["reviewer_id"]]), row["state"])
        )
    # A panel is odd, so that it cannot split in halves: an even number in the rules means the next odd one.
    buyers, size = frozenset(await buyers_in(challenge.id)), rules_of(challenge).panel_size | 1
    return [
        Panel(bid.id, bid.organisation.id, bid.organisation.name, buyers, size, tuple(seats[bid.id])) for bid in bids
    ]


async def all_reviews_in(challenge: Challenge) -> bool:
    """Whether each opened bid has its full panel and every review of it has been submitted.

    Until then nobody but its author sees a score.
    """
    panels = await panels_of(challenge)
    return bool(panels) and all(panel.complete for panel in panels)


async def reviews_of_challenge(challenge_id: int) -> list[Review]:
    """List the reviews of a challenge's bids, with bid and reviewer."""
    rows = Review.filter(bid__round__challenge_id=challenge_id)
    return await rows.select_related("bid__organisation", "reviewer").order_by("bid_id", "id")


async def assignments_of(person_id: int) -> list[dict[str, Any]]:
    """List one reviewer's assignments, newest first: no more of a bid than who made it."""
    rows = await Review.filter(reviewer_id=person_id).order_by("-id").values(
        "id", "state", "assigned_at", "submitted_at", name="bid__organisation__name",
        name_en="bid__organisation__name_en",
        challenge_id="bid__round__challenge__id", number="bid__round__challenge__number",
        title="bid__round__challenge__title", title_en="bid__round__challenge__title_en",
        challenge_state="bid__round__challenge__state",
    )  # fmt: skip
    return [row | {"vendor": {"name": row.pop("name"), "name_en": row.pop("name_en")}} for row in rows]


async def review_of(review_id: int, person_id: int) -> Review | None:
    """Return one of a reviewer's own reviews with its bid and challenge; a recused one is gone for good."""
    rows = Review.filter(id=review_id, reviewer_id=person_id, bid__state__in=READABLE_BIDS)
    found = await rows.exclude(state=ReviewState.RECUSED).select_related(
        "bid__organisation", "bid__round__challenge"
    ).first()  # fmt: skip
    return found if found and not await is_conflicted(found) else None


async def is_conflicted(review: Review) -> bool:
    """Whether the reviewer belongs to the bidder or to a buyer of the challenge: also when they joined it later."""
    forbidden = {review.bid.organisation_id, *await buyers_in(review.bid.round.challenge_id)}
    return await Membership.filter(person_id=review.reviewer_id, organisation_id__in=list(forbidden)).exists()


async def scores_of(review_id: int) -> dict[int, Score]:
    """Return a review's scores by criterion."""
    return {score.criterion_id: score for score in await Score.filter(review_id=review_id)}


async def totals_of(challenge_id: int) -> dict[int, int]:
    """Return each submitted review's weighted total, in hundredths of a point.

    The caller has already asked whether the reader may see scores.
    """
    rows = await Score.filter(
        review__bid__round__challenge_id=challenge_id, review__state=ReviewState.SUBMITTED
    ).values("review_id", "points", weight="criterion__weight")  # fmt: skip
    totals: dict[int, int] = defaultdict(int)
    for row in rows:
        totals[row["review_id"]] += row["points"] * row["weight"]
    return dict(totals)


async def scores_on_bids(bid_ids: Iterable[int]) -> list[dict[str, Any]]:
    """List the points of every submitted review of these bids, by criterion and review."""
    return await Score.filter(
        review__bid_id__in=list(bid_ids), review__state=ReviewState.SUBMITTED
    ).order_by("review_id", "criterion__position").values("criterion_id", "points", "comment", "review_id",
                                                          bid_id="review__bid_id")  # fmt: skip
