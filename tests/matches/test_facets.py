"""Facets: choices widen within a facet and narrow across them, and counts say what a click would show."""

from market.catalogue.facts import SolutionFacts
from market.core.vocabulary import Deployment, Field, Readiness, Size
from market.matches.facets import Line, choices_of, facets_of, matching_lines, values_of

EDGE = SolutionFacts(
    models=1, filed=1, deployments=frozenset({Deployment.EDGE, Deployment.API}), price_min_fen=49_999_999,
    fields=frozenset({Field.ROBOTICS}), readiness=Readiness.PILOT,
)  # fmt: skip
CLOUD = SolutionFacts(models=1, deployments=frozenset({Deployment.PUBLIC_CLOUD}), price_min_fen=200_000_000)
SILENT = SolutionFacts(price_min_fen=50_000_000)


def line(number: int, facts: SolutionFacts, size: Size | None = None, *, won: int = 0) -> Line:
    return Line(number, number, number, 1 / number, qualifies=True, values=values_of(facts, size, won=won))


LINES = [line(1, EDGE, Size.SMALL), line(2, CLOUD, Size.SMALL, won=2), line(3, SILENT)]


def counts(chosen: dict[str, frozenset[str]]) -> dict[str, dict[str, int]]:
    return {facet.name: {each.value: each.count for each in facet.values} for facet in facets_of(LINES, chosen)}


def test_every_pair_is_counted_under_what_it_states() -> None:
    assert counts({}) == {
        "field": {"robotics": 1, "unstated": 2},
        "filing": {"filed": 1, "unfiled": 1, "unstated": 1},
        "deployment": {"public_cloud": 1, "edge": 1, "api": 1, "unstated": 1},
        "price": {"below_500k": 1, "from_500k": 1, "from_2m": 1},
        "readiness": {"pilot": 1, "unstated": 2},
        "size": {"small": 2, "unstated": 1},
        "record": {"newcomer": 2, "winner": 1},
    }


def test_choices_widen_within_a_facet_and_narrow_across_facets() -> None:
    either = {"deployment": frozenset({"edge", "public_cloud"})}
    assert [each.rank for each in matching_lines(LINES, either)] == [1, 2]
    assert [each.rank for each in matching_lines(LINES, either | {"record": frozenset({"winner"})})] == [2]
    assert matching_lines(LINES, either | {"record": frozenset({"winner"}), "filing": frozenset({"filed"})}) == []


def test_counts_of_a_facet_ignore_its_own_choice_only() -> None:
    found = counts({"deployment": frozenset({"edge"})})
    assert found["deployment"] == {"public_cloud": 1, "edge": 1, "api": 1, "unstated": 1}
    assert found.get("record") is None  # one value left: nothing to choose
    chosen = {facet.name: [each.value for each in facet.values if each.chosen] for facet in facets_of(
        LINES, {"size": frozenset({"large"})})}  # fmt: skip
    assert chosen["size"] == ["large"]


def test_bars_are_drawn_against_the_largest_count() -> None:
    [size] = [facet for facet in facets_of(LINES, {}) if facet.name == "size"]
    assert [(each.value, each.share) for each in size.values] == [("small", 1.0), ("unstated", 0.5)]


def test_the_address_is_read_and_nonsense_left_out() -> None:
    asked = [("deployment", "edge"), ("deployment", "api"), ("deployment", "moon"), ("page", "2"), ("size", "")]
    assert choices_of(asked) == {"deployment": frozenset({"edge", "api"})}
