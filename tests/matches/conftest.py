"""An index of one's own for each test."""

import shutil

import pytest

from market.core.servers import Servers
from market.settings import settings


@pytest.fixture
def empty_index(db: Servers) -> None:  # the data directory is the servers'
    shutil.rmtree(settings().data_dir / "snapshots", ignore_errors=True)
