"""What people and logs are told when something goes wrong."""

import logging
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from tortoise import connections
from tortoise.exceptions import OperationalError

from market.accounts import queries
from market.app import create_app
from market.core import audit, clock
from market.core.errors import NotFoundError
from market.core.jobs import Job
from market.core.models import QueuedJob
from market.core.text import _
from market.core.traces import name_of, trace_of
from market.core.work import unit_of_work
from market.lifecycle import Role
from market.scenes import queries as scene_queries
from market.web import secrets
from tests.browser import ORIGIN, Browser, parse
from tests.factories import make_person
from workers import queue
from workers.jobs import HANDLERS

SECRET = "the sealed price is 771,234.56"
SORRY = "Something went wrong on our side."


async def fail(*_args: object, **_named: object) -> Any:
    """Fail as a database does: its words quote what somebody typed."""
    await connections.get("default").execute_query(
        "INSERT INTO requirement (scene_id, position, text, kind) VALUES (NULL, 1, $1, 'must')", [SECRET]
    )


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene_queries, "get_scene", fail)


@pytest.mark.parametrize("locale", ["en", "zh"])
async def test_a_failing_page_says_sorry_and_nothing_else(
    client: httpx.AsyncClient, failing: None, locale: str, caplog: pytest.LogCaptureFixture
) -> None:
    client.cookies.set("jiebang_locale", locale)
    answer = await client.get("/scenes/1")
    assert answer.status_code == 500
    title = "".join(parse(answer.text).find(".//h1").itertext())  # type: ignore[union-attr]
    assert title
    assert (SORRY in answer.text) is (locale == "en")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    for word in (SECRET, "Traceback", "requirement", "asyncpg", ".py"):
        assert word not in answer.text
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    said = record.getMessage()
    assert "A request failed: GET /scenes/{scene_id:row}" in said
    assert "test_failures.py" in said
    assert "IntegrityError" in said
    assert SECRET not in caplog.text


async def test_htmx_gets_the_part_and_everybody_else_the_page(client: httpx.AsyncClient, failing: None) -> None:
    whole, part = await client.get("/scenes/1"), await client.get("/scenes/1", headers={"hx-request": "true"})
    assert (whole.status_code, part.status_code) == (500, 500)
    assert "<html" in whole.text
    assert "<html" not in part.text
    assert SORRY in part.text


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/language", 405), ("/scenes/9", 404)])
async def test_refusals_have_a_page_in_both_languages(client: httpx.AsyncClient, path: str, status: int) -> None:
    pages = {}
    for locale in ("en", "zh"):
        client.cookies.set("jiebang_locale", locale)
        answer = await client.get(path)
        assert answer.status_code == status
        assert f'<html lang="{locale}' in answer.text
        pages[locale] = answer.text
        part = await client.get(path, headers={"hx-request": "true"})
        assert (part.status_code, "<html" in part.text) == (status, False)
    assert pages["en"] != pages["zh"]


async def test_a_database_that_is_away_is_told_with_a_page(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The session cannot be read either; the page for it must not need the database."""

    async def away(*_args: object) -> None:
        raise OperationalError(f"connection lost while running ... {SECRET}")

    monkeypatch.setattr(queries, "find_session", away)
    answer = await client.get("/scenes", headers={"cookie": "jiebang_session=a-token-of-somebody; jiebang_locale=en"})
    assert answer.status_code == 500
    assert SORRY in answer.text
    assert "content-security-policy" in answer.headers
    assert "a-token-of-somebody" not in caplog.text
    assert SECRET not in caplog.text


async def test_a_wrong_password_is_logged_without_it(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    person = await make_person(Role.BUYER)
    await browser.get("/sign-in")
    with caplog.at_level(logging.DEBUG):
        await browser.submit("/sign-in", {"email": person.email, "password": "my-other-password"}, expect=422)
        await browser.submit("/sign-in", {"email": "what@example.com", "password": "my-other-password"}, expect=422)
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("market")]
    assert ours == [
        f"A sign-in from 127.0.0.1 was refused: person {person.id}",
        "A sign-in from 127.0.0.1 was refused: person unknown",
    ]
    for secret in ("my-other-password", "what@example.com", *browser.client.cookies.values()):
        assert secret not in "".join(ours)
    assert "my-other-password" not in caplog.text


async def test_a_failing_job_is_logged_and_noted_without_what_was_typed(
    db: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(HANDLERS, Job.MATCH_SCENE, fail)
    clock.fix(clock.now())
    async with unit_of_work() as work:
        work.after_commit(Job.MATCH_SCENE, scene_id=1)
    row = await QueuedJob.get()
    assert await queue.run_queued_job({}, row.id) is False
    await queue.run_named_job({}, "match_scene", {"scene_id": 1})
    await row.refresh_from_db()
    assert row.error.startswith("IntegrityError")
    assert SECRET not in row.error
    assert "Job match_scene {'scene_id': 1} failed" in caplog.text
    assert SECRET not in caplog.text


def test_a_trace_names_each_cause_and_keeps_our_own_words() -> None:
    with pytest.raises(NotFoundError) as caught:
        _find_nothing()
    trace = trace_of(caught.value)
    assert trace.startswith("NotFoundError: There is no such page.")
    assert "ValueError\n" in trace
    assert SECRET not in trace
    assert name_of(ConnectionRefusedError("no server there")) == "ConnectionRefusedError: no server there"


def _find_nothing() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        raise NotFoundError(_("There is no such page.")) from error


async def test_a_forged_message_is_not_shown(client: httpx.AsyncClient) -> None:
    forged = secrets.sign("live", {"kind": "success", "text": {"message": "Pay here", "values": {}}})
    for value in (forged, "eyJ.x.y", "", "a" * 5000):
        answer = await client.get("/", headers={"cookie": f"jiebang_flash={value}; jiebang_locale=en"})
        assert answer.status_code == 200
        assert "Pay here" not in answer.text
    signed = secrets.sign("flash", {"kind": "success", "text": {"message": "Pay <b>here", "values": {}}})
    answer = await client.get("/", headers={"cookie": f"jiebang_flash={signed}; jiebang_locale=en"})
    assert "Pay &lt;b&gt;here" in answer.text


async def test_a_broken_answer_is_cut_and_its_reason_stays_out_of_the_log(
    db: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An export that fails halfway cannot become a page any more."""
    officer = await make_person(Role.OFFICER)
    app: Starlette = create_app()

    async def half() -> Any:
        yield {"number": 1}
        raise OperationalError(SECRET)

    monkeypatch.setattr(audit, "export_events", half)
    async with Browser(app) as visitor:
        await visitor.sign_in(officer.email)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies=visitor.client.cookies) as client:
            with pytest.raises(Exception, match=r"^$"):
                await client.get("/audit/export")
    await app.state.limiter.close()
    assert "A request failed: GET /audit/export" in caplog.text
    assert SECRET not in caplog.text
