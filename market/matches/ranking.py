"""Ranks the catalogue for a scene: those that qualify, and apart from them the nearest that do not."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from market.catalogue import stated
from market.catalogue.documents import need_of
from market.catalogue.encoders import current_reranker
from market.catalogue.facts import SceneFacts, SolutionFacts
from market.catalogue.offered import facts_of_published
from market.core import clock
from market.matches.exploring import FIRST, Place, Policy, give_places, within_margin
from market.matches.fit import Fits
from market.matches.freezing import freeze_of, frozen_catalogue
from market.matches.judging import Judgements
from market.matches.partners import nearest_to_musts
from market.matches.rankers import current_ranker, together
from market.matches.rules import Unmet
from market.matches.standings import Standings, standings_of
from market.scenes.models import Scene
from market.settings import settings
from matching.documents import Need, Ranked, Requirement
from matching.encoder import Encoder
from matching.ranker import Ranker
from matching.reranker import Reranker
from matching.store import Catalogue

MOST_QUALIFYING = 50
MOST_OTHERS = 20
NEAR_SHARE = 0.5  # what does not qualify is only worth telling when it scores half as well as the best
_POOL = 200
_NEAREST = 0  # the id of no requirement: evidence for a scene that states none

_one_at_a_time = asyncio.Semaphore(1)  # a ranking is pure arithmetic: more at once only slow each other


@dataclass(frozen=True)
class Asked:
    """All that a ranking is made from besides the catalogue: kept with it, the ranking can be made again."""

    need: Need
    facts: SceneFacts
    solutions: Mapping[int, SolutionFacts]
    today: date


@dataclass(frozen=True)
class Pair:
    """A solution's place for the scene, among those that qualify or among those that do not.

    *merit* is its place by score alone: an *explored* pair stands before it, to show a vendor that nobody knows.
    """

    ranked: Ranked
    rank: int
    unmet: tuple[Unmet, ...]
    merit: int
    explored: bool = False

    @property
    def qualifies(self) -> bool:
        """Whether no hard constraint is known to be unmet."""
        return not self.unmet


@dataclass(frozen=True)
class Ranking:
    """A scene's ranked solutions and all that is needed to explain their order years later.

    *left_out* are solutions of the catalogue that were no longer published; *publication* is the one that the scene is
    frozen to, None where the last one was ranked. *partners* have no place: they are nearest to a must, and could
    join a team.
    """

    pairs: tuple[Pair, ...]
    asked: Asked
    left_out: tuple[int, ...]
    policy: Policy
    standings: Standings
    encoder: str
    ranker: str
    snapshot: str
    catalogue_version: str
    weights: dict[str, float]
    publication: int | None = None
    partners: tuple[Pair, ...] = ()

    @property
    def considered(self) -> int:
        """How many published solutions there were."""
        return len(self.asked.solutions)

    @property
    def requirements(self) -> dict[int, Requirement]:
        """The need's requirements by id, in the words that they had."""
        return {each.id: each for each in self.asked.need.requirements}


async def rank_scene(scene: Scene, catalogue: Catalogue, encoder: Encoder) -> Ranking:
    """Rank the catalogue for *scene* with the ranker in use, computed beside the event loop.

    Where the catalogue is frozen for the scene, the one of that publication is ranked instead, judged by the facts of
    then; solutions withdrawn since are left out. Raises ``SnapshotError`` where the catalogue was built with another
    encoder.
    """
    current, asked, freeze = settings(), await asked_of(scene), await freeze_of(scene.id)
    if freeze is not None:
        catalogue, facts = await frozen_catalogue(freeze)
        asked = replace(asked, solutions={key: facts[key] for key in facts if key in asked.solutions})
    policy = Policy(current.exploration_slots, current.exploration_margin, f"{scene.id}:{catalogue.manifest.name}")
    ranks = Ranks(catalogue, encoder, await current_ranker(), await current_reranker())
    ranking = await rank_asked(asked, ranks, policy)
    return replace(ranking, publication=freeze.publication) if freeze else ranking


async def asked_of(scene: Scene) -> Asked:
    """Read what *scene* asks and the facts of every published solution as they are now."""
    need, solutions = await need_of(scene), await facts_of_published()
    return Asked(need, stated.facts_of_scene(scene), solutions, clock.now().astimezone(clock.SHANGHAI).date())


