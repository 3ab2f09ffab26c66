"""Who is shown to buyers, and who is not: exposure by vendor and by size, its inequality, and the share of newcomers.

Counted is to how many people of a buyer a qualifying solution was shown on a page of matches, each once a day
(``listing.note_shown``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tortoise import connections

from market.core.vocabulary import Size
from market.matches.exploring import FIRST

# Awards come later in the lifecycle, so their tables are asked and not their models.
_VENDORS = """
SELECT o.id, o.name, o.name_en, o.size, coalesce(sum(shown.views), 0) AS shown,
    (SELECT count(*) FROM award a JOIN bid b ON b.id = a.bid_id
     WHERE b.organisation_id = o.id AND a.state = 'confirmed') AS won
FROM organisation o JOIN solution s ON s.organisation_id = o.id
LEFT JOIN LATERAL (SELECT sum(i.views) AS views FROM impression i
                   WHERE i.solution_id = s.id AND i.day >= $1 AND i.day <= $2) AS shown ON true
WHERE s.state = 'published' OR shown.views > 0
GROUP BY o.id ORDER BY shown DESC, o.id
"""
_WEEKS = """
SELECT date_trunc('week', i.day)::date AS week, sum(i.views) AS shown,
    coalesce(sum(i.views) FILTER (WHERE i.explored), 0) AS explored,
    coalesce(sum(i.views) FILTER (WHERE NOT EXISTS (
        SELECT 1 FROM award a JOIN bid b ON b.id = a.bid_id
        WHERE b.organisation_id = s.organisation_id AND a.state = 'confirmed' AND a.confirmed_at < i.day)), 0)
    AS newcomers
FROM impression i JOIN solution s ON s.id = i.solution_id
WHERE i.day >= $1 AND i.day <= $2 AND i.best_rank <= $3 AND s.organisation_id IS NOT NULL
GROUP BY week ORDER BY week
"""


@dataclass(frozen=True)
class Vendor:
    """A vendor that has an offer: how often its solutions were *shown*, and how many awards it *won* here."""

    id: int
    name: str
    name_en: str
    size: Size | None
    shown: int
    won: int


@dataclass(frozen=True)
class Group:
    """Vendors of one size: their share of all vendors beside their share of what was shown."""

    size: Size | None
    vendors: int
    shown: int
    share_of_vendors: float
    share_of_shown: float


@dataclass(frozen=True)
class Week:
    """The first ten places of one week: how often something was *shown* there, newcomers, and places given."""

    week: date
    shown: int
    newcomers: int
    explored: int

    @property
    def share(self) -> float:
        """The share that went to vendors that had never won until then."""
        return self.newcomers / self.shown if self.shown else 0.0


async def vendors_shown(first: date, last: date) -> list[Vendor]:
    """Return every vendor with a published solution, or one that was shown in these days; the most shown first."""
    rows = await connections.get("default").execute_query_dict(_VENDORS, [first, last])
    return [
        Vendor(row["id"], row["name"], row["name_en"], Size(row["size"]) if row["size"] else None, int(row["shown"]),
               int(row["won"]))
        for row in rows
    ]  # fmt: skip


async def weeks_shown(first: date, last: date) -> list[Week]:
    """Return what was shown in the first ten places, by week; weeks start on Monday."""
    rows = await connections.get("default").execute_query_dict(_WEEKS, [first, last, FIRST])
    return [Week(row["week"], int(row["shown"]), int(row["newcomers"]), int(row["explored"])) for row in rows]


def gini(values: Sequence[int]) -> float:
    """Return the Gini coefficient: 0 where all have the same, near 1 where one has everything; 0 where nobody has any.

    G = 2 Σ i·xᵢ / (n Σ xᵢ) − (n + 1) / n for values in rising order, i from 1: the mean difference between two members
    over twice the mean (Gini 1912, Variabilità e mutabilità; the form by ranks in Sen 1973, On Economic Inequality).
    """
    ordered, count, total = sorted(values), len(values), sum(values)
    if not total:
        return 0.0
    ranked = sum(place * value for place, value in enumerate(ordered, start=1))
    return 2 * ranked / (count * total) - (count + 1) / count


def lorenz(values: Sequence[int]) -> list[tuple[float, float]]:
    """Return the Lorenz curve: for the least shown p of all vendors the share of exposure that they have, 0..1 each."""
    ordered, total = sorted(values), sum(values)
    points, before = [(0.0, 0.0)], 0
    for place, value in enumerate(ordered, start=1):
        before += value
        points.append((place / len(ordered), before / total if total else 0.0))
    return points


def by_size(vendors: Sequence[Vendor]) -> list[Group]:
    """Gather vendors by size, the smallest first, those who do not state theirs last; empty sizes are left out."""
    shown = sum(vendor.shown for vendor in vendors)
    groups = []
    for size in (*Size, None):
        own = [vendor for vendor in vendors if vendor.size == size]
        if own:
            seen = sum(vendor.shown for vendor in own)
            groups.append(Group(size, len(own), seen, len(own) / len(vendors), seen / shown if shown else 0.0))
    return groups
