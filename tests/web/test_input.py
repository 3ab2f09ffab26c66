"""Odd input: nothing that a client sends makes a page fail."""

from collections.abc import AsyncIterator
from datetime import date

import httpx
import pytest
from starlette.datastructures import FormData

from market.core import clock
from market.core.files import media_type_of, name_for
from market.lifecycle import Role
from market.scenes.models import Scene
from market.web import forms, secrets
from market.web.forms import Form
from tests.browser import Browser
from tests.factories import make_person, make_scene

LISTS = (
    "/scenes",
    "/solutions",
    "/challenges",
    "/filings",
    "/notices",
    "/organisations",
    "/audit",
    "/pilots",
    "/awards",
)
QUERIES = (
    "page=999999999999999999999", "page=-1", "page=%D9%A3", "page=%C2%B2", "page=1e5", "page=", "page=0",
    "page=2&page=x", "q=%00", "q=%0%000", "q=a%00b", "q=%ED%A0%80", "q=%FF%FE", "q=%", "q=%25%5F%5C", "state=%00",
    "state=nonsense",
    "field=nonsense", "region=%00x", "subject=%00", "id=99999999999999", "id=%D9%A3", "mine=1", "kind=%00",
    "q=" + "a" * 5000, "q=" + "+".join("abcdefghijklmnop"), "x[]=1&x[]=2", "=", "&&&",
    "solutions=1,2,x,99999999999999999999",
)  # fmt: skip


@pytest.fixture
async def officer(browser: Browser) -> Browser:
    person = await make_person(Role.OFFICER)
    await browser.sign_in(person.email)
    return browser


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_takes_any_query(officer: Browser, path: str) -> None:
    answers = {query: (await officer.client.get(f"{path}?{query}")).status_code for query in QUERIES}
    assert {query: status for query, status in answers.items() if status != 200} == {}


@pytest.mark.parametrize("number", ["0", "2147483647", "2147483648", "9" * 19, "9" * 5000, "007"])
async def test_an_id_that_no_row_has_is_not_found(officer: Browser, number: str) -> None:
    for path in ("/scenes/{}", "/solutions/{}", "/challenges/{}", "/organisations/{}", "/awards/{}", "/pilots/{}",
                 "/bids/{}", "/grants/{}", "/funds/{}", "/rounds/{}/bid", "/scenes/{}/matches",
                 "/pilots/{}/files/{}"):  # fmt: skip
        assert (await officer.client.get(path.format(number, number))).status_code == 404, path


@pytest.mark.parametrize("number", ["-1", "1.0", "%D9%A3", "1%00", "1e3", "0x1"])
async def test_what_is_no_id_is_not_found(client: httpx.AsyncClient, number: str) -> None:
    assert (await client.get(f"/scenes/{number}")).status_code == 404


async def test_leading_zeros_are_one_and_the_same_row(client: httpx.AsyncClient) -> None:
    scene = await make_scene()
    assert (await client.get(f"/scenes/00{scene.id}")).status_code == 200


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "PATCH", "NONSENSE"])
async def test_other_methods(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/scenes")
    assert answer.status_code == (200 if method == "HEAD" else 405)
    if method == "HEAD":
        return
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [{"accept-language": "x" * 3000}, {"accept-language": ";;;q=z"}, {"host": "[evil"}, {"host": "a b"}, {"host": ""},
     {"referer": "http://[evil"}, {"origin": "http://[evil"},
     {"cookie": "jiebang_locale=../../etc; jiebang_flash=x.y.z"},
     {"cookie": "jiebang_session=%00\xff; jiebang_visitor="}, {"cookie": '=;;=a; "; jiebang_flash="\\377\\000"'},
     {"hx-request": "true", "hx-target": "<script>"}, {"content-length": "5"}, {"accept": "application/x-nonsense"}],
)  # fmt: skip
async def test_odd_headers_make_no_page_fail(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    given = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = await client.get("/scenes", headers=given)
    assert answer.status_code == 200
    assert "<h1" in answer.text


async def post(client: httpx.AsyncClient, path: str, body: bytes, kind: str, **headers: str) -> httpx.Response:
    token = secrets.digest("csrf", secrets.digest("browser", "a visitor"))
    return await client.post(path, content=body, headers={"content-type": kind, "x-csrf-token": token, **headers})


URLENCODED = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"email=%FF%FE&password=%00", URLENCODED, 422),
        (b"email=a%00b%40example.com&password=x", URLENCODED, 422),
        ("email=张&password=密码".encode(), URLENCODED, 422),
        (b"email=%ED%A0%80", URLENCODED, 422),
        (b"email=a&email=b&password=c&password=d", URLENCODED, 422),
        (b"&&&=&=;", URLENCODED, 422),
        (b"{}", "application/json", 422),
        (b"", "", 422),
        (b"a=b&" * 700, URLENCODED, 400),
        (b"email=" + b"a" * (1024 * 1024 + 1), URLENCODED, 400),
        (b"x" * (21 * 1024 * 1024 + 1), URLENCODED, 413),
        (b"x", "multipart/form-data", 400),
        (b"--b\r\nnonsense\r\n--b--", "multipart/form-data; boundary=b", 400),
        (b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n+2AA-\r\n--b--\r\n',
         "multipart/form-data; boundary=b; charset=utf-7", 422),
        (b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n\xff\xfe\r\n--b--\r\n',
         "multipart/form-data; boundary=b; charset=nonsense", 422),
        (b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n\\ud800\r\n--b--\r\n',
         "multipart/form-data; boundary=b; charset=unicode_escape", 422),
        (b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\nx\r\n--b--\r\n',
         "multipart/form-data; boundary=b; charset=undefined", 400),
        (b'--b\r\nContent-Disposition: form-data; name="email"; filename="a\x00.txt"\r\n\r\nx\r\n--b--\r\n',
         "multipart/form-data; boundary=b", 422),
    ],
)  # fmt: skip
async def test_odd_bodies(client: httpx.AsyncClient, db: object, body: bytes, kind: str, status: int) -> None:
    answer = await post(client, "/sign-in", body, kind)
    assert answer.status_code == status
    assert "<h1" in answer.text


