"""The small drawing of a metric: where it stands and where it shall be, on one line."""

from dataclasses import dataclass
from decimal import Decimal

from market.scenes.models import Metric

WIDTH = 200
_EDGE = 8


@dataclass(frozen=True)
class MetricDrawing:
    """A metric with the places of its baseline and target on a line of ``WIDTH``; None without a baseline."""

    metric: Metric
    baseline_x: float | None
    target_x: float


def draw_metric(metric: Metric) -> MetricDrawing:
    """Place baseline and target on a scale that begins at zero, unless a value is below it."""
    numbers = [number for number in (metric.baseline, metric.target) if number is not None]
    low, high = min(Decimal(0), *numbers), max(Decimal(0), *numbers)
    span = high - low or Decimal(1)

    def place(number: Decimal) -> float:
        return round(_EDGE + float((number - low) / span) * (WIDTH - 2 * _EDGE), 1)

    return MetricDrawing(metric, None if metric.baseline is None else place(metric.baseline), place(metric.target))
