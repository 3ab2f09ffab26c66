"""What the home page and the audit log ask."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.functions import Count

from market.challenges.models import Round
from market.core.models import AuditEvent, QueuedJob
from market.grants.models import Tranche
from market.lifecycle import PUBLIC_SCENES, ChallengeState, PilotState, RoundState, SolutionState, TrancheState
from market.pilots.models import Pilot
from market.scenes.models import Scene
from market.solutions.models import Solution


@dataclass(frozen=True)
class Figures:
    """The numbers on the home page."""

    scenes: int
    solutions: int
    open_rounds: int
    pilots_accepted: int
    paid_fen: int


async def figures() -> Figures:
    """Count what the public may know."""
    paid: list[int] = await Tranche.filter(state=TrancheState.PAID).values_list("amount_fen", flat=True)  # type: ignore[assignment]
    return Figures(
        scenes=await Scene.filter(state__in=PUBLIC_SCENES).count(),
        solutions=await Solution.filter(state=SolutionState.PUBLISHED).count(),
        open_rounds=await Round.filter(state=RoundState.OPEN).count(),
        pilots_accepted=await Pilot.filter(state=PilotState.ACCEPTED).count(),
        paid_fen=sum(paid),
    )


async def scenes_by_field() -> list[tuple[str, int]]:
    """Count public scenes by field, most first."""
    rows = await Scene.filter(state__in=PUBLIC_SCENES).annotate(n=Count("id")).group_by("field").values("field", "n")
    return sorted(((str(row["field"]), int(row["n"])) for row in rows), key=lambda pair: (-pair[1], pair[0]))


async def newest_scenes(limit: int) -> list[dict[str, Any]]:
    """Return the newest public scenes."""
    newest = Scene.filter(state__in=PUBLIC_SCENES).order_by("-published_at", "-id").limit(limit)
    return await newest.values(
        "id", "title", "title_en", "field", "published_at", organisation="organisation__name",
        organisation_en="organisation__name_en",
    )  # fmt: skip


async def closing_soon(now: datetime, limit: int) -> list[dict[str, Any]]:
    """Return the open rounds that close first, with their challenges."""
    rounds = Round.filter(state=RoundState.OPEN, closes_at__gt=now, challenge__state=ChallengeState.PUBLISHED).order_by(
        "closes_at"
    )
    return await rounds.limit(limit).values(
        "closes_at", id="challenge__id", number="challenge__number", title="challenge__title",
        title_en="challenge__title_en", grant_fen="challenge__grant_fen", field="challenge__field",
    )  # fmt: skip


async def audit_page(subject: str, subject_id: int | None, *, offset: int, limit: int) -> tuple[list[AuditEvent], int]:
    """Return one page of the audit log, newest first, and how many events there are."""
    rows = AuditEvent.all()
    if subject:
        rows = rows.filter(subject=subject)
    if subject_id is not None:
        rows = rows.filter(subject_id=subject_id)
    return await rows.order_by("-number").offset(offset).limit(limit), await rows.count()


async def failed_jobs() -> list[QueuedJob]:
    """List the jobs that gave up, newest first."""
    return await QueuedJob.filter(failed_at__isnull=False).order_by("-failed_at").limit(20)
