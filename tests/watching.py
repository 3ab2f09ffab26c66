"""Signing in as an actor, reading tables, and counting the queries behind a page."""

from typing import Any

import pytest
from tortoise import connections

from market.accounts.models import Person
from market.core.permissions import Actor
from tests.browser import Browser, Page, text_of


async def sign_in(browser: Browser, actor: Actor) -> None:
    """Sign in as *actor*, with English pages."""
    person = await Person.get(id=actor.person_id)
    await browser.in_english()
    await browser.sign_in(person.email)


def rows_of(page: Page) -> list[list[str]]:
    """Return the texts of every table's body, row by row."""
    rows = [row for body in page.tree.iter("tbody") for row in body.iter("tr")]
    return [[text_of(cell) for cell in row if cell.tag in {"th", "td"}] for row in rows]


async def count_queries(browser: Browser, path: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how often a page asks the database."""
    asked: list[str] = []
    kind = type(connections.get("default"))
    original = kind.execute_query

    async def counted(self: Any, query: str, values: Any = None) -> Any:
        asked.append(query)
        return await original(self, query, values)

    with monkeypatch.context() as patch:
        patch.setattr(kind, "execute_query", counted)
        await browser.get(path)
    return len(asked)
