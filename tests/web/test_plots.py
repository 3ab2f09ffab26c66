from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.web import plots

NUMBERS = st.one_of(
    st.integers(min_value=-(10**9), max_value=10**9),
    st.floats(min_value=-1e9, max_value=1e9, allow_nan=False, allow_infinity=False),
)
MONDAY, TUESDAY, NEXT_MONDAY = date(2026, 9, 7), date(2026, 9, 8), date(2026, 9, 14)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1200000, "", "1,200,000"),
        (0.5, "%", "0.5%"),
        (98.0, "%", "98%"),
        (3, "个", "3 个"),
        (-0.001, "", "0"),
        (12.345, "ms", "12.35 ms"),
    ],
)
def test_a_number_is_written_short_with_its_unit(value: float, unit: str, text: str) -> None:
    assert plots.number(value, unit) == text


def test_the_longest_bar_fills_the_width_and_the_others_follow_in_proportion() -> None:
    plot = plots.bars([("制造", 40), ("医疗", 10), ("农业", 0)], unit="个")
    assert [(bar.label, bar.text, bar.length) for bar in plot.bars] == [
        ("制造", "40 个", 400.0),
        ("医疗", "10 个", 100.0),
        ("农业", "0 个", 0.0),
    ]
    assert all(bar.label_y < bar.y for bar in plot.bars)
    assert plot.bars[-1].y + plot.thickness <= plot.height


@pytest.mark.parametrize("items", [[], [("nothing", 0)], [("loss", -5)]])
def test_bars_without_a_positive_value_have_no_length(items: list[tuple[str, int]]) -> None:
    assert [bar.length for bar in plots.bars(items).bars] == [0.0] * len(items)


def test_the_parts_of_a_whole_lie_end_to_end() -> None:
    plot = plots.stack([("paid", 60), ("reserved", 30), ("free", 10)])
    assert [(part.share, part.x, part.length, part.tone) for part in plot.parts] == [
        (0.6, 0.0, 240.0, 1),
        (0.3, 240.0, 120.0, 2),
        (0.1, 360.0, 40.0, 3),
    ]


def test_an_empty_fund_has_parts_without_length() -> None:
    assert [part.length for part in plots.stack([("paid", 0), ("free", 0)]).parts] == [0.0, 0.0]


def test_a_negative_part_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        plots.stack([("paid", 5), ("wrong", -1)])


@pytest.mark.parametrize(
    ("values", "steps"),
    [
        ([0, 4], [0, 1, 2, 3, 4]),
        ([0.5, 3.2], [0, 1, 2, 3, 4]),
        ([90, 99], [90, 92.5, 95, 97.5, 100]),
        ([120, 870], [0, 200, 400, 600, 800, 1000]),
        ([], [0, 0.25, 0.5, 0.75, 1]),
    ],
)
def test_an_axis_has_round_steps(values: list[float], steps: list[float]) -> None:
    assert plots.axis(values) == steps


@given(st.lists(NUMBERS, max_size=20))
def test_an_axis_encloses_its_values_in_at_least_two_steps(values: list[float]) -> None:
    steps = plots.axis(values)
    slack = (steps[-1] - steps[0]) * 1e-6
    assert len(steps) >= 2
    assert steps == sorted(set(steps))
    assert all(steps[0] - slack <= value <= steps[-1] + slack for value in values)


def test_readings_are_drawn_in_order_of_time_and_higher_values_higher() -> None:
    plot = plots.line([(NEXT_MONDAY, 1.0), (MONDAY, 3.0), (TUESDAY, 2.0)], unit="%")
    assert plot.table == (("2026-09-07", "3%"), ("2026-09-08", "2%"), ("2026-09-14", "1%"))
    assert [point.x for point in plot.points] == [56.0, 102.0, 378.0]
    assert plot.points[0].y < plot.points[1].y < plot.points[2].y
    assert [(tick.text, tick.anchor) for tick in plot.dates] == [("2026-09-07", "start"), ("2026-09-14", "end")]
    assert plot.path.count(",") == 3


def test_baseline_and_target_are_levels_with_their_texts_apart() -> None:
    plot = plots.line([(MONDAY, 2)], baseline=3.2, target=0.5, unit="%")
    assert plot.baseline is not None
    assert plot.target is not None
    assert (plot.baseline.text, plot.target.text) == ("3.2%", "0.5%")
    assert plot.top <= plot.baseline.at < plot.points[0].y < plot.target.at <= plot.bottom
    assert plot.baseline.text_at < plot.baseline.at
    assert plot.target.text_at > plot.target.at


def test_one_reading_stands_in_the_middle() -> None:
    plot = plots.line([(MONDAY, 7)])
    assert [(point.x, point.text) for point in plot.points] == [(217.0, "7")]
    assert [(tick.at, tick.anchor) for tick in plot.dates] == [(217.0, "middle")]


def test_no_readings_still_show_what_is_aimed_at() -> None:
    plot = plots.line([], baseline=10, target=90)
    assert plot.points == ()
    assert plot.dates == ()
    assert plot.path == ""
    assert plot.target is not None
    assert plot.baseline is not None
    assert plot.target.at < plot.baseline.at
    assert plot.target.text_at < plot.target.at


@given(st.lists(st.tuples(st.dates(), NUMBERS), max_size=15), NUMBERS, NUMBERS)
def test_everything_lies_inside_the_drawing(readings: list[tuple[date, float]], baseline: float, target: float) -> None:
    plot = plots.line(readings, baseline=baseline, target=target)
    assert plot.baseline is not None
    assert plot.target is not None
    heights = [point.y for point in plot.points] + [plot.baseline.at, plot.target.at]
    assert all(plot.top - 0.1 <= height <= plot.bottom + 0.1 for height in heights)
    assert all(plot.left <= point.x <= plot.right for point in plot.points)
