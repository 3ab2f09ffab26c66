"""The officer's page on who is shown to buyers, with every number explained and as a table to take away."""

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import Response

from market.core import clock
from market.core.text import _
from market.matches.exposure import Group, Vendor, Week, by_size, gini, lorenz, vendors_shown, weeks_shown
from market.settings import settings
from market.web.downloads import attachment, spreadsheet_text
from market.web.filters import label
from market.web.languages import say
from market.web.paging import Pager, pager_of
from market.web.plots import BarPlot, LinePlot, bars, line
from market.web.render import page

PERIODS = (4, 13, 52)
SIDE = 200.0  # of the square in which the Lorenz curve is drawn
_PERCENT = 100


@dataclass(frozen=True)
class Period:
    """One choice of how far to look back."""

    weeks: int
    href: str
    current: bool


@dataclass(frozen=True)
class ExposureView:
    """Exposure over the last weeks."""

    weeks: int
    periods: list[Period]
    shown: int
    gini: float
    never_shown: int
    newcomers: float | None
    explored: int
    vendors: list[Vendor]
    total: int
    pager: Pager
    groups: list[Group]
    sizes: BarPlot
    curve: str
    side: float
    by_week: list[Week]
    trend: LinePlot | None
    slots: int
    margin: float


async def show_exposure(request: Request) -> Response:
    """Show how evenly vendors are shown, by vendor and by size, and how many of the first places newcomers have."""
    weeks, first, last = _period(request)
    vendors, by_week = await vendors_shown(first, last), await weeks_shown(first, last)
    pager, groups = pager_of(request, len(vendors)), by_size(vendors)
    views, top = [vendor.shown for vendor in vendors], sum(week.shown for week in by_week)
    current = settings()
    view = ExposureView(
        weeks=weeks,
        periods=[Period(each, f"/exposure?weeks={each}", each == weeks) for each in PERIODS],
        shown=sum(views),
        gini=gini(views),
        never_shown=views.count(0),
        newcomers=sum(week.newcomers for week in by_week) / top if top else None,
        explored=sum(week.explored for week in by_week),
        vendors=vendors[pager.offset : pager.offset + pager.size],
        total=len(vendors),
        pager=pager,
        groups=groups,
        sizes=bars([(label(group.size), group.shown) for group in groups]),
        curve=" ".join(f"{x * SIDE:.1f},{(1 - y) * SIDE:.1f}" for x, y in lorenz(views)),
        side=SIDE,
        by_week=by_week,
        trend=_trend(by_week),
        slots=current.exploration_slots,
        margin=current.exploration_margin,
    )
    return page(request, "matches/exposure.html", view)


async def export_exposure(request: Request) -> Response:
    """Hand out how often each vendor was shown."""
    _weeks, first, last = _period(request)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([say(each) for each in (_("Vendor"), _("Size"), _("Times shown"), _("Awards won here"))])
    for vendor in await vendors_shown(first, last):
        writer.writerow([spreadsheet_text(vendor.name), label(vendor.size), vendor.shown, vendor.won])
    return attachment(text.getvalue().encode("utf-8-sig"), f"exposure-{last}.csv", "text/csv; charset=utf-8")


def _trend(by_week: list[Week]) -> LinePlot | None:
    """Draw the newcomers' share week by week; one week is no trend."""
    readings = [(week.week, round(week.share * _PERCENT, 1)) for week in by_week]
    return line(readings, unit="%") if len(readings) > 1 else None


def _period(request: Request) -> tuple[int, date, date]:
    asked = request.query_params.get("weeks", "")
    weeks = next((each for each in PERIODS if str(each) == asked), PERIODS[1])
    today = clock.today()
    return weeks, today - timedelta(weeks=weeks), today
