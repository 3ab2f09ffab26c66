"""Who meets whom, when and at which table: the best timetable under hard constraints, found exactly where time allows.

The aims come one after the other, each kept when the next is pursued: as many participants as possible have a meeting;
few changes to what people were already told; the fewest meetings of anybody who could have more are as many as
possible; the sum of the weights. Solved as a constraint programme by CP-SAT (Perron and Didier, OR-Tools) with one
worker, a fixed seed and limits in its own deterministic time, so that the same question always gets the same answer.

``ortools`` is loaded only here and only when it is needed; it and ``highspy`` cannot live in one process.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from matching.seats import as_early_as_possible, at_tables
from matching.wishes import Placed, Problem, Wish, free_slots

SEED = 20260101


@dataclass(frozen=True)
class Answer:
    """The timetable, what it reaches of each aim, and how sure that is.

    *total* is the sum of weights, *bound* the most that any timetable reaching the same earlier aims can have;
    *proven* says that no better one exists for any aim. *work* is in CP-SAT's deterministic seconds.
    """

    placed: tuple[Placed, ...]
    reached: int
    floor: int
    unchanged: int
    total: int
    bound: int
    proven: bool
    work: float
    seconds: float

    @property
    def gap(self) -> float:
        """How much better a timetable could be at most, as a share of the bound (0: this one is the best)."""
        return max(self.bound - self.total, 0) / self.bound if self.bound > 0 else 0.0


def solve(problem: Problem, *, limit: float = 30.0) -> Answer:
    """Return the best timetable found within *limit* deterministic seconds for each of the four aims.

    Raises ``ValueError`` where what is fixed contradicts itself, naming what collides.
    """
    started = perf_counter()
    check(problem)
    if not problem.wishes:
        return Answer((), 0, 0, 0, 0, 0, proven=True, work=0.0, seconds=0.0)
    search = _Search(problem, limit)
    reached = search.pursue(sum(search.reached.values()))
    unchanged = search.pursue(search.stays()) if problem.kept else 0
    floor = search.pursue(sum(search.levels)) + 1 if search.levels else 1
    total = search.pursue(sum(each.weight * search.held[each.key] for each in problem.wishes))
    placed = at_tables(problem, as_early_as_possible(problem, search.chosen()))
    return Answer(
        placed, reached, min(floor, max(_counts(problem, placed).values(), default=0)), unchanged, total,
        max(search.bound, total), proven=search.proven, work=search.work, seconds=perf_counter() - started,
    )  # fmt: skip


def check(problem: Problem) -> None:
    """Refuse (``ValueError``) fixed meetings that collide with one another or lie outside the timetable."""
    wishes = {each.key: each for each in problem.wishes}
    seen: set[tuple[str, int, int]] = set()
    for placed in problem.fixed:
        wish = wishes[placed.key]
        if not (0 <= placed.slot < problem.slots and 0 <= placed.table < problem.tables):
            raise ValueError(f"wish {placed.key} is fixed outside the timetable")
        places = {("who", wish.first, placed.slot), ("who", wish.second, placed.slot),
                  ("table", placed.table, placed.slot)}  # fmt: skip
        if taken := sorted(places & seen):
            raise ValueError(f"wish {placed.key} collides: {taken[0]}")
        seen |= places


class _Search:
    """One model that is solved aim by aim; what an aim has reached becomes a constraint of the next."""

    def __init__(self, problem: Problem, limit: float) -> None:
        from ortools.sat.python import cp_model

        self._cp, self._problem, self._limit = cp_model, problem, limit
        self.model: Any = cp_model.CpModel()
        self.at: dict[tuple[int, int], Any] = {}
        self.held: dict[int, Any] = {}
        self.proven, self.work, self.bound = True, 0.0, 0
        self._values: dict[tuple[int, int], int] = {}
        self._place()
        self._never_twice()
        self.reached = {who: self._reached(own) for who, own in self._wishes_of().items()}
        self.levels = self._levels()

    def pursue(self, aim: Any) -> int:
        """Maximise *aim*, hold the value from now on, and return it."""
        self.model.maximize(aim)
        solver = self._cp.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = SEED
        solver.parameters.linearization_level = 2  # nearly a flow problem: its linear relaxation proves most of it
        solver.parameters.max_deterministic_time = self._limit
        self._hint()
        status = solver.solve(self.model)
        if status not in {self._cp.OPTIMAL, self._cp.FEASIBLE}:
            raise ValueError("what is fixed leaves no timetable")
        self.proven = self.proven and status == self._cp.OPTIMAL
        self.work += solver.deterministic_time
        value, self.bound = round(solver.objective_value), int(solver.best_objective_bound + 1e-6)
        self._values = {key: solver.value(variable) for key, variable in self.at.items()}
        self.model.add(aim >= value)
        return value

    def stays(self) -> Any:
        """The aim of few changes: a kept meeting counts twice in its slot, once in another."""
        return sum(
            self.held[each.key] + self.at[each.key, each.slot]
            for each in self._problem.kept
            if (each.key, each.slot) in self.at
        )

    def chosen(self) -> dict[int, int]:
        """Return the slot of each wish that is held."""
        return {key: slot for (key, slot), value in sorted(self._values.items()) if value}

    def _place(self) -> None:
        fixed = {each.key: each.slot for each in self._problem.fixed}
        kept = {(each.key, each.slot) for each in self._problem.kept}
        for wish in self._problem.wishes:
            free = free_slots(self._problem, wish)
            for slot in range(self._problem.slots):
                if wish.key in fixed:
                    possible = fixed[wish.key] == slot
                else:
                    possible = (slot in free and slot not in self._problem.closed) or (wish.key, slot) in kept
                if possible:
                    self.at[wish.key, slot] = self.model.new_bool_var("")
            mine = [self.at[wish.key, slot] for slot in range(self._problem.slots) if (wish.key, slot) in self.at]
            self.held[wish.key] = sum(mine) if mine else 0
            if wish.key in fixed:
                self.model.add(mine[0] == 1)
            elif len(mine) > 1:
                self.model.add_at_most_one(mine)

    def _never_twice(self) -> None:
        busy, full, pairs = defaultdict(list), defaultdict(list), defaultdict(list)
        for wish in self._problem.wishes:
            for slot in range(self._problem.slots):
                if (variable := self.at.get((wish.key, slot))) is not None:
                    busy[wish.first, slot].append(variable)
                    busy[wish.second, slot].append(variable)
                    full[slot].append(variable)
                    pairs[wish.first, wish.second].append(variable)
        for group in (*busy.values(), *pairs.values()):
            if len(group) > 1:
                self.model.add_at_most_one(group)
        for group in full.values():
            self.model.add(sum(group) <= self._problem.tables)

    def _wishes_of(self) -> dict[int, list[Wish]]:
        found: dict[int, list[Wish]] = defaultdict(list)
        for wish in self._problem.wishes:
            if not isinstance(self.held[wish.key], int):
                found[wish.first].append(wish)
                found[wish.second].append(wish)
        return dict(sorted(found.items()))

    def _reached(self, own: list[Wish]) -> Any:
        has = self.model.new_bool_var("")
        count = sum(self.held[wish.key] for wish in own)
        already = sum(wish.key in {each.key for each in self._problem.fixed} for wish in own)
        self.model.add(count >= has)
        self.model.add(count <= max(self._problem.most, already) * has)
        return has

    def _levels(self) -> list[Any]:
        """One switch a level from 2 on: everybody who has a meeting and could have so many has at least that many."""
        caps = {who: self._most_for(who, own) for who, own in self._wishes_of().items()}
        levels: list[Any] = []
        for level in range(2, max(caps.values(), default=0) + 1):
            switch = self.model.new_bool_var("")
            for who, own in self._wishes_of().items():
                if caps[who] >= level:
                    count = sum(self.held[wish.key] for wish in own)
                    self.model.add(count >= level).only_enforce_if([switch, self.reached[who]])
            if levels:
                self.model.add_implication(switch, levels[-1])
            levels.append(switch)
        return levels

    def _most_for(self, who: int, own: list[Wish]) -> int:
        partners = {wish.second if wish.first == who else wish.first for wish in own}
        slots = {slot for wish in own for slot in range(self._problem.slots) if (wish.key, slot) in self.at}
        return min(len(partners), len(slots), self._problem.most)

    def _hint(self) -> None:
        self.model.clear_hints()
        for key, value in (self._values or self._greedy()).items():
            self.model.add_hint(self.at[key], value)

    def _greedy(self) -> dict[tuple[int, int], int]:
        """A timetable to begin from: what is fixed and kept, then the heaviest wishes, each at its first free slot."""
        busy: set[tuple[int, int]] = set()
        met: set[tuple[int, int]] = set()
        full: Counter[int] = Counter()
        count: Counter[int] = Counter()
        wishes = {each.key: each for each in self._problem.wishes}
        given = [(each.key, each.slot) for each in (*self._problem.fixed, *self._problem.kept)]
        rest = sorted(self._problem.wishes, key=lambda each: (-each.weight, each.key))
        for key, slot in [*given, *((w.key, s) for w in rest for s in range(self._problem.slots))]:
            wish = wishes[key]
            pair = (wish.first, wish.second)
            if (
                (key, slot) in self.at and pair not in met and full[slot] < self._problem.tables
                and not {(who, slot) for who in pair} & busy and max(count[who] for who in pair) < self._problem.most
            ):  # fmt: skip
                busy |= {(who, slot) for who in pair}
                met.add(pair)
                full[slot] += 1
                count.update(pair)
                self._values[key, slot] = 1
        return {place: self._values.get(place, 0) for place in self.at}


def _counts(problem: Problem, placed: Sequence[Placed]) -> Counter[int]:
    wishes = {each.key: each for each in problem.wishes}
    return Counter(who for each in placed for who in (wishes[each.key].first, wishes[each.key].second))
