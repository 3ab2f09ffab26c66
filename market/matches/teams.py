"""Proposes teams for a scene whose musts no single solution covers, and keeps the proposal with its run.

Each member must run where the scene needs it, serve its region and be fit for its data. Only the lead must meet every
other hard constraint, such as the filing. The lowest prices are summed against the budget; the longest delivery counts.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from market.core.work import Work
from market.lifecycle import SolutionState
from market.matches.models import MatchRun
from market.matches.partners import NEAREST, may_join
from market.matches.ranking import Pair, Ranking
from market.solutions.models import Solution
from matching.documents import Requirement
from matching.teams import MOST_CANDIDATES, Candidates, Team, smallest_teams

FORMAT = 1
# What a team rests on. Above what pages call partly supported: that is where a sentence on another subject can still
# lie, which would put an archive into a team on sewers (docs/decisions/ranking.md).
TEAM_STRENGTH = 0.4


@dataclass(frozen=True)
class Offer:
    """Somebody who could take part: whether it may lead, and its evidence by requirement."""

    solution: Solution
    qualifies: bool
    evidence: Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True)
class Covering:
    """A must that a member covers, by its position among the musts, with the sentence and its strength."""

    must: int
    strength: float
    sentence: str


@dataclass(frozen=True)
class Member:
    """A solution in a team: what it covers there, and which others could stand in its place."""

    solution_id: int
    covers: tuple[Covering, ...]
    alternatives: tuple[int, ...]


@dataclass(frozen=True)
class Proposed:
    """A team as it was proposed, the lead first; *price_fen* sums the lowest prices, *unpriced* members state none."""

    members: tuple[Member, ...]
    strength: float
    price_fen: int
    unpriced: int
    delivery_weeks: int | None


@dataclass(frozen=True)
class Proposal:
    """What was found for a scene: the *musts*, those that nobody covers, and teams.

    A team of one means that one solution covers everything. *over_budget*: the teams cost more than the scene has.
    *looked_at* counts the offers that could have taken part, None where it was not kept.
    """

    musts: tuple[str, ...]
    uncovered: tuple[int, ...]
    teams: tuple[Proposed, ...]
    over_budget: bool
    looked_at: int | None = None

    @property
    def alone(self) -> Proposed | None:
        """The single solution that covers every must, if one does."""
        return self.teams[0] if self.teams and len(self.teams[0].members) == 1 and not self.over_budget else None


async def propose_teams(ranking: Ranking) -> dict[str, Any]:
    """Find teams among the ranked and the offers nearest to each must; returns what ``store_teams`` keeps."""
    musts = [each for each in ranking.asked.need.requirements if each.must]
    return await teams_of((*ranking.pairs, *ranking.partners), musts, ranking.asked.facts.budget_max_fen)


async def teams_of(pairs: Sequence[Pair], musts: Sequence[Requirement], budget: int | None) -> dict[str, Any]:
    """Find teams among *pairs*, the ranked before others; computed beside the event loop."""
    offers = await _offers(pairs)
    return await asyncio.to_thread(_propose, {each.id: each.text for each in musts}, offers, budget)


async def store_teams(run: MatchRun, found: dict[str, Any], *, work: Work) -> None:
    """Keep teams with the run whose ranking they were found in, so that they can be explained later."""
    await MatchRun.filter(id=run.id).using_db(work.connection).update(teams=found)
    run.teams = found


def read_proposal(run: MatchRun | None) -> Proposal | None:
    """Read back what ``store_teams`` kept; None for a run that is older than teams, or without musts."""
    stored = run.teams if run else None
    if not isinstance(stored, dict) or not stored["musts"]:
        return None
    return Proposal(
        tuple(stored["musts"]), tuple(stored["uncovered"]), tuple(_proposed(each) for each in stored["teams"]),
        stored["over_budget"], stored.get("looked_at"),
    )  # fmt: skip


async def _offers(pairs: Sequence[Pair]) -> list[Offer]:
    """Those who could take part, each once: published, and fit for what holds for each member."""
    joining = {pair.ranked.document_id: pair for pair in reversed(pairs) if may_join(pair.unmet)}
    rows = Solution.filter(id__in=list(joining), state=SolutionState.PUBLISHED)
    solutions = {each.id: each for each in (await rows if joining else [])}
    ordered = dict.fromkeys(pair.ranked.document_id for pair in pairs)
    return [_offer(solutions[each], joining[each]) for each in ordered if each in solutions]


def _offer(solution: Solution, pair: Pair) -> Offer:
    evidence = {
        each.requirement_id: {
            "strength": round(each.strength, 4), "sentence": each.sentence, "contradictions": list(each.contradictions)
        }
        for each in pair.ranked.evidence
    }  # fmt: skip
    return Offer(solution, pair.qualifies, evidence)


def _propose(musts: Mapping[int, str], offers: Sequence[Offer], budget: int | None) -> dict[str, Any]:
    weighed = _weighed(musts, offers)
    uncovered = [at for at, must in enumerate(musts) if not any(_strength(each, must) for each in weighed)]
    teams: list[Team] = []
    over_budget = False
    if musts and weighed and not uncovered:
        teams = smallest_teams(_candidates(musts, weighed, budget))
        if not teams and budget is not None:
            teams = smallest_teams(_candidates(musts, weighed, None))
            over_budget = bool(teams)
    return {
        "format": FORMAT,
        "musts": list(musts.values()),
        "uncovered": uncovered,
        "over_budget": over_budget,
        "looked_at": len(offers),
        "teams": [_stored(team, musts, weighed) for team in teams],
    }


def _weighed(musts: Mapping[int, str], offers: Sequence[Offer]) -> list[Offer]:
    """Those that cover a must, in their order: the strongest for each, then the first; ``MOST_CANDIDATES`` at most."""
    useful = [at for at, each in enumerate(offers) if any(_strength(each, must) for must in musts)]
    share = MOST_CANDIDATES // max(len(musts), 1)
    chosen: dict[int, None] = {}
    for must in musts:
        strongest = sorted(useful, key=lambda at: (-_strength(offers[at], must), at))[: min(NEAREST, share)]
        chosen |= dict.fromkeys(at for at in strongest if _strength(offers[at], must))
    chosen |= dict.fromkeys(useful)
    return [offers[at] for at in sorted(list(chosen)[:MOST_CANDIDATES])]


def covers_must(evidence: Mapping[str, Any] | None) -> bool:
    """Whether a sentence supports a must enough to rest a team on it, and nothing in it speaks against."""
    return evidence is not None and evidence["strength"] >= TEAM_STRENGTH and not evidence.get("contradictions")


def _candidates(musts: Mapping[int, str], offers: Sequence[Offer], budget: int | None) -> Candidates:
    strengths = [[_strength(each, must) for must in musts] for each in offers]
    return Candidates(
        strengths=np.asarray(strengths, dtype=np.float32),
        threshold=np.float32(TEAM_STRENGTH).item(),
        vendors=[each.solution.organisation_id or -each.solution.id for each in offers],
        leads=[each.qualifies for each in offers],
        costs=np.asarray([each.solution.price_min_fen or 0 for each in offers], dtype=np.int64),
        budget=budget,
    )


def _strength(offer: Offer, must: int) -> float:
    evidence = offer.evidence.get(must)
    return float(evidence["strength"]) if evidence is not None and covers_must(evidence) else 0.0


def _stored(team: Team, musts: Mapping[int, str], offers: Sequence[Offer]) -> dict[str, Any]:
    solutions = [offers[row].solution for row in team.members]
    prices = [solution.price_min_fen for solution in solutions]
    weeks = [solution.delivery_weeks for solution in solutions if solution.delivery_weeks is not None]
    members = [
        {
            "solution": offers[row].solution.id,
            "covers": [
                {"must": at, **{name: offers[row].evidence[must][name] for name in ("strength", "sentence")}}
                for at, must in enumerate(musts)
                if team.covers[at] == row
            ],
            "alternatives": [offers[other].solution.id for member, other in team.alternatives if member == row],
        }
        for row in team.members
    ]
    return {
        "members": members,
        "strength": round(team.strength, 4),
        "price_fen": sum(price for price in prices if price is not None),
        "unpriced": sum(price is None for price in prices),
        "delivery_weeks": max(weeks, default=None),
    }


def _proposed(stored: Mapping[str, Any]) -> Proposed:
    members = tuple(
        Member(each["solution"], tuple(Covering(**one) for one in each["covers"]), tuple(each["alternatives"]))
        for each in stored["members"]
    )
    return Proposed(members, stored["strength"], stored["price_fen"], stored["unpriced"], stored["delivery_weeks"])
