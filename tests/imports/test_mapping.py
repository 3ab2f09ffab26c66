import pytest

from market.core.errors import InvalidError
from market.imports.mapping import Column, guess, require_columns, require_fields, survey
from market.imports.readers import Row
from tests.imports.files import HEADING


def columns(*names: str) -> dict[str, Column]:
    return {name: Column("x", {"str"}) for name in names}


def test_a_chinese_heading_is_understood_and_contacts_are_left_out() -> None:
    assert guess("scenes", columns(*HEADING), {}) == {
        "编号": "id", "项目名称": "title", "需求单位": "organisation", "所属领域": "domain", "需求描述": "problem",
        "技术要求": "requirements", "预算（万元）": "budget", "截止日期": "start_by",
    }  # fmt: skip


def test_an_english_heading_is_understood() -> None:
    found = guess(
        "solutions", columns("Product", "Company", "description", "Key Features", "Features", "filingNumber"), {}
    )
    assert found == {
        "Product": "title", "Company": "organisation", "description": "summary", "Features": "capabilities",
        "filingNumber": "filing_number",
    }  # fmt: skip


def test_of_two_candidates_the_better_name_wins() -> None:
    assert guess("scenes", columns("名称", "项目名称"), {}) == {"项目名称": "title"}


def test_the_only_list_without_a_known_name_is_requirements() -> None:
    rows = [Row(1, {"title": "a", "asks": ["b", "c"]}), Row(2, {"title": "d", "late": True})]
    found = survey(rows)
    assert (found.rows, list(found.columns), found.columns["asks"].sample) == (
        2,
        ["title", "asks", "late"],
        "['b', 'c']",
    )
    assert guess("scenes", found.columns, {}) == {"title": "title", "asks": "requirements"}


def test_what_the_user_says_goes_first() -> None:
    given = {"内容": "title", "名称": "unused"}
    assert guess("scenes", columns("名称", "内容", "描述"), given) == {"内容": "title", "描述": "problem"}


def test_unknown_fields_and_columns_are_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidError) as refusal:
        guess("filings", columns("a"), {"a": "colour"})
    assert str(refusal.value) == (
        "a=colour: there is no such field. Known: kind, number, jurisdiction, model, entity, filed_on, filing_number, "
        "note, source, unused"
    )
    with pytest.raises(InvalidError) as refusal:
        require_columns({"b": "model"}, ["a", "c"])
    assert str(refusal.value) == "No file has the column b. Known: a, c"


def test_a_file_without_titles_is_refused_with_what_to_do() -> None:
    with pytest.raises(InvalidError) as refusal:
        require_fields("scenes", "x.csv", ["a", "b"], {})
    assert str(refusal.value) == (
        "x.csv: no column is recognised as title. Say which with --map COLUMN=title. Columns: a, b"
    )
    require_fields("solutions", "x.csv", ["title_zh"], {"title_zh": "title_zh"})
