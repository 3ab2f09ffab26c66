"""From points to a ranking: pure arithmetic in whole thousandths of a point, so that what is shown always adds up.

A criterion's mean over all reviews, times its weight, is its contribution, rounded half up to a thousandth; the total
is the sum of the contributions as shown. Ties: the higher mean on the first criterion, then the earlier submission.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

THOUSANDTH = Decimal("0.001")
FULL_WEIGHT = 100


class TieBreak(StrEnum):
    """What put a bid before or behind another with the same total."""

    NONE = ""
    FIRST_CRITERION = "first_criterion"
    SUBMITTED_EARLIER = "submitted_earlier"


@dataclass(frozen=True)
class Line:
    """One line of the rubric."""

    criterion_id: int
    name: str
    weight: int


@dataclass(frozen=True)
class Sheet:
    """The points that one bid got: by criterion, one number a review."""

    bid_id: int
    submitted_at: datetime
    points: Mapping[int, Sequence[int]]


@dataclass(frozen=True)
class Part:
    """What one criterion contributes to a total."""

    line: Line
    points: tuple[int, ...]
    mean: Decimal
    contribution: Decimal


@dataclass(frozen=True)
class Result:
    """A bid's place, with every number that leads to it."""

    bid_id: int
    rank: int
    total: Decimal
    parts: tuple[Part, ...]
    submitted_at: datetime
    tie: TieBreak
    passes: bool

    def explain(self, minimum: int) -> dict[str, Any]:
        """Return the numbers as JSON, to be kept with the ranking for years."""
        return {
            "minimum": minimum,
            "passes": self.passes,
            "reviews": len(self.parts[0].points) if self.parts else 0,
            "tie": str(self.tie),
            "submitted_at": self.submitted_at.isoformat(),
            "criteria": [
                {
                    "criterion_id": part.line.criterion_id,
                    "name": part.line.name,
                    "weight": part.line.weight,
                    "points": list(part.points),
                    "mean": str(part.mean),
                    "contribution": str(part.contribution),
                }
                for part in self.parts
            ],
        }


def rank(lines: Sequence[Line], sheets: Sequence[Sheet], *, minimum: int) -> list[Result]:
    """Order the bids, best first; *minimum* is the score below which a bid may not be awarded."""
    scored = [(sheet, [_part(line, sheet.points[line.criterion_id]) for line in lines]) for sheet in sheets]
    keyed = sorted(
        ((_key(sheet, parts), sheet, parts) for sheet, parts in scored),
        key=lambda each: each[0],
    )
    results = []
    for place, (key, sheet, parts) in enumerate(keyed, start=1):
        neighbours = [keyed[other][0] for other in (place - 2, place) if 0 <= other < len(keyed)]
        total = sum((part.contribution for part in parts), Decimal(0))
        results.append(
            Result(
                bid_id=sheet.bid_id,
                rank=place,
                total=total,
                parts=tuple(parts),
                submitted_at=sheet.submitted_at,
                tie=_tie(key, neighbours),
                passes=total >= minimum,
            )
        )
    return results


_Key = tuple[Decimal, Decimal, datetime, int]


def _part(line: Line, points: Sequence[int]) -> Part:
    exact = Decimal(sum(points)) / len(points)
    mean = exact.quantize(THOUSANDTH, rounding=ROUND_HALF_UP)
    contribution = (exact * line.weight / FULL_WEIGHT).quantize(THOUSANDTH, rounding=ROUND_HALF_UP)
    return Part(line, tuple(sorted(points, reverse=True)), mean, contribution)


def _key(sheet: Sheet, parts: Sequence[Part]) -> _Key:
    total = sum((part.contribution for part in parts), Decimal(0))
    first = parts[0].mean if parts else Decimal(0)
    return (-total, -first, sheet.submitted_at, sheet.bid_id)


def _tie(key: _Key, neighbours: Sequence[_Key]) -> TieBreak:
    tied = [other for other in neighbours if other[0] == key[0]]
    if not tied:
        return TieBreak.NONE
    if any(other[1] == key[1] for other in tied):
        return TieBreak.SUBMITTED_EARLIER
    return TieBreak.FIRST_CRITERION
