"""One session from its plan to what came of it, through HTTP only, by an officer, a buyer and two vendors."""

from datetime import datetime, timedelta

import pytest
from starlette.applications import Starlette

from market.accounts.models import Person
from market.core import clock
from market.core.clock import SHANGHAI
from market.lifecycle import Role
from market.matches.models import Shortlisting
from market.meetings import queries
from market.meetings.models import MatchSession, Meeting, Participant
from tests.browser import Browser
from tests.factories import make_actor, make_scene, make_solution
from workers.meetings import make_timetable

ENGLISH = {
    "planned": "The draft is saved.", "saved": "Saved. You can change it until interest closes",
    "published": "Published. Everybody who is registered has been told.", "confirmed": "Confirmed.",
    "none": "It named 1 pairs, but no partner named it in return.", "private": "Notes of your side",
    "listed": "The solution is on the shortlist of your scene.", "late": "Only people of your organisation",
    "come": "has come.", "conflict": "End the time to state interest before the session begins.",
}  # fmt: skip
CHINESE = {
    "planned": "草稿已保存", "saved": "已保存。意向截止前随时可改", "published": "已公布，并已通知所有报名单位。",
    "confirmed": "已确认。", "none": "选择了 1 个洽谈对象，但没有对方也选择它。", "private": "我方笔记",
    "listed": "该方案已加入您的场景需求候选名单。", "late": "只有本单位人员能看到。", "come": "已签到。",
    "conflict": "意向截止时间须早于对接会开始时间。",
}  # fmt: skip


def typed(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")


async def enter(app: Starlette, person_id: int | None, locale: str) -> Browser:
    browser = Browser(app)
    browser.client.cookies.set("jiebang_locale", locale)
    await browser.sign_in((await Person.get(id=person_id)).email)
    browser.client.cookies.set("jiebang_locale", locale)
    return browser


@pytest.mark.parametrize(("locale", "says"), [("en", ENGLISH), ("zh", CHINESE)])
async def test_a_session_from_plan_to_outcome(  # noqa: PLR0915  # one story
    app: Starlette, noon: datetime, locale: str, says: dict[str, str]
) -> None:
    people = {name: await make_actor(role) for name, role in (
        ("officer", Role.OFFICER), ("buyer", Role.BUYER), ("vendor", Role.VENDOR), ("other", Role.VENDOR))}  # fmt: skip
    scene = await make_scene(organisation_id=people["buyer"].organisation_id)
    right = await make_solution(organisation_id=people["vendor"].organisation_id)
    wrong = await make_solution(organisation_id=people["other"].organisation_id, title="另一个方案")
    seats = {name: await enter(app, actor.person_id, locale) for name, actor in people.items()}
    officer, buyer, vendor, other = seats.values()

    # the plan: what contradicts itself is refused beside its field, with everything typed kept
    await officer.get("/sessions/new")
    plan = {
        "title": "制造业对接会", "title_en": "Makers meet models", "field": "smart_manufacturing", "place": "三楼大厅",
        "starts_at": typed(noon + timedelta(days=10)), "interest_until": typed(noon + timedelta(days=11)),
        "slots": "3", "tables": "2", "most_meetings": "2",
    }  # fmt: skip
    page = await officer.submit("/sessions/new", plan, expect=422)
    assert says["conflict"] in page.text
    page = await officer.submit("/sessions/new", plan | {"interest_until": typed(noon + timedelta(days=5))})
    assert says["planned"] in page.text
    session = await MatchSession.get()
    base = f"/sessions/{session.id}"
    await buyer.get(base, expect=404)
    await officer.submit(f"{base}/announce")
    assert "/sessions/new" not in (await buyer.get("/sessions")).links()

    # interest of both sides; the other vendor names the buyer in vain
    for browser, name, solution, level in (
        (buyer, "buyer", right, "very"), (vendor, "vendor", right, "interested"), (other, "other", wrong, "very")
    ):  # fmt: skip
        await browser.get(f"{base}/join")
        await browser.submit(f"{base}/join")
        levels = {f"pair-{scene.id}-{solution.id}": level}
        if name == "buyer":
            await browser.get(f"{base}/join?q={right.title}")
        page = await browser.submit(f"{base}/interest", levels | ({"unavailable": "0"} if name == "vendor" else {}))
        assert says["saved"] in page.text

    # the timetable
    await officer.get(base)
    await officer.submit(f"{base}/close-interest")
    await officer.get(f"{base}/timetable")
    await officer.submit(f"{base}/timetable/make")
    run = await queries.latest_run(session.id)
    assert run is not None
    await make_timetable(run_id=run.id)
    meeting = await Meeting.get()
    assert (meeting.solution_id, meeting.slot, meeting.table_number) == (right.id, 1, 0)
    talk = f"{base}/meetings/{meeting.id}"
    await vendor.get(talk, expect=404)
    assert says["none"] in (await officer.get(f"{base}/timetable")).text
    page = await officer.submit(f"{base}/timetable/publish")
    assert says["published"] in page.text

    # confirmed by both; nobody else learns of it
    for browser in (buyer, vendor):
        await browser.get(f"{base}/mine")
        page = await browser.submit(f"{talk}/confirm")
        assert says["confirmed"] in page.text
    assert says["none"] in (await other.get(f"{base}/mine")).text
    await other.get(talk, expect=404)
    invitation = (await vendor.client.get(f"{talk}/invitation.ics")).text
    assert "METHOD:REQUEST" in invitation
    assert "TZID:Asia/Shanghai" in invitation
    assert "STATUS:CONFIRMED" in invitation

    # the day
    clock.fix(session.starts_at + timedelta(minutes=31))
    seats = {name: await enter(app, actor.person_id, locale) for name, actor in people.items()}
    officer, buyer, vendor, other = seats.values()
    place = await Participant.get(organisation_id=people["vendor"].organisation_id)
    await officer.get(f"{base}/desk?q={place.code.lower()}")
    page = await officer.submit(f"{base}/desk/{place.id}/arrive")
    assert says["come"] in page.text
    page = await buyer.get(talk)
    assert says["private"] in page.text
    page = await buyer.submit(f"{talk}/note", {"outcome": "", "note": "先看报价"}, expect=422)
    assert "先看报价" in page.html
    page = await buyer.submit(f"{talk}/note", {"outcome": "continue", "next_step": "下周现场", "note": "先看报价"})
    assert says["listed"] in page.text
    assert await Shortlisting.filter(scene_id=scene.id, solution_id=right.id).count() == 1
    for browser, seen in ((vendor, (False, False)), (officer, (False, True)), (buyer, (True, True))):
        html = (await browser.get(talk)).html
        assert ("先看报价" in html, "下周现场" in html) == seen
    page = await officer.get("/funnel?stage=met")
    assert "冷轧带钢表面缺陷检出" in page.text or "Finding defects on cold-rolled strip" in page.text
    csv = (await officer.client.get("/funnel/funnel.csv")).text
    assert csv.splitlines()[1].split(",")[7] == "2026-11-12"
    for browser in (*seats.values(),):
        await browser.client.aclose()
