"""Everything in one process tree: the servers, then web and worker as children that are started again when they die."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from market.core.secret import keep_secret_key
from market.core.servers import start_servers
from market.settings import Settings

PARENT_PIPE = "JIEBANG_PARENT_PIPE"
STOP_SECONDS = 15
LONGEST_PAUSE = 30
STEADY_SECONDS = 60


class ServeError(RuntimeError):
    """The system could not be started here; the message says what to do."""


@dataclass
class Child:
    """One command that must keep running."""

    name: str
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = 1.0
    start_again_at: float = 0.0


@dataclass
class Tree:
    """The parent's view: what it starts its children with, what runs, and whether it was told to stop."""

    environment: Mapping[str, str]
    stopping: threading.Event
    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Children hold the reading end; when this process is gone, however it went, they read the end of the file.
        self._pipe, self._kept_open = os.pipe()

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start ``jiebang`` with *words* in a session of its own, so that Ctrl-C reaches the parent only."""
        return subprocess.Popen(  # noqa: S603  # our own interpreter and words
            [sys.executable, "-m", "market.cli", *words],
            env={**self.environment, PARENT_PIPE: str(self._pipe)},
            pass_fds=(self._pipe,),
            start_new_session=True,
        )

    def run(self, *words: str) -> None:
        """Run one command to its end; told to stop meanwhile, end it and return."""
        process = self.start(*words)
        while process.poll() is None:
            if self.stopping.wait(0.05):
                end([process])
        if process.returncode and not self.stopping.is_set():
            raise ServeError(f"jiebang {' '.join(words)} failed; the reason stands above.")

    def watch(self) -> None:
        """Keep the children running until told to stop, pausing longer each time one dies soon after its start."""
        while not self.stopping.wait(0.2):
            for child in self.children:
                self._tend(child)

    def _tend(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is not None:
            code = child.process.poll()
            if code is None:
                return
            if now - child.started_at > STEADY_SECONDS:
                child.pause = 1.0
            child.process, child.start_again_at = None, now + child.pause
            self.say(f"{child.name} ended ({_ending(code)}); starting it again in {child.pause:.0f} s")
            child.pause = min(child.pause * 2, LONGEST_PAUSE)
        elif now >= child.start_again_at:
            child.process, child.started_at = self.start(child.name), now

    def stop(self) -> None:
        """End every child."""
        end([child.process for child in self.children if child.process is not None])


def serve(
    settings: Settings, *, demonstration: bool, say: Callable[[str], None], announce: Callable[[str], None]
) -> None:
    """Start everything, tell *announce* the address when the pages answer, and stay until SIGINT, SIGTERM or SIGHUP.

    Raises ``ServeError`` or ``ServerError`` in one line where it cannot start.
    """
    data_dir = settings.data_dir.absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    stopping = _told_to_stop()
    with ExitStack() as stack:
        stack.enter_context(_only_one(data_dir))
        _refuse_taken_port(settings.host, settings.port)
        environment = _environment(settings, data_dir, stack, say, demonstration=demonstration)
        tree = Tree(environment, stopping, say)
        tree.run("prepare", "--data", *(["--demo"] if demonstration else []))
        tree.children = [Child("web"), Child("worker")]
        stack.callback(tree.stop)
        threading.Thread(target=_announce_when_up, args=(settings, stopping, announce), daemon=True).start()
        tree.watch()
        say("Stopping")


def die_with_parent() -> None:
    """In a child of ``serve``: end, as if asked to, when the parent is gone. Elsewhere: nothing."""
    if (descriptor := os.environ.pop(PARENT_PIPE, None)) is None:
        return

    def wait_for_the_end() -> None:
        os.read(int(descriptor), 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait_for_the_end, daemon=True).start()


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask each to stop, wait, then insist."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment(
    settings: Settings, data_dir: Path, stack: ExitStack, say: Callable[[str], None], *, demonstration: bool
) -> dict[str, str]:
    """Start the servers that are not configured and return what the children need to know."""
    environment = {**os.environ, "JIEBANG_DATA_DIR": str(data_dir)}
    environment["JIEBANG_DEMONSTRATION"] = str(demonstration or settings.demonstration).lower()
    if settings.secret_key is None:
        environment["JIEBANG_SECRET_KEY"] = keep_secret_key(data_dir)
    if not (settings.database_url and settings.redis_url):
        servers = stack.enter_context(start_servers(data_dir))
        say(" · ".join(servers.notes))
        environment["DATABASE_URL"] = settings.database_url or servers.database_url
        environment["REDIS_URL"] = settings.redis_url or servers.redis_url
    return environment


def _only_one(data_dir: Path) -> IO[str]:
    """Hold the data directory's lock for as long as the file is open."""
    lock = (data_dir / "serve.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        raise ServeError(
            f"jiebang serve already runs in {data_dir} (process {holder}): stop it, or set another JIEBANG_DATA_DIR."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServeError(
                f"Cannot listen on {host}:{port} ({error.strerror}): stop what uses it, or choose another: "
                f"JIEBANG_PORT={port + 1} make run"
            ) from None


def _told_to_stop() -> threading.Event:
    """Return an event that the signals to stop will set."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    return stopping


def _announce_when_up(settings: Settings, stopping: threading.Event, announce: Callable[[str], None]) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104  # compared, not bound
    while not stopping.wait(0.2):
        try:
            urllib.request.urlopen(f"http://{host}:{settings.port}/livez", timeout=5).close()
        except (urllib.error.URLError, OSError):
            continue
        announce(settings.public_origin)
        return


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
