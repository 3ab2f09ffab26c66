"""A pilot through the browser: both sides at work, staff watching, strangers kept out."""

import pytest
from starlette.applications import Starlette

from market.accounts.models import Person
from market.core import clock
from market.core.files import Upload
from market.core.models import StoredFile
from market.core.work import unit_of_work
from market.lifecycle import PilotState, Role, SceneState, TrancheState
from market.pilots import actions
from market.pilots.models import Milestone, Pilot, Reading
from market.scenes.models import Metric, Scene
from tests.browser import Browser
from tests.factories import actor_for, make_person, make_pilot
from tests.grants.test_pages import sign_in
from tests.pilots.test_actions import PDF, meet, report, tranche_states
from tests.watching import count_queries


@pytest.fixture
async def buyer(app: Starlette) -> Person:
    return await make_person(Role.BUYER, locale="en")


@pytest.fixture
async def vendor(app: Starlette) -> Person:
    return await make_person(Role.VENDOR, locale="en")


@pytest.fixture
async def pilot(buyer: Person, vendor: Person) -> Pilot:
    return await make_pilot(await actor_for(buyer), await actor_for(vendor), start=False)


@pytest.fixture
async def at_buyer(browser: Browser, buyer: Person) -> Browser:
    await browser.in_english()
    await browser.sign_in(buyer.email)
    return browser


@pytest.fixture
async def at_vendor(another_browser: Browser, vendor: Person) -> Browser:
    await another_browser.in_english()
    await another_browser.sign_in(vendor.email)
    return another_browser


async def test_a_pilot_from_start_to_acceptance(pilot: Pilot, at_buyer: Browser, at_vendor: Browser) -> None:
    base = f"/pilots/{pilot.id}"
    await at_vendor.get("/pilots")
    await at_vendor.get(base)
    page = await at_vendor.submit(f"{base}/start")
    assert "Milestone 1, “上线”, is not confirmed as met." in page.text
    assert not page.has_form(f"{base}/request-acceptance")
    for milestone in await Milestone.filter(pilot_id=pilot.id).order_by("position"):
        place = f"{base}/milestones/{milestone.id}"
        await at_vendor.get(place)
        await at_vendor.submit(f"{place}/report", {"report": "产线联调完成"}, files={"files": ("记录.pdf", PDF)})
        await at_buyer.get(place)
        page = await at_buyer.submit(f"{place}/meet")
        assert "Confirmed as met." in page.text
    assert await tranche_states(pilot) == [TrancheState.RELEASED, TrancheState.PLANNED]
    await at_vendor.get(f"{base}/readings/new")
    page = await at_vendor.submit(f"{base}/readings/new", {"value": "0.6%"})
    assert "Target reached" in page.text
    await at_vendor.submit(f"{base}/request-acceptance")
    await at_buyer.get(base)
    await at_buyer.get(f"{base}/acceptance")
    page = await at_buyer.submit(f"{base}/acceptance", {"note": "质检科复核通过"})
    assert "质检科复核通过" in page.text
    assert (await Pilot.get(id=pilot.id)).state is PilotState.ACCEPTED
    assert (await Scene.get(id=pilot.scene_id)).state is SceneState.ACCEPTED
    assert await tranche_states(pilot) == [TrancheState.RELEASED, TrancheState.RELEASED]


async def test_a_reading_form_keeps_what_was_typed(pilot: Pilot, at_vendor: Browser) -> None:
    base = f"/pilots/{pilot.id}"
    await at_vendor.get(base)
    await at_vendor.submit(f"{base}/start")
    await at_vendor.get(f"{base}/readings/new")
    page = await at_vendor.submit(f"{base}/readings/new", {"value": "many", "note": "夜班"}, expect=422)
    assert "Enter a number, for example 98.5." in page.text
    assert 'value="夜班"' in page.html
    page = await at_vendor.submit(f"{base}/readings/new", {"value": "2", "taken_on": "2020-01-01"}, expect=422)
    assert "This day was before the pilot started." in page.text
    await at_vendor.submit(f"{base}/readings/new", {"value": "3.5", "taken_on": clock.today().isoformat()})
    await at_vendor.get(f"{base}/readings/new")
    page = await at_vendor.submit(f"{base}/readings/new", {"value": "5.3"}, expect=422)
    assert "There is already a reading of this day: 3.5." in page.text
    page = await at_vendor.submit(f"{base}/readings/new", {"value": "5.3", "note": "看错一行"})
    assert "看错一行" in page.text
    assert [float(row.value) for row in await Reading.all()] == [5.3]


async def test_a_milestone_is_refused_with_a_reason_and_reported_again(
    pilot: Pilot, at_buyer: Browser, at_vendor: Browser
) -> None:
    base = f"/pilots/{pilot.id}"
    await at_vendor.get(base)
    await at_vendor.submit(f"{base}/start")
    place = f"{base}/milestones/{(await Milestone.filter(pilot_id=pilot.id).order_by('position'))[0].id}"
    await at_vendor.get(place)
    page = await at_vendor.submit(f"{place}/report", {"report": ""}, expect=422)
    assert "Say what was done and how it can be checked." in page.text
    page = await at_vendor.submit(
        f"{place}/report", {"report": "完成"}, files={"files": ("x.html", b"<script>")}, expect=422
    )
    assert "x.html: This kind of file is not accepted." in page.text
    await at_vendor.submit(f"{place}/report", {"report": "完成"})
    await at_buyer.get(place)
    await at_buyer.submit(f"{place}/miss", {"reason": "缺少运行日志"})
    page = await at_vendor.get(place)
    assert "缺少运行日志" in page.text
    assert page.has_form(f"{place}/report")