@dataclass(frozen=True)
class Ranks:
    """What a need is ranked with."""

    catalogue: Catalogue
    encoder: Encoder
    ranker: Ranker
    reranker: Reranker | None = None

    @property
    def name(self) -> str:
        """What decided the order: the ranker, and behind a + the reranker."""
        return together(self.ranker.name, self.reranker.name if self.reranker else "")


async def rank_asked(asked: Asked, ranks: Ranks, policy: Policy, standings: Standings | None = None) -> Ranking:
    """Rank the catalogue for what was *asked*; the vendors' *standings* are those of now unless others are given."""
    async with _one_at_a_time:
        unmet, found, partners = await asyncio.to_thread(_rank, asked, ranks)
    qualifying = [item for item in found if not unmet[item.document_id]][:MOST_QUALIFYING]
    near = NEAR_SHARE * max((item.score for item in found), default=0.0)
    others = [item for item in found if unmet[item.document_id] and item.score >= near][:MOST_OTHERS]
    if standings is None:
        standings = await standings_of(_contenders(qualifying, policy))
    places = [
        *give_places(qualifying, standings.vendors, standings.known, policy),
        *(Place(item, rank, rank, explored=False) for rank, item in enumerate(others, start=1)),
    ]
    return Ranking(
        pairs=tuple(_pair(place, unmet) for place in places),
        asked=asked,
        left_out=tuple(sorted(set(ranks.catalogue.corpus.ids.tolist()) - set(asked.solutions))),
        policy=policy,
        standings=standings,
        encoder=ranks.encoder.name,
        ranker=ranks.name,
        snapshot=ranks.catalogue.manifest.name,
        catalogue_version=ranks.catalogue.manifest.catalogue_version,
        publication=ranks.catalogue.manifest.publication or None,
        weights=dict(ranks.ranker.weights),
        partners=tuple(_pair(Place(each, 0, 0, explored=False), unmet) for each in partners),
    )


def _contenders(qualifying: Sequence[Ranked], policy: Policy) -> list[int]:
    """Name the solutions whose vendors' standing can matter: the first ten, and those near enough to the tenth."""
    behind = within_margin(qualifying, policy.margin) if policy.slots else ()
    return [item.document_id for item in (*qualifying[:FIRST], *behind)] if behind else []


def _pair(place: Place, unmet: Mapping[int, tuple[Unmet, ...]]) -> Pair:
    return Pair(place.ranked, place.rank, unmet[place.ranked.document_id], place.merit, place.explored)


def _rank(asked: Asked, ranks: Ranks) -> tuple[Judgements, list[Ranked], list[Ranked]]:
    """Rank the published solutions, best first, with what each does not meet, and find partners for the musts."""
    unmet = Judgements(asked.facts, asked.solutions)
    if not ranks.catalogue.manifest.documents or not unmet:
        return unmet, [], []
    fits = Fits(asked.facts, asked.solutions, asked.today)
    found = _best(asked.need, ranks, fits, _POOL, asked.solutions)
    if len(found) == _POOL and sum(not unmet[item.document_id] for item in found) < MOST_QUALIFYING:
        found = _merged(found, _best(asked.need, ranks, fits, MOST_QUALIFYING, unmet.qualifying()))
    if not asked.need.requirements:
        return unmet, _with_nearest_sentences(found, asked.need, ranks), []
    return unmet, found, nearest_to_musts(asked.need, ranks.catalogue, ranks.encoder, unmet, ranks.ranker)


def _best(need: Need, ranks: Ranks, fits: Fits, k: int, only: Collection[int]) -> list[Ranked]:
    return ranks.catalogue.rank(
        need, ranks.encoder, k=k, only=only, structured=fits, ranker=ranks.ranker, reranker=ranks.reranker
    )


def _merged(found: Iterable[Ranked], more: Iterable[Ranked]) -> list[Ranked]:
    by_id = {item.document_id: item for item in (*found, *more)}
    return sorted(by_id.values(), key=lambda item: (-item.score, item.document_id))


def _with_nearest_sentences(found: list[Ranked], need: Need, ranks: Ranks) -> list[Ranked]:
    """Give a scene without requirements evidence for its title; score and order stay those of the plain need."""
    asked = Need(need.title, need.text, (Requirement(_NEAREST, need.title, must=False),))
    ids = [item.document_id for item in found]
    scored = ranks.catalogue.score(asked, ranks.encoder, ids, ranker=ranks.ranker)
    evidence = {item.document_id: item.evidence for item in scored}
    return [replace(item, evidence=evidence[item.document_id]) for item in found]
