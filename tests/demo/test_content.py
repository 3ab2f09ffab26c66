"""The demonstration district keeps its own rules: complete, consistent, and written rather than generated."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from stdnum.cn import uscc

import market.demo
from market.core.vocabulary import (
    DataLevel,
    Deployment,
    Direction,
    Field,
    OrganisationKind,
    Readiness,
    RequirementKind,
    Size,
)

Row = dict[str, Any]
FOLDER = Path(market.demo.__file__).parent


def read(name: str) -> list[Row]:
    rows: list[Row] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return rows


def read_folder(name: str) -> list[Row]:
    return [row for path in sorted((FOLDER / name).glob("*.yaml")) for row in read(f"{name}/{path.name}")]


ORGANISATIONS = {row["key"]: row for row in read("organisations.yaml")}
FILINGS = {row["filing_number"]: row for row in read("filings.yaml")}
SCENES = read_folder("scenes")
SOLUTIONS = read_folder("solutions")

SCENE_KEYS = {
    *("key", "organisation", "title", "title_en", "field", "problem", "outcome", "requirements", "metrics", "data"),
    *("deployment", "serves_public", "region", "acceptance_test", "budget_min_yuan", "budget_max_yuan"),
    "duration_weeks",
}
SOLUTION_KEYS = {
    *("key", "organisation", "title", "title_en", "fields", "summary", "capabilities", "deployment", "max_data_level"),
    *("models", "references", "price_min_yuan", "price_max_yuan", "delivery_weeks", "readiness", "regions"),
}

every_scene = pytest.mark.parametrize("scene", SCENES, ids=lambda row: row["key"])
every_solution = pytest.mark.parametrize("solution", SOLUTIONS, ids=lambda row: row["key"])


def is_chinese(text: str) -> bool:
    return re.search(r"[一-鿿]", text) is not None


def sentences(*texts: str) -> Iterator[str]:
    for text in texts:
        yield from (part.strip() for part in re.split(r"[。！？；]|\.\s|\.$", text) if part.strip())


def repeated(texts: Iterator[str]) -> list[str]:
    return [text for text, count in Counter(texts).items() if count > 1]


def obstacles(scene: Row, solution: Row) -> set[str]:
    """Which of the facts that no sentence can argue with keep this solution out of this scene."""
    found = set()
    if not set(scene["deployment"]) & set(solution["deployment"]):
        found.add("deployment")
    if DataLevel(solution["max_data_level"]).rank < DataLevel(scene["data"]["level"]).rank:
        found.add("data level")
    if solution["price_min_yuan"] > scene["budget_max_yuan"]:
        found.add("price")
    if scene["serves_public"] and not any(model["filing_number"] for model in solution["models"]):
        found.add("filing")
    return found


def test_the_district_is_large_enough_to_look_lived_in() -> None:
    kinds = Counter(row["kind"] for row in ORGANISATIONS.values())
    assert kinds[OrganisationKind.BUYER] >= 30
    assert kinds[OrganisationKind.VENDOR] >= 45
    assert kinds[OrganisationKind.EXPERT_BODY] == 4
    assert kinds[OrganisationKind.DISTRICT] == kinds[OrganisationKind.AUDIT_BODY] == 1
    assert len(SCENES) >= 32
    assert len(SOLUTIONS) >= 96
    assert len(FILINGS) >= 40


@pytest.mark.parametrize("field", Field)
def test_every_field_has_scenes_and_rivals(field: Field) -> None:
    assert {row["field"] for row in read(f"scenes/{field}.yaml")} == {field}
    assert len(read(f"scenes/{field}.yaml")) >= 2
    assert len([row for row in SOLUTIONS if field in row["fields"]]) >= 4


def test_keys_names_codes_and_titles_are_unique() -> None:
    assert len(ORGANISATIONS) == len(read("organisations.yaml"))
    assert len(FILINGS) == len(read("filings.yaml"))
    for rows, name in (
        *((list(ORGANISATIONS.values()), name) for name in ("name", "name_en", "uscc", "intro")),
        *((SCENES, name) for name in ("key", "title", "title_en")),
        *((SOLUTIONS, name) for name in ("key", "title", "title_en")),
    ):
        assert repeated(row[name] for row in rows) == []


@pytest.mark.parametrize("row", ORGANISATIONS.values(), ids=lambda row: row["key"])
def test_an_organisation_is_complete_and_its_code_valid(row: Row) -> None:
    assert set(row) == {"key", "name", "name_en", "kind", "uscc", "size", "region", "intro"}
    assert OrganisationKind(row["kind"])
    assert Size(row["size"])
    assert uscc.validate(row["uscc"]) == row["uscc"]
    assert is_chinese(row["name"])
    assert not is_chinese(row["name_en"])


def test_every_vendor_and_every_buyer_has_something_to_show() -> None:
    active = {row["organisation"] for row in [*SCENES, *SOLUTIONS]}
    idle = {
        key for key, row in ORGANISATIONS.items() if row["kind"] in {OrganisationKind.BUYER, OrganisationKind.VENDOR}
    }
    assert idle - active == set()


@every_scene
def test_a_scene_is_complete(scene: Row) -> None:
    assert set(scene) == SCENE_KEYS
    assert ORGANISATIONS[scene["organisation"]]["kind"] == OrganisationKind.BUYER
    assert 150 <= len(scene["problem"]) <= 350
    assert 60 <= len(scene["outcome"]) <= 150
    assert len(scene["acceptance_test"]) >= 30
    assert not is_chinese(scene["title_en"])
    assert set(scene["data"]) == {"description", "level", "access"}
    assert DataLevel(scene["data"]["level"])
    assert scene["deployment"]
    assert {Deployment(form) for form in scene["deployment"]} == set(scene["deployment"])
    assert isinstance(scene["serves_public"], bool)
    assert 0 < scene["budget_min_yuan"] <= scene["budget_max_yuan"]
    assert scene["duration_weeks"] > 0


@every_scene
def test_a_scene_asks_for_a_few_checkable_things(scene: Row) -> None:
    kinds = Counter(RequirementKind(requirement["kind"]) for requirement in scene["requirements"])
    assert 4 <= kinds.total() <= 7
    assert 2 <= kinds[RequirementKind.MUST] <= 4


@every_scene
def test_a_metric_improves_in_its_direction(scene: Row) -> None:
    assert 2 <= len(scene["metrics"]) <= 4
    for metric in scene["metrics"]:
        assert set(metric) == {"name", "baseline", "target", "unit", "direction"}
        rises = metric["target"] > metric["baseline"]
        assert Direction(metric["direction"]) is (Direction.HIGHER if rises else Direction.LOWER), metric["name"]
        assert metric["target"] != metric["baseline"]


@every_solution
def test_a_solution_is_complete(solution: Row) -> None:
    assert set(solution) == SOLUTION_KEYS
    assert ORGANISATIONS[solution["organisation"]]["kind"] == OrganisationKind.VENDOR
    assert {Field(field) for field in solution["fields"]} == set(solution["fields"])
    assert solution["fields"]
    assert 80 <= len(solution["summary"]) <= (200 if is_chinese(solution["summary"]) else 600)
    assert 4 <= len(solution["capabilities"]) <= 7
    assert all(isinstance(sentence, str) for sentence in solution["capabilities"])
    assert not is_chinese(solution["title_en"])
    assert solution["deployment"]
    assert {Deployment(form) for form in solution["deployment"]} == set(solution["deployment"])
    assert DataLevel(solution["max_data_level"])
    assert Readiness(solution["readiness"])
    assert 0 < solution["price_min_yuan"] <= solution["price_max_yuan"]
    assert solution["delivery_weeks"] > 0
    assert all(set(reference) == {"client", "year", "result"} for reference in solution["references"])


@every_solution
def test_a_filing_number_belongs_to_that_model_of_that_vendor(solution: Row) -> None:
    for model in solution["models"]:
        assert set(model) == {"name", "filing_number"}
        if number := model["filing_number"]:
            assert FILINGS[number]["model"] == model["name"]
            assert FILINGS[number]["entity"] == ORGANISATIONS[solution["organisation"]]["name"]


@pytest.mark.parametrize("filing", FILINGS.values(), ids=lambda row: row["filing_number"])
def test_a_filing_is_complete(filing: Row) -> None:
    assert set(filing) == {"kind", "jurisdiction", "model", "entity", "date", "filing_number"}
    assert filing["kind"] in {"备案", "登记"}
    assert date.fromisoformat(filing["date"]).strftime("%Y%m%d") in filing["filing_number"]
    assert filing["entity"] in {row["name"] for row in ORGANISATIONS.values() if row["kind"] == "vendor"}


def test_about_a_tenth_of_the_solutions_are_written_in_english_only() -> None:
    english = [row for row in SOLUTIONS if not is_chinese(row["summary"] + "".join(row["capabilities"]))]
    assert 0.08 <= len(english) / len(SOLUTIONS) <= 0.15
    assert len({field for row in english for field in row["fields"]}) >= 8


def test_no_sentence_is_used_twice() -> None:
    prose = [
        *(text for row in SCENES for text in (row["problem"], row["outcome"], row["acceptance_test"])),
        *(row["summary"] for row in SOLUTIONS),
    ]
    assert repeated(sentences(*prose)) == []
    assert repeated(item["text"] for row in SCENES for item in row["requirements"]) == []
    assert repeated(sentence for row in SOLUTIONS for sentence in row["capabilities"]) == []


@every_scene
def test_two_vendors_may_compete_for_a_scene_and_one_fails_on_a_fact(scene: Row) -> None:
    rivals = [row for row in SOLUTIONS if scene["field"] in row["fields"]]
    found = {row["key"]: obstacles(scene, row) for row in rivals}
    assert len({row["organisation"] for row in rivals if not found[row["key"]]}) >= 2, found
    assert any(found.values()), found
