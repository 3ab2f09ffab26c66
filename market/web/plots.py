"""Geometry of the plots: numbers in, coordinates out; templates/shared/charts.html draws them.

A drawing is 400 units wide, so that its text stays readable when a phone shows it at 360 pixels.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

WIDTH = 400.0
TEXT_HEIGHT = 14
TONES = 6  # the palette's number of colours; more parts start again

Number = int | float


@dataclass(frozen=True)
class Bar:
    """One bar, its label above it."""

    label: str
    text: str
    length: float
    y: float
    label_y: float


@dataclass(frozen=True)
class BarPlot:
    """Horizontal bars under one another."""

    bars: tuple[Bar, ...]
    height: float
    width: float = WIDTH
    thickness: float = 10.0


@dataclass(frozen=True)
class Part:
    """One part of a whole."""

    label: str
    value: Number
    share: float
    x: float
    length: float
    tone: int


@dataclass(frozen=True)
class StackPlot:
    """One bar cut into parts."""

    parts: tuple[Part, ...]
    width: float = WIDTH
    height: float = 24.0


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Level:
    """A horizontal line with a text above or below it."""

    at: float
    text: str
    text_at: float


@dataclass(frozen=True)
class Point:
    """One reading."""

    x: float
    y: float
    label: str
    text: str
    text_at: float
    anchor: str


@dataclass(frozen=True)
class LinePlot:
    """Readings over time between a baseline and a target."""

    points: tuple[Point, ...]
    ticks: tuple[Tick, ...]
    dates: tuple[Tick, ...]
    baseline: Level | None
    target: Level | None
    width: float = WIDTH
    height: float = 230.0
    left: float = 46.0
    right: float = 388.0
    top: float = 22.0
    bottom: float = 200.0

    @property
    def path(self) -> str:
        """The points as SVG writes them."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)

    @property
    def table(self) -> tuple[tuple[str, str], ...]:
        """The same readings as rows."""
        return tuple((point.label, point.text) for point in self.points)


def number(value: Number, unit: str = "") -> str:
    """Write *value* with at most two decimals, thousands apart, and its unit after it."""
    text = f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
    gap = "" if not unit or unit[0] in "%‰°" else " "
    return f"{'0' if text == '-0' else text}{gap}{unit}"


def bars(items: Sequence[tuple[str, Number]], *, unit: str = "") -> BarPlot:
    """Draw each value as a bar; the longest fills the width, a negative value has no length."""
    longest = max((value for _, value in items), default=0) or 1
    step, first = 38.0, 14.0
    drawn = tuple(
        Bar(
            label=label,
            text=number(value, unit),
            length=round(max(value, 0) / longest * WIDTH, 1) if longest > 0 else 0.0,
            y=first + 8 + step * position,
            label_y=first + step * position,
        )
        for position, (label, value) in enumerate(items)
    )
    return BarPlot(bars=drawn, height=first + step * len(drawn) - 14 if drawn else 1.0)


def stack(parts: Sequence[tuple[str, Number]]) -> StackPlot:
    """Cut one bar into *parts*; their shares add up to one, or are all zero when there is nothing."""
    if any(value < 0 for _, value in parts):
        message = "A part of a whole cannot be negative."
        raise ValueError(message)
    total = sum(value for _, value in parts)
    drawn: list[Part] = []
    before: Number = 0
    for position, (label, value) in enumerate(parts):
        share, start = (value / total, before / total) if total else (0.0, 0.0)
        drawn.append(
            Part(label, value, share, round(start * WIDTH, 2), round(share * WIDTH, 2), position % TONES + 1),
        )
        before += value
    return StackPlot(parts=tuple(drawn))


def line(
    readings: Sequence[tuple[date, Number]],
    *,
    baseline: Number | None = None,
    target: Number | None = None,
    unit: str = "",
) -> LinePlot:
    """Draw *readings* in order of time, with level lines for *baseline* and *target* where they are given."""
    ordered = sorted(readings, key=lambda reading: reading[0])
    levels = [level for level in (baseline, target) if level is not None]
    steps = axis([value for _, value in ordered] + levels)
    frame = LinePlot((), (), (), None, None)

    def height_of(value: Number) -> float:
        share = (value - steps[0]) / (steps[-1] - steps[0])
        return round(frame.bottom - share * (frame.bottom - frame.top), 1)

    def level_at(value: Number | None, *, above: bool) -> Level | None:
        if value is None:
            return None
        at = height_of(value)
        fits_below = at + TEXT_HEIGHT <= frame.bottom
        return Level(at, number(value, unit), round(at + TEXT_HEIGHT if fits_below and not above else at - 6, 1))

    target_is_higher = target is None or baseline is None or target >= baseline
    return LinePlot(
        points=_points(ordered, frame, height_of, unit),
        ticks=tuple(Tick(height_of(step), number(step)) for step in steps),
        dates=_dates(ordered, frame),
        baseline=level_at(baseline, above=not target_is_higher),
        target=level_at(target, above=target_is_higher),
    )


def axis(values: Sequence[Number], *, count: int = 4) -> list[float]:
    """Round steps of 1, 2, 2.5 or 5 times a power of ten that enclose *values*: about *count* of them, at least two."""
    low, high = (min(values), max(values)) if values else (0, 1)
    if high - low <= max(abs(low), abs(high), 1) * 1e-9:
        low, high = (low - abs(low) * 0.1 - 0.5, high + abs(high) * 0.1 + 0.5)
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * position, 12) for position in range(first, last + 1)]


def _across(day: date, ordered: Sequence[tuple[date, Number]], frame: LinePlot) -> float:
    """Where *day* lies; a single day lies in the middle. Days become seconds, so that moments of one day differ."""
    whole = (ordered[-1][0] - ordered[0][0]).total_seconds()
    share = (day - ordered[0][0]).total_seconds() / whole if whole else 0.5
    return round(frame.left + 10 + share * (frame.right - frame.left - 20), 1)


def _points(
    ordered: Sequence[tuple[date, Number]],
    frame: LinePlot,
    height_of: Callable[[Number], float],
    unit: str,
) -> tuple[Point, ...]:
    drawn: list[Point] = []
    for day, value in ordered:
        x, y = _across(day, ordered, frame), height_of(value)
        anchor = "end" if x > (frame.left + frame.right) / 2 else "start"
        # Where the line comes down to the point, a text above it would lie on the line.
        falls = bool(drawn) and drawn[-1].y < y and y + TEXT_HEIGHT + 6 <= frame.bottom
        text_at = round(y + TEXT_HEIGHT + 6 if falls else y - 10, 1)
        drawn.append(Point(x, y, day.strftime("%Y-%m-%d"), number(value, unit), text_at, anchor))
    return tuple(drawn)


def _dates(ordered: Sequence[tuple[date, Number]], frame: LinePlot) -> tuple[Tick, ...]:
    """Mark the first and the last day; more would not fit on a phone."""
    days = dict.fromkeys(day for day, _ in (*ordered[:1], *ordered[-1:]))
    anchors = ((), ("middle",), ("start", "end"))[len(days)]
    return tuple(
        Tick(_across(day, ordered, frame), day.strftime("%Y-%m-%d"), anchor)
        for day, anchor in zip(days, anchors, strict=True)
    )
