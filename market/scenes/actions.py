"""What changes about scenes: drafting them, and the moves from draft to accepted."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, TypedDict

from market.core import clock
from market.core.errors import NotFoundError, StaleStateError
from market.core.jobs import Job
from market.core.moves import make_move
from market.core.permissions import Actor, require
from market.core.text import Text, _
from market.core.vocabulary import DataLevel, Deployment, Direction, Field, RequirementKind
from market.core.work import Work
from market.lifecycle import Role, SceneState
from market.scenes import rules
from market.scenes.models import Metric, Requirement, Scene


class RequirementLine(NamedTuple):
    """One requirement as typed."""

    text: str
    kind: RequirementKind


class MetricLine(NamedTuple):
    """One acceptance metric as typed."""

    name: str
    baseline: Decimal | None
    target: Decimal
    unit: str
    direction: Direction


class SceneContent(TypedDict, total=False):
    """What a scene says; a save gives only what its step holds."""

    title: str
    title_en: str
    field: Field
    problem: str
    outcome: str
    requirements: Sequence[RequirementLine]
    metrics: Sequence[MetricLine]
    data_description: str
    data_level: DataLevel
    data_access: str
    deployments: list[Deployment]
    serves_public: bool
    region: str
    acceptance_test: str
    budget_min_fen: int | None
    budget_max_fen: int | None
    start_by: date | None
    duration_weeks: int | None


_COPIED = (
    "title_en", "field", "problem", "outcome", "data_description", "data_level", "data_access", "deployments",
    "serves_public", "region", "acceptance_test", "budget_min_fen", "budget_max_fen", "duration_weeks",
)  # fmt: skip


async def create_scene(content: SceneContent, *, work: Work, actor: Actor) -> Scene:
    """Begin a draft for the actor's organisation; refuses people who are no buyers (``NotAllowedError``)."""
    require(rules.may_create_scene(actor))
    scene = await Scene.create(
        using_db=work.connection, organisation_id=actor.organisation_id, created_by_id=actor.person_id,
        **_columns(content),
    )  # fmt: skip
    await _write_lists(scene, content, work)
    work.record("create_scene", scene, actor=actor)
    return scene


async def save_scene(
    scene: Scene, content: SceneContent, *, work: Work, actor: Actor, revision: int | None = None, keep: bool = True
) -> None:
    """Save what one step holds; an incomplete draft is fine.

    - refuses who may not edit it, and a scene that is no draft any more (``NotAllowedError``)
    - refuses when somebody saved since *revision* was shown (``StaleStateError``)
    - ``keep=False`` is an autosave: compared with *revision* too, but the number stays, because the open form still
      carries it
    """
    require(rules.may_edit_scene(actor, scene))
    shown = scene.revision if revision is None else revision
    after = shown + 1 if keep else shown
    saved = (
        await Scene.filter(id=scene.id, revision=shown, state__in=list(rules.EDITABLE))
        .using_db(work.connection)
        .update(**_columns(content), revision=after, updated_at=clock.now())
    )
    if not saved:
        raise StaleStateError(_("Somebody else saved this scene while you were editing it."))
    scene.update_from_dict({**_columns(content), "revision": after})
    await _write_lists(scene, content, work)


async def copy_scene(original: Scene, *, title: str, work: Work, actor: Actor) -> Scene:
    """Begin a new draft that says the same; refuses what the actor may not see (``NotFoundError``)."""
    if not rules.may_see_scene(actor, original):
        raise NotFoundError(_("There is no such page."))
    requirements = await Requirement.filter(scene_id=original.id).order_by("position")
    metrics = await Metric.filter(scene_id=original.id).order_by("position")
    content = SceneContent(
        title=title[:300],
        requirements=[RequirementLine(each.text, each.kind) for each in requirements],
        metrics=[MetricLine(m.name, m.baseline, m.target, m.unit, m.direction) for m in metrics],
    )
    content.update({name: getattr(original, name) for name in _COPIED})  # type: ignore[typeddict-item]
    return await create_scene(content, work=work, actor=actor)


async def submit_scene(scene: Scene, *, work: Work, actor: Actor) -> None:
    """Hand a complete scene to the district office and tell the officers.

    - refuses an incomplete scene, an unverified organisation and other organisations' people (``NotAllowedError``)
    """
    # The lock keeps a colleague from emptying a step between the check and the move.
    locked = await Scene.filter(id=scene.id).using_db(work.connection).select_for_update().first()
    requirements = await Requirement.filter(scene_id=scene.id).using_db(work.connection)
    metrics = await Metric.filter(scene_id=scene.id).using_db(work.connection)
    require(rules.may_submit_scene(actor, locked or scene, requirements, metrics))
    await make_move("submit_scene", scene, work=work, actor=actor, submitted_at=clock.now(), officer_comment="")
    work.tell(_("New scene to check: %(title)s", title=scene.title), _link(scene), role=Role.OFFICER)


