"""The timetable against every possible one, where there are few enough to try them all."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.timetable import solve
from matching.wishes import Placed, Problem, Wish

Chosen = dict[int, int]


def everything(problem: Problem) -> Iterator[Chosen]:
    """Every timetable that breaks no rule, as the slot of each wish that is held."""
    fixed = {each.key: each.slot for each in problem.fixed}
    kept = {(each.key, each.slot) for each in problem.kept}

    def open_to(wish: Wish) -> list[int | None]:
        if wish.key in fixed:
            return [fixed[wish.key]]
        away = problem.unavailable.get(wish.first, frozenset()) | problem.unavailable.get(wish.second, frozenset())
        free = [s for s in range(problem.slots) if (s not in away and s not in problem.closed) or (wish.key, s) in kept]
        return [None, *free]

    for slots in product(*(open_to(wish) for wish in problem.wishes)):
        chosen = {wish.key: slot for wish, slot in zip(problem.wishes, slots, strict=True) if slot is not None}
        if is_legal(problem, chosen):
            yield chosen


def is_legal(problem: Problem, chosen: Chosen) -> bool:
    wishes = {wish.key: wish for wish in problem.wishes}
    busy = Counter((who, slot) for key, slot in chosen.items() for who in (wishes[key].first, wishes[key].second))
    pairs = Counter((wishes[key].first, wishes[key].second) for key in chosen)
    counts = counts_of(problem, chosen)
    already = counts_of(problem, {each.key: each.slot for each in problem.fixed})
    return (
        max(busy.values(), default=0) <= 1 and max(pairs.values(), default=0) <= 1
        and max(Counter(chosen.values()).values(), default=0) <= problem.tables
        and all(count <= max(problem.most, already[who]) for who, count in counts.items())
    )  # fmt: skip


def counts_of(problem: Problem, chosen: Chosen) -> Counter[int]:
    wishes = {wish.key: wish for wish in problem.wishes}
    return Counter(who for key in chosen for who in (wishes[key].first, wishes[key].second))


def aims(problem: Problem, chosen: Chosen) -> tuple[int, int, int, int]:
    """The four aims in their order, computed as the documentation says them and not as the programme does."""
    counts = counts_of(problem, chosen)
    stays = sum((each.key in chosen) + (chosen.get(each.key) == each.slot) for each in problem.kept)
    could = {who: could_have(problem, who) for who in counts}
    floor = 1
    while any(c > floor for c in could.values()) and all(counts[w] >= min(floor + 1, could[w]) for w in counts):
        floor += 1
    total = sum(wish.weight for wish in problem.wishes if wish.key in chosen)
    return len(counts), stays, floor, total


def could_have(problem: Problem, who: int) -> int:
    fixed = {each.key: each.slot for each in problem.fixed}
    kept = {(each.key, each.slot) for each in problem.kept}
    partners, slots = set(), set()
    for wish in problem.wishes:
        if who not in {wish.first, wish.second}:
            continue
        away = problem.unavailable.get(wish.first, frozenset()) | problem.unavailable.get(wish.second, frozenset())
        free = {
            slot for slot in range(problem.slots)
            if (slot not in away and slot not in problem.closed) or (wish.key, slot) in kept
        }  # fmt: skip
        if wish.key in fixed:
            free = {fixed[wish.key]}
        if free:
            partners.add(wish.first + wish.second - who)
            slots |= free
    return min(len(partners), len(slots), problem.most)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    slots, tables, most = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(1, 3))
    pairs = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(10, 12)), min_size=1, max_size=5))
    weights = draw(st.lists(st.integers(1, 9), min_size=len(pairs), max_size=len(pairs)))
    wishes = [Wish(key, *pair, weight) for key, (pair, weight) in enumerate(zip(pairs, weights, strict=True))]
    away = draw(
        st.dictionaries(st.sampled_from([0, 1, 2, 10, 11, 12]), st.frozensets(st.integers(0, slots - 1)), max_size=3)
    )
    closed = draw(st.frozensets(st.integers(0, slots - 1), max_size=1))
    problem = Problem(slots, tables, most, wishes, away, closed=closed)
    before = draw(st.sampled_from(list(everything(problem))))
    fixed, kept, used = [], [], Counter()
    for key, slot in sorted(before.items()):
        placed = Placed(key, slot, used[slot])
        used[slot] += 1
        what = draw(st.sampled_from(["fixed", "kept", "new"]))
        (fixed if what == "fixed" else kept if what == "kept" else []).append(placed)
    return Problem(slots, tables, most, wishes, away, fixed=fixed, kept=kept, closed=closed)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_no_other_timetable_is_better(problem: Problem) -> None:
    answer = solve(problem)
    chosen = {each.key: each.slot for each in answer.placed}
    best = max(aims(problem, each) for each in everything(problem))
    assert is_legal(problem, chosen)
    assert aims(problem, chosen) == best
    assert answer.proven
    assert (answer.total, answer.gap) == (best[3], 0.0)
    seats = Counter((each.slot, each.table) for each in answer.placed)
    assert max(seats.values(), default=1) == 1
    assert all(0 <= each.table < problem.tables for each in answer.placed)
    assert set(problem.fixed) <= set(answer.placed)


def test_meetings_begin_as_early_as_they_can() -> None:
    answer = solve(Problem(5, 2, 3, [Wish(0, 1, 11, 1), Wish(1, 1, 12, 1), Wish(2, 2, 13, 1)], {2: frozenset({0})}))
    assert sorted((each.key, each.slot) for each in answer.placed) == [(0, 0), (1, 1), (2, 1)]


def test_everybody_has_one_before_anybody_has_the_best() -> None:
    """One slot, one table each: the heaviest wish would leave two without; the two lighter ones leave nobody."""
    wishes = [Wish(0, 1, 11, 100), Wish(1, 1, 12, 10), Wish(2, 2, 11, 10)]
    answer = solve(Problem(1, 2, 1, wishes))
    assert [(each.key, each.slot) for each in answer.placed] == [(1, 0), (2, 0)]
    assert (answer.reached, answer.total) == (4, 20)


def test_a_freed_slot_is_filled_and_nothing_else_moves() -> None:
    wishes = [Wish(0, 1, 11, 50), Wish(1, 2, 12, 40), Wish(2, 1, 12, 30), Wish(3, 2, 11, 20)]
    first = solve(Problem(2, 2, 2, wishes))
    assert [each.key for each in first.placed] == [0, 1, 2, 3]
    stays = tuple(each for each in first.placed if each.key != 0)
    again = solve(Problem(2, 2, 2, [*wishes[1:], Wish(4, 1, 13, 5)], fixed=stays[:1], kept=stays[1:]))
    assert set(stays) <= set(again.placed)
    assert {each.key for each in again.placed} == {1, 2, 3, 4}


def test_the_same_question_has_the_same_answer() -> None:
    wishes = [Wish(key, key % 5, 10 + key % 7, 10) for key in range(30)]
    problem = Problem(4, 4, 3, wishes, {0: frozenset({1}), 11: frozenset({2, 3})})
    assert solve(problem).placed == solve(problem).placed


@pytest.mark.parametrize(
    ("fixed", "says"),
    [
        ((Placed(0, 0, 0), Placed(1, 0, 1)), "wish 1 collides: \\('who', 1, 0\\)"),
        ((Placed(0, 0, 0), Placed(2, 0, 0)), "wish 2 collides: \\('table', 0, 0\\)"),
        ((Placed(0, 5, 0),), "wish 0 is fixed outside the timetable"),
    ],
)
def test_fixed_meetings_that_collide_are_refused(fixed: tuple[Placed, ...], says: str) -> None:
    wishes = [Wish(0, 1, 11, 1), Wish(1, 1, 12, 1), Wish(2, 2, 12, 1)]
    with pytest.raises(ValueError, match=says):
        solve(Problem(2, 2, 2, wishes, fixed=fixed))


def test_nothing_wanted_is_an_empty_timetable() -> None:
    answer = solve(Problem(3, 3, 2, []))
    assert (answer.placed, answer.proven, answer.gap) == ((), True, 0.0)


def test_the_solver_is_loaded_only_when_it_is_needed() -> None:
    code = "import sys, matching.timetable; print('ortools' in sys.modules, 'highspy' in sys.modules)"
    said = subprocess.run(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert said.split() == ["False", "False"]
