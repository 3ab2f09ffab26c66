"""The heat map: how dark a cell is, by its share of the largest in its column; the number stands in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from market.core.text import Text, _
from market.core.vocabulary import LABELS
from market.insight.queries import FieldRow
from market.matches.scale import GOOD_SCORE

SHADES = 4


@dataclass(frozen=True)
class Cell:
    """A number, how dark it is drawn (0 to ``SHADES``), and where its rows are."""

    text: str
    shade: int
    href: str = ""
    tone: str = "plain"


@dataclass(frozen=True)
class HeatRow:
    """A field with its cells."""

    label: Text
    cells: tuple[Cell, ...]


HEAD: tuple[Text, ...] = (
    _("Open scenes"), _("without a credible match"), _("Solutions"), _("Typical best score"), _("Challenges"),
    _("Bids"), _("Awards"),
)  # fmt: skip


def heat_map(rows: Sequence[FieldRow]) -> list[HeatRow]:
    """Shade each count by its share of the column's largest, so that columns of different size can be read."""
    scenes, solutions = _largest(rows, "scenes"), _largest(rows, "solutions")
    challenges, bids, awards = (_largest(rows, name) for name in ("challenges", "bids", "awards"))
    return [
        HeatRow(
            Text(LABELS[row.field]),
            (
                _count(row.scenes, scenes, f"/scenes?field={row.field}"),
                _count(row.unserved, scenes, f"/insight/scenes?field={row.field}", tone="gap"),
                _count(row.solutions, solutions, f"/solutions?field={row.field}"),
                _score(row.median),
                _count(row.challenges, challenges, f"/challenges?field={row.field}"),
                _count(row.bids, bids),
                _count(row.awards, awards),
            ),
        )
        for row in rows
    ]


def _largest(rows: Sequence[FieldRow], name: str) -> int:
    return max((int(getattr(row, name)) for row in rows), default=0)


def _count(value: int, largest: int, href: str = "", *, tone: str = "plain") -> Cell:
    shade = -(-SHADES * value // largest) if largest and value else 0
    return Cell(f"{value:,}", shade, href if value else "", tone)


def _score(median: float | None) -> Cell:
    if median is None:
        return Cell("–", 0)
    return Cell(f"{median:.0%}", min(SHADES, round(SHADES * median / GOOD_SCORE)))
