"""Places for the unknown: some of the first ten go to vendors that never won or were hardly shown, and say so.

Without them a ranking that learns from what people choose would keep showing those whom people already know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from matching.documents import Ranked

FIRST = 10  # the first page: what lies behind it is hardly read


@dataclass(frozen=True)
class Standing:
    """How well a vendor is known here: confirmed awards, and how often its solutions were shown lately."""

    won: int = 0
    shown: int = 0

    @property
    def order(self) -> tuple[bool, int]:
        """What decides who is less known: never having won comes first, then being shown least."""
        return (self.won > 0, self.shown)


@dataclass(frozen=True)
class Policy:
    """How many of the first ten places are given, within which margin of the tenth score, from which seed."""

    slots: int
    margin: float
    seed: str

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"slots": self.slots, "margin": self.margin, "seed": self.seed}


@dataclass(frozen=True)
class Place:
    """Where a solution stands, and where it would stand by its score alone."""

    ranked: Ranked
    rank: int
    merit: int
    explored: bool


def give_places(
    ranked: Sequence[Ranked], vendors: Mapping[int, int | None], standings: Mapping[int, Standing], policy: Policy
) -> list[Place]:
    """Return *ranked*, best first by score, with up to ``policy.slots`` of the first ten places given to the unknown.

    A place goes to a solution behind the tenth whose score is at most ``policy.margin`` below the tenth's and whose
    vendor is less known than that of the solution which makes room; a vendor gets one. Among vendors equally unknown
    the seed decides, so the same ranking gives the same places. Everybody else keeps the order of the scores.
    """
    chosen = _newcomers(ranked, vendors, standings, policy)
    merit = {item.document_id: number for number, item in enumerate(ranked, start=1)}
    taken = {item.document_id for item in chosen}
    others = [item for item in ranked if item.document_id not in taken]
    first = FIRST - len(chosen)
    order = [*others[:first], *sorted(chosen, key=lambda item: merit[item.document_id]), *others[first:]]
    return [
        Place(item, rank, merit[item.document_id], item.document_id in taken)
        for rank, item in enumerate(order, start=1)
    ]


def within_margin(ranked: Sequence[Ranked], margin: float) -> Sequence[Ranked]:
    """Return the solutions behind the tenth that are near enough to it to be given a place."""
    if len(ranked) <= FIRST:
        return ()
    lowest = ranked[FIRST - 1].score - margin
    return [item for item in ranked[FIRST:] if item.score >= lowest]


def _newcomers(
    ranked: Sequence[Ranked], vendors: Mapping[int, int | None], standings: Mapping[int, Standing], policy: Policy
) -> list[Ranked]:
    def known(item: Ranked) -> tuple[bool, int]:
        return standings.get(vendors.get(item.document_id) or 0, Standing()).order

    seen = {vendors.get(item.document_id) for item in ranked[: FIRST - policy.slots]} | {None}
    best: dict[int | None, Ranked] = {}
    for item in within_margin(ranked, policy.margin):
        best.setdefault(vendors.get(item.document_id), item)
    waiting = [item for vendor, item in best.items() if vendor not in seen]
    waiting.sort(key=lambda item: (*known(item), _lot(policy.seed, item.document_id)))
    chosen: list[Ranked] = []
    for item in waiting[: policy.slots]:
        makes_room = ranked[FIRST - 1 - len(chosen)]
        if known(item) < known(makes_room):
            chosen.append(item)
    return chosen


def _lot(seed: str, solution_id: int) -> str:
    return sha256(f"{seed}:{solution_id}".encode()).hexdigest()