async def test_evidence_is_only_for_both_sides_and_staff(
    pilot: Pilot, buyer: Person, vendor: Person, browser: Browser
) -> None:
    async with unit_of_work() as work:
        await actions.start_pilot(pilot, work=work, actor=await actor_for(buyer))
    milestone = (await Milestone.filter(pilot_id=pilot.id).order_by("position"))[0]
    await report(milestone, await actor_for(vendor), Upload("记录.pdf", PDF))
    other = await make_pilot(await actor_for(buyer), await actor_for(vendor))
    file = await StoredFile.get()
    people = {
        "buyer": buyer, "vendor": vendor, "officer": await make_person(Role.OFFICER),
        "auditor": await make_person(Role.AUDITOR), "another vendor": await make_person(Role.VENDOR),
        "another buyer": await make_person(Role.BUYER), "reviewer": await make_person(Role.REVIEWER),
    }  # fmt: skip
    seen = {}
    for name, person in people.items():
        await browser.sign_in(person.email)
        answer = await browser.client.get(f"/pilots/{pilot.id}/files/{file.id}")
        seen[name] = answer.status_code
        assert (answer.content == PDF) is (answer.status_code == 200)
    assert seen == {"buyer": 200, "vendor": 200, "officer": 200, "auditor": 200, "another vendor": 404,
                    "another buyer": 404, "reviewer": 403}  # fmt: skip
    await browser.sign_in(buyer.email)
    assert (await browser.client.get(f"/pilots/{other.id}/files/{file.id}")).status_code == 404


@pytest.mark.parametrize(("role", "status"), [(Role.VENDOR, 404), (Role.BUYER, 404), (Role.REVIEWER, 403)])
async def test_strangers_see_no_pilot(pilot: Pilot, browser: Browser, role: Role, status: int) -> None:
    await sign_in(browser, role)
    for path in ("", "/milestones/1"):
        await browser.get(f"/pilots/{pilot.id}{path}", expect=status)


async def test_an_officer_ends_a_pilot_as_failed(pilot: Pilot, browser: Browser) -> None:
    await sign_in(browser, Role.OFFICER)
    await browser.get(f"/pilots/{pilot.id}")
    page = await browser.submit(f"/pilots/{pilot.id}/fail", {"reason": "双方协商终止"})
    assert "双方协商终止" in page.text
    assert await tranche_states(pilot) == [TrancheState.CANCELLED, TrancheState.CANCELLED]


async def test_below_target_the_note_is_asked_for(
    pilot: Pilot, buyer: Person, vendor: Person, at_buyer: Browser, at_vendor: Browser
) -> None:
    base = f"/pilots/{pilot.id}"
    await at_vendor.get(base)
    await at_vendor.submit(f"{base}/start")
    for milestone in await Milestone.filter(pilot_id=pilot.id).order_by("position"):
        await report(milestone, await actor_for(vendor))
        await meet(milestone, await actor_for(buyer))
    await at_vendor.get(f"{base}/readings/new")
    await at_vendor.submit(f"{base}/readings/new", {"value": "3"})
    await at_vendor.submit(f"{base}/request-acceptance")
    await at_buyer.get(f"{base}/acceptance")
    page = await at_buyer.submit(f"{base}/acceptance", expect=422)
    assert "“漏检率” has not reached its target." in page.text
    await at_buyer.submit(f"{base}/send-back", {"reason": "请整改后再报"})
    assert (await Pilot.get(id=pilot.id)).state is PilotState.RUNNING


async def test_the_list_asks_as_often_for_three_as_for_one(
    pilot: Pilot, buyer: Person, vendor: Person, at_buyer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await count_queries(at_buyer, "/pilots", monkeypatch)
    for _ in range(2):
        await make_pilot(await actor_for(buyer), await actor_for(vendor))
    page = await at_buyer.get("/pilots")
    assert len([link for link in page.links() if link.startswith("/pilots/")]) == 3
    assert await count_queries(at_buyer, "/pilots", monkeypatch) == one


async def test_a_pilot_asks_as_often_for_many_readings(
    pilot: Pilot, vendor: Person, at_vendor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await count_queries(at_vendor, f"/pilots/{pilot.id}", monkeypatch)
    metric = await Metric.get(scene_id=pilot.scene_id)
    for day in ("2026-11-02", "2026-11-03", "2026-11-04"):
        await Reading.create(pilot=pilot, metric=metric, taken_on=day, value=1, recorded_at=clock.now())
    assert await count_queries(at_vendor, f"/pilots/{pilot.id}", monkeypatch) == one
