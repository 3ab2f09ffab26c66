"""Questions about pilots, their milestones and readings: reads only."""

from typing import Any

from tortoise.expressions import Q
from tortoise.functions import Count
from tortoise.queryset import QuerySet

from market.awards.models import Award
from market.challenges.models import Lot
from market.core.errors import NotFoundError
from market.core.models import AuditEvent, StoredFile
from market.core.permissions import Actor
from market.core.text import _
from market.grants.models import Grant, Tranche
from market.lifecycle import AwardState, MilestoneState, PilotState, Role, TrancheState
from market.pilots.models import Milestone, Pilot, Reading
from market.scenes.models import Scene

EVIDENCE = "Milestone"


async def get_pilot(pilot_id: int) -> Pilot:
    """Return a pilot with its scene, both sides and the challenge; ``NotFoundError`` where there is none."""
    pilot = await Pilot.get_or_none(id=pilot_id).select_related("award__challenge", "scene", "buyer", "vendor")
    if pilot is None:
        raise NotFoundError(_("There is no such page."))
    return pilot


async def milestones_of(pilot_id: int) -> list[Milestone]:
    """List the milestones in order, each with its tranche."""
    return await Milestone.filter(pilot_id=pilot_id).select_related("tranche").order_by("position")


async def get_milestone(pilot_id: int, milestone_id: int) -> Milestone:
    """Return a milestone of this pilot with its tranche; ``NotFoundError`` where there is none."""
    milestone = await Milestone.get_or_none(id=milestone_id, pilot_id=pilot_id).select_related("tranche")
    if milestone is None:
        raise NotFoundError(_("There is no such page."))
    return milestone


async def readings_of(pilot_id: int) -> list[Reading]:
    """List the readings of a pilot, oldest first."""
    return await Reading.filter(pilot_id=pilot_id).order_by("taken_on", "id")


async def evidence_of(milestone_ids: list[int]) -> list[StoredFile]:
    """List the evidence files of several milestones, oldest first."""
    return await StoredFile.filter(subject=EVIDENCE, subject_id__in=milestone_ids or [0]).order_by("id")


async def grant_of(award_id: int) -> Grant | None:
    """Return the grant of an award, if it has one."""
    return await Grant.get_or_none(award_id=award_id)


async def last_tranche_of(grant_id: int) -> Tranche | None:
    """Return the tranche that waits for acceptance: the last one."""
    return await Tranche.filter(grant_id=grant_id).order_by("-position").first()


async def money_of(award_id: int) -> dict[TrancheState, int]:
    """Sum the tranches of an award's grant by their state."""
    sums = dict.fromkeys(TrancheState, 0)
    for row in await Tranche.filter(grant__award_id=award_id).values("state", "amount_fen"):
        sums[TrancheState(row["state"])] += row["amount_fen"]
    return sums


async def scene_of_award(award: Award) -> Scene:
    """Return the scene that an award is about: the first lot of its challenge."""
    lot = await Lot.filter(challenge_id=award.challenge_id).select_related("scene").order_by("position", "id").first()
    if lot is None:
        raise NotFoundError(_("The challenge has no scene."))
    scene: Scene = lot.scene
    return scene


async def tranches_by_position(award_id: int) -> dict[int, int]:
    """Return the ids of an award's tranches by the position of their milestone."""
    rows = await Tranche.filter(grant__award_id=award_id).values("position", "id")
    return {row["position"]: row["id"] for row in rows}


async def ids_of_awards_to_pilot() -> list[int]:
    """List the confirmed awards whose money is settled and that have no pilot yet."""
    settled = Q(grant__id__isnull=False) | Q(amount_fen=0)
    rows = Award.filter(settled, state=AwardState.CONFIRMED, pilot__id__isnull=True).order_by("id")
    return [row["id"] for row in await rows.values("id")]


def _of(actor: Actor) -> QuerySet[Pilot]:
    if actor.is_staff:
        return Pilot.all()
    if actor.role is Role.BUYER:
        return Pilot.filter(buyer_id=actor.organisation_id or 0)
    return Pilot.filter(vendor_id=actor.organisation_id or 0)


async def count_by_state(actor: Actor) -> dict[PilotState, int]:
    """Count an actor's pilots by state; all pilots for staff."""
    counted = dict.fromkeys(PilotState, 0)
    for row in await _of(actor).annotate(number=Count("id")).group_by("state").values("state", "number"):
        counted[PilotState(row["state"])] = row["number"]
    return counted


async def pilots_of(
    actor: Actor, state: PilotState | None, *, offset: int, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """Return one page of an actor's pilots with how far they are, newest first, and how many there are."""
    rows = _of(actor).filter(state=state) if state else _of(actor)
    found = await rows.order_by("-id").offset(offset).limit(limit).values(
        "id", "state", "started_at", scene="scene__title", scene_en="scene__title_en", vendor="vendor__name",
        vendor_en="vendor__name_en", buyer="buyer__name", buyer_en="buyer__name_en",
    )  # fmt: skip
    states = await Milestone.filter(pilot_id__in=[row["id"] for row in found] or [0]).values("pilot_id", "state")
    for row in found:
        mine = [each["state"] for each in states if each["pilot_id"] == row["id"]]
        row["milestones"], row["met"] = len(mine), mine.count(MilestoneState.MET)
    return found, await rows.count()


async def history_of(pilot_id: int, milestone_ids: list[int], tranche_ids: list[int]) -> list[AuditEvent]:
    """List what happened to a pilot, its milestones and their money, oldest first."""
    about = Q(subject="Pilot", subject_id=pilot_id) | Q(subject="Milestone", subject_id__in=milestone_ids or [0])
    about |= Q(subject="Tranche", subject_id__in=tranche_ids or [0])
    return await AuditEvent.filter(about).order_by("number")
