"""What the chapters share: the people with their browsers, the numbers of what they made, the clock and the worker."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

from starlette.applications import Starlette

from market.accounts import actions as accounts
from market.core import clock
from market.core.vocabulary import OrganisationKind
from market.core.work import unit_of_work
from market.lifecycle import Role
from tests.browser import Browser, Page, text_of
from tests.clockwork import wait_until
from tests.factories import KIND_OF_ROLE, make_code

PASSWORD = "a long password"
HASHED: list[str] = []  # argon2 takes its time: one password for all, hashed once


@dataclass
class Story:
    """Where the story stands."""

    app: Starlette
    people: dict[str, Browser] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Browser:
        return self.people[name]

    def path(self, template: str) -> str:
        """Fill ``/scenes/{scene}`` with the numbers of this story."""
        return template.format(**self.ids)

    def note(self, name: str, page: Page) -> int:
        """Remember the number in the address of *page*."""
        return self.note_in(name, page.url)

    def note_in(self, name: str, address: str) -> int:
        """Remember the number in an address."""
        found = re.search(r"[a-z]/(\d+)", address)
        assert found, address
        self.ids[name] = int(found[1])
        return self.ids[name]

    async def enter(self, name: str) -> Browser:
        """Open a browser for somebody who has no account yet."""
        self.people[name] = Browser(self.app)
        await self.people[name].in_english()
        return self.people[name]

    async def sign_up(self, name: str, kind: str, organisation: str) -> Page:
        """Create an account for a verified organisation, as a person does."""
        browser = await self.enter(name)
        await browser.get(f"/sign-up?kind={kind}")
        return await browser.submit("/sign-up", account_of(name, kind, organisation, len(self.people)))

    async def appoint(self, name: str, role: Role, organisation: str) -> Browser:
        """Give somebody an account as ``jiebang users add`` does, and sign in."""
        if not HASHED:
            HASHED.append(await accounts.hash_password(PASSWORD))
        kind = KIND_OF_ROLE.get(role, OrganisationKind.DISTRICT)
        async with unit_of_work() as work:
            employer = await accounts.add_organisation(
                name=organisation, kind=kind, code=make_code(9_000_000 + sum(organisation.encode())), work=work
            )
            await accounts.add_user(
                email=address_of(name), name=name, password="", hashed=HASHED[0], role=role, organisation=employer,
                work=work,
            )  # fmt: skip
        browser = await self.enter(name)
        await browser.sign_in(address_of(name))
        return browser

    async def next_day(self, days: int = 1) -> None:
        """Let days pass; whoever comes back has to sign in again."""
        clock.fix(clock.now() + timedelta(days=days))
        for name in ("buyer", "vendor", "officer"):
            await self[name].sign_in(address_of(name))

    async def until(self, name: str, template: str, true: Callable[[Page], object]) -> Page:
        """Let *name* look at a page, once a second of the story, until the worker has done what *true* looks for."""
        browser, path = self[name], self.path(template)

        async def looks_right() -> object:
            wait(seconds=1)
            return true(await browser.get(path))

        try:
            await wait_until(looks_right, f"{name} at {path}")
        except AssertionError as error:
            error.add_note(browser.page.text if browser.page else "")
            raise
        assert browser.page
        return browser.page


def wait(**time: float) -> None:
    """Move the clock on."""
    clock.fix(clock.now() + timedelta(**time))


def begin_tomorrow() -> None:
    """Stop the clock at nine in the morning of tomorrow in Shanghai.

    Not in the past: rows note by the machine's own clock when they were last changed.
    """
    clock.fix((datetime.now(UTC) + timedelta(days=2)).replace(hour=1, minute=0, second=0, microsecond=0))


def address_of(name: str) -> str:
    return f"{name}@example.com"


def account_of(name: str, kind: str, organisation: str, number: int) -> dict[str, str]:
    return {
        "kind": kind, "organisation": organisation, "code": make_code(8_000_000 + number), "name": name,
        "email": address_of(name), "password": PASSWORD,
    }  # fmt: skip


async def send(browser: Browser, action: str, data: dict[str, str] | None = None, *, expect: int) -> Page:
    """Send what no form on the page offers, as somebody would who writes requests by hand."""
    assert browser.page
    token = next(each.get("value", "") for each in browser.page.tree.iter("input") if each.get("name") == "csrf_token")
    answer = await browser.client.post(action, data={"csrf_token": token, **(data or {})})
    page = Page(answer.status_code, str(answer.url), browser.page.tree, answer.text)
    assert answer.status_code == expect, f"{answer.status_code} at {action}: {answer.text[:400]}"
    return page


def state_of(page: Page) -> str:
    """Return the first status on a page: its subject's."""
    main = next(page.tree.iter("main"))
    tags = [text_of(each) for each in main.iter("span") if "tag" in (each.get("class") or "").split()]
    assert tags, f"no status on {page.url}"
    return tags[0]


def stats_of(page: Page) -> dict[str, str]:
    """Return the figures on a page by their labels."""
    found = {}
    for each in page.tree.iter("div"):
        if "stat" in (each.get("class") or "").split():
            value, label = list(each)[:2]
            found[text_of(label)] = text_of(value)
    return found


def items_of(page: Page, title: str) -> list[str]:
    """Return the list under a notice's title."""
    for each in page.tree.iter("div"):
        if "notice" in (each.get("class") or "").split() and text_of(each).startswith(title):
            return [text_of(item) for item in each.iter("li")]
    raise AssertionError(f"no notice {title!r} on {page.url}")


def by_class(page: Page, name: str) -> list[str]:
    """Return the texts of everything of a class."""
    return [text_of(each) for each in page.tree.iter() if name in (each.get("class") or "").split()]


def section(page: Page, name: str) -> Element:
    """Return the section of that id."""
    return next(each for each in page.tree.iter() if each.get("id") == name)


def link_beside(page: Page, words: str) -> str:
    """Return the link in the first row of a table that says *words*."""
    for row in page.tree.iter("tr"):
        if words in text_of(row) and (link := row.find(".//a")) is not None:
            return link.get("href", "")
    raise AssertionError(f"no row with {words!r} and a link on {page.url}")


def option_of(page: Page, field: str, words: str) -> str:
    """Return the value of a field's option that says *words*."""
    select = next(each for each in page.tree.iter("select") if each.get("name") == field)
    return next(each.get("value", "") for each in select.iter("option") if words in text_of(each))
