"""Teams: nothing smaller covers everything, nobody is idle, the order is always the same."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.teams import MOST_MEMBERS, Candidates, smallest_teams


def candidates(
    rows: list[list[float]], *, vendors: list[int] | None = None, leads: list[bool] | None = None,
    costs: list[int] | None = None, budget: int | None = None,
) -> Candidates:  # fmt: skip
    n = len(rows)
    return Candidates(
        np.asarray(rows, dtype=np.float32), 0.5, vendors or list(range(n)), leads or [True] * n,
        np.asarray(costs or [0] * n, dtype=np.int64), budget,
    )  # fmt: skip


def test_one_that_covers_everything_is_a_team_of_one_and_others_are_its_alternatives() -> None:
    [team] = smallest_teams(candidates([[0.6, 0.6], [0.9, 0.9], [0.9, 0.1]]))
    assert (team.members, team.covers, team.alternatives) == ((1,), (1, 1), ((1, 0),))
    assert team.strength == pytest.approx(0.9)


def test_who_covers_what_and_who_leads() -> None:
    [team] = smallest_teams(candidates([[0.9, 0, 0], [0, 0.7, 0.8], [0.6, 0.6, 0]], leads=[True, False, False]))
    assert (team.lead, team.partners, team.covers) == (0, (1,), (0, 1, 1))
    assert team.strength == pytest.approx(0.8)


def test_a_team_of_which_nobody_may_lead_is_none() -> None:
    rows = [[0.9, 0.0], [0.0, 0.9]]
    assert smallest_teams(candidates(rows, leads=[False, False])) == []
    assert smallest_teams(candidates([*rows, [0.9, 0.0]], leads=[False, False, True]))[0].members == (2, 1)
    # A third who may lead but covers nothing does not make it a team.
    assert smallest_teams(candidates([*rows, [0.1, 0.1]], leads=[False, False, True])) == []


def test_who_covers_all_but_may_not_lead_is_led_by_another_who_covers_something() -> None:
    [team] = smallest_teams(candidates([[0.9, 0.9], [0.1, 0.6], [0.1, 0.7]], leads=[False, True, True]))
    assert (team.lead, team.partners, team.covers) == (1, (0,), (0, 1))
    assert (team.alternatives, team.strength) == (((1, 2),), pytest.approx(0.9))


def test_two_of_one_vendor_are_not_a_team() -> None:
    assert smallest_teams(candidates([[0.9, 0.0], [0.0, 0.9]], vendors=[7, 7])) == []


def test_the_lowest_prices_together_stay_within_the_budget() -> None:
    rows = [[0.9, 0.0], [0.0, 0.9], [0.0, 0.6]]
    assert smallest_teams(candidates(rows, costs=[60, 50, 40], budget=100))[0].members == (0, 2)
    assert smallest_teams(candidates(rows, costs=[60, 50, 41], budget=100)) == []


def test_a_must_that_nobody_covers_leaves_no_team() -> None:
    assert smallest_teams(candidates([[0.9, 0.4], [0.9, 0.2]])) == []


def test_teams_that_differ_in_one_member_are_one_with_an_alternative() -> None:
    rows = [[0.9, 0.0], [0.0, 0.9], [0.0, 0.8], [0.7, 0.0]]
    first, second = smallest_teams(candidates(rows))
    assert (first.members, first.alternatives) == ((0, 1), ((1, 2), (0, 3)))
    assert second.members == (2, 3)


def test_nothing_to_cover_and_too_many_are_refused() -> None:
    with pytest.raises(ValueError, match="0 musts"):
        smallest_teams(candidates([[]]))
    with pytest.raises(ValueError, match="51 candidates"):
        smallest_teams(candidates([[0.9]] * 51))


@st.composite
def instances(draw: st.DrawFn) -> Candidates:
    n, musts = draw(st.integers(1, 9)), draw(st.integers(1, 6))
    cell = st.sampled_from([0.0, 0.2, 0.5, 0.7, 0.9])
    rows = draw(st.lists(st.lists(cell, min_size=musts, max_size=musts), min_size=n, max_size=n))
    vendors = draw(st.lists(st.integers(1, 6), min_size=n, max_size=n))
    leads = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    costs = draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    budget = draw(st.none() | st.integers(0, 10))
    return candidates(rows, vendors=vendors, leads=leads, costs=costs, budget=budget)


def is_team(given_: Candidates, rows: tuple[int, ...]) -> bool:
    covering = given_.strengths[list(rows)] >= given_.threshold
    return (
        bool(covering.any(axis=0).all())
        and bool(covering.any(axis=1).all())
        and len({given_.vendors[row] for row in rows}) == len(rows)
        and any(given_.leads[row] for row in rows)
        and (given_.budget is None or sum(int(given_.costs[row]) for row in rows) <= given_.budget)
    )


def by_brute_force(given_: Candidates) -> list[tuple[int, ...]]:
    """All teams of the smallest size, by looking at every set."""
    everybody = range(len(given_.vendors))
    for size in range(1, MOST_MEMBERS + 1):
        if found := [rows for rows in combinations(everybody, size) if is_team(given_, rows)]:
            return found
    return []


@settings(max_examples=300, deadline=None)
@given(instances())
def test_no_smaller_team_exists_and_none_is_better(given_: Candidates) -> None:
    teams, every = smallest_teams(given_), by_brute_force(given_)
    assert bool(teams) == bool(every)
    for team in teams:
        assert tuple(sorted(team.members)) in every
        assert given_.leads[team.lead]
        assert set(team.covers) == set(team.members)
    if teams:
        best = max(float(given_.strengths[list(rows)].max(axis=0).mean(dtype=np.float64)) for rows in every)
        assert teams[0].strength == best
    for one, other in combinations(teams, 2):
        assert len(set(one.members) - set(other.members)) > 1
