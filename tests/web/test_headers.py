"""The headers and cookies of every kind of answer."""

import asyncio
import base64
import contextlib
from http.cookies import SimpleCookie

import httpx
import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.types import Message

from market.lifecycle import Role
from market.settings import settings
from market.web import live, secrets
from market.web.render import STATIC, static
from tests.browser import ORIGIN, Browser
from tests.factories import make_person

PROTECTING = {
    "x-content-type-options": "nosniff", "referrer-policy": "same-origin", "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}  # fmt: skip
WITHOUT_SESSION = {"cookie": "jiebang_visitor=a visitor"}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/desk", 303), ("/nothing", 404), ("/language", 405), ("/static/seal.svg", 200),
     ("/static/nothing.css", 404), ("/livez", 200), ("/readyz", 200), ("/live/forged", 404)],
)  # fmt: skip
async def test_every_answer_is_protected(client: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await client.get(path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in PROTECTING} == PROTECTING
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] in {"no-store", "no-cache"}


async def test_a_download_is_never_run(browser: Browser) -> None:
    auditor = await make_person(Role.AUDITOR)
    await browser.sign_in(auditor.email)
    answer = await browser.client.get("/audit/export")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_static_files_stay_for_ever_only_under_the_hash_of_their_content(client: httpx.AsyncClient) -> None:
    assert (await client.get(static("seal.svg"))).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await client.get("/static/seal.svg")).headers["cache-control"] == "no-cache"
    missing = await client.get("/static/nothing.css?v=1")
    assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-store")


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/css"])
async def test_static_files_are_only_those(client: httpx.AsyncClient, path: str) -> None:
    assert (STATIC / "css").is_dir()
    assert (await client.get(path)).status_code == 404


async def test_static_files_bring_no_cookie(app: Starlette) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ORIGIN) as fresh:
        for path in ("/static/seal.svg", "/livez", "/readyz"):
            assert "set-cookie" not in (await fresh.get(path)).headers
        assert "jiebang_visitor" in (await fresh.get("/")).headers["set-cookie"]


async def test_long_pages_are_compressed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["vary"]
    assert "<h1" in answer.text


@pytest.mark.parametrize("secure", [False, True])
async def test_every_cookie_is_for_our_server_only(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, secure: bool
) -> None:
    person = await make_person(Role.BUYER)
    monkeypatch.setenv("JIEBANG_SECURE_COOKIES", str(secure))
    settings.cache_clear()
    token = secrets.digest("csrf", secrets.digest("browser", "a visitor"))
    signing_in = {"csrf_token": token, "email": person.email, "password": "a long password"}
    try:
        answers = [
            await client.post("/sign-in", data=signing_in),
            await client.post("/language", data={"csrf_token": token, "locale": "en"}, headers=WITHOUT_SESSION),
            await client.post("/sign-out", data={"csrf_token": token}, headers=WITHOUT_SESSION),
            await client.get("/", headers={"cookie": "other=1"}),
        ]
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    found = {}
    for answer in answers:
        assert answer.headers.get("strict-transport-security") == ("max-age=31536000" if secure else None)
        for value in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(value).items():
                if morsel.value:
                    flags = morsel["httponly"], morsel["samesite"].lower(), morsel["path"], bool(morsel["secure"])
                    found[name] = (*flags, bool(morsel["domain"]))
    whole = (True, "lax", "/", secure, False)
    names = ("jiebang_session", "jiebang_locale", "jiebang_flash", "jiebang_visitor")
    assert found == dict.fromkeys(names, whole)


async def test_a_live_address_is_for_one_browser_and_tells_no_token(
    browser: Browser, client: httpx.AsyncClient
) -> None:
    buyer = await make_person(Role.BUYER)
    await browser.sign_in(buyer.email)
    token = browser.client.cookies["jiebang_session"]
    assert token not in (await browser.get("/desk")).html
    own = live.url_for(secrets.digest("browser", token), "Scene", 1)
    payload = own.removeprefix("/live/").split(".")[0]
    assert token.encode() not in base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    assert (await client.get(own)).status_code == 404
    assert (await client.get(own[:-2])).status_code == 404


async def test_a_stream_is_protected_and_not_compressed(app: Starlette) -> None:
    app.state.listener = live.Listener("")
    address = live.url_for(secrets.digest("browser", "a visitor"), "Scene", 1)
    sent: list[Message] = []
    begun = asyncio.Event()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("never")

    async def send(message: Message) -> None:
        sent.append(message)
        begun.set()

    headers = [(b"cookie", b"jiebang_visitor=a visitor"), (b"accept-encoding", b"gzip")]
    scope = {"type": "http", "method": "GET", "path": address, "raw_path": address.encode(), "query_string": b"",
             "headers": headers, "scheme": "http", "server": ("127.0.0.1", 8000),
             "client": ("127.0.0.1", 1)}  # fmt: skip
    running = asyncio.create_task(app(scope, receive, send))
    await asyncio.wait_for(begun.wait(), 10)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    answer = Headers(raw=sent[0]["headers"])
    assert (sent[0]["status"], answer["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert "content-encoding" not in answer
    assert {name: answer.get(name) for name in PROTECTING} == PROTECTING
