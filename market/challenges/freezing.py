"""The catalogue of solutions, frozen for all scenes of a challenge at once: later offers change nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from market.accounts.models import Person
from market.challenges import queries
from market.challenges.models import Challenge
from market.core.errors import WrongStateError
from market.core.permissions import Actor
from market.core.text import _
from market.core.work import Work
from market.matches import freezing
from market.matches import rules as match_rules
from market.matches.models import CatalogueFreeze
from market.scenes.models import Scene


@dataclass(frozen=True)
class Frozen:
    """A scene of the challenge that is ranked against an earlier catalogue; *by* is who froze it."""

    scene: Scene
    freeze: CatalogueFreeze
    by: str


@dataclass(frozen=True)
class Freezes:
    """What of a challenge is frozen, and what the reader may do about it."""

    frozen: list[Frozen]
    free: int
    may_freeze: bool
    may_lift: bool


async def freezes_of(scenes: Iterable[Scene], actor: Actor) -> Freezes:
    """Return which of a challenge's *scenes* are frozen, since when and by whom."""
    by_id = {scene.id: scene for scene in scenes}
    rows = await CatalogueFreeze.filter(scene_id__in=list(by_id), lifted_at=None).order_by("id")
    people = {person.id: person.name for person in await Person.filter(id__in=[row.frozen_by_id for row in rows])}
    taken = {row.scene_id for row in rows}
    may = {scene.id: bool(match_rules.may_freeze(actor, scene)) for scene in by_id.values()}
    return Freezes(
        frozen=[Frozen(by_id[row.scene_id], row, people.get(row.frozen_by_id, "")) for row in rows],
        free=len(by_id) - len(taken),
        may_freeze=any(may[scene_id] for scene_id in by_id if scene_id not in taken),
        may_lift=any(may[scene_id] for scene_id in taken),
    )


async def freeze_catalogue(challenge: Challenge, reason: str, *, work: Work, actor: Actor) -> int:
    """Freeze the catalogue for every scene of *challenge* that is not frozen yet and return how many there were.

    All or none: what refuses one scene (``freezing.freeze_catalogue``) refuses all. Refuses (``WrongStateError``)
    where every scene is frozen.
    """
    scenes = [scene for scene in await queries.scenes_of(challenge.id) if not await freezing.freeze_of(scene.id)]
    if not scenes:
        raise WrongStateError(_("The catalogue is frozen for every scene of this challenge already."))
    for scene in scenes:
        await freezing.freeze_catalogue(scene, reason, work=work, actor=actor)
    return len(scenes)


async def lift_freeze(challenge: Challenge, reason: str, *, work: Work, actor: Actor) -> int:
    """Lift the freeze of every scene of *challenge* that has one and return how many there were; all or none."""
    scenes = [scene for scene in await queries.scenes_of(challenge.id) if await freezing.freeze_of(scene.id)]
    if not scenes:
        raise WrongStateError(_("The catalogue is not frozen for any scene of this challenge."))
    for scene in scenes:
        await freezing.lift_freeze(scene, reason, work=work, actor=actor)
    return len(scenes)
