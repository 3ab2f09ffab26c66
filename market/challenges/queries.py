"""Questions about challenges, their lots, rubric and rounds."""

from datetime import datetime
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from market.challenges.models import Challenge, Criterion, Lot, Round
from market.core import clock
from market.core.errors import NotFoundError
from market.core.models import AuditEvent
from market.core.text import _
from market.core.vocabulary import Field
from market.lifecycle import ChallengeState, RoundState, ShortlistState
from market.matches.models import Shortlisting
from market.scenes.models import Metric, Requirement, Scene

WAITING_ROUNDS = (RoundState.SCHEDULED, RoundState.OPEN)
OVER = (ChallengeState.AWARDED, ChallengeState.FAILED, ChallengeState.CANCELLED)
GROUPS = ("open", "upcoming", "deciding", "over", "draft")
_NUMBER_LOCK = 7_241_004


async def get_challenge(challenge_id: int) -> Challenge:
    """Return a challenge; ``NotFoundError`` where there is none."""
    challenge = await Challenge.get_or_none(id=challenge_id)
    if challenge is None:
        raise NotFoundError(_("There is no such page."))
    return challenge


async def get_round(round_id: int) -> Round:
    """Return a round with its challenge; ``NotFoundError`` where there is none."""
    found = await Round.get_or_none(id=round_id).select_related("challenge")
    if found is None:
        raise NotFoundError(_("There is no such page."))
    return found


async def scenes_of(challenge_id: int) -> list[Scene]:
    """List the scenes of a challenge in the order of their lots, each with its organisation."""
    lots = await Lot.filter(challenge_id=challenge_id).select_related("scene__organisation").order_by("position", "id")
    return [lot.scene for lot in lots]


async def requirements_in(scene_ids: list[int]) -> list[Requirement]:
    """List the requirements of several scenes in order."""
    return await Requirement.filter(scene_id__in=scene_ids).order_by("scene_id", "position")


async def metrics_in(scene_ids: list[int]) -> list[Metric]:
    """List the acceptance metrics of several scenes in order."""
    return await Metric.filter(scene_id__in=scene_ids).order_by("scene_id", "position")


async def criteria_of(challenge_id: int) -> list[Criterion]:
    """List the rubric in order."""
    return await Criterion.filter(challenge_id=challenge_id).order_by("position")


async def rounds_of(challenge_id: int) -> list[Round]:
    """List the rounds in order."""
    return await Round.filter(challenge_id=challenge_id).order_by("number")


async def count_unclosed_rounds(challenge_id: int) -> int:
    """Count the rounds that still wait to open or to close."""
    return await Round.filter(challenge_id=challenge_id, state__in=WAITING_ROUNDS).count()


async def events_of(challenge_id: int, round_ids: list[int]) -> list[dict[str, Any]]:
    """List the moves of a challenge and its rounds, oldest first, without who made them."""
    about = Q(subject="Challenge", subject_id=challenge_id) | Q(subject="Round", subject_id__in=round_ids or [0])
    moves = AuditEvent.filter(about).exclude(target="").order_by("number")
    return await moves.values("at", "role", "subject", "subject_id", "event", "target", "reason")


async def next_number(year: int) -> str:
    """Return the next number of *year*, ``JB-2026-001``; the lock lasts until the transaction ends."""
    db = Challenge._meta.db  # noqa: SLF001  # the transaction's own connection
    await db.execute_query("SELECT pg_advisory_xact_lock($1)", [_NUMBER_LOCK])
    used = await Challenge.filter(number__startswith=f"JB-{year}-").values_list("number", flat=True)
    last = max((int(str(number).rsplit("-", 1)[1]) for number in used), default=0)
    return f"JB-{year}-{last + 1:03d}"


async def vendors_interested_in(scene_ids: list[int]) -> set[int]:
    """Return the organisations whose solutions were shortlisted or invited for these scenes."""
    states = (ShortlistState.SHORTLISTED, ShortlistState.INVITED, ShortlistState.INTERESTED)
    rows = Shortlisting.filter(scene_id__in=scene_ids, state__in=states)
    found = await rows.values(organisation_id="solution__organisation_id")
    return {row["organisation_id"] for row in found if row["organisation_id"] is not None}


async def organisations_with_bids(challenge_id: int) -> set[int]:
    """Return the organisations that have begun or sent a bid, to tell them that a challenge ends."""
    rows = Round.filter(challenge_id=challenge_id, bids__id__isnull=False)
    return {row["organisation_id"] for row in await rows.values(organisation_id="bids__organisation_id")}


def _running(now: datetime) -> Subquery:
    rows = Round.filter(state__in=WAITING_ROUNDS, opens_at__lte=now, closes_at__gt=now)
    return Subquery(rows.values("challenge_id"))


def _in_group(group: str, now: datetime) -> QuerySet[Challenge]:
    published = Challenge.filter(state=ChallengeState.PUBLISHED)
    if group == "open":
        return published.filter(id__in=_running(now))
    if group == "upcoming":
        return published.exclude(id__in=_running(now))
    if group == "deciding":
        return Challenge.filter(state__in=(ChallengeState.IN_REVIEW, ChallengeState.DECIDING))
    if group == "draft":
        return Challenge.filter(state=ChallengeState.DRAFT)
    return Challenge.filter(state__in=OVER)


def _asked(rows: QuerySet[Challenge], words: str, field: Field | None) -> QuerySet[Challenge]:
    if words:
        rows = rows.filter(
            Q(title__icontains=words) | Q(title_en__icontains=words) | Q(number__icontains=words)
            | Q(summary__icontains=words)
        )  # fmt: skip
    return rows.filter(field=field) if field else rows


async def count_groups(words: str, field: Field | None, *, groups: tuple[str, ...]) -> dict[str, int]:
    """Count what was asked for in each group."""
    now = clock.now()
    return {group: await _asked(_in_group(group, now), words, field).count() for group in groups}


async def challenges_in(
    group: str, words: str, field: Field | None, *, offset: int, limit: int
) -> list[dict[str, Any]]:
    """Return one page of a group, newest first, each with the times of its next or last round."""
    now = clock.now()
    rows = _asked(_in_group(group, now), words, field).order_by("-published_at", "-id")
    found = await rows.offset(offset).limit(limit).values(
        "id", "number", "title", "title_en", "kind", "field", "summary", "grant_fen", "state", "published_at"
    )  # fmt: skip
    windows = await Round.filter(challenge_id__in=[row["id"] for row in found] or [0]).order_by("number").values(
        "challenge_id", "number", "state", "opens_at", "closes_at"
    )  # fmt: skip
    for row in found:
        mine = [window for window in windows if window["challenge_id"] == row["id"]]
        waiting = [window for window in mine if window["state"] in WAITING_ROUNDS]
        row["round"] = next(iter(waiting or mine[-1:]), None)
        row["has_opened"] = row["round"] is not None and row["round"]["opens_at"] <= now
    return found


async def ids_of_rounds_to_open(now: datetime) -> list[int]:
    """List the rounds whose opening time has come."""
    rows = Round.filter(state=RoundState.SCHEDULED, opens_at__lte=now).order_by("opens_at", "id")
    return [row["id"] for row in await rows.values("id")]


async def ids_of_rounds_past_closing(now: datetime) -> list[int]:
    """List the rounds whose closing time has come, opened or not."""
    rows = Round.filter(state__in=WAITING_ROUNDS, closes_at__lte=now).order_by("closes_at", "id")
    return [row["id"] for row in await rows.values("id")]
