"""Exposure: what buyers are really shown is counted, staff are not; its inequality and the newcomers' share."""

from datetime import date, datetime, timedelta

import pytest

from market.accounts.models import Organisation
from market.core import clock
from market.core.vocabulary import Size
from market.lifecycle import Role
from market.matches.exposure import by_size, gini, lorenz, vendors_shown, weeks_shown
from market.matches.models import Impression, MatchRun
from market.scenes.models import Scene
from market.solutions.models import Solution
from tests.browser import Browser
from tests.factories import make_person
from tests.matches.rows import publish_scene, three_solutions
from workers import matching as jobs


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], 0.0), ([0, 0], 0.0), ([3, 3, 3], 0.0), ([0, 0, 0, 8], 0.75), ([1, 2, 3, 4], 0.25), ([4, 1, 3, 2], 0.25)],
)
def test_the_gini_coefficient(values: list[int], expected: float) -> None:
    assert gini(values) == pytest.approx(expected)
    differences = sum(abs(a - b) for a in values for b in values)
    if sum(values):
        assert gini(values) == pytest.approx(differences / (2 * len(values) * sum(values)))


def test_the_lorenz_curve_ends_at_everything() -> None:
    assert lorenz([6, 0, 2]) == [(0.0, 0.0), (1 / 3, 0.0), (2 / 3, 0.25), (1.0, 1.0)]


async def shown_scene() -> Scene:
    await three_solutions()
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    return scene


@pytest.mark.usefixtures("db", "empty_index")
async def test_what_a_buyer_is_shown_is_counted_once_a_day_and_what_staff_see_is_not(
    browser: Browser, noon: datetime
) -> None:
    scene = await shown_scene()
    await browser.sign_in((await make_person(Role.OFFICER)).email)
    await browser.get(f"/scenes/{scene.id}/matches")
    assert await Impression.all().count() == 0
    person = await make_person(Role.BUYER, await Organisation.get(id=scene.organisation_id))
    await browser.sign_in(person.email)
    for _time in range(2):
        await browser.get(f"/scenes/{scene.id}/matches")
    rows = await Impression.all().order_by("best_rank")
    assert [(row.best_rank, row.views, row.explored, row.day) for row in rows] == [
        (place, 1, False, date(2026, 11, 2)) for place in (1, 2, 3)
    ]
    await browser.sign_in((await make_person(Role.BUYER, await Organisation.get(id=scene.organisation_id))).email)
    await browser.get(f"/scenes/{scene.id}/matches")
    assert await Impression.all().values_list("views", flat=True) == [2, 2, 2]
    clock.fix(noon + timedelta(days=1))
    await browser.sign_in(person.email)
    await MatchRun.create(scene=scene, asked_at=clock.now())
    await browser.get(f"/scenes/{scene.id}/matches?page=1")
    assert await Impression.all().count() == 3  # the page waits for another ranking
    await jobs.match_scene(scene_id=scene.id)
    await browser.get(f"/scenes/{scene.id}/matches?page=1")
    assert await Impression.all().count() == 6


@pytest.mark.usefixtures("db", "empty_index", "noon")
async def test_exposure_by_vendor_by_size_and_by_week() -> None:
    scene = await shown_scene()
    solutions = await Solution.all().order_by("id")
    await Organisation.filter(id=solutions[0].organisation_id).update(size=Size.LARGE)
    days = {0: date(2026, 11, 2), 1: date(2026, 10, 28)}
    for place, day in days.items():
        await Impression.create(
            day=day, scene=scene, solution=solutions[place], best_rank=place + 1, views=3 - 2 * place,
            explored=bool(place),
        )  # fmt: skip
    await Impression.create(day=days[0], scene=scene, solution=solutions[2], best_rank=11, views=2)
    first, last = date(2026, 10, 1), date(2026, 11, 2)
    vendors = await vendors_shown(first, last)
    assert [(vendor.id, vendor.shown, vendor.won) for vendor in vendors] == [
        (solutions[0].organisation_id, 3, 0), (solutions[2].organisation_id, 2, 0),
        (solutions[1].organisation_id, 1, 0),
    ]  # fmt: skip
    assert [(group.size, group.vendors, group.shown, group.share_of_shown) for group in by_size(vendors)] == [
        (Size.LARGE, 1, 3, 0.5), (None, 2, 3, 0.5),
    ]  # fmt: skip
    weeks = await weeks_shown(first, last)
    assert [(week.week, week.shown, week.newcomers, week.explored, week.share) for week in weeks] == [
        (date(2026, 10, 26), 1, 1, 1, 1.0), (date(2026, 11, 2), 3, 3, 0, 1.0),
    ]  # fmt: skip


@pytest.mark.usefixtures("db", "empty_index", "noon")
async def test_the_officers_page(browser: Browser) -> None:
    scene = await shown_scene()
    await browser.in_english()
    await browser.sign_in((await make_person(Role.OFFICER)).email)
    assert "Nothing was shown in this time" in (await browser.get("/exposure")).text
    steel = await Solution.get(title="金属板材表面缺陷检测系统")
    await Organisation.filter(id=steel.organisation_id).update(name="=钢检")
    for days in (0, 8):
        day = date(2026, 11, 2) - timedelta(days=days)
        await Impression.create(day=day, scene=scene, solution=steel, best_rank=1, views=4)
    page = await browser.get("/exposure?weeks=4")
    for words in ("0.67Gini coefficient", "100%of the first ten places", "2 / 3vendors never shown", "=钢检"):
        assert words in page.text
    table = await browser.client.get("/exposure/exposure.csv?weeks=4")
    assert table.content.decode("utf-8-sig").splitlines()[:2] == [
        "Vendor,Size,Times shown,Awards won here", "'=钢检,Not stated,8,0",
    ]  # fmt: skip
