"""Open scenes that fit a vendor: its best solution for each, with what narrows and orders the list."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise import connections

from market.core import clock
from market.fitting import verdicts
from market.lifecycle import OPEN_SCENES, ShortlistState, SolutionState
from market.matches.models import Match, Shortlisting
from market.matches.scale import SOME_SCORE

MOST_SCENES = 500
MOST_NEAREST = 3
FACETS = ("field", "region", "deployment", "budget", "due", "solution")
SORTS = ("fit", "newest", "deadline")
SOON = timedelta(days=30)
_SMALL_FEN, _LARGE_FEN = 50_000_000, 200_000_000


@dataclass(frozen=True)
class Closing:
    """The challenge that a scene is in, and when bids for it close."""

    challenge_id: int
    title: str
    title_en: str
    closes_at: datetime | None


@dataclass(frozen=True)
class Fit:
    """A scene with the vendor's best solution for it."""

    match: Match
    closing: Closing | None
    listed: ShortlistState | None

    @property
    def deadline(self) -> datetime | None:
        """When bids close, else when the buyer wants to start; None where neither is known."""
        if self.closing and self.closing.closes_at:
            return self.closing.closes_at
        start = self.match.scene.start_by
        return datetime(start.year, start.month, start.day, tzinfo=clock.SHANGHAI) if start else None

    def values(self) -> dict[str, set[str]]:
        """Return what each facet says of this scene."""
        scene = self.match.scene
        return {
            "field": {str(scene.field)},
            "region": {scene.region} if scene.region else set(),
            "deployment": {str(form) for form in scene.deployments or []},
            "budget": {_band(scene.budget_max_fen)},
            "due": self._due(),
            "solution": {str(self.match.solution.id)},
        }

    def _due(self) -> set[str]:
        found = {"bidding"} if self.closing and self.closing.closes_at else set()
        soon = self.deadline is not None and clock.now() <= self.deadline <= clock.now() + SOON
        return found | ({"soon"} if soon else set())


@dataclass(frozen=True)
class Narrowed:
    """What is left of a list, and how many each value of each facet would leave."""

    fits: list[Fit]
    counts: dict[str, Counter[str]]


@dataclass(frozen=True)
class Fits:
    """The scenes that fit a vendor, best first; the *nearest* that do not, where none does; what it *put_away*."""

    fitting: list[Fit]
    nearest: list[Fit]
    put_away: list[Fit]


async def fits_of(organisation_id: int) -> Fits:
    """Return the open scenes whose best pair with the vendor's solutions scores at least ``SOME_SCORE``."""
    rows = await connections.get("default").execute_query_dict(
        """SELECT id FROM (
               SELECT DISTINCT ON (m.scene_id) m.id, m.qualifies, m.score
               FROM match m JOIN solution s ON s.id = m.solution_id JOIN scene c ON c.id = m.scene_id
               WHERE s.organisation_id = $1 AND s.state = $2 AND c.state = ANY($3)
               ORDER BY m.scene_id, m.qualifies DESC, m.score DESC, m.id) AS best
           ORDER BY score >= $4 DESC, qualifies DESC, score DESC, id LIMIT $5""",
        [organisation_id, SolutionState.PUBLISHED, sorted(OPEN_SCENES), SOME_SCORE, MOST_SCENES],
    )
    found = await Match.filter(id__in=[row["id"] for row in rows]).select_related("scene__organisation", "solution")
    by_id = {match.id: match for match in found}
    best = [by_id[row["id"]] for row in rows if row["id"] in by_id]
    scene_ids = [match.scene.id for match in best]
    closings, listed = await closings_of(scene_ids), await _listed(organisation_id, scene_ids)
    fits = [Fit(match, closings.get(match.scene.id), listed.get((match.scene.id, match.solution.id))) for match in best]
    hidden = await verdicts.hidden_scenes(organisation_id)
    shown = [fit for fit in fits if fit.match.scene.id not in hidden]
    fitting = [fit for fit in shown if fit.match.score >= SOME_SCORE]
    return Fits(
        fitting=fitting,
        nearest=[] if fitting else shown[:MOST_NEAREST],
        put_away=[fit for fit in fits if fit.match.scene.id in hidden],
    )


def narrow(fits: list[Fit], chosen: Mapping[str, str], sort: str) -> Narrowed:
    """Keep what answers every facet chosen, in the order asked for; each facet is counted without its own choice."""
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    kept = []
    for fit in fits:
        values = fit.values()
        missed = [facet for facet, value in chosen.items() if value and value not in values[facet]]
        if not missed:
            kept.append(fit)
        for facet in FACETS if not missed else missed[: len(missed) == 1]:
            counts[facet].update(values[facet])
    return Narrowed(sorted(kept, key=_ORDERS.get(sort, _by_fit)), counts)


async def closings_of(scene_ids: Collection[int]) -> dict[int, Closing]:
    """Return the published challenge of each scene that is in one.

    Asked of the tables, since challenges come later in the lifecycle and nothing of theirs may be imported here.
    """
    rows = await connections.get("default").execute_query_dict(
        """SELECT l.scene_id, c.id, c.title, c.title_en, min(r.closes_at) AS closes_at
           FROM lot l JOIN challenge c ON c.id = l.challenge_id AND c.state = 'published'
           LEFT JOIN round r ON r.challenge_id = c.id AND r.state IN ('scheduled', 'open') AND r.closes_at > $2
           WHERE l.scene_id = ANY($1::int[]) GROUP BY l.scene_id, c.id ORDER BY c.id""",
        [list(scene_ids), clock.now()],
    )
    return {row["scene_id"]: Closing(row["id"], row["title"], row["title_en"], row["closes_at"]) for row in rows}


async def _listed(organisation_id: int, scene_ids: Collection[int]) -> dict[tuple[int, int], ShortlistState]:
    """What buyers decided and vendors know of: a shortlist is the buyer's own affair until it invites."""
    rows = Shortlisting.filter(solution__organisation_id=organisation_id, scene_id__in=list(scene_ids))
    found = await rows.exclude(invited_at=None).values("scene_id", "solution_id", "state")
    return {(row["scene_id"], row["solution_id"]): row["state"] for row in found}


def _band(fen: int | None) -> str:
    if fen is None:
        return "unknown"
    if fen < _SMALL_FEN:
        return "small"
    return "medium" if fen < _LARGE_FEN else "large"


def _by_fit(fit: Fit) -> tuple[Any, ...]:
    return (not fit.match.qualifies, -fit.match.score, fit.match.scene.id)


def _by_age(fit: Fit) -> tuple[Any, ...]:
    published = fit.match.scene.published_at
    return (published is None, -published.timestamp() if published else 0, fit.match.scene.id)


def _by_deadline(fit: Fit) -> tuple[Any, ...]:
    past = fit.deadline is None or fit.deadline < clock.now()
    return (past, fit.deadline.timestamp() if fit.deadline else 0, fit.match.scene.id)


_ORDERS: dict[str, Callable[[Fit], tuple[Any, ...]]] = {
    "fit": _by_fit,
    "newest": _by_age,
    "deadline": _by_deadline,
}
