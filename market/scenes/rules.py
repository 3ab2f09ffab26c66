"""What is allowed with scenes, and what a scene still lacks before it can be submitted."""

from collections.abc import Sequence
from dataclasses import dataclass

from market.accounts.rules import must_be_verified
from market.core import clock
from market.core.permissions import ALLOWED, Actor, Verdict, refuse
from market.core.text import Text, _
from market.core.vocabulary import RequirementKind
from market.lifecycle import PUBLIC_SCENES, Role, SceneState
from market.scenes.models import Metric, Requirement, Scene

STEPS = ("problem", "requirements", "metrics", "data", "budget")
EDITABLE = frozenset({SceneState.DRAFT, SceneState.RETURNED})
STAGE_MOVES = frozenset(
    {"submit_scene", "recall_scene", "return_scene", "publish_scene", "withdraw_scene", "restore_scene"}
)


@dataclass(frozen=True)
class Gap:
    """Something that a scene lacks: in which step, at which field, and what to do."""

    step: str
    field: str
    text: Text


def may_see_scene(actor: Actor | None, scene: Scene) -> Verdict:
    """Say whether *actor* may see the scene: everybody the public ones, its own organisation and staff all."""
    if scene.state in PUBLIC_SCENES:
        return ALLOWED
    if actor and (actor.is_staff or actor.is_of(scene.organisation_id)):
        return ALLOWED
    return refuse(_("There is no such page."))


def may_own_scene(actor: Actor | None, scene: Scene) -> Verdict:
    """Say whether *actor* acts for the buyer who posted the scene."""
    if actor is None or actor.role is not Role.BUYER or not actor.is_of(scene.organisation_id):
        return refuse(_("Only the organisation that posted this scene may do that."))
    return ALLOWED


def may_edit_scene(actor: Actor | None, scene: Scene) -> Verdict:
    """Say whether *actor* may change what the scene says."""
    if not (verdict := may_own_scene(actor, scene)):
        return verdict
    if scene.state is SceneState.SUBMITTED:
        return refuse(_("This scene is with the district office. Take it back before you change it."))
    if scene.state not in EDITABLE:
        return refuse(_("A scene can be changed only while it is a draft or was returned to you."))
    return ALLOWED


def may_create_scene(actor: Actor) -> Verdict:
    """Say whether *actor* may post scenes; a draft needs no verified organisation."""
    if actor.role is not Role.BUYER or actor.organisation_id is None:
        return refuse(_("Only buyers post scenes."))
    return ALLOWED


def may_submit_scene(
    actor: Actor, scene: Scene, requirements: Sequence[Requirement], metrics: Sequence[Metric]
) -> Verdict:
    """Say whether the scene may go to the district office: complete, and from a verified organisation."""
    if not (verdict := may_edit_scene(actor, scene)):
        return verdict
    if not (verdict := must_be_verified(actor)):
        return verdict
    if gaps := gaps_in(scene, requirements, metrics):
        return refuse(_("This scene is not complete yet: %(gap)s", gap=gaps[0].text))
    return ALLOWED


def gaps_in(scene: Scene, requirements: Sequence[Requirement], metrics: Sequence[Metric]) -> list[Gap]:
    """List what is missing, in the order of the steps."""
    return [*_problem_gaps(scene), *_list_gaps(requirements, metrics), *_data_gaps(scene), *_budget_gaps(scene)]


def _problem_gaps(scene: Scene) -> list[Gap]:
    gaps = []
    if not scene.title.strip():
        gaps.append(Gap("problem", "title", _("Give the scene a title.")))
    if not scene.problem.strip():
        gaps.append(Gap("problem", "problem", _("Describe the problem.")))
    if not scene.outcome.strip():
        gaps.append(Gap("problem", "outcome", _("Say what should be better afterwards.")))
    return gaps


def _list_gaps(requirements: Sequence[Requirement], metrics: Sequence[Metric]) -> list[Gap]:
    gaps = []
    if not any(requirement.kind is RequirementKind.MUST for requirement in requirements):
        gaps.append(Gap("requirements", "requirements", _("Name at least one requirement that is a must.")))
    if not metrics:
        gaps.append(Gap("metrics", "metrics", _("Name at least one metric with a target.")))
    return gaps


def _data_gaps(scene: Scene) -> list[Gap]:
    gaps = []
    if not scene.data_description.strip():
        gaps.append(Gap("data", "data_description", _("Say what data there is.")))
    if not scene.deployments:
        gaps.append(Gap("data", "deployments", _("Choose where the model may run.")))
    if not scene.acceptance_test.strip():
        gaps.append(Gap("data", "acceptance_test", _("Say how you will test the result.")))
    return gaps


def _budget_gaps(scene: Scene) -> list[Gap]:
    gaps = []
    if scene.budget_max_fen is None:
        gaps.append(Gap("budget", "budget_max", _("Enter the most you can spend.")))
    if scene.duration_weeks is None:
        gaps.append(Gap("budget", "duration_weeks", _("Say how many weeks the pilot may take.")))
    if scene.start_by is not None and scene.start_by < clock.today():
        gaps.append(Gap("budget", "start_by", _("The start date has passed. Choose a later one.")))
    return gaps
