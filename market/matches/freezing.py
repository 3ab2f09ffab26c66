"""Freezing the catalogue for a scene: it is ranked against one publication until the freeze is lifted."""

from market.catalogue import publications
from market.catalogue.encoders import current_encoder
from market.catalogue.facts import SolutionFacts
from market.catalogue.searchable import SOLUTIONS
from market.catalogue.versions import catalogue_at
from market.core import clock
from market.core.errors import InvalidError, MarketError, WrongStateError
from market.core.jobs import Job
from market.core.permissions import Actor, require
from market.core.text import _
from market.core.work import Work
from market.matches import rules
from market.matches.models import CatalogueFreeze
from market.scenes.models import Scene
from matching.store import Catalogue


async def freeze_of(scene_id: int) -> CatalogueFreeze | None:
    """Return the freeze that is in force for a scene."""
    return await CatalogueFreeze.get_or_none(scene_id=scene_id, lifted_at=None)


async def freeze_catalogue(scene: Scene, reason: str, *, work: Work, actor: Actor) -> CatalogueFreeze:
    """Rank *scene* against the catalogue as it is published now, until the freeze is lifted.

    Refuses without a reason (``InvalidError``), where nothing was published yet (``MarketError``), and a second freeze
    (``WrongStateError``).
    """
    require(rules.may_freeze(actor, scene))
    await Scene.filter(id=scene.id).using_db(work.connection).select_for_update().first()
    # Asked here to give a kind message; the unique index is what makes it true.
    if await freeze_of(scene.id):
        raise WrongStateError(_("The catalogue is frozen for this scene already."))
    published = await publications.latest(SOLUTIONS.name)
    if published is None:
        raise MarketError(_("No catalogue has been published yet."))
    freeze = await CatalogueFreeze.create(
        using_db=work.connection, scene_id=scene.id, publication=published.number, reason=_given(reason),
        frozen_at=clock.now(), frozen_by_id=actor.person_id or 0,
    )  # fmt: skip
    work.record("freeze_catalogue", freeze, actor=actor, reason=freeze.reason, scene_id=scene.id,
                publication=published.number)  # fmt: skip
    work.after_commit(Job.MATCH_SCENE, scene_id=scene.id)
    return freeze


async def lift_freeze(scene: Scene, reason: str, *, work: Work, actor: Actor) -> None:
    """Rank *scene* against the catalogue of the day again.

    Refuses without a reason (``InvalidError``) and where nothing is frozen (``WrongStateError``).
    """
    require(rules.may_freeze(actor, scene))
    freeze = (
        await CatalogueFreeze.filter(scene_id=scene.id, lifted_at=None)
        .using_db(work.connection)
        .select_for_update()
        .first()
    )
    if freeze is None:
        raise WrongStateError(_("The catalogue is not frozen for this scene."))
    changes = {"lifted_at": clock.now(), "lifted_by_id": actor.person_id or 0}
    await CatalogueFreeze.filter(id=freeze.id, lifted_at=None).using_db(work.connection).update(**changes)
    work.record("lift_freeze", freeze, actor=actor, reason=_given(reason), scene_id=scene.id)
    work.after_commit(Job.MATCH_SCENE, scene_id=scene.id)


async def frozen_catalogue(freeze: CatalogueFreeze) -> tuple[Catalogue, dict[int, SolutionFacts]]:
    """Return the catalogue of a freeze and the facts by which its solutions were judged then."""
    catalogue = await catalogue_at(SOLUTIONS.name, freeze.publication, await current_encoder())
    return catalogue, await publications.facts_at(SOLUTIONS.name, freeze.publication)


def _given(reason: str) -> str:
    if not reason.strip():
        raise InvalidError(_("Give a reason."), fields={"reason": _("Give a reason.")})
    return reason.strip()
