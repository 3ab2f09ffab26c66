"""What a solution brings that no constraint asks for: its models' filings, its references, its vendor's record."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from tortoise import connections

from market.core.vocabulary import Size
from market.solutions.models import Filing, ModelUse, Reference, Solution


@dataclass(frozen=True)
class FiledModel:
    """A model of a solution; *filing* is its number in the registry, *kind* 备案 or 登记; empty: no entry was found."""

    name: str
    filing: str
    kind: str


@dataclass(frozen=True)
class Offer:
    """What stands in the profile of a solution and of its vendor; *won* counts confirmed awards here."""

    models: list[FiledModel] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    size: Size | None = None
    won: int = 0


async def offers_of(solutions: Collection[Solution]) -> dict[int, Offer]:
    """Return the offers of these solutions, which come with their organisations, in four queries."""
    ids = [solution.id for solution in solutions]
    models, references = await _models_of(ids), await _references_of(ids)
    won = await awards_won({each.organisation_id for each in solutions if each.organisation_id is not None})
    return {
        each.id: Offer(
            models[each.id],
            references[each.id],
            each.organisation.size if each.organisation else None,
            won.get(each.organisation_id or 0, 0),
        )
        for each in solutions
    }


async def awards_won(organisation_ids: Collection[int]) -> dict[int, int]:
    """Count the confirmed awards of each of these vendors; one that never won is not in the answer.

    Awards come later in the lifecycle, so their tables are asked and not their models.
    """
    rows = await connections.get("default").execute_query_dict(
        """SELECT b.organisation_id, count(*) AS count FROM award a JOIN bid b ON b.id = a.bid_id
           WHERE a.state = 'confirmed' AND b.organisation_id = ANY($1::int[]) GROUP BY b.organisation_id""",
        [sorted(organisation_ids)],
    )
    return {row["organisation_id"]: int(row["count"]) for row in rows}


async def _models_of(ids: list[int]) -> dict[int, list[FiledModel]]:
    uses = await ModelUse.filter(solution_id__in=ids).order_by("solution_id", "position").select_related("filing")
    numbers = [use.filing_number for use in uses if use.filing_number and use.filing is None]
    by_number = {row.filing_number: row for row in await Filing.filter(filing_number__in=numbers)} if numbers else {}
    found: dict[int, list[FiledModel]] = defaultdict(list)
    for use in uses:
        entry = use.filing or by_number.get(use.filing_number)
        number = (entry.filing_number or entry.number) if entry else ""
        found[use.solution_id].append(FiledModel(use.name, number, entry.kind if entry else ""))
    return found


async def _references_of(ids: list[int]) -> dict[int, list[Reference]]:
    found: dict[int, list[Reference]] = defaultdict(list)
    for row in await Reference.filter(solution_id__in=ids).order_by("solution_id", "position"):
        found[row.solution_id].append(row)
    return found
