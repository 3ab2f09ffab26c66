"""The process tree: one a data directory, children that come back, an end that leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from market.core.servers import start_servers

PATIENCE = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


class Served:
    """``jiebang serve`` on a data directory, without the demonstration district."""

    def __init__(self, data_dir: Path) -> None:
        self.port = free_port()
        self.told = data_dir / "told.txt"
        given = {"DATABASE_URL", "REDIS_URL", "JIEBANG_SECRET_KEY"}
        ours = {name: value for name, value in os.environ.items() if name not in given}
        self.environment = {**ours, "JIEBANG_DATA_DIR": str(data_dir), "JIEBANG_PORT": str(self.port)}
        with self.told.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "market.cli", "serve", "--no-demo"],
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/livez", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def children(self) -> dict[str, psutil.Process]:
        """Return web and worker by name."""
        return {child.cmdline()[-1]: child for child in psutil.Process(self.process.pid).children()}

    def second(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "market.cli", "serve"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    running = Served(tmp_path)
    wait_until(running.answers)
    yield running
    if running.process.poll() is None:
        running.process.terminate()
    running.process.wait(PATIENCE)
    start_servers(tmp_path).stop()


def test_one_tree_a_directory_whose_children_come_back_and_end_with_it(served: Served, tmp_path: Path) -> None:
    refused = served.second()
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"jiebang serve already runs in {tmp_path} (process {served.process.pid}): "
        "stop it, or set another JIEBANG_DATA_DIR.\n"
    )

    wait_until(lambda: served.children().keys() == {"web", "worker"})
    first = served.children()["web"]
    first.kill()
    wait_until(lambda: served.answers() and served.children()["web"].pid != first.pid)
    assert "web ended (killed by SIGKILL); starting it again in 1 s" in served.told.read_text()

    children = list(served.children().values())
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(PATIENCE) == 0
    assert not any(child.is_running() for child in children)
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_children_of_a_killed_parent_end_and_the_servers_are_attached_to(served: Served, tmp_path: Path) -> None:
    wait_until(lambda: served.children().keys() == {"web", "worker"})
    children = list(served.children().values())
    served.process.kill()
    served.process.wait()
    gone, _alive = psutil.wait_procs(children, timeout=PATIENCE)
    assert len(gone) == 2
    again = Served(tmp_path)
    wait_until(again.answers)
    assert again.told.read_text().splitlines()[0] == "PostgreSQL attached · Valkey attached"
    again.process.terminate()
    assert again.process.wait(PATIENCE) == 0


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        refused = subprocess.run(
            [sys.executable, "-m", "market.cli", "serve"],
            env={**os.environ, "JIEBANG_DATA_DIR": str(tmp_path), "JIEBANG_PORT": str(port)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert refused.returncode == 1
    assert refused.stderr == (
        f"Cannot listen on 127.0.0.1:{port} (Address already in use): stop what uses it, "
        f"or choose another: JIEBANG_PORT={port + 1} make run\n"
    )
