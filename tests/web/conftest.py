from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.browser import ORIGIN


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client that follows no redirect and shows what a failing page answers."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as visitor:
        visitor.cookies.set("jiebang_locale", "en")
        visitor.cookies.set("jiebang_visitor", "a visitor")
        yield visitor
