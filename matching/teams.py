"""The smallest teams of solutions that together cover everything a need must have.

An exact minimum set cover (Karp 1972) by iterative deepening: branch on the uncovered must that fewest can cover, and
cut where even the widest candidates could not cover the rest. A branch leaves out what its elder sisters took, so every
team is met once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matching.encoder import Vectors

MOST_MEMBERS = 5  # one lead and at most four partners
MOST_TEAMS = 5
MOST_CANDIDATES = 50
MOST_ALTERNATIVES = 3
_EXAMINED = 500


@dataclass(frozen=True)
class Candidates:
    """Who could take part, one row each, best first; at most ``MOST_CANDIDATES``.

    *strengths* (n, musts) float32, 0 to 1: how well each supports each must; from *threshold* on it covers it.
    *vendors* (n,): two of one vendor are never in one team. *leads* (n,): who may lead. *costs* (n,) int64, at least 0,
    in the budget's unit, 0 where unknown; *budget* None: there is no limit.
    """

    strengths: Vectors
    threshold: float
    vendors: Sequence[int]
    leads: Sequence[bool]
    costs: NDArray[np.int64]
    budget: int | None = None


@dataclass(frozen=True)
class Team:
    """Rows of candidates: the *lead*, then *partners*; *covers* names for each must the member that supports it best.

    A lead whom others surpass everywhere is named for the must that it supports best. *strength* is the mean over the
    musts. *alternatives* are pairs (member, who could stand in for it).
    """

    lead: int
    partners: tuple[int, ...]
    covers: tuple[int, ...]
    strength: float
    alternatives: tuple[tuple[int, int], ...] = ()

    @property
    def members(self) -> tuple[int, ...]:
        """Everybody, the lead first."""
        return (self.lead, *self.partners)


def smallest_teams(candidates: Candidates) -> list[Team]:
    """The teams with the fewest members that cover every must, strongest first, at most ``MOST_TEAMS``; else none.

    Nobody can be left out: without a partner a must is open, without the lead a must is open or nobody may lead. Two
    teams that differ in one member are one team with an alternative. Ties go to the earlier rows. Raises ``ValueError``
    without musts, and above ``MOST_CANDIDATES``.
    """
    musts = candidates.strengths.shape[1]
    if not musts or len(candidates.vendors) > MOST_CANDIDATES:
        raise ValueError(f"{musts} musts and {len(candidates.vendors)} candidates: at least 1, at most 50")
    search = _Search(candidates)
    for size in range(1, MOST_MEMBERS + 1):
        if found := sorted(search.covers(size)):
            return _different([_team(rows, candidates) for rows in _strongest(found, candidates)], candidates)
    return []


def _strongest(found: list[tuple[int, ...]], candidates: Candidates) -> list[tuple[int, ...]]:
    """Order teams of one size by mean strength; only the first can be shown, so the rest is left out."""
    held = candidates.strengths[np.asarray(found)].max(axis=1)
    strength = held.mean(axis=1, dtype=np.float64).tolist()
    order = sorted(range(len(found)), key=lambda at: (-strength[at], found[at]))
    return [found[at] for at in order[:_EXAMINED]]


class _Search:
    def __init__(self, candidates: Candidates) -> None:
        covering = candidates.strengths >= candidates.threshold
        self._given = candidates
        self._masks = [int(sum(1 << must for must in np.flatnonzero(row))) for row in covering]
        self._by_must = [[int(row) for row in np.flatnonzero(column)] for column in covering.T]
        self._all = (1 << covering.shape[1]) - 1
        self._costs = [int(cost) for cost in candidates.costs]

    def covers(self, size: int) -> set[tuple[int, ...]]:
        """Each set of *size* rows that covers everything and holds somebody who may lead, where no smaller one does."""
        whole = {rows for rows in self._grow((), 0, 0, frozenset(), size) if self._led(rows)}
        leaderless = (rows for rows in self._grow((), 0, 0, frozenset(), size - 1) if not self._led(rows))
        return whole | {team for rows in leaderless for team in self._with_lead(rows)}

    def _led(self, rows: tuple[int, ...]) -> bool:
        return any(self._given.leads[row] for row in rows)

    def _with_lead(self, rows: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Add to a team of partners each lead that covers something, too."""
        vendors = {self._given.vendors[row] for row in rows}
        cost = sum(self._costs[row] for row in rows)
        for lead, may_lead in enumerate(self._given.leads):
            within = self._given.budget is None or cost + self._costs[lead] <= self._given.budget
            if may_lead and self._masks[lead] and within and self._given.vendors[lead] not in vendors:
                yield tuple(sorted((*rows, lead)))

    def _grow(
        self, rows: tuple[int, ...], covered: int, cost: int, closed: frozenset[int], left: int
    ) -> Iterator[tuple[int, ...]]:
        missing = self._all & ~covered
        if not missing:
            if not left:
                yield tuple(sorted(rows))
            return
        if not left or self._out_of_reach(missing, closed, left):
            return
        vendors = {self._given.vendors[row] for row in rows}
        for row in self._fewest(missing, closed):
            price = cost + self._costs[row]
            within = self._given.budget is None or price <= self._given.budget
            if within and self._given.vendors[row] not in vendors:
                yield from self._grow((*rows, row), covered | self._masks[row], price, closed, left - 1)
            closed |= {row}

    def _out_of_reach(self, missing: int, closed: frozenset[int], left: int) -> bool:
        """Whether even the widest *left* candidates cover too few of what is missing."""
        wide = sorted((mask & missing).bit_count() for row, mask in enumerate(self._masks) if row not in closed)
        return sum(wide[-left:]) < missing.bit_count()

    def _fewest(self, missing: int, closed: frozenset[int]) -> list[int]:
        open_to = (
            [row for row in rows if row not in closed] for must, rows in enumerate(self._by_must) if missing >> must & 1
        )
        return min(open_to, key=len)


def _team(rows: tuple[int, ...], candidates: Candidates) -> Team:
    held = candidates.strengths[list(rows)]
    best = held.argmax(axis=0)
    covers = tuple(rows[int(at)] for at in best)
    lead = min((row for row in rows if candidates.leads[row]), key=lambda row: (-covers.count(row), row))
    if lead not in covers:
        own = int(candidates.strengths[lead].argmax())
        covers = (*covers[:own], lead, *covers[own + 1 :])
    partners = sorted((row for row in rows if row != lead), key=lambda row: (-covers.count(row), row))
    return Team(lead, tuple(partners), covers, float(held.max(axis=0).mean(dtype=np.float64)))


def _different(teams: Sequence[Team], candidates: Candidates) -> list[Team]:
    kept: list[Team] = []
    for team in teams:
        for at, other in enumerate(kept):
            if len(out := set(other.members) - set(team.members)) == 1:
                kept[at] = _with_alternative(other, out.pop(), team, candidates)
                break
        else:
            if len(kept) < MOST_TEAMS:
                kept.append(team)
    return kept


def _with_alternative(team: Team, member: int, variant: Team, candidates: Candidates) -> Team:
    """Note who could replace *member* in its role: whoever replaces the lead must be able to lead."""
    [other] = set(variant.members) - set(team.members)
    room = sum(each == member for each, _other in team.alternatives) < MOST_ALTERNATIVES
    if not room or (member == team.lead and not candidates.leads[other]):
        return team
    return replace(team, alternatives=(*team.alternatives, (member, other)))
