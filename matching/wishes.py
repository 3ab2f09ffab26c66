"""What a timetable is asked: who wants to meet whom, at which slots and tables, and what is settled already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wish:
    """A meeting that both sides want: *key* names it, *weight* (positive) says how much it is worth."""

    key: int
    first: int
    second: int
    weight: int


@dataclass(frozen=True)
class Placed:
    """The wish *key* at a slot and a table, both counted from 0."""

    key: int
    slot: int
    table: int


@dataclass(frozen=True)
class Problem:
    """What is asked. Participants are numbers of one space for both sides; *fixed* stays, *kept* stays if it can."""

    slots: int
    tables: int
    most: int
    wishes: Sequence[Wish]
    unavailable: Mapping[int, frozenset[int]] = field(default_factory=dict)
    fixed: Sequence[Placed] = ()
    kept: Sequence[Placed] = ()
    closed: frozenset[int] = frozenset()


def free_slots(problem: Problem, wish: Wish) -> set[int]:
    """Return the slots at which neither side of a wish is away."""
    none: frozenset[int] = frozenset()
    taken = problem.unavailable.get(wish.first, none) | problem.unavailable.get(wish.second, none)
    return set(range(problem.slots)) - taken
