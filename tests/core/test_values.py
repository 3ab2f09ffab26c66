"""Money, working days, texts and files: small things that everything stands on."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.core import calendar, clock, money
from market.core.errors import InvalidError
from market.core.files import Upload, files_of, media_type_of, read_file, store_file
from market.core.permissions import CLOCK
from market.core.text import Text, _
from market.core.work import unit_of_work


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("1200000", 120_000_000),
        ("1,200,000.50", 120_000_050),
        ("¥0.01", 1),
        ("120万", 120_000_000),
        ("1.5万元", 1_500_000),
        ("300000 元", 30_000_000),
    ],
)
def test_amounts_as_people_type_them(typed: str, fen: int) -> None:
    assert money.parse_yuan(typed) == fen


@pytest.mark.parametrize("typed", ["", "abc", "-5", "1.234", "1e6", "EUR 50", "１２万万", "0.0000001万"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    assert money.parse_yuan(typed) is None


@given(st.integers(min_value=0, max_value=10**14))
def test_an_amount_shown_is_read_back(fen: int) -> None:
    assert money.parse_yuan(money.format_yuan(fen)) == fen


@given(st.integers(min_value=0, max_value=10**13), st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_the_parts_of_an_amount_add_up(fen: int, weights: list[int]) -> None:
    percents = [*weights, 100 - sum(weights)] if sum(weights) < 100 else [100]
    assert sum(money.split(fen, percents)) == fen


def test_a_share_is_rounded_half_up() -> None:
    assert money.share(5, 50) == 3
    assert money.share(333, Decimal("33.3")) == 111


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2026, 11, 2), 5, date(2026, 11, 9)),  # over a weekend
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # over the National Day holiday
        (date(2026, 10, 9), 1, date(2026, 10, 10)),  # to a Saturday that is a make-up day
        (date(2026, 2, 13), 1, date(2026, 2, 14)),  # a make-up Saturday before the Spring Festival
    ],
)
def test_working_days_of_the_mainland(start: date, days: int, end: date) -> None:
    assert calendar.add_working_days(start, days) == end


def test_a_period_ends_with_the_working_day() -> None:
    assert calendar.end_of_working_day(date(2026, 11, 9)) == datetime(2026, 11, 9, 17, 30, tzinfo=clock.SHANGHAI)


def test_a_text_survives_being_stored_with_a_text_inside() -> None:
    text = _("Closed: %(why)s.", why=_("too few bids (%(count)s)", count=2))
    again = Text.from_json(text.as_json())
    assert again == text
    assert str(again) == "Closed: too few bids (2)."
    shout = {"Closed: %(why)s.": "已截止：%(why)s。", "too few bids (%(count)s)": "应榜不足（%(count)s 份）"}
    assert again.translate(lambda message: shout[message]) == "已截止：应榜不足（2 份）。"


def office(folder: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{folder}/document.xml", "<x/>")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"%PDF-1.7 ...", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (office("xl"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("读数,备注\n1,好".encode(), "text/plain"),
        (b"MZ\x90\x00", None),
        (b"<html><script>alert(1)</script>", None),
        (b"PK\x03\x04 broken", None),
    ],
)
def test_a_file_is_what_its_bytes_say(data: bytes, media_type: str | None) -> None:
    assert media_type_of(data) == media_type


async def test_a_file_is_kept_with_its_row(db: object) -> None:
    async with unit_of_work() as work:
        row = await store_file(
            Upload("../../etc/证据.pdf", b"%PDF-1.7"), subject="Pilot", subject_id=3, work=work, actor=CLOCK, limit_mb=1
        )
    assert [file.name for file in await files_of("Pilot", 3)] == ["证据.pdf"]
    assert (await read_file(row.id))[1] == b"%PDF-1.7"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "The file is empty. Choose another one."),
        (b"%PDF-" + b"x" * 1024 * 1024, "The file is larger than 1 MB. Make it smaller or split it."),
        (b"MZ\x00", "This kind of file is not accepted. Send PDF, PNG, JPEG, Word, Excel or plain text."),
    ],
)
async def test_a_file_is_refused_with_the_reason(db: object, data: bytes, reason: str) -> None:
    with pytest.raises(InvalidError) as refused:
        async with unit_of_work() as work:
            await store_file(Upload("x.pdf", data), subject="Pilot", subject_id=3, work=work, actor=CLOCK, limit_mb=1)
    assert str(refused.value.text) == reason
    assert await files_of("Pilot", 3) == []
