"""What keeps a solution from fitting more scenes: limits, by judging them anew, and requirements, by their meaning."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from market.catalogue import stated
from market.catalogue.encoders import current_encoder
from market.catalogue.vectors import embed_missing, vectors_of
from market.core.vocabulary import RequirementKind
from market.fitting.changes import Change, Silence, changes_for, silences_of
from market.lifecycle import OPEN_SCENES, SolutionState
from market.matches.cards import Evidence, evidence_of
from market.matches.models import Match
from market.matches.scale import SOME_SCORE, STRONG_STRENGTH, WEAK_STRENGTH
from market.scenes.models import Scene
from market.solutions.models import Solution
from matching.clusters import groups, likeness
from matching.encoder import Encoder, Vectors
from matching.evidence import MUST_WEIGHT, WISH_WEIGHT
from matching.ranker import FEATURES, SAID, Ranker
from matching.text import text_hash

NEIGHBOURHOOD = 60
NEAREST = 5
MOST_GAPS = 12


@dataclass(frozen=True)
class Lack:
    """A requirement of a scene that a solution's best sentence does not support, and what supporting it would add."""

    match: Match
    evidence: Evidence
    gain: float
    rank: int

    @property
    def scene(self) -> Scene:
        """The scene that asks."""
        scene: Scene = self.match.scene
        return scene


@dataclass(frozen=True)
class Gap:
    """Requirements of several scenes that ask for nearly the same; *text* is the one in their middle."""

    text: str
    lacks: tuple[Lack, ...]

    @property
    def scenes(self) -> tuple[Lack, ...]:
        """One lack for each scene, the one that would gain most first."""
        best: dict[int, Lack] = {}
        for lack in self.lacks:
            if lack.scene.id not in best or lack.gain > best[lack.scene.id].gain:
                best[lack.scene.id] = lack
        return tuple(sorted(best.values(), key=lambda lack: (-lack.gain, lack.scene.id)))

    @property
    def musts(self) -> int:
        """In how many scenes it is a must."""
        return len({lack.scene.id for lack in self.lacks if lack.evidence.kind is RequirementKind.MUST})

    @property
    def nearest(self) -> Evidence:
        """What the vendor says now that comes nearest."""
        return max(self.lacks, key=lambda lack: lack.evidence.strength).evidence

    @property
    def best(self) -> Lack:
        """Where it would help most."""
        return self.scenes[0]


@dataclass(frozen=True)
class Shortfall:
    """A solution's limits and silences, over the scenes near to it."""

    solution: Solution
    near: int
    qualifies: int
    changes: tuple[Change, ...]
    silences: tuple[Silence, ...]


async def solutions_of(organisation_id: int) -> list[Solution]:
    """Return a vendor's published solutions, oldest first."""
    return await Solution.filter(organisation_id=organisation_id, state=SolutionState.PUBLISHED).order_by("id")


async def near_scenes(solution_ids: Collection[int]) -> list[Match]:
    """Return the pairs of these solutions with open scenes from ``SOME_SCORE`` on, the nearest of each, best first.

    Where none comes so near, the ``NEAREST`` of all: a vendor whom nothing fits needs the list most.
    """
    rows = Match.filter(solution_id__in=list(solution_ids), scene__state__in=OPEN_SCENES).order_by("-score", "id")
    found = await rows.filter(score__gte=SOME_SCORE).select_related("scene", "solution")
    found = found or await rows.limit(NEAREST).select_related("scene", "solution")
    counted: dict[int, int] = {}
    kept = []
    for match in found:
        counted[match.solution.id] = counted.get(match.solution.id, 0) + 1
        if counted[match.solution.id] <= NEIGHBOURHOOD:
            kept.append(match)
    return kept


async def shortfalls(solutions: Sequence[Solution], near: Sequence[Match]) -> list[Shortfall]:
    """Judge the scenes near to each solution by its facts of today, and by the facts that it could have."""
    facts = await stated.facts_of_solutions([solution.id for solution in solutions])
    found = []
    for solution in solutions:
        scenes = [match.scene for match in near if match.solution.id == solution.id]
        needed = {scene.id: stated.facts_of_scene(scene) for scene in scenes}
        changes, qualifies = changes_for(needed, facts[solution.id])
        found.append(Shortfall(solution, len(scenes), qualifies, changes, silences_of(needed, facts[solution.id])))
    return found


