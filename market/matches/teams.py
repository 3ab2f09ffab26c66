"""Proposes teams for a scene whose musts no single solution covers, and keeps the proposal with its run.

Each member must run where the scene needs it, serve its region and be fit for its data. Only the lead must meet every
other hard constraint, such as the filing. The lowest prices are summed against the budget; the longest delivery counts.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tortoise.backends.base.client import BaseDBAsyncClient

from market.core.vocabulary import RequirementKind
from market.core.work import Work
from market.lifecycle import SolutionState
from market.matches.models import Match, MatchRun
from market.matches.scale import WEAK_STRENGTH
from market.scenes.models import Scene
from matching.teams import MOST_CANDIDATES, Candidates, Team, smallest_teams

FORMAT = 1
FOR_EACH_MEMBER = frozenset({"deployment", "region", "data_level"})


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
    """

    musts: tuple[str, ...]
    uncovered: tuple[int, ...]
    teams: tuple[Proposed, ...]
    over_budget: bool

    @property
    def alone(self) -> Proposed | None:
        """The single solution that covers every must, if one does."""
        return self.teams[0] if self.teams and len(self.teams[0].members) == 1 and not self.over_budget else None


async def store_teams(scene: Scene, run: MatchRun, *, work: Work) -> None:
    """Find teams among the run's stored matches and keep them with it, so that they can be explained later."""
    matches = await _matches_of(run, work.connection)
    asked = _musts_of(matches)
    found = await asyncio.to_thread(_propose, asked, matches, scene.budget_max_fen)
    await MatchRun.filter(id=run.id).using_db(work.connection).update(teams=found)
    run.teams = found


def read_proposal(run: MatchRun | None) -> Proposal | None:
    """Read back what ``store_teams`` kept; None for a run that is older than teams, or without musts."""
    stored = run.teams if run else None
    if not isinstance(stored, dict) or not stored["musts"]:
        return None
    return Proposal(
        tuple(stored["musts"]), tuple(stored["uncovered"]), tuple(_proposed(each) for each in stored["teams"]),
        stored["over_budget"],
    )  # fmt: skip


async def _matches_of(run: MatchRun, connection: BaseDBAsyncClient) -> list[Match]:
    """Those who could take part, best first: published, and fit for what holds for each member."""
    rows = Match.filter(run_id=run.id, solution__state=SolutionState.PUBLISHED).using_db(connection)
    found = await rows.order_by("-qualifies", "rank", "id").select_related("solution")
    return [match for match in found if not FOR_EACH_MEMBER & {each["code"] for each in match.unmet}]


def _musts_of(matches: Sequence[Match]) -> dict[int, str]:
    """The musts that were ranked by, in the buyer's order: evidence names each by id, in the words that it had."""
    return {
        each["requirement_id"]: each["requirement"]
        for match in matches[:1]
        for each in match.evidence
        if each["kind"] == RequirementKind.MUST
    }


def _propose(musts: Mapping[int, str], matches: Sequence[Match], budget: int | None) -> dict[str, Any]:
    held = [_evidence(match) for match in matches]
    useful = [at for at, each in enumerate(held) if any(covers_must(each.get(must)) for must in musts)][
        :MOST_CANDIDATES
    ]
    matches, held = [matches[at] for at in useful], [held[at] for at in useful]
    uncovered = [at for at, must in enumerate(musts) if not any(covers_must(each.get(must)) for each in held)]
    teams: list[Team] = []
    over_budget = False
    if musts and matches and not uncovered:
        teams = smallest_teams(_candidates(musts, matches, held, budget))
        if not teams and budget is not None:
            teams = smallest_teams(_candidates(musts, matches, held, None))
            over_budget = bool(teams)
    return {
        "format": FORMAT,
        "musts": list(musts.values()),
        "uncovered": uncovered,
        "over_budget": over_budget,
        "teams": [_stored(team, musts, matches, held) for team in teams],
    }


def _evidence(match: Match) -> dict[int, dict[str, Any]]:
    return {each["requirement_id"]: each for each in match.evidence}


def covers_must(evidence: Mapping[str, Any] | None) -> bool:
    """Whether a sentence supports a must at least partly, and no number in it speaks against."""
    return evidence is not None and evidence["strength"] >= WEAK_STRENGTH and not evidence.get("contradictions")


def _candidates(
    musts: Mapping[int, str],
    matches: Sequence[Match],
    held: Sequence[Mapping[int, Mapping[str, Any]]],
    budget: int | None,
) -> Candidates:
    strengths = [[_strength(each.get(must)) for must in musts] for each in held]
    return Candidates(
        strengths=np.asarray(strengths, dtype=np.float32),
        threshold=np.float32(WEAK_STRENGTH).item(),
        vendors=[match.solution.organisation_id or -match.solution.id for match in matches],
        leads=[match.qualifies for match in matches],
        costs=np.asarray([match.solution.price_min_fen or 0 for match in matches], dtype=np.int64),
        budget=budget,
    )


def _strength(evidence: Mapping[str, Any] | None) -> float:
    return float(evidence["strength"]) if evidence is not None and covers_must(evidence) else 0.0


def _stored(
    team: Team,
    musts: Mapping[int, str],
    matches: Sequence[Match],
    held: Sequence[Mapping[int, Mapping[str, Any]]],
) -> dict[str, Any]:
    solutions = [matches[row].solution for row in team.members]
    prices = [solution.price_min_fen for solution in solutions]
    weeks = [solution.delivery_weeks for solution in solutions if solution.delivery_weeks is not None]
    members = [
        {
            "solution": matches[row].solution.id,
            "covers": [
                {"must": at, "strength": held[row][must]["strength"], "sentence": held[row][must]["sentence"]}
                for at, must in enumerate(musts)
                if team.covers[at] == row
            ],
            "alternatives": [matches[other].solution.id for member, other in team.alternatives if member == row],
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