async def recall_scene(scene: Scene, *, work: Work, actor: Actor) -> None:
    """Take a submitted scene back to edit it; only its own buyer."""
    require(rules.may_own_scene(actor, scene))
    await make_move("recall_scene", scene, work=work, actor=actor)


async def return_scene(scene: Scene, reason: str, *, work: Work, actor: Actor) -> None:
    """Send a submitted scene back to its buyer with the officer's comments, and tell them."""
    await make_move("return_scene", scene, work=work, actor=actor, reason=reason, officer_comment=reason.strip())
    _tell_buyer(scene, _("The district office returned “%(title)s” with comments.", title=scene.title), work)


async def publish_scene(scene: Scene, *, work: Work, actor: Actor) -> None:
    """Show a submitted scene to everybody, tell its buyer, and ask for its matches."""
    await make_move("publish_scene", scene, work=work, actor=actor, published_at=clock.now(), officer_comment="")
    _tell_buyer(scene, _("“%(title)s” is published. Matching solutions are being found.", title=scene.title), work)
    work.after_commit(Job.MATCH_SCENE, scene_id=scene.id)


async def withdraw_scene(scene: Scene, reason: str, *, work: Work, actor: Actor) -> None:
    """Take a scene out of the process with a reason; officers hear of it where they had seen it."""
    require(rules.may_own_scene(actor, scene))
    before = scene.state
    await make_move("withdraw_scene", scene, work=work, actor=actor, reason=reason)
    if before in {SceneState.SUBMITTED, SceneState.PUBLISHED}:
        work.tell(_("The buyer withdrew “%(title)s”.", title=scene.title), _link(scene), role=Role.OFFICER)
    if before is SceneState.PUBLISHED:
        work.after_commit(Job.REFRESH_INDEX)


async def restore_scene(scene: Scene, *, work: Work, actor: Actor) -> None:
    """Make a withdrawn scene a draft again; only its own buyer."""
    require(rules.may_own_scene(actor, scene))
    await make_move("restore_scene", scene, work=work, actor=actor, merged_into_id=None)


async def challenge_scene(scene: Scene, *, work: Work, actor: Actor) -> None:
    """Put a published scene into a challenge, and tell its buyer."""
    await make_move("challenge_scene", scene, work=work, actor=actor)
    _tell_buyer(scene, _("“%(title)s” is now in a challenge.", title=scene.title), work)


async def release_scene(scene: Scene, *, work: Work, actor: Actor) -> None:
    """Take a scene out of a challenge that ended without an award, and tell its buyer."""
    await make_move("release_scene", scene, work=work, actor=actor)
    _tell_buyer(scene, _("“%(title)s” is out of its challenge and open again.", title=scene.title), work)


async def award_scene(scene: Scene, *, work: Work, actor: Actor) -> None:
    """Note that the scene's challenge has a winner, and tell its buyer."""
    await make_move("award_scene", scene, work=work, actor=actor)
    _tell_buyer(scene, _("A vendor has won “%(title)s”.", title=scene.title), work)


async def start_scene_pilot(scene: Scene, *, work: Work, actor: Actor) -> None:
    """Note that the pilot runs."""
    await make_move("start_scene_pilot", scene, work=work, actor=actor)


async def accept_scene(scene: Scene, *, work: Work, actor: Actor) -> None:
    """End the scene: its pilot was accepted."""
    await make_move("accept_scene", scene, work=work, actor=actor)


def _link(scene: Scene) -> str:
    return f"/scenes/{scene.id}"


def _tell_buyer(scene: Scene, text: Text, work: Work) -> None:
    if scene.organisation_id is not None:  # an imported scene has nobody to tell
        work.tell(text, _link(scene), organisation_id=scene.organisation_id)


def _columns(content: SceneContent) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in {"requirements", "metrics"}}


async def _write_lists(scene: Scene, content: SceneContent, work: Work) -> None:
    if "requirements" in content:
        await Requirement.filter(scene_id=scene.id).using_db(work.connection).delete()
        rows = [
            Requirement(scene_id=scene.id, position=position, text=line.text, kind=line.kind)
            for position, line in enumerate(content["requirements"], start=1)
        ]
        await Requirement.bulk_create(rows, using_db=work.connection)
    if "metrics" in content:
        await Metric.filter(scene_id=scene.id).using_db(work.connection).delete()
        lines = [
            Metric(scene_id=scene.id, position=position, **line._asdict())
            for position, line in enumerate(content["metrics"], start=1)
        ]
        await Metric.bulk_create(lines, using_db=work.connection)
