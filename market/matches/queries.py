"""Questions about matches, rankings and shortlists: reads only."""

from collections.abc import Collection

from tortoise.backends.base.client import BaseDBAsyncClient

from market.catalogue.models import Publication
from market.lifecycle import OPEN_SCENES, ShortlistState, SolutionState
from market.matches.models import Match, MatchRun, Shortlisting
from market.scenes.models import Scene
from market.solutions.models import Solution


async def find_scene(scene_id: int) -> Scene | None:
    """Return a scene with its organisation."""
    return await Scene.get_or_none(id=scene_id).select_related("organisation")


async def find_solution(solution_id: int) -> Solution | None:
    """Return a solution with its organisation."""
    return await Solution.get_or_none(id=solution_id).select_related("organisation")


async def names_of(solution_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return title and vendor of these solutions; the vendor is empty for an imported one without."""
    rows = await Solution.filter(id__in=list(solution_ids)).values_list("id", "title", "organisation__name")
    return {int(row[0]): (str(row[1]), str(row[2] or "")) for row in rows}


async def latest_run(scene_id: int) -> MatchRun | None:
    """Return the ranking that was asked for last."""
    return await MatchRun.filter(scene_id=scene_id).order_by("-id").first()


async def finished_run(scene_id: int) -> MatchRun | None:
    """Return the last ranking that was finished without an error: what the stored matches come from."""
    return await MatchRun.filter(scene_id=scene_id, error="").exclude(finished_at=None).order_by("-id").first()


async def publication_of(snapshot: str) -> int | None:
    """Return the number under which a snapshot of the solutions was published; None for one older than numbering."""
    row = await Publication.filter(collection="solutions", snapshot=snapshot).order_by("-number").first()
    return row.number if row else None


async def matches_of(scene_id: int, *, qualifies: bool, offset: int = 0, limit: int = 50) -> list[Match]:
    """Return one page of a scene's matches, best first, with solutions and their organisations."""
    rows = Match.filter(scene_id=scene_id, qualifies=qualifies, solution__state=SolutionState.PUBLISHED)
    return await rows.order_by("rank", "id").offset(offset).limit(limit).select_related("solution__organisation")


async def matches_with(scene_id: int, solution_ids: Collection[int]) -> dict[int, Match]:
    """Return the stored matches of these solutions, by solution."""
    rows = await Match.filter(scene_id=scene_id, solution_id__in=list(solution_ids))
    return {row.solution_id: row for row in rows}  # type: ignore[attr-defined]


async def scenes_matched_with(solution_id: int) -> list[int]:
    """Return the open scenes in whose ranking a solution stands."""
    rows = Match.filter(solution_id=solution_id, scene__state__in=OPEN_SCENES).order_by("scene_id")
    return await rows.values_list("scene_id", flat=True)  # type: ignore[return-value]


async def shortlist_of(scene_id: int) -> list[Shortlisting]:
    """Return everything decided about a scene's solutions, with solutions and their organisations, oldest first."""
    return await Shortlisting.filter(scene_id=scene_id).order_by("id").select_related("solution__organisation")


async def shortlisting_of(
    scene_id: int, solution_id: int, *, connection: BaseDBAsyncClient | None = None
) -> Shortlisting | None:
    """Return what was decided about one pair."""
    rows = Shortlisting.filter(scene_id=scene_id, solution_id=solution_id)
    return await (rows.using_db(connection).select_for_update() if connection else rows).first()


async def count_open_invitations(scene_id: int, *, connection: BaseDBAsyncClient | None = None) -> int:
    """Count the scene's invitations that nobody has answered."""
    rows = Shortlisting.filter(scene_id=scene_id, state=ShortlistState.INVITED)
    return await (rows.using_db(connection) if connection else rows).count()


async def has_published_solution(organisation_id: int) -> bool:
    """Say whether a vendor offers anything that can be ranked."""
    return await Solution.filter(organisation_id=organisation_id, state=SolutionState.PUBLISHED).exists()


async def invitations_for(organisation_id: int) -> list[Shortlisting]:
    """Return the invitations that a vendor has not answered, with scenes and solutions, oldest first."""
    rows = Shortlisting.filter(state=ShortlistState.INVITED, solution__organisation_id=organisation_id)
    return await rows.order_by("invited_at", "id").select_related("scene__organisation", "solution")