async def gaps_in(near: Sequence[Match], ranker: Ranker) -> list[Gap]:
    """Group what the nearest solution of each scene does not support, by meaning; most often asked first.

    Raises ``EncoderError`` where there is no encoder.
    """
    lacks = await _lacks(_best_a_scene(near), ranker)
    if not lacks:
        return []
    texts = list(dict.fromkeys(lack.evidence.requirement for lack in lacks))
    found = await _grouped(texts)
    gaps = [Gap(group[0], tuple(lack for lack in lacks if lack.evidence.requirement in group)) for group in found]
    return sorted(gaps, key=_usefulness)[:MOST_GAPS]


async def lacks_of(match: Match, ranker: Ranker) -> list[Lack]:
    """Return what one pair lacks, musts first, then by what it would add."""
    found = await _lacks([match], ranker)
    return sorted(found, key=lambda lack: (lack.evidence.kind is not RequirementKind.MUST, -lack.gain))


def _best_a_scene(near: Iterable[Match]) -> list[Match]:
    best: dict[int, Match] = {}
    for match in near:  # the best come first
        best.setdefault(match.scene.id, match)
    return list(best.values())


async def _lacks(matches: Sequence[Match], ranker: Ranker) -> list[Lack]:
    others = await _other_scores([match.scene.id for match in matches])
    share = _coverage_share(ranker)
    found = []
    for match in matches:
        asked = [each for each in evidence_of(match) if each.requirement]
        total = sum(_weight(each) for each in asked)
        for each in asked:
            if each.strength < WEAK_STRENGTH:
                gain = share * _weight(each) * (STRONG_STRENGTH - each.strength) / total
                found.append(Lack(match, each, gain, _rank(match, gain, others[match.scene.id])))
    return found


async def _other_scores(scene_ids: Collection[int]) -> dict[int, list[tuple[int, float]]]:
    scores: dict[int, list[tuple[int, float]]] = {scene_id: [] for scene_id in scene_ids}
    rows = Match.filter(scene_id__in=list(scene_ids), qualifies=True)
    for scene_id, solution_id, score in await rows.values_list("scene_id", "solution_id", "score"):
        scores[int(scene_id)].append((int(solution_id), float(score)))
    return scores


def _rank(match: Match, gain: float, others: list[tuple[int, float]]) -> int:
    """The place that the pair would have by score, were it to qualify."""
    better = [score for solution_id, score in others if solution_id != match.solution.id and score > match.score + gain]
    return len(better) + 1


def _coverage_share(ranker: Ranker) -> float:
    """What covering everything adds to a score; a score is a sum, so a part of it adds its part."""
    features = np.full((1, len(FEATURES)), np.nan, dtype=np.float32)
    features[0, : len(SAID)] = 0.0
    features[0, FEATURES.index("coverage")] = 1.0
    _scores, added = ranker.scores(features)
    return float(added[0, FEATURES.index("coverage")])


def _weight(evidence: Evidence) -> float:
    return MUST_WEIGHT if evidence.kind is RequirementKind.MUST else WISH_WEIGHT


async def _grouped(texts: list[str]) -> list[list[str]]:
    encoder = await current_encoder()
    vectors = await _vectors(texts, encoder)
    found = await asyncio.to_thread(_groups, vectors, encoder)
    return [[texts[number] for number in group] for group in found]


def _groups(vectors: Vectors, encoder: Encoder) -> list[list[int]]:
    return groups(likeness(vectors, encoder))


async def _vectors(texts: list[str], encoder: Encoder) -> Vectors:
    """Requirements are embedded with the catalogue of scenes; what it has not yet reached is embedded here."""
    keys: Mapping[str, str] = {text_hash(text): text for text in texts}
    await embed_missing(encoder, dict(keys))
    stored: dict[str, Any] = await vectors_of(encoder.name, keys)
    return np.stack([stored[text_hash(text)] for text in texts])


def _usefulness(gap: Gap) -> tuple[float, ...]:
    return (-len(gap.scenes), -gap.musts, -sum(lack.gain for lack in gap.scenes))
