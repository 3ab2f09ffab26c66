"""From slots to seats: meetings as early as they can be, each at a table; no aim of the timetable changes by it."""

from collections import Counter
from collections.abc import Mapping

from matching.wishes import Placed, Problem, free_slots


def as_early_as_possible(problem: Problem, chosen: Mapping[int, int]) -> dict[int, int]:
    """Move what nothing holds into earlier slots that are free for it: the aims count meetings, not when they are."""
    held = {(each.key, each.slot) for each in (*problem.fixed, *problem.kept)}
    wishes = {each.key: each for each in problem.wishes}
    slots = dict(chosen)
    busy = {(who, slot) for key, slot in slots.items() for who in (wishes[key].first, wishes[key].second)}
    full = Counter(slots.values())
    for key, slot in sorted(chosen.items(), key=lambda item: (item[1], item[0])):
        wish = wishes[key]
        open_slots = free_slots(problem, wish) - problem.closed
        for earlier in range(slot if (key, slot) not in held else 0):
            seats = {(wish.first, earlier), (wish.second, earlier)}
            if earlier in open_slots and full[earlier] < problem.tables and not seats & busy:
                busy = (busy - {(wish.first, slot), (wish.second, slot)}) | seats
                full.update({slot: -1, earlier: 1})
                slots[key] = earlier
                break
    return slots


def at_tables(problem: Problem, chosen: Mapping[int, int]) -> tuple[Placed, ...]:
    """Give each meeting a table: what is fixed or kept in its slot keeps its own, the others take the lowest free."""
    own = {(each.key, each.slot): each.table for each in (*problem.kept, *problem.fixed)}
    placed: dict[int, Placed] = {}
    taken: set[tuple[int, int]] = set()
    for key, slot in chosen.items():
        table = own.get((key, slot))
        if table is not None and (slot, table) not in taken:
            placed[key] = Placed(key, slot, table)
            taken.add((slot, table))
    for key, slot in sorted(chosen.items()):
        if key not in placed:
            table = next(each for each in range(problem.tables) if (slot, each) not in taken)
            placed[key] = Placed(key, slot, table)
            taken.add((slot, table))
    return tuple(sorted(placed.values(), key=lambda each: (each.slot, each.table)))
