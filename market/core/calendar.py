"""Working days in mainland China, make-up days (调休) included."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from holidays import HolidayBase, country_holidays

from market.core.clock import SHANGHAI

_END_OF_WORK = time(17, 30)


@lru_cache(maxsize=4)
def _china(year: int) -> HolidayBase:
    return country_holidays("CN", years=year)


def is_working_day(day: date) -> bool:
    """Whether offices work on *day*: a make-up Saturday counts, a holiday Monday does not."""
    return bool(_china(day.year).is_working_day(day))


def add_working_days(start: date, days: int) -> date:
    """Return the *days*-th working day after *start*; *start* itself never counts."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


def end_of_working_day(day: date) -> datetime:
    """Return 17:30 in Shanghai on *day*: when a period counted in working days ends."""
    return datetime.combine(day, _END_OF_WORK, tzinfo=SHANGHAI)
