"""Questions about matches, rankings and shortlists: reads only."""

from collections.abc import Collection
from typing import Any, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from market.core.vocabulary import DataLevel, Readiness
from market.lifecycle import OPEN_SCENES, ShortlistState, SolutionState
from market.matches.facts import SceneFacts, SolutionFacts, known_deployments, known_fields
from market.matches.models import Match, MatchRun, Publication, Shortlisting
from market.scenes.models import Scene
from market.solutions.models import Filing, ModelUse, Solution

_FACTS = (
    "id", "deployments", "price_min_fen", "price_max_fen", "regions", "max_data_level", "fields_served",
    "delivery_weeks", "readiness",
)  # fmt: skip


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


def facts_of_scene(scene: Scene) -> SceneFacts:
    """Return what a scene's hard constraints are judged by. An imported scene never said how sensitive its data are."""
    return SceneFacts(
        serves_public=scene.serves_public,
        deployments=known_deployments(scene.deployments),
        budget_max_fen=scene.budget_max_fen,
        region=scene.region,
        data_level=scene.data_level if scene.source_id is None else None,
        field=scene.field,
        start_by=scene.start_by,
        duration_weeks=scene.duration_weeks,
    )


async def facts_of_solutions(ids: Collection[int] | None = None) -> dict[int, SolutionFacts]:
    """Return the facts of these solutions, or of all published ones."""
    solutions = Solution.filter(state=SolutionState.PUBLISHED) if ids is None else Solution.filter(id__in=list(ids))
    rows = await solutions.order_by("id").values(*_FACTS)
    wanted = {row["id"] for row in rows}
    models: dict[int, list[_Model]] = {}
    for model in await _models_of(None if ids is None else list(ids)):
        if model.solution_id in wanted:
            models.setdefault(model.solution_id, []).append(model)
    return {row["id"]: _facts(row, models.get(row["id"], [])) for row in rows}


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


async def count_matches(scene_id: int) -> tuple[int, int]:
    """Return how many stored matches qualify and how many do not; withdrawn solutions are not counted."""
    rows = Match.filter(scene_id=scene_id, solution__state=SolutionState.PUBLISHED)
    return await rows.filter(qualifies=True).count(), await rows.filter(qualifies=False).count()


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


class _Model(NamedTuple):
    """A model that a solution uses, and whether the registry has it, by link or by number."""

    solution_id: int
    name: str
    filed: bool


async def _models_of(solution_ids: list[int] | None) -> list[_Model]:
    uses = ModelUse.all() if solution_ids is None else ModelUse.filter(solution_id__in=solution_ids)
    rows = await uses.order_by("position").values("solution_id", "name", "filing_id", "filing_number")
    numbers = {row["filing_number"] for row in rows if row["filing_number"] and row["filing_id"] is None}
    found = await Filing.filter(filing_number__in=numbers).values("filing_number") if numbers else []
    filed = {row["filing_number"] for row in found}
    return [
        _Model(row["solution_id"], row["name"], row["filing_id"] is not None or row["filing_number"] in filed)
        for row in rows
    ]


def _facts(row: dict[str, Any], models: list[_Model]) -> SolutionFacts:
    return SolutionFacts(
        models=len(models),
        filed=sum(model.filed for model in models),
        deployments=known_deployments(row["deployments"]),
        price_min_fen=row["price_min_fen"],
        regions=tuple(str(region) for region in row["regions"] or []),
        max_data_level=DataLevel(row["max_data_level"]) if row["max_data_level"] else None,
        unfiled=tuple(model.name for model in models if not model.filed),
        fields=known_fields(row["fields_served"]),
        price_max_fen=row["price_max_fen"],
        delivery_weeks=row["delivery_weeks"],
        readiness=Readiness(row["readiness"]) if row["readiness"] else None,
    )
