"""How facts fit: each judge on its own, in numbers and words; what is unknown counts neither way."""

from datetime import date
from typing import Any

import pytest

from market.catalogue.facts import SceneFacts, SolutionFacts
from market.core.vocabulary import DataLevel, Deployment, Field, Readiness
from market.matches.fit import Fits, explain_fits, fit_values, weeks_there_are
from market.matches.rules import unmet_musts

TODAY = date(2026, 11, 20)
SCENE = SceneFacts(
    deployments=frozenset({Deployment.EDGE, Deployment.ON_PREMISES}), budget_max_fen=100_000_00, region="江海市临江区",
    data_level=DataLevel.INTERNAL, field=Field.ROBOTICS, start_by=date(2027, 1, 15), duration_weeks=20,
)  # fmt: skip
SOLUTION = SolutionFacts(
    deployments=frozenset({Deployment.EDGE, Deployment.ON_PREMISES}), price_min_fen=50_000_00, price_max_fen=90_000_00,
    regions=("全国",), fields=frozenset({Field.ROBOTICS}), delivery_weeks=12, readiness=Readiness.PRODUCTION,
)  # fmt: skip


def but(facts: Any, **changes: Any) -> Any:
    return type(facts)(**(vars(facts) | changes))


def test_what_fits_in_everything_gets_full_marks() -> None:
    assert fit_values(SCENE, SOLUTION, TODAY) == {
        "field": 1.0, "deployment": 1.0, "region": 1.0, "price": 1.0, "delivery": 1.0, "readiness": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "changes", "value", "words"),
    [
        ("field", {"fields": frozenset({Field.FINANCE})}, 0.0, "Not stated to serve Robotics."),
        ("field", {"fields": frozenset()}, None, "Its fields, or the scene's, are not stated."),
        ("deployment", {"deployments": frozenset({Deployment.EDGE, Deployment.API})}, 0.5,
         "Runs in some of the places that the scene names."),
        ("deployment", {"deployments": frozenset({Deployment.API})}, 0.0,
         "Runs in none of the places that the scene names."),
        ("region", {"regions": ("临江区",)}, 1.0, "Serves the scene's region."),
        ("region", {"regions": ("云麓区",)}, 0.0, "Does not serve the scene's region."),
        ("region", {"regions": (" ",)}, None, "The scene's region, or the regions served, are not stated."),
        ("price", {"price_min_fen": 80_000_00, "price_max_fen": 120_000_00}, 0.5,
         "From ¥80,000; its upper price is above the budget."),
        ("price", {"price_min_fen": 120_000_00, "price_max_fen": None}, 0.0, "From ¥120,000, above the budget."),
        ("price", {"price_min_fen": None}, None, "The budget or the price is not stated."),
        ("delivery", {"delivery_weeks": 30}, 0.5, "30 weeks, longer than wished."),
        ("delivery", {"delivery_weeks": 60}, 0.0, "60 weeks, longer than wished."),
        ("readiness", {"readiness": Readiness.PILOT}, 0.6, "Piloted"),
        ("readiness", {"readiness": None}, None, "How far it has come is not stated."),
    ],
)  # fmt: skip
def test_each_fact_is_judged_and_said(name: str, changes: dict[str, Any], value: float | None, words: str) -> None:
    offered = but(SOLUTION, **changes)
    assert fit_values(SCENE, offered, TODAY).get(name) == value
    assert [(fit.value, str(fit.text)) for fit in explain_fits(SCENE, offered, TODAY) if fit.name == name] == [
        (value, words)
    ]


def test_the_time_that_there_is() -> None:
    assert weeks_there_are(SCENE, TODAY) == 20
    assert weeks_there_are(but(SCENE, duration_weeks=None), TODAY) == 8
    assert weeks_there_are(but(SCENE, duration_weeks=None, start_by=TODAY), TODAY) is None


def test_fits_of_a_catalogue_are_worked_out_when_asked_for() -> None:
    fits = Fits(SCENE, {7: SOLUTION, 9: SolutionFacts()}, TODAY)
    assert (list(fits), fits[9], fits[7]["price"], 8 in fits) == ([7, 9], {}, 1.0, False)


@pytest.mark.parametrize("facts", [SCENE, SOLUTION, SceneFacts(), SolutionFacts(models=1, unfiled=("自研模型",))])
def test_facts_survive_being_written_down(facts: Any) -> None:
    assert type(facts).from_json(facts.as_json()) == facts


def test_a_missing_filing_is_named() -> None:
    public = but(SCENE, serves_public=True)
    [one] = unmet_musts(public, but(SOLUTION, models=1, unfiled=("自研模型",)))
    assert (one.code, str(one.reason), str(one.remedy)) == (
        "filing", "The scene serves the public, and the registry has no entry for 自研模型.",
        "自研模型 were filed or registered",
    )  # fmt: skip
    [two] = unmet_musts(public, but(SOLUTION, models=2, unfiled=("甲", "乙")))
    assert str(two.remedy) == "one of 甲、乙 were filed or registered"