async def test_a_large_body_is_refused_whether_or_not_it_says_so(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
        for _number in range(22):
            yield b"a" * 1024 * 1024

    token = secrets.digest("csrf", secrets.digest("browser", "a visitor"))
    headers = {"content-type": "multipart/form-data; boundary=b", "x-csrf-token": token}
    answer = await client.post("/sign-in", content=pieces(), headers=headers)
    assert answer.status_code == 413
    assert "What you sent is too large." in answer.text
    declared = await client.post("/sign-in", content=b"a", headers=headers | {"content-length": "9" * 30})
    assert declared.status_code == 413


async def test_nul_and_half_characters_never_reach_the_database(browser: Browser) -> None:
    person = await make_person(Role.BUYER)
    await browser.sign_in(person.email)
    page = await browser.get("/scenes/new")
    token = page.form("/scenes/new").find(".//input[@name='csrf_token']")
    assert token is not None
    body = f"csrf_token={token.get('value')}&title=a%00b&problem=%00&outcome=x".encode()
    answer = await browser.client.post("/scenes/new", content=body, headers={"content-type": URLENCODED})
    assert answer.status_code == 200
    scene = await Scene.first()
    assert scene is None or scene.title == "ab"


def form_with(value: str) -> Form:
    return Form(FormData([("x", value)]))


@pytest.mark.parametrize("value", ["9" * 5000, "-1", "1.5", "²", "", "x", "1e3"])
def test_what_is_no_whole_number_is_none(value: str) -> None:
    assert form_with(value).whole("x") is None


@pytest.mark.parametrize(
    "value", ["1e-99999999", "1e99999999", "NaN", "sNaN", "Infinity", "-inf", "1_0e15", "x" * 9999]
)
def test_what_is_no_decimal_is_none(value: str) -> None:
    form = form_with(value)
    assert form.decimal("x") is None
    assert len(form.errors) == 1


@pytest.mark.parametrize("value", ["0001-01-01", "9999-12-31", "1999-12-31", "2101-01-01", "2026-02-30", "x", "2026"])
def test_what_is_no_day_of_our_time_is_none(value: str) -> None:
    assert form_with(value).day("x") is None
    assert form_with(f"{value}T00:00").moment("x") is None


def test_days_of_our_time_are_read() -> None:
    assert form_with("2026-12-01").day("x") == date(2026, 12, 1)
    moment = form_with("2026-12-01T17:30").moment("x")
    assert moment is not None
    assert moment.astimezone(clock.SHANGHAI).hour == 17


def test_text_is_cleaned_of_what_cannot_be_stored() -> None:
    assert forms.cleaned("a\x00b\ud800c😀") == "abc😀"


@pytest.mark.parametrize(
    "data",
    [b"<html>", b"\xef\xbb\xbf <svg onload=alert(1)>", b"MZ\x90\x00", b"PK\x03\x04nonsense", b"a\x00b", b"\xff\xfe"],
)
def test_files_that_a_browser_might_run_are_not_accepted(data: bytes) -> None:
    assert media_type_of(data) is None


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("report.txt", "report.txt"), ("Zahlen.CSV", "Zahlen.CSV"), ("page.html", "page.html.txt"), ("", "file.txt"),
        ("../../etc/passwd", "passwd.txt"), ("C:\\temp\\报告.txt", "报告.txt"), ("a\u202etxt.exe", "atxt.exe.txt"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"), ("长" * 300 + ".txt", "长" * 194 + ".txt"),
    ],
)  # fmt: skip
def test_a_files_name_is_plain_and_ends_as_its_content_asks(given: str, name: str) -> None:
    assert name_for(given, "text/plain") == name


MARKUP = "<script>alert(1)</script>\"'>&"


@pytest.mark.parametrize("path", [*LISTS, "/sign-up", "/sign-in", "/filings/lookup"])
async def test_what_is_asked_is_shown_as_text(officer: Browser, path: str) -> None:
    for name in ("q", "subject", "id", "kind", "next", "region", "page", "state", "number", "models-0-filing_number"):
        for asked in (MARKUP, MARKUP * 50):
            answer = await officer.client.get(path, params={name: asked})
            assert answer.status_code == 200, f"{path}?{name}"
            assert MARKUP[:16] not in answer.text, f"{path}?{name}"


async def test_what_is_typed_comes_back_as_text(client: httpx.AsyncClient) -> None:
    token = secrets.digest("csrf", secrets.digest("browser", "a visitor"))
    names = ("organisation", "code", "name", "email", "kind", "size", "password", "next")
    for path in ("/sign-up", "/sign-in"):
        long = await client.post(path, data=dict.fromkeys(names, MARKUP * 500) | {"csrf_token": token})
        answer = await client.post(path, data=dict.fromkeys(names, MARKUP) | {"csrf_token": token})
        assert (long.status_code, answer.status_code) == (422, 422)
        assert MARKUP[:16] not in answer.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&gt;&amp;" in answer.text
        assert answer.text.count("alert(1)") == answer.text.count("&lt;script&gt;alert(1)")
