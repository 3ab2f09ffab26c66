"""How long a public notice lasts: working days in mainland China, a demonstration's minutes, pauses."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from market.awards.rules import end_after_pause, end_of_notice
from market.challenges.rules import ChallengeRules
from market.core.clock import SHANGHAI
from market.settings import settings

FIVE_DAYS = ChallengeRules()


def beijing(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_five_working_days_skip_a_weekend() -> None:
    assert end_of_notice(beijing("2026-11-05T10:00"), FIVE_DAYS) == beijing("2026-11-12T17:30")


def test_the_day_of_approval_never_counts_even_early_or_at_midnight() -> None:
    assert end_of_notice(beijing("2026-11-02T00:00"), FIVE_DAYS) == beijing("2026-11-09T17:30")
    assert end_of_notice(beijing("2026-11-02T23:59"), FIVE_DAYS) == beijing("2026-11-09T17:30")


def test_national_day_is_skipped_and_make_up_days_count() -> None:
    """2026: holiday 1 to 7 October; Sunday 20 September and Saturday 10 October are worked."""
    assert end_of_notice(beijing("2026-09-28T09:00"), FIVE_DAYS) == beijing("2026-10-10T17:30")
    assert end_of_notice(beijing("2026-09-17T09:00"), ChallengeRules(notice_working_days=2)) == beijing(
        "2026-09-20T17:30"
    )


def test_minutes_count_in_a_demonstration() -> None:
    start = beijing("2026-11-05T10:00")
    assert end_of_notice(start, ChallengeRules(notice_minutes=3)) == start + timedelta(minutes=3)


@pytest.fixture
def real_district(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("JIEBANG_DEMONSTRATION", "false")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.usefixtures("real_district")
def test_minutes_count_for_nothing_elsewhere() -> None:
    rules = ChallengeRules(notice_minutes=3)
    assert end_of_notice(beijing("2026-11-05T10:00"), rules) == beijing("2026-11-12T17:30")


@pytest.mark.parametrize(
    ("now", "left", "end"),
    [
        ("2026-11-10T10:00", timedelta(hours=2), "2026-11-10T17:30"),
        ("2026-11-10T16:00", timedelta(hours=2), "2026-11-11T17:30"),
        ("2026-11-12T10:00", timedelta(days=2), "2026-11-16T17:30"),
        ("2026-11-10T10:00", timedelta(days=2, hours=7, minutes=30), "2026-11-12T17:30"),
        ("2026-09-30T10:00", timedelta(days=1), "2026-10-08T17:30"),
    ],
)
def test_a_paused_notice_never_loses_time_and_ends_on_a_working_day(now: str, left: timedelta, end: str) -> None:
    ends_at = end_after_pause(beijing(now), left, FIVE_DAYS)
    assert ends_at == beijing(end)
    assert ends_at - beijing(now) >= left


def test_a_demonstration_keeps_the_remaining_time_exactly() -> None:
    rules, now = ChallengeRules(notice_minutes=10), beijing("2026-11-14T03:00")
    assert end_after_pause(now, timedelta(minutes=4), rules) == now + timedelta(minutes=4)
    assert end_after_pause(now, timedelta(seconds=-1), rules) == now + timedelta(seconds=1)
