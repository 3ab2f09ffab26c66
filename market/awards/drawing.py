"""Geometry of a ranking: one bar of stacked contributions a bid, on a scale from 0 to 100 points."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from market.awards.queries import Place
from market.web.filters import titled
from market.web.plots import TONES, WIDTH

_STEP, _FIRST = 40.0, 14.0
_FULL = 100


@dataclass(frozen=True)
class Piece:
    """One criterion's part of a bar."""

    name: str
    contribution: Decimal
    x: float
    length: float
    tone: int


@dataclass(frozen=True)
class RankBar:
    """One bid."""

    label: str
    total: Decimal
    pieces: tuple[Piece, ...]
    label_y: float
    y: float


@dataclass(frozen=True)
class RankPlot:
    """All bids under one another, with a line at the score that a winner needs."""

    bars: tuple[RankBar, ...]
    key: tuple[tuple[str, int, int], ...]
    minimum: int
    minimum_x: float
    height: float
    width: float = WIDTH
    thickness: float = 14.0


def draw_ranking(places: Sequence[Place]) -> RankPlot:
    """Draw the places in their order; a bar's length is its score of 100."""
    bars = tuple(_bar(place, position) for position, place in enumerate(places))
    rows = places[0].explanation["criteria"] if places else []
    minimum = places[0].explanation["minimum"] if places else 0
    return RankPlot(
        bars=bars,
        key=tuple((row["name"], row["weight"], _tone(number)) for number, row in enumerate(rows)),
        minimum=minimum,
        minimum_x=_across(Decimal(minimum)),
        height=_FIRST + _STEP * len(bars) - 10,
    )


def _bar(place: Place, position: int) -> RankBar:
    pieces, before = [], Decimal(0)
    for number, row in enumerate(place.explanation["criteria"]):
        part = Decimal(row["contribution"])
        pieces.append(Piece(row["name"], part, _across(before), _across(part), _tone(number)))
        before += part
    label_y = _FIRST + _STEP * position
    return RankBar(f"{place.rank}. {titled(place)}", place.score, tuple(pieces), label_y, label_y + 6)


def _across(points: Decimal) -> float:
    return round(float(points) / _FULL * WIDTH, 2)


def _tone(number: int) -> int:
    return number % TONES + 1
