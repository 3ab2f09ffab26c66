"""Each refusal with its reason."""

from datetime import UTC, date, datetime

import pytest

from market.core.permissions import Actor
from market.core.vocabulary import RequirementKind
from market.lifecycle import PUBLIC_SCENES, Role, SceneState
from market.scenes import rules
from market.scenes.models import Metric, Requirement, Scene

BUYER = Actor(Role.BUYER, "李", 1, 10, "钢厂", organisation_verified=True)
OTHER_BUYER = Actor(Role.BUYER, "张", 2, 11, "医院", organisation_verified=True)
UNVERIFIED = Actor(Role.BUYER, "王", 3, 10, "钢厂")
VENDOR = Actor(Role.VENDOR, "周", 4, 12, "模型公司", organisation_verified=True)
OFFICER = Actor(Role.OFFICER, "陈", 5, 20, "区科委", organisation_verified=True)
AUDITOR = Actor(Role.AUDITOR, "孙", 6, 21, "审计局", organisation_verified=True)
MUST = Requirement(position=1, text="检出率不低于百分之九十九", kind=RequirementKind.MUST)
WISH = Requirement(position=1, text="界面为中文", kind=RequirementKind.WISH)
METRIC = Metric(position=1, name="漏检率", target=1)


def a_scene(state: SceneState = SceneState.DRAFT, **given: object) -> Scene:
    values = {
        "title": "缺陷检出", "problem": "漏检", "outcome": "少漏检", "data_description": "图像",
        "deployments": ["edge"],
        "acceptance_test": "三十天", "budget_max_fen": 100, "duration_weeks": 8,
    }  # fmt: skip
    return Scene(**(values | given), organisation_id=10, state=state)


@pytest.mark.parametrize("state", SceneState)
def test_who_sees_a_scene_in_each_state(state: SceneState) -> None:
    seen = {actor: bool(rules.may_see_scene(actor, a_scene(state))) for actor in (None, VENDOR, OTHER_BUYER)}
    assert set(seen.values()) == {state in PUBLIC_SCENES}
    assert all(rules.may_see_scene(actor, a_scene(state)) for actor in (BUYER, OFFICER, AUDITOR))


@pytest.mark.parametrize("actor", [None, VENDOR, OTHER_BUYER, OFFICER, AUDITOR])
def test_only_its_buyer_edits_a_scene(actor: Actor | None) -> None:
    verdict = rules.may_edit_scene(actor, a_scene())
    assert str(verdict.reason) == "Only the organisation that posted this scene may do that."


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (SceneState.DRAFT, "None"),
        (SceneState.RETURNED, "None"),
        (SceneState.SUBMITTED, "This scene is with the district office. Take it back before you change it."),
        (SceneState.PUBLISHED, "A scene can be changed only while it is a draft or was returned to you."),
        (SceneState.WITHDRAWN, "A scene can be changed only while it is a draft or was returned to you."),
    ],
)
def test_a_scene_is_edited_only_as_a_draft(state: SceneState, reason: str) -> None:
    assert str(rules.may_edit_scene(BUYER, a_scene(state)).reason) == reason


def test_only_buyers_begin_scenes() -> None:
    assert rules.may_create_scene(UNVERIFIED)
    assert str(rules.may_create_scene(VENDOR).reason) == "Only buyers post scenes."


def test_a_complete_scene_may_be_submitted() -> None:
    assert rules.gaps_in(a_scene(), [MUST], [METRIC]) == []
    assert rules.may_submit_scene(BUYER, a_scene(), [MUST], [METRIC])


def test_an_unverified_organisation_may_draft_but_not_submit() -> None:
    assert rules.may_edit_scene(UNVERIFIED, a_scene())
    verdict = rules.may_submit_scene(UNVERIFIED, a_scene(), [MUST], [METRIC])
    assert str(verdict.reason) == "Verify your organisation first, by its unified social credit code."


def test_an_incomplete_scene_names_its_first_gap() -> None:
    verdict = rules.may_submit_scene(BUYER, a_scene(problem=" "), [MUST], [METRIC])
    assert str(verdict.reason) == "This scene is not complete yet: Describe the problem."


def test_an_empty_scene_lacks_something_in_every_step(noon: datetime) -> None:
    assert noon.tzinfo is UTC
    empty = Scene(title="", organisation_id=10, start_by=date(2026, 11, 1))
    gaps = rules.gaps_in(empty, [WISH], [])
    assert [(gap.step, gap.field) for gap in gaps] == [
        ("problem", "title"), ("problem", "problem"), ("problem", "outcome"), ("requirements", "requirements"),
        ("metrics", "metrics"), ("data", "data_description"), ("data", "deployments"), ("data", "acceptance_test"),
        ("budget", "budget_max"), ("budget", "duration_weeks"), ("budget", "start_by"),
    ]  # fmt: skip
    assert str(gaps[3].text) == "Name at least one requirement that is a must."
