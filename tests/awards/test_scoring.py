"""From points to a ranking: every number adds up, every tie has its reason."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from market.awards.scoring import Line, Sheet, TieBreak, rank

T = datetime(2026, 11, 2, tzinfo=UTC)
LINES = [Line(1, "性能", 60), Line(2, "安全", 40)]


def sheet(bid_id: int, first: list[int], second: list[int], minutes: int = 0) -> Sheet:
    return Sheet(bid_id, T + timedelta(minutes=minutes), {1: first, 2: second})


def test_means_weights_and_contributions_are_what_they_say() -> None:
    (result,) = rank(LINES, [sheet(1, [80, 90, 85], [70, 71, 70])], minimum=60)
    assert [(part.mean, part.contribution) for part in result.parts] == [
        (Decimal("85.000"), Decimal("51.000")),
        (Decimal("70.333"), Decimal("28.133")),
    ]
    assert result.total == Decimal("79.133")
    assert result.explain(60) == {
        "minimum": 60, "passes": True, "reviews": 3, "tie": "", "submitted_at": "2026-11-02T00:00:00+00:00",
        "criteria": [
            {"criterion_id": 1, "name": "性能", "weight": 60, "points": [90, 85, 80], "mean": "85.000",
             "contribution": "51.000"},
            {"criterion_id": 2, "name": "安全", "weight": 40, "points": [71, 70, 70], "mean": "70.333",
             "contribution": "28.133"},
        ],
    }  # fmt: skip


def test_a_tie_goes_to_the_higher_first_criterion() -> None:
    results = rank(LINES, [sheet(1, [60], [90]), sheet(2, [80], [60])], minimum=60)
    assert [(each.bid_id, each.rank, each.total, each.tie) for each in results] == [
        (2, 1, Decimal(72), TieBreak.FIRST_CRITERION),
        (1, 2, Decimal(72), TieBreak.FIRST_CRITERION),
    ]


def test_a_full_tie_goes_to_the_earlier_submission() -> None:
    results = rank(LINES, [sheet(1, [70], [70], 9), sheet(2, [70], [70], 3), sheet(3, [90], [90])], minimum=60)
    assert [(each.bid_id, each.rank, each.tie) for each in results] == [
        (3, 1, TieBreak.NONE),
        (2, 2, TieBreak.SUBMITTED_EARLIER),
        (1, 3, TieBreak.SUBMITTED_EARLIER),
    ]


def test_the_minimum_is_reached_exactly_or_not() -> None:
    results = rank(LINES, [sheet(1, [60], [60]), sheet(2, [60], [59])], minimum=60)
    assert [(each.bid_id, each.total, each.passes) for each in results] == [
        (1, Decimal(60), True),
        (2, Decimal("59.6"), False),
    ]


points = st.lists(st.integers(0, 100), min_size=3, max_size=3)


@given(st.lists(st.tuples(points, points, st.integers(0, 5)), min_size=1, max_size=6))
def test_any_points_give_one_order_whose_totals_are_the_sum_of_what_is_shown(
    given_points: list[tuple[list[int], list[int], int]],
) -> None:
    sheets = [sheet(number, *each) for number, each in enumerate(given_points, start=1)]
    results = rank(LINES, sheets, minimum=60)
    assert [each.rank for each in results] == list(range(1, len(sheets) + 1))
    assert sorted(each.bid_id for each in results) == [each.bid_id for each in sheets]
    for each in results:
        shown = [Decimal(row["contribution"]) for row in each.explain(60)["criteria"]]
        assert sum(shown) == each.total
        assert Decimal(0) <= each.total <= Decimal(100)
    assert [each.total for each in results] == sorted((each.total for each in results), reverse=True)
    assert rank(LINES, list(reversed(sheets)), minimum=60) == results
