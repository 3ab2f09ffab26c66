import pytest

from market.catalogue.facts import SceneFacts, SolutionFacts
from market.core.vocabulary import Deployment
from market.matches.judging import Judgements
from market.matches.rules import unmet_musts

SCENE = SceneFacts(deployments=frozenset({Deployment.EDGE}), budget_max_fen=100, region="云麓区")
SOLUTIONS = {
    3: SolutionFacts(deployments=frozenset({Deployment.API}), price_min_fen=200),
    5: SolutionFacts(),
    8: SolutionFacts(deployments=frozenset({Deployment.EDGE}), price_min_fen=90, regions=("云麓区",)),
}


def test_each_is_judged_as_the_rules_say() -> None:
    judged = Judgements(SCENE, SOLUTIONS)
    assert {key: list(unmet) for key, unmet in judged.items()} == {
        key: unmet_musts(SCENE, facts) for key, facts in SOLUTIONS.items()
    }
    assert [each.code for each in judged[3]] == ["deployment", "price"]
    assert judged[3] is judged[3]
    assert judged.qualifying() == {5, 8}
    assert len(judged) == 3


def test_a_solution_that_is_not_published_is_unknown() -> None:
    with pytest.raises(KeyError):
        Judgements(SCENE, SOLUTIONS)[4]
