"""Each refusal with its reason, and the registry's names compared."""

import pytest

from market.core.permissions import Actor
from market.core.vocabulary import Readiness
from market.lifecycle import Role, SolutionState
from market.solutions import rules
from market.solutions.models import Capability, Filing, Solution

VENDOR = Actor(Role.VENDOR, "周", 1, 10, "模型公司", organisation_verified=True)
OTHER_VENDOR = Actor(Role.VENDOR, "吴", 2, 11, "别的公司", organisation_verified=True)
UNVERIFIED = Actor(Role.VENDOR, "郑", 3, 10, "模型公司")
BUYER = Actor(Role.BUYER, "李", 4, 12, "钢厂", organisation_verified=True)
OFFICER = Actor(Role.OFFICER, "陈", 5, 20, "区科委", organisation_verified=True)
ABILITY = Capability(position=1, text="检出率百分之九十九")


def a_solution(state: SolutionState = SolutionState.DRAFT, **given: object) -> Solution:
    values = {"title": "检测", "summary": "小样本", "fields_served": ["finance"], "deployments": ["edge"],
              "readiness": Readiness.PILOT}  # fmt: skip
    return Solution(**(values | given), organisation_id=10, state=state)


@pytest.mark.parametrize("state", SolutionState)
def test_who_sees_a_solution_in_each_state(state: SolutionState) -> None:
    seen = {bool(rules.may_see_solution(actor, a_solution(state))) for actor in (None, BUYER, OTHER_VENDOR)}
    assert seen == {state is SolutionState.PUBLISHED}
    assert all(rules.may_see_solution(actor, a_solution(state)) for actor in (VENDOR, OFFICER))


@pytest.mark.parametrize("actor", [None, BUYER, OTHER_VENDOR, OFFICER])
def test_only_its_vendor_edits_a_solution(actor: Actor | None) -> None:
    verdict = rules.may_edit_solution(actor, a_solution())
    assert str(verdict.reason) == "Only the organisation that posted this solution may do that."


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (SolutionState.DRAFT, "None"),
        (SolutionState.PUBLISHED, "This solution is published. Take it back to edit, then publish it again."),
        (SolutionState.RETIRED, "This solution is retired. Restore it before you change it."),
    ],
)
def test_a_solution_is_edited_only_as_a_draft(state: SolutionState, reason: str) -> None:
    assert str(rules.may_edit_solution(VENDOR, a_solution(state)).reason) == reason


def test_only_vendors_begin_solutions() -> None:
    assert rules.may_create_solution(UNVERIFIED)
    assert str(rules.may_create_solution(BUYER).reason) == "Only vendors post solutions."


def test_who_may_publish() -> None:
    assert rules.may_publish_solution(VENDOR, a_solution(), [ABILITY])
    reasons = [
        str(rules.may_publish_solution(actor, solution, abilities).reason)
        for actor, solution, abilities in (
            (OTHER_VENDOR, a_solution(), [ABILITY]),
            (UNVERIFIED, a_solution(), [ABILITY]),
            (VENDOR, a_solution(), []),
        )
    ]
    assert reasons == [
        "Only the organisation that posted this solution may do that.",
        "Verify your organisation first, by its unified social credit code.",
        "This solution is not complete yet: Name at least one capability.",
    ]


def test_an_empty_solution_lacks_something_in_every_step() -> None:
    gaps = rules.gaps_in(Solution(title=" ", organisation_id=10), [])
    assert [(gap.step, gap.field) for gap in gaps] == [
        ("what", "title"), ("what", "fields_served"), ("what", "summary"), ("what", "capabilities"),
        ("delivery", "deployments"), ("delivery", "readiness"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("entity", "another"),
    [("模型（上海）公司", False), ("模型(上海) 公司", False), ("别的公司", True), ("", False)],
)
def test_whether_the_registry_names_another_entity(entity: str, *, another: bool) -> None:
    assert rules.names_another_entity(Filing(entity=entity), "模型（上海）公司") is another
