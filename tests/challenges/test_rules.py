"""What a challenge needs before it is published, and who may do what."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from market.challenges.models import Challenge, Criterion, Round
from market.challenges.rules import (
    ChallengeRules,
    may_challenge_scene,
    may_edit_challenge,
    may_publish_challenge,
    may_see_challenge,
    readiness,
    rules_of,
)
from market.core.permissions import Actor
from market.lifecycle import ChallengeState, Role, RoundState, SceneState
from market.scenes.models import Metric, Scene

NOW = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("opened")  # rows know their relations once the database is open
OFFICER, AUDITOR = Actor(Role.OFFICER, "陈"), Actor(Role.AUDITOR, "审")
RULES = ChallengeRules(eligibility="法人", policy_basis="办法").model_dump()


def open_checks(*, baselines: tuple[int | None, ...] = (5,), **change: Any) -> list[tuple[str, str]]:
    facts: dict[str, Any] = {
        "challenge": Challenge(id=1, summary="摘要", rules=RULES, grant_fen=1, fund_id=1, state=ChallengeState.DRAFT),
        "criteria": [Criterion(weight=60), Criterion(weight=40)],
        "rounds": [Round(opens_at=NOW, closes_at=NOW + HOUR, state=RoundState.PLANNED)],
        "scenes": [Scene(id=1, state=SceneState.PUBLISHED, data_description="图像", acceptance_test="两周")],
        "metrics": [Metric(scene_id=1, baseline=baseline, target=1) for baseline in baselines],
    } | change
    checks = readiness(*facts.values(), now=NOW)
    return [(check.name, str(check.advice)) for check in checks if not check.done]


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        ({}, None),
        ({"criteria": [Criterion(weight=60)]},
         ("rubric", "The weights add up to 60. Change them until they make 100.")),
        ({"rounds": []}, ("rounds", "Add at least one round.")),
        ({"rounds": [Round(opens_at=NOW - HOUR, closes_at=NOW, state=RoundState.PLANNED)]},
         ("rounds", "A round would close in the past. Move it ahead.")),
        ({"baselines": (5, None)},
         ("metrics", "Ask the buyer to give each metric a baseline and a target.")),
        ({"baselines": ()}, ("metrics", "Ask the buyer to give each metric a baseline and a target.")),
        ({"scenes": [Scene(id=1, state=SceneState.PUBLISHED, data_description="图像", acceptance_test=" ")]},
         ("acceptance", "Ask the buyer how acceptance will be tested.")),
        ({"scenes": [Scene(id=1, state=SceneState.PUBLISHED, data_description="", acceptance_test="两周")]},
         ("data", "Ask the buyer which data there is and how sensitive it is.")),
        ({"scenes": [Scene(id=1, state=SceneState.CHALLENGED, data_description="图像", acceptance_test="两周")]},
         ("scene", "Publish the scene first, or take it out of its other challenge.")),
        ({"challenge": Challenge(id=1, summary="摘要", rules=RULES, grant_fen=1, fund_id=None)},
         ("fund", "State the grant, then commit a fund to it.")),
        ({"challenge": Challenge(id=1, summary="", rules=RULES, grant_fen=1, fund_id=1)},
         ("summary", "Write the summary, who may bid, and the policy basis.")),
    ],
)  # fmt: skip
def test_each_gap_says_what_to_do(change: dict[str, Any], gap: tuple[str, str] | None) -> None:
    assert open_checks(**change) == ([gap] if gap else [])


def test_the_first_gap_is_why_it_may_not_be_published() -> None:
    challenge = Challenge(id=1, state=ChallengeState.DRAFT, rules={})
    checks = readiness(challenge, [], [], [], [], now=NOW)
    verdict = may_publish_challenge(OFFICER, challenge, checks)
    assert str(verdict.reason) == "Publish the scene first, or take it out of its other challenge."
    assert str(may_publish_challenge(AUDITOR, challenge, []).reason) == "Only district officers make challenges."
    assert bool(may_publish_challenge(OFFICER, challenge, []))


def test_a_draft_is_for_staff_and_the_notice_for_everybody() -> None:
    for state in ChallengeState:
        challenge = Challenge(state=state)
        hidden = state is ChallengeState.DRAFT
        assert bool(may_see_challenge(None, challenge)) is not hidden
        assert bool(may_see_challenge(Actor(Role.VENDOR, "李"), challenge)) is not hidden
        assert bool(may_see_challenge(AUDITOR, challenge))
        assert bool(may_edit_challenge(OFFICER, challenge)) is hidden


def test_only_published_scenes_are_challenged() -> None:
    for state in SceneState:
        assert bool(may_challenge_scene(OFFICER, Scene(state=state))) is (state is SceneState.PUBLISHED)
    assert str(may_challenge_scene(AUDITOR, Scene(state=SceneState.PUBLISHED)).reason) == (
        "Only district officers make challenges."
    )


def test_rules_are_one_frozen_value_with_defaults() -> None:
    rules = rules_of(Challenge(rules={"panel_size": 7, "unknown": 1}))
    assert (rules.panel_size, rules.notice_working_days, rules.minimum_score, rules.winners) == (7, 5, 60, 1)
    with pytest.raises(ValidationError):
        rules.panel_size = 3  # type: ignore[misc]
    with pytest.raises(ValidationError):
        ChallengeRules(winners=4)
