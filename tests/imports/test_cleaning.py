from datetime import date
from typing import Any

import pytest

from market.core.vocabulary import Deployment, Field, Readiness, RequirementKind
from market.imports.amounts import Amount, read_amount
from market.imports.classification import deployments_of, field_of, readiness_of
from market.imports.cleaning import date_of, kind_of, line_of, sentences_of, source_id_of, text_of


@pytest.mark.parametrize(
    ("value", "column", "expected"),
    [
        ("￥300000", "", Amount(None, 30_000_000)),
        ("￥1,340,000", "", Amount(None, 134_000_000)),
        ("100万元（不含税）", "", Amount(None, 100_000_000)),
        ("~￥ 27.6W", "", Amount(None, 27_600_000)),
        ("1.2亿元", "", Amount(None, 12_000_000_000)),
        ("30-50万", "", Amount(30_000_000, 50_000_000)),
        ("2023年100万元", "", Amount(None, 100_000_000)),
        (1200000, "预算", Amount(None, 120_000_000)),
        ("120", "预算（万元）", Amount(None, 120_000_000)),
        ({"min": 10, "max": 20, "currency": "CNY"}, "", Amount(1000, 2000)),
        ({"min": 1000, "max": 2000, "currency": "EUR"}, "budget", Amount(stated="budget: EUR 1,000 - 2,000")),
        ({"min": None, "currency": "EUR"}, "budget", Amount()),
        ("EUR 50 000", "", Amount(stated="EUR 50 000")),
        ("$1.5m", "金额", Amount(stated="金额: $1.5m")),
        ("10万美元", "", Amount(stated="10万美元")),
        ("面议", "", Amount(stated="面议")),
        ("500元/月", "", Amount(stated="500元/月")),
        ("RMB100万", "", Amount(None, 100_000_000)),
        ("￥0", "", Amount()),
        (None, "", Amount()),
    ],
)
def test_amounts(value: Any, column: str, expected: Amount) -> None:
    assert read_amount(value, column=column) == expected


def test_a_number_without_a_currency_in_an_english_row_stays_as_written() -> None:
    assert read_amount("45000.0", column="budget", chinese=False) == Amount(stated="budget: 45000.0")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2023/8/31", date(2023, 8, 31)), ("2023年8月31日前", date(2023, 8, 31)),
        ("2015-02-18T05:00:00Z", date(2015, 2, 18)), ("2017.9.1 - 2017.12.24", date(2017, 12, 24)),
        ("2023-02-30", None), ("Jul-25", None), ("2025", None), (None, None),
    ],
)  # fmt: skip
def test_dates(cell: Any, expected: date | None) -> None:
    assert date_of(cell) == expected


def test_requirements_are_musts_only_where_the_words_say_so() -> None:
    sentences = sentences_of("1. 必须在本地部署\n2、误报率低于3%；无须联网\n\n- The system shall log\n误报率低于3%")
    assert [(each, str(kind_of(each))) for each in sentences] == [
        ("必须在本地部署", "must"), ("误报率低于3%", "wish"), ("无须联网", "wish"), ("The system shall log", "must"),
    ]  # fmt: skip
    assert sentences_of([{"phase": "PHASE I", "text": None}, "2.5 s", None]) == ["PHASE I", "2.5 s"]
    assert kind_of("mustard") is RequirementKind.WISH


def test_texts_lose_what_databases_refuse() -> None:
    assert text_of("a\x00b\r\nc\ud800") == "ab\nc"
    assert text_of({"accuracy": "N/A", "set": ["x", "y"]}) == "set: x, y"
    assert line_of("很" * 301, 300) == "很" * 299 + "…"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("工业质检",), Field.SMART_MANUFACTURING), (("Health and Medical",), Field.HEALTHCARE),
        (("人形机器人",), Field.ROBOTICS), (("聊天机器人",), Field.OTHER), (("", "台风路径预报"), Field.METEOROLOGY),
        (("政务热线", "医院"), Field.GOVERNMENT_SERVICES), (("IT",), Field.OTHER),
    ],
)  # fmt: skip
def test_domains(texts: tuple[str, ...], expected: Field) -> None:
    assert field_of(*texts) is expected


def test_deployments_and_readiness() -> None:
    assert deployments_of("支持私有化部署，也可API调用") == [Deployment.ON_PREMISES, Deployment.API]
    assert (readiness_of("已上线"), readiness_of("试点中"), readiness_of("")) == (
        Readiness.PRODUCTION, Readiness.PILOT, None,
    )  # fmt: skip


def test_a_row_is_known_by_its_id_else_by_its_words() -> None:
    assert source_id_of("scenes", "file", "XQ-1", "a", "b") == "scenes:XQ-1"
    assert source_id_of("scenes", "file", "7", "a", "b") == "scenes:file#7"
    by_words = source_id_of("scenes", "file", "", "a", "b")
    assert (by_words == source_id_of("scenes", "other", "", "a", "b"), len(by_words)) == (True, 39)
    assert by_words != source_id_of("scenes", "file", "", "ab", "")
    assert len(source_id_of("scenes", "file", "x" * 300)) == 39
