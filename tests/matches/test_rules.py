"""Hard constraints and permissions, each with its reason."""

from types import SimpleNamespace
from typing import Any

import pytest

from market.catalogue.facts import SceneFacts, SolutionFacts, known_deployments
from market.core.permissions import Actor
from market.core.vocabulary import DataLevel, Deployment
from market.lifecycle import OrganisationState, Role, SceneState, SolutionState
from market.matches import rules

SCENE = SceneFacts(
    serves_public=True, deployments=frozenset({Deployment.ON_PREMISES, Deployment.EDGE}), budget_max_fen=100_000_00,
    region="江海市临江区", data_level=DataLevel.SENSITIVE,
)  # fmt: skip
FITS = SolutionFacts(
    models=2, filed=1, deployments=frozenset({Deployment.EDGE}), price_min_fen=100_000_00, regions=("江海市",),
    max_data_level=DataLevel.IMPORTANT,
)  # fmt: skip


def but(facts: Any, **changes: Any) -> Any:
    return type(facts)(**(vars(facts) | changes))


def reasons(scene: SceneFacts, solution: SolutionFacts) -> list[tuple[str, str]]:
    return [(each.code, str(each.reason)) for each in rules.unmet_musts(scene, solution)]


def test_a_solution_that_meets_everything_is_not_refused() -> None:
    assert list(rules.examine(SCENE, FITS)) == []


@pytest.mark.parametrize(
    ("solution", "expected"),
    [
        (
            but(FITS, filed=0),
            ("filing", "The scene serves the public, and none of the solution's models is filed or registered."),
        ),
        (
            but(FITS, deployments=frozenset({Deployment.API})),
            ("deployment", "The scene needs On the buyer's premises or Edge device; the solution offers API call."),
        ),
        (
            but(FITS, price_min_fen=120_000_00),
            ("price", "Its lowest price, ¥120,000, is above the budget of at most ¥100,000."),
        ),
        (
            but(FITS, regions=("云麓区", "东岸区")),
            ("region", "It serves 云麓区、东岸区 only; the scene is in 江海市临江区."),
        ),
        (
            but(FITS, max_data_level=DataLevel.INTERNAL),
            ("data_level", "The scene's data are “Sensitive data”; the solution takes at most “Internal data”."),
        ),
    ],
)
def test_each_constraint_refuses_with_its_reason(solution: SolutionFacts, expected: tuple[str, str]) -> None:
    assert reasons(SCENE, solution) == [expected]


def test_all_that_is_unmet_is_told_in_order() -> None:
    solution = SolutionFacts(1, 0, frozenset({Deployment.API}), 10**9, ("云麓区",), DataLevel.PUBLIC)
    assert [code for code, _reason in reasons(SCENE, solution)] == [
        "filing", "deployment", "price", "region", "data_level",
    ]  # fmt: skip


def test_a_remedy_says_what_would_change_it() -> None:
    [unmet] = rules.unmet_musts(SCENE, but(FITS, price_min_fen=120_000_00))
    assert str(unmet.remedy) == "its price were ¥20,000 lower, or the budget as much higher"


def test_what_nobody_stated_refuses_nothing_and_is_asked() -> None:
    assert rules.unmet_musts(SCENE, SolutionFacts()) == []
    assert [each.code for each in rules.unstated(SCENE, SolutionFacts())] == [
        "filing", "deployment", "price", "region", "data_level",
    ]  # fmt: skip
    assert rules.unmet_musts(SceneFacts(), but(FITS, filed=0)) == []
    assert [each.code for each in rules.unstated(SceneFacts(), FITS)] == ["deployment", "price", "region", "data_level"]


@pytest.mark.parametrize("region", ["全国", "nationwide", "江海市", "临江区", "江海市临江区南"])
def test_a_wider_or_narrower_region_covers(region: str) -> None:
    assert reasons(SCENE, but(FITS, regions=(region,))) == []


def test_unknown_deployment_words_are_left_out() -> None:
    assert known_deployments(["api", "on the moon"]) == frozenset({Deployment.API})


