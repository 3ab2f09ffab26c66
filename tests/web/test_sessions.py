"""Sessions: what the database keeps of them, and when they end."""

from datetime import timedelta
from hashlib import sha256

import pytest
from starlette.applications import Starlette

from market.accounts.actions import SESSION_LIFE, start_session
from market.accounts.models import Membership, Person, Session
from market.accounts.rules import is_good_password
from market.core import clock
from market.lifecycle import OrganisationState, Role
from market.settings import settings
from market.web.limits import Limiter
from market.web.render import local_address
from tests.browser import Browser, Page
from tests.factories import make_organisation, make_person


async def has_access(browser: Browser, token: str) -> bool:
    answer = await browser.client.get("/desk", headers={"cookie": f"jiebang_session={token}"}, follow_redirects=False)
    return answer.status_code == 200


def token_of(page: Page | None) -> str:
    assert page is not None
    field = page.tree.find(".//input[@name='csrf_token']")
    assert field is not None
    return field.get("value", "")


async def test_the_database_keeps_only_the_hash_of_a_token(browser: Browser) -> None:
    person = await make_person(Role.BUYER)
    await browser.sign_in(person.email)
    token = browser.client.cookies["jiebang_session"]
    assert await Session.all().values_list("id", flat=True) == [sha256(token.encode()).hexdigest()]
    assert len(token) >= 43


async def test_signing_in_begins_a_new_session_and_ends_the_one_before(browser: Browser) -> None:
    """A token that somebody planted or knew before is worth nothing afterwards; other browsers stay signed in."""
    person = await make_person(Role.BUYER)
    elsewhere = await start_session(person, (await Membership.get(person_id=person.id)).id)
    await browser.sign_in(person.email)
    first = browser.client.cookies["jiebang_session"]
    page = await browser.get("/account")
    data = {"csrf_token": token_of(page), "email": person.email, "password": "a long password"}
    await browser.client.post("/sign-in", data=data)
    second = browser.client.cookies["jiebang_session"]
    assert len({first, second, elsewhere}) == 3
    assert [await has_access(browser, token) for token in (first, second, elsewhere)] == [False, True, True]


async def test_a_session_ends_after_its_time(browser: Browser) -> None:
    person = await make_person(Role.BUYER)
    await browser.sign_in(person.email)
    token = browser.client.cookies["jiebang_session"]
    clock.fix(clock.now() + SESSION_LIFE - timedelta(minutes=1))
    assert await has_access(browser, token)
    clock.fix(clock.now() + timedelta(minutes=1))
    assert not await has_access(browser, token)


async def test_who_is_disabled_or_loses_their_role_is_out_at_once(browser: Browser) -> None:
    disabled, removed = await make_person(Role.OFFICER), await make_person(Role.OFFICER)
    tokens = [await start_session(each, (await Membership.get(person_id=each.id)).id) for each in (disabled, removed)]
    assert [await has_access(browser, token) for token in tokens] == [True, True]
    await Person.filter(id=disabled.id).update(disabled_at=clock.now())
    await Membership.filter(person_id=removed.id).delete()
    assert [await has_access(browser, token) for token in tokens] == [False, False]
    await browser.get("/sign-in")
    await browser.submit("/sign-in", {"email": disabled.email, "password": "a long password"}, expect=422)


async def test_a_role_can_be_chosen_only_among_ones_own(browser: Browser) -> None:
    buyer, officer = await make_person(Role.BUYER), await make_person(Role.OFFICER)
    foreign = await Membership.get(person_id=officer.id)
    await browser.sign_in(buyer.email)
    token = browser.client.cookies["jiebang_session"]
    data = {"csrf_token": token_of(await browser.get("/account")), "membership": str(foreign.id)}
    assert (await browser.client.post("/account/role", data=data)).status_code == 404
    session = await Session.get(id=sha256(token.encode()).hexdigest()).select_related("membership")
    assert session.membership.role is Role.BUYER


