import pytest

from market.core.audit import verify_export
from market.core.permissions import CLOCK
from market.core.work import unit_of_work
from market.lifecycle import Role
from market.scenes.models import Scene
from tests.browser import Browser
from tests.factories import make_person

ROLES = (Role.BUYER, Role.VENDOR, Role.OFFICER, Role.REVIEWER, Role.AUDITOR)


async def test_the_home_page_is_for_everybody(browser: Browser) -> None:
    page = await browser.get("/")
    assert page.h1 == "产业出题，企业揭榜"


@pytest.mark.parametrize("role", ROLES)
async def test_everybody_has_a_desk(browser: Browser, role: Role) -> None:
    person = await make_person(role)
    await browser.in_english()
    page = await browser.sign_in(person.email)
    assert page.h1 == "My work"
    assert "Nothing waits for you right now." in page.text


async def test_the_auditor_reads_checks_and_exports_the_history(browser: Browser) -> None:
    async with unit_of_work() as work:
        scene = await Scene.create(using_db=work.connection, title="焊缝缺陷")
        work.record("create_scene", scene, actor=CLOCK)
    auditor = await make_person(Role.AUDITOR)
    await browser.in_english()
    await browser.sign_in(auditor.email)
    page = await browser.get("/audit?check=1")
    assert "All 1 events are as they were written." in page.text
    export = await browser.client.get("/audit/export")
    report = verify_export(export.content.splitlines())
    assert (report.sound, report.checked) == (True, 1)
    altered = export.content.replace(b"create_scene", b"delete_scene")
    assert verify_export(altered.splitlines()).bad_number == 1
