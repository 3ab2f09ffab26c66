"""Ranks the catalogue for a scene: those that qualify, and apart from them the nearest that do not."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from market.core.vocabulary import RequirementKind
from market.matches import queries
from market.matches.documents import need_of
from market.matches.rules import Unmet, unmet_musts
from market.scenes.models import Scene
from matching.documents import Evidence, Need, Ranked, Requirement
from matching.encoder import Encoder
from matching.ranking import WEIGHTS
from matching.store import Catalogue

MOST_QUALIFYING = 50
MOST_OTHERS = 20
NEAR_SHARE = 0.5  # what does not qualify is only worth telling when it scores half as well as the best
_POOL = 200
_NEAREST = 0  # the id of no requirement: evidence for a scene that states none

_one_at_a_time = asyncio.Semaphore(1)  # a ranking is pure arithmetic: more at once only slow each other


@dataclass(frozen=True)
class Pair:
    """A solution's place for the scene, among those that qualify or among those that do not."""

    ranked: Ranked
    rank: int
    unmet: tuple[Unmet, ...]

    @property
    def qualifies(self) -> bool:
        """Whether no hard constraint is known to be unmet."""
        return not self.unmet


@dataclass(frozen=True)
class Ranking:
    """A scene's ranked solutions and all that is needed to explain their order years later."""

    pairs: tuple[Pair, ...]
    requirements: Mapping[int, Requirement]
    considered: int
    encoder: str
    snapshot: str
    catalogue_version: str
    weights: dict[str, Any]

    def evidence_of(self, pair: Pair) -> list[dict[str, Any]]:
        """Return the evidence as plain values, with the requirement's words as they were."""
        return [self._evidence(each) for each in pair.ranked.evidence]

    def _evidence(self, evidence: Evidence) -> dict[str, Any]:
        asked = self.requirements.get(evidence.requirement_id)
        kind = "" if asked is None else str(RequirementKind.MUST if asked.must else RequirementKind.WISH)
        return {
            "requirement_id": evidence.requirement_id if asked else None,
            "requirement": asked.text if asked else "",
            "kind": kind,
            "sentence": evidence.sentence,
            "strength": round(evidence.strength, 4),
        }


async def rank_scene(scene: Scene, catalogue: Catalogue, encoder: Encoder) -> Ranking:
    """Rank the catalogue for *scene*, computed beside the event loop.

    Raises ``SnapshotError`` where the catalogue was built with another encoder.
    """
    need = await need_of(scene)
    unmet = await _unmet_by_solution(scene)
    async with _one_at_a_time:
        found = await asyncio.to_thread(_rank, need, catalogue, encoder, unmet)
    qualifying = [item for item in found if not unmet[item.document_id]][:MOST_QUALIFYING]
    near = NEAR_SHARE * max((item.score for item in found), default=0.0)
    others = [item for item in found if unmet[item.document_id] and item.score >= near][:MOST_OTHERS]
    pairs = [
        Pair(item, rank, unmet[item.document_id])
        for group in (qualifying, others)
        for rank, item in enumerate(group, start=1)
    ]
    manifest = catalogue.manifest
    return Ranking(
        pairs=tuple(pairs),
        requirements={each.id: each for each in need.requirements},
        considered=len(unmet),
        encoder=encoder.name,
        snapshot=manifest.name,
        catalogue_version=manifest.catalogue_version,
        weights=asdict(WEIGHTS),
    )


async def _unmet_by_solution(scene: Scene) -> dict[int, tuple[Unmet, ...]]:
    """Judge every published solution; the keys are also what may be ranked at all."""
    facts = queries.facts_of_scene(scene)
    solutions = await queries.facts_of_solutions()
    return {solution_id: tuple(unmet_musts(facts, offered)) for solution_id, offered in solutions.items()}


def _rank(need: Need, catalogue: Catalogue, encoder: Encoder, unmet: Mapping[int, tuple[Unmet, ...]]) -> list[Ranked]:
    if not catalogue.manifest.documents or not unmet:
        return []
    found = catalogue.rank(need, encoder, k=_POOL, only=unmet)
    qualifying = {solution_id for solution_id, reasons in unmet.items() if not reasons}
    if sum(item.document_id in qualifying for item in found) < min(MOST_QUALIFYING, len(qualifying)):
        found = _merged(found, catalogue.rank(need, encoder, k=MOST_QUALIFYING, only=qualifying))
    return found if need.requirements else _with_nearest_sentences(found, need, catalogue, encoder)


def _merged(found: Iterable[Ranked], more: Iterable[Ranked]) -> list[Ranked]:
    by_id = {item.document_id: item for item in (*found, *more)}
    return sorted(by_id.values(), key=lambda item: (-item.score, item.document_id))


def _with_nearest_sentences(found: list[Ranked], need: Need, catalogue: Catalogue, encoder: Encoder) -> list[Ranked]:
    """Give a scene without requirements evidence for its title; score and order stay those of the plain need."""
    asked = Need(need.title, need.text, (Requirement(_NEAREST, need.title, must=False),))
    scored = catalogue.score(asked, encoder, [item.document_id for item in found])
    evidence = {item.document_id: item.evidence for item in scored}
    return [replace(item, evidence=evidence[item.document_id]) for item in found]
