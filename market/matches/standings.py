"""How well vendors are known here: what they won, and how often their solutions were shown lately."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tortoise import connections

from market.core import clock
from market.matches.exploring import Standing
from market.solutions.models import Solution

LATELY = timedelta(days=90)

# Awards come later in the lifecycle, so their tables are asked and not their models.
_KNOWN = """
SELECT o.id,
    (SELECT count(*) FROM award a JOIN bid b ON b.id = a.bid_id
     WHERE b.organisation_id = o.id AND a.state = 'confirmed') AS won,
    (SELECT coalesce(sum(i.views), 0) FROM impression i JOIN solution s ON s.id = i.solution_id
     WHERE s.organisation_id = o.id AND i.day >= $2) AS shown
FROM unnest($1::int[]) AS o(id)
"""


@dataclass(frozen=True)
class Standings:
    """*vendors*: the vendor of each solution, None for an imported one without; *known*: each vendor's standing."""

    vendors: Mapping[int, int | None] = field(default_factory=dict)
    known: Mapping[int, Standing] = field(default_factory=dict)

    def as_json(self) -> list[dict[str, Any]]:
        """Return a row for each solution, from which ``from_json`` makes the same standings."""
        rows = ((solution_id, vendor, self.known.get(vendor or 0)) for solution_id, vendor in self.vendors.items())
        return [
            {"solution": solution_id, "vendor": vendor, "won": known.won if known else 0,
             "shown": known.shown if known else 0}
            for solution_id, vendor, known in rows
        ]  # fmt: skip

    @classmethod
    def from_json(cls, stored: list[dict[str, Any]]) -> "Standings":
        """Read back what ``as_json`` gave."""
        known = {row["vendor"]: Standing(row["won"], row["shown"]) for row in stored if row["vendor"] is not None}
        return cls({row["solution"]: row["vendor"] for row in stored}, known)


async def standings_of(solution_ids: Collection[int]) -> Standings:
    """Return the standings of the vendors of these solutions as they are now."""
    if not solution_ids:
        return Standings()
    rows = await Solution.filter(id__in=list(solution_ids)).order_by("id").values("id", "organisation_id")
    vendors: dict[int, int | None] = {row["id"]: row["organisation_id"] for row in rows}
    known = await connections.get("default").execute_query_dict(
        _KNOWN, [sorted({vendor for vendor in vendors.values() if vendor is not None}), clock.now().date() - LATELY]
    )
    return Standings(vendors, {row["id"]: Standing(int(row["won"]), int(row["shown"])) for row in known})
