"""One story for nine chapters: a database emptied once, a clock that chapters move, the real worker beside them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tortoise import connections

from market.app import create_app
from market.core import clock
from market.core.jobs import close_jobs, open_jobs
from market.core.servers import Servers
from market.lifecycle import Role
from market.settings import settings
from tests.clockwork import worker_running
from tests.conftest import EMPTY_ALL
from tests.journey.story import Story, begin_tomorrow

STOPPED: list[str] = []


@pytest.fixture(scope="package")
def own_directory(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Files and search snapshots of this story only."""
    directory = tmp_path_factory.mktemp("journey")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIEBANG_DATA_DIR", str(directory))
        settings.cache_clear()
        yield directory
    settings.cache_clear()


@pytest.fixture(scope="package")
async def story(opened: Servers, own_directory: Path) -> AsyncIterator[Story]:
    await connections.get("default").execute_script(EMPTY_ALL)
    begin_tomorrow()
    app = create_app()
    await app.state.limiter.forget_all()
    told = Story(app)
    await open_jobs(opened.redis_url)
    for name in ("officer", "second_officer"):
        await told.appoint(name, Role.OFFICER, "临江区科技和经济委员会")
    await told.appoint("auditor", Role.AUDITOR, "临江区审计局")
    async with worker_running():
        yield told
    for browser in told.people.values():
        await browser.client.aclose()
    await app.state.limiter.close()
    await close_jobs()
    clock.fix(None)


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Remember where the story stopped."""
    if call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
        STOPPED.append(item.name)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What follows a failure would only fail because of it."""
    if STOPPED:
        pytest.skip(f"the story stopped at {STOPPED[0]}")
