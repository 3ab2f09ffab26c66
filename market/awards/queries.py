"""Questions about rankings, awards, notices and objections: reads only."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from market.accounts.models import Person
from market.awards.models import Award, Objection, Ranking
from market.challenges.models import Lot
from market.core.models import AuditEvent
from market.lifecycle import PUBLIC_AWARDS, AwardState, ObjectionState

LIVE_AWARDS = frozenset({AwardState.PROPOSED, AwardState.APPROVED, AwardState.IN_NOTICE, AwardState.PAUSED})


@dataclass(frozen=True)
class Place:
    """A bid's place in the ranking and what has been decided about it."""

    bid_id: int
    vendor_id: int
    name: str
    name_en: str
    rank: int
    score: Decimal
    passes: bool
    explanation: dict[str, Any]
    award_id: int | None
    award_state: AwardState | None

    @property
    def live(self) -> bool:
        """Whether an award to it is under way or confirmed."""
        return self.award_state in LIVE_AWARDS or self.award_state is AwardState.CONFIRMED

    @property
    def barred(self) -> bool:
        """Whether an award to it was revoked after an objection."""
        return self.award_state is AwardState.REVOKED


async def places_of(challenge_id: int) -> list[Place]:
    """List the ranking of a challenge, best first, each with its latest award."""
    rows = await Ranking.filter(challenge_id=challenge_id).order_by("rank").values(
        "bid_id", "rank", "score", "explanation", vendor_id="bid__organisation_id", name="bid__organisation__name",
        name_en="bid__organisation__name_en",
    )  # fmt: skip
    awards = {award.bid_id: award for award in await Award.filter(challenge_id=challenge_id).order_by("id")}
    return [_place(row, awards.get(row["bid_id"])) for row in rows]


def _place(row: dict[str, Any], award: Award | None) -> Place:
    return Place(
        bid_id=row["bid_id"],
        vendor_id=row["vendor_id"],
        name=row["name"],
        name_en=row["name_en"],
        rank=row["rank"],
        score=row["score"],
        passes=row["explanation"]["passes"],
        explanation=row["explanation"],
        award_id=award.id if award else None,
        award_state=award.state if award else None,
    )


async def awarded_fen(challenge_id: int) -> int:
    """Sum the amounts of a challenge's awards that are under way or confirmed."""
    rows = Award.filter(challenge_id=challenge_id, state__in=[*LIVE_AWARDS, AwardState.CONFIRMED])
    return sum(int(str(fen)) for fen in await rows.values_list("amount_fen", flat=True))


async def has_award(challenge_id: int, states: Iterable[AwardState]) -> bool:
    """Whether the challenge has an award in one of *states*."""
    return await Award.filter(challenge_id=challenge_id, state__in=list(states)).exists()


async def awards_of(challenge_id: int) -> list[Award]:
    """List the awards of a challenge, newest first, with their vendors."""
    return await Award.filter(challenge_id=challenge_id).select_related("bid__organisation").order_by("-id")


async def get_award(award_id: int) -> Award | None:
    """Return an award with its challenge and the bidder."""
    return await Award.get_or_none(id=award_id).select_related("challenge", "bid__organisation")


async def search_awards(state: AwardState | None, *, public: bool, offset: int, limit: int) -> list[dict[str, Any]]:
    """Return one page of awards, newest first; *public* ones only, or all of them."""
    rows = _awards(state, public=public).order_by("-id").offset(offset).limit(limit)
    found = await rows.values(
        "id", "state", "amount_fen", "proposed_at", "notice_starts_at", "notice_ends_at", "challenge_id",
        name="bid__organisation__name", name_en="bid__organisation__name_en", number="challenge__number",
        title="challenge__title", title_en="challenge__title_en", score="bid__ranking__score",
    )  # fmt: skip
    scenes = await scenes_of_challenges({row["challenge_id"] for row in found})
    return [
        row
        | {"scenes": scenes[row["challenge_id"]], "vendor": {"name": row.pop("name"), "name_en": row.pop("name_en")}}
        for row in found
    ]


async def count_awards(state: AwardState | None, *, public: bool) -> int:
    """Count what ``search_awards`` would list."""
    return int(await _awards(state, public=public).count())


def _awards(state: AwardState | None, *, public: bool) -> Any:
    rows = Award.filter(state__in=PUBLIC_AWARDS) if public else Award.all()
    return rows.filter(state=state) if state else rows


async def scenes_of_challenges(challenge_ids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """Return the scenes of several challenges, with their buyers, by challenge."""
    rows = await Lot.filter(challenge_id__in=list(challenge_ids)).order_by("challenge_id", "position").values(
        "challenge_id", id="scene__id", title="scene__title", title_en="scene__title_en",
        buyer_id="scene__organisation_id", buyer="scene__organisation__name",
    )  # fmt: skip
    by_challenge: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_challenge[row["challenge_id"]].append(row)
    return by_challenge


async def objections_to(award_id: int) -> list[Objection]:
    """List the objections to an award, oldest first. Who raised them is confidential: ask the rules before showing."""
    return await Objection.filter(award_id=award_id).order_by("id")


async def objection_by(person_id: int | None, award_id: int) -> Objection | None:
    """Return a person's own objection to an award."""
    if person_id is None:
        return None
    return await Objection.filter(award_id=award_id, raised_by_id=person_id).order_by("-id").first()


async def has_open_objection(award_id: int) -> bool:
    """Whether an objection still waits for its answer."""
    return await Objection.filter(award_id=award_id, state=ObjectionState.RAISED).exists()


async def paused_at(award_id: int) -> datetime | None:
    """Return when the notice was last paused: the audit log knows, and it never changes."""
    event = (
        await AuditEvent.filter(subject="Award", subject_id=award_id, event="pause_award").order_by("-number").first()
    )
    return event.at if event else None


async def events_of(award_id: int) -> list[dict[str, Any]]:
    """List what happened to an award, oldest first."""
    return await AuditEvent.filter(subject="Award", subject_id=award_id).order_by("number").values(
        "at", "event", "role", "reason", "person_id", "target"
    )  # fmt: skip


async def names_of(person_ids: Iterable[int | None]) -> dict[int, str]:
    """Return people's names by id."""
    wanted = [person_id for person_id in person_ids if person_id is not None]
    return {row["id"]: row["name"] for row in await Person.filter(id__in=wanted).values("id", "name")}


async def ids_of_due_awards(now: datetime) -> list[int]:
    """List the awards whose public notice has ended."""
    rows = Award.filter(state=AwardState.IN_NOTICE, notice_ends_at__lte=now).order_by("notice_ends_at", "id")
    return [int(str(award_id)) for award_id in await rows.values_list("id", flat=True)]
