"""What a scene and solutions state: the facts that hard constraints and the structured fit are judged by."""

from collections.abc import Collection
from typing import Any, NamedTuple

from market.catalogue.facts import SceneFacts, SolutionFacts, known_deployments, known_fields
from market.core.vocabulary import DataLevel, Readiness
from market.lifecycle import SolutionState
from market.scenes.models import Scene
from market.solutions.models import Filing, ModelUse, Solution

_FACTS = (
    "id", "deployments", "price_min_fen", "price_max_fen", "regions", "max_data_level", "fields_served",
    "delivery_weeks", "readiness",
)  # fmt: skip


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