BUYER = Actor(Role.BUYER, "buyer", 1, 10, "需求方", organisation_verified=True)
VENDOR = Actor(Role.VENDOR, "vendor", 2, 20, "供给方", organisation_verified=True)
OFFICER = Actor(Role.OFFICER, "officer", 3, 30)
AUDITOR = Actor(Role.AUDITOR, "auditor", 4, 40)


def scene(**given: Any) -> Any:
    return SimpleNamespace(**({"organisation_id": 10, "state": SceneState.PUBLISHED} | given))


def solution(**given: Any) -> Any:
    values = {"organisation_id": 20, "state": SolutionState.PUBLISHED, "source_id": None}
    return SimpleNamespace(**(values | given))


def test_who_sees_matches() -> None:
    assert [bool(rules.may_see_matches(actor, scene())) for actor in (BUYER, OFFICER, AUDITOR, VENDOR)] == [
        True, True, True, False,
    ]  # fmt: skip
    refused = rules.may_see_matches(BUYER, scene(organisation_id=11))
    assert str(refused.reason) == "Only the scene's buyer and the district's staff see its matches."
    # a vendor's person of the same number is no buyer
    assert not rules.may_see_matches(Actor(Role.VENDOR, "x", 5, 10), scene())


def test_a_vendor_sees_its_own_pairs_only() -> None:
    assert rules.may_see_pair(VENDOR, scene(), solution())
    refused = rules.may_see_pair(VENDOR, scene(), solution(organisation_id=21))
    assert str(refused.reason) == "Vendors see their own solutions only."


@pytest.mark.parametrize(
    ("actor", "state", "reason"),
    [
        (BUYER, SceneState.DRAFT, "Solutions are ranked for published scenes only."),
        (AUDITOR, SceneState.PUBLISHED, "Only the scene's buyer and officers may ask for a new ranking."),
        (BUYER, SceneState.CHALLENGED, "None"),
        (OFFICER, SceneState.PUBLISHED, "None"),
    ],
)
def test_who_may_ask_for_a_ranking(actor: Actor, state: SceneState, reason: str) -> None:
    assert str(rules.may_ask_ranking(actor, scene(state=state)).reason) == reason


@pytest.mark.parametrize(
    ("actor", "changes", "unmet", "count", "reason"),
    [
        (OFFICER, {}, [], 0, "Only the scene's buyer keeps its shortlist."),
        (BUYER, {"scene": {"state": SceneState.AWARDED}}, [], 0,
         "The shortlist can be changed only while the scene is open."),
        (BUYER, {"solution": {"state": SolutionState.RETIRED}}, [], 0, "The vendor has withdrawn this solution."),
        (Actor(Role.BUYER, "new", 6, 10), {}, [], 0,
         "Verify your organisation first, by its unified social credit code."),
        (BUYER, {"solution": {"organisation_id": None}}, [], 0,
         "This solution was imported; its vendor has no account here yet."),
        (BUYER, {"solution": {"source_id": "x", "organisation": SimpleNamespace(state=OrganisationState.UNVERIFIED)}},
         [], 0, "This solution was imported; its vendor has no account here yet."),
        (BUYER, {"solution": {"source_id": "x", "organisation": SimpleNamespace(state=OrganisationState.VERIFIED)}},
         [], 0, "None"),
        (BUYER, {}, ["Too dear."], 0, "It does not qualify: Too dear."),
        (BUYER, {}, [], 10, "10 invitations are still unanswered. Wait for answers, or dismiss one."),
        (BUYER, {}, [], 9, "None"),
    ],
)  # fmt: skip
def test_who_may_invite_whom(actor: Actor, changes: dict[str, Any], unmet: list[Any], count: int, reason: str) -> None:
    asked, offered = scene(**changes.get("scene", {})), solution(**changes.get("solution", {}))
    assert str(rules.may_invite(actor, asked, offered, unmet=unmet, open_invitations=count).reason) == reason


def test_who_may_answer() -> None:
    assert rules.may_answer(VENDOR, solution())
    assert str(rules.may_answer(BUYER, solution()).reason) == "Only the vendor of the solution may answer."
    assert str(rules.may_answer(Actor(Role.VENDOR, "new", 7, 20), solution()).reason) == (
        "Verify your organisation first, by its unified social credit code."
    )