@pytest.mark.parametrize(
    "asked",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
     "/\n/evil.example", "javascript:alert(1)", "////evil.example", "http:/evil.example", "http://[evil", "desk", "",
     "/\x00/evil.example"],
)  # fmt: skip
def test_no_address_leads_to_another_site(asked: str) -> None:
    assert local_address(asked, "/desk") == "/desk"


@pytest.mark.parametrize("asked", ["/scenes/7", "/scenes?q=a&page=2", "/场景", "/live/a.b-c"])
def test_addresses_on_this_site_are_kept(asked: str) -> None:
    assert local_address(asked, "/desk") == asked


@pytest.mark.parametrize(
    ("came_from", "goes_to"),
    [("http://127.0.0.1:8000/scenes?q=x", "/scenes?q=x"), ("http://evil.example//evil.example", "/"),
     ("http://[evil", "/"), ("", "/"), ("nonsense", "/"), ("http://a/\\evil.example", "/")],
)  # fmt: skip
async def test_choosing_a_language_leads_back_on_this_site(browser: Browser, came_from: str, goes_to: str) -> None:
    data = {"csrf_token": token_of(await browser.get("/sign-in")), "locale": "en"}
    for extra in ({}, {"hx-request": "true"}):
        answer = await browser.client.post(
            "/language", data=data, headers={"referer": came_from, **extra}, follow_redirects=False
        )
        assert answer.headers.get("location", answer.headers.get("hx-redirect")) == goes_to


async def test_attempts_are_limited_for_a_place_too(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIEBANG_LOGIN_ATTEMPTS_PER_MINUTE", "1")
    settings.cache_clear()
    await browser.get("/sign-in")
    statuses = []
    for number in range(6):
        data = {"email": f"x{number}@example.com", "password": "p" * 300, "csrf_token": token_of(browser.page)}
        statuses.append((await browser.client.post("/sign-in", data=data)).status_code)
    monkeypatch.undo()
    settings.cache_clear()
    assert statuses == [422] * 5 + [429]


async def test_attempts_are_counted_while_redis_is_away(browser: Browser, app: Starlette) -> None:
    await app.state.limiter.close()
    app.state.limiter = Limiter("redis://127.0.0.1:1")
    await browser.get("/sign-in")
    for _attempt in range(10):
        await browser.submit("/sign-in", {"email": "x@example.com", "password": "wrong"}, expect=422)
    await browser.submit("/sign-in", {"email": "x@example.com", "password": "wrong"}, expect=429)


async def test_a_suspended_organisations_people_may_sign_in_and_out(browser: Browser) -> None:
    organisation = await make_organisation(state=OrganisationState.SUSPENDED)
    person = await make_person(Role.BUYER, organisation)
    await browser.sign_in(person.email)
    token = browser.client.cookies["jiebang_session"]
    await browser.get("/account")
    await browser.submit("/sign-out", {})
    assert not await has_access(browser, token)


@pytest.mark.parametrize(
    "password",
    ["short", "1234567890", "password123", "aaaaaaaaaaaa", "Qwerty1q2w3e4r", "jiebangjiebang", "p" * 99 + "qrs" * 40,
     "me@example.com"],
)  # fmt: skip
def test_a_password_that_is_guessed_first_is_refused(password: str) -> None:
    assert is_good_password(password, "me@example.com").reason is not None


@pytest.mark.parametrize(
    "password", ["a long password", " leading and trailing ", "密码可以用中文来写的呀", "x9" * 40 + "yz"]
)
def test_any_other_password_is_good(password: str) -> None:
    assert is_good_password(password, "me@example.com")


async def test_spaces_around_a_password_belong_to_it(browser: Browser) -> None:
    person = await make_person(Role.BUYER)
    await browser.get("/sign-in")
    await browser.submit("/sign-in", {"email": person.email, "password": " a long password "}, expect=422)
    await browser.submit("/sign-in", {"email": person.email, "password": "a long password"})
