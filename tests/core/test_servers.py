"""The embedded servers: started, shared, attached to, recovered, stopped."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from arq.connections import RedisSettings, create_pool

from market.core.servers import start_servers

STARTED = ["PostgreSQL started", "Valkey started"]
ATTACHED = ["PostgreSQL attached", "Valkey attached"]
RECOVERED = ["PostgreSQL recovered", "Valkey recovered"]
KILLED_PARENT = """
import os, signal, sys
from pathlib import Path
from market.core.servers import start_servers
start_servers(Path(sys.argv[1]), fsync=False)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / "data"
    yield directory
    if directory.exists():
        start_servers(directory, fsync=False).stop()


def server_processes(data_dir: Path) -> list[psutil.Process]:
    return [
        psutil.Process(int(path.read_text().splitlines()[0]))
        for path in (data_dir / "postgres" / "postmaster.pid", data_dir / "valkey" / "valkey.pid")
    ]


async def remember(database_url: str, redis_url: str) -> None:
    """Leave a mark in both servers."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("CREATE TABLE mark (text text); INSERT INTO mark VALUES ('临江区')")
    await connection.close()
    redis = await create_pool(RedisSettings.from_dsn(redis_url))
    await redis.set("mark", "临江区")
    await redis.aclose()


async def recall(database_url: str, redis_url: str) -> list[str]:
    """Read both marks back."""
    connection = await asyncpg.connect(database_url)
    from_database = await connection.fetchval("SELECT text FROM mark")
    await connection.close()
    redis = await create_pool(RedisSettings.from_dsn(redis_url))
    from_redis = await redis.get("mark")
    await redis.aclose()
    return [from_database, from_redis.decode()]


async def test_a_clean_stop_keeps_everything_and_leaves_no_process(data_dir: Path) -> None:
    with start_servers(data_dir, fsync=False) as servers:
        assert servers.notes == STARTED
        await remember(servers.database_url, servers.redis_url)
        processes = server_processes(data_dir)
    assert [process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes] == [
        False,
        False,
    ]
    with start_servers(data_dir, fsync=False) as servers:
        assert servers.notes == STARTED
        assert await recall(servers.database_url, servers.redis_url) == ["临江区", "临江区"]


async def test_the_servers_of_a_killed_parent_are_attached_to(data_dir: Path) -> None:
    parent = subprocess.run([sys.executable, "-c", KILLED_PARENT, str(data_dir)], check=False)  # noqa: S603, ASYNC221
    assert parent.returncode == -signal.SIGKILL
    left = server_processes(data_dir)
    with start_servers(data_dir, fsync=False) as servers:
        assert servers.notes == ATTACHED
        assert server_processes(data_dir) == left


async def test_killed_servers_are_recovered_with_what_was_committed(data_dir: Path) -> None:
    servers = start_servers(data_dir)
    await remember(servers.database_url, servers.redis_url)
    for process in server_processes(data_dir):
        process.kill()
    with start_servers(data_dir) as again:
        assert again.notes == RECOVERED
        assert await recall(again.database_url, again.redis_url) == ["临江区", "临江区"]
        servers.stop()


def test_a_stranger_with_the_dead_servers_number_is_left_alone(data_dir: Path) -> None:
    start_servers(data_dir, fsync=False).stop()
    (data_dir / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{data_dir}/postgres\n")
    (data_dir / "valkey" / "valkey.pid").write_text(f"{os.getpid()}\n")
    with start_servers(data_dir, fsync=False) as servers:
        assert servers.notes == ["PostgreSQL recovered", "Valkey started"]


def test_the_last_one_out_stops_them(data_dir: Path) -> None:
    first = start_servers(data_dir, fsync=False)
    second = start_servers(data_dir, fsync=False)
    assert second.notes == ATTACHED
    first.stop()
    first.stop()
    assert all(process.is_running() for process in server_processes(data_dir))
    second.stop()
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


async def test_long_and_chinese_paths_still_have_short_sockets(tmp_path: Path) -> None:
    data_dir = tmp_path / "揭榜 数据" / ("x" * 90)
    with start_servers(data_dir, fsync=False) as servers:
        await remember(servers.database_url, servers.redis_url)
        assert await recall(servers.database_url, servers.redis_url) == ["临江区", "临江区"]
        assert len(servers.redis_url.encode()) < 108


def test_sockets_and_data_are_private(data_dir: Path) -> None:
    with start_servers(data_dir, fsync=False):
        for name in ("postgres", "valkey", "run/postgres", "run/valkey"):
            assert (data_dir / name).stat().st_mode & 0o777 == 0o700
