"""A real PostgreSQL and a real Valkey for the run; an empty, migrated database for each test."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from tortoise import connections

os.environ["JIEBANG_ENCODER"] = "hashing"
os.environ["JIEBANG_SECRET_KEY"] = "a key for tests only, of some length"
os.environ["JIEBANG_DEMONSTRATION"] = "true"
os.environ["HF_HUB_OFFLINE"] = "1"

from market.core import clock, database
from market.core.servers import Servers, start_servers
from market.settings import settings
from tests.browser import Browser

EMPTY_ALL = """
DO $$ BEGIN
    SET LOCAL session_replication_role = replica;
    EXECUTE (SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') || ' RESTART IDENTITY CASCADE'
             FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations');
END $$
"""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share tests out one by one, but tell the journey's one story in one process.

    ``--dist loadgroup`` would do; the pytest-xdist that is out does not find the groups any more under pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByStory(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "journey" if nodeid.startswith("tests/journey/") else nodeid

    return ByStory(config, log)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    data_dir = tmp_path_factory.mktemp("data")
    with start_servers(data_dir, fsync=False) as running:
        os.environ |= {
            "DATABASE_URL": running.database_url,
            "REDIS_URL": running.redis_url,
            "JIEBANG_DATA_DIR": str(data_dir),
        }
        settings.cache_clear()
        yield running


@pytest.fixture(scope="session")
async def opened(servers: Servers) -> AsyncIterator[Servers]:
    await database.migrate(servers.database_url)
    await database.open_database(servers.database_url, pool=8)
    yield servers
    await database.close_database()


@pytest.fixture
async def db(opened: Servers) -> AsyncIterator[Servers]:
    await connections.get("default").execute_script(EMPTY_ALL)
    yield opened
    clock.fix(None)


@pytest.fixture
def noon() -> datetime:
    """A Monday without holidays around it; the clock stands still there until a test moves it."""
    moment = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
    clock.fix(moment)
    return moment


@pytest.fixture
async def app(db: Servers) -> AsyncIterator[Starlette]:
    from market.app import create_app

    application = create_app()
    await application.state.limiter.forget_all()
    yield application
    await application.state.limiter.close()


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[Browser]:
    async with Browser(app) as visitor:
        yield visitor


@pytest.fixture
async def another_browser(app: Starlette) -> AsyncIterator[Browser]:
    async with Browser(app) as visitor:
        yield visitor


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the project; what needs it is skipped on a machine without."""
    folder = Path(__file__).parent.parent.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("../shared/data is not on this machine")
    return folder
