"""What is allowed with challenges, the rules that a challenge carries, and what it still lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from market.challenges.models import Challenge, Criterion, Round
from market.core.permissions import ALLOWED, Actor, Verdict, refuse
from market.core.text import Text, _
from market.lifecycle import PUBLIC_CHALLENGES, ChallengeState, Role, RoundState, SceneState
from market.scenes.models import Metric, Scene

FULL_WEIGHT = 100
FEWEST_IN_RACE, MOST_IN_RACE = 2, 3


class ChallengeRules(BaseModel):
    """What varies from one challenge to the next; stored with it, so that a later default changes nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    notice_working_days: int = Field(default=5, ge=1, le=60)
    notice_minutes: int | None = Field(default=None, ge=1, le=1440)  # a demonstration only
    panel_size: int = Field(default=5, ge=1, le=15)
    minimum_score: int = Field(default=60, ge=0, le=100)
    winners: int = Field(default=1, ge=1, le=3)
    late_bids: Literal["never"] = "never"
    eligibility: str = ""
    policy_basis: str = ""


@dataclass(frozen=True)
class Check:
    """One thing that must be in order before publishing: whether it is, and if not what to do and where."""

    name: str
    label: Text
    done: bool
    advice: Text
    place: str  # "edit", "scene" or "fund"


def rules_of(challenge: Challenge) -> ChallengeRules:
    """Return the rules of a challenge as one typed value."""
    return ChallengeRules.model_validate(challenge.rules)


def may_challenge_scene(actor: Actor, scene: Scene) -> Verdict:
    """Say whether *actor* may make a challenge from *scene*."""
    if actor.role is not Role.OFFICER:
        return refuse(_("Only district officers make challenges."))
    if scene.state is not SceneState.PUBLISHED:
        return refuse(_("Only a published scene that is in no other challenge can be put into one."))
    return ALLOWED


def may_see_challenge(actor: Actor | None, challenge: Challenge) -> Verdict:
    """Say whether *actor* may read the notice: a draft only staff, the rest everybody."""
    if challenge.state in PUBLIC_CHALLENGES or (actor is not None and actor.is_staff):
        return ALLOWED
    return refuse(_("There is no such page."))


def may_edit_challenge(actor: Actor, challenge: Challenge) -> Verdict:
    """Say whether *actor* may change the challenge: rules do not move after publication."""
    if actor.role is not Role.OFFICER:
        return refuse(_("Only district officers make challenges."))
    if challenge.state is not ChallengeState.DRAFT:
        return refuse(_("A published challenge is not changed. Cancel it with a reason and publish a new one."))
    return ALLOWED


def may_publish_challenge(actor: Actor, challenge: Challenge, checks: Sequence[Check]) -> Verdict:
    """Say whether the challenge may be published; the first gap is the reason why not."""
    if not (verdict := may_edit_challenge(actor, challenge)):
        return verdict
    gap = next((check for check in checks if not check.done), None)
    return refuse(gap.advice) if gap else ALLOWED


def readiness(
    challenge: Challenge, criteria: Sequence[Criterion], rounds: Sequence[Round], scenes: Sequence[Scene],
    metrics: Sequence[Metric], *, now: datetime,
) -> list[Check]:  # fmt: skip
    """List what a challenge needs before it may be published, in the order in which one works."""
    weight = sum(criterion.weight for criterion in criteria)
    measured = {metric.scene_id for metric in metrics}
    timetable = _timetable_problem(rounds, now)
    return [
        Check("scene", _("The scene is published and free"),
              bool(scenes) and all(scene.state is SceneState.PUBLISHED for scene in scenes),
              _("Publish the scene first, or take it out of its other challenge."), "scene"),
        Check("metrics", _("Every acceptance metric has a baseline and a target"),
              bool(scenes) and all(scene.id in measured for scene in scenes)
              and all(metric.baseline is not None for metric in metrics),
              _("Ask the buyer to give each metric a baseline and a target."), "scene"),
        Check("data", _("The data and its level are described"),
              all(scene.data_level and scene.data_description.strip() for scene in scenes),
              _("Ask the buyer which data there is and how sensitive it is."), "scene"),
        Check("acceptance", _("The acceptance test is described"),
              all(scene.acceptance_test.strip() for scene in scenes),
              _("Ask the buyer how acceptance will be tested."), "scene"),
        Check("summary", _("Summary, eligibility and policy basis are written"), _is_written(challenge),
              _("Write the summary, who may bid, and the policy basis."), "edit"),
        Check("rubric", _("The weights of the rubric add up to 100"), weight == FULL_WEIGHT,
              _("The weights add up to %(weight)s. Change them until they make 100.", weight=weight), "edit"),
        Check("rounds", _("The timetable lies ahead"), timetable is None,
              timetable or _("Set opening and closing times that lie ahead."), "edit"),
        Check("fund", _("Money is committed to the grant"), challenge.fund_id is not None and challenge.grant_fen > 0,
              _("State the grant, then commit a fund to it."), "fund"),
    ]  # fmt: skip


def _is_written(challenge: Challenge) -> bool:
    rules = rules_of(challenge)
    return all(text.strip() for text in (challenge.summary, rules.eligibility, rules.policy_basis))


def _timetable_problem(rounds: Sequence[Round], now: datetime) -> Text | None:
    if not rounds:
        return _("Add at least one round.")
    if any(each.closes_at <= now for each in rounds):
        return _("A round would close in the past. Move it ahead.")
    if any(each.state is not RoundState.PLANNED for each in rounds):
        return _("A round has already been scheduled.")
    return None
