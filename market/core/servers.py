"""The embedded default: PostgreSQL and Valkey in the data directory, shared by every process that works on it.

Whoever needs them first starts them, the last one out stops them. A killed process leaves them alive for the next.
"""

import fcntl
import hashlib
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from filelock import FileLock

from market.core.postgres import Postgres, ServerError
from market.core.valkey import Valkey

LONGEST_DIRECTORY = 107 - len("/postgres/.s.PGSQL.5432")  # what the system allows for the path of a socket


class Servers:
    """Two running servers; ``notes`` says how each came to run."""

    def __init__(self, data_dir: Path, *, fsync: bool) -> None:
        self._data_dir = data_dir
        self._users: IO[str] | None = None
        self._sockets = sockets = _socket_directory(data_dir)
        self._postgres = Postgres(data_dir / "postgres", sockets / "postgres", fsync)
        self._valkey = Valkey(data_dir / "valkey", sockets / "valkey" / "valkey.sock", fsync)
        self.database_url = self._postgres.url
        self.redis_url = self._valkey.url
        self.notes: list[str] = []

    def start(self) -> None:
        """Start or attach to both, one process at a time, and count ourselves among their users."""
        with self._one_at_a_time():
            self._users = (self._data_dir / "servers.users").open("w")
            fcntl.flock(self._users, fcntl.LOCK_SH)
            self.notes = [f"PostgreSQL {self._postgres.start()}", f"Valkey {self._valkey.start()}"]

    def stop(self) -> None:
        """Leave; stop both servers when nobody else uses them. Harmless a second time."""
        if self._users is None:
            return
        with self._one_at_a_time():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            else:
                self._valkey.stop()
                self._postgres.stop()
                shutil.rmtree(self._sockets, ignore_errors=True)
            finally:
                self._users.close()
                self._users = None

    def _one_at_a_time(self) -> FileLock:
        return FileLock(self._data_dir / "servers.lock")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_servers(data_dir: Path, *, fsync: bool = True) -> Servers:
    """Start PostgreSQL and Valkey in *data_dir*, or attach to those that run there, or recover those that were killed.

    ``fsync=False`` gives up safety against power loss for speed: for tests. Raises ``ServerError`` with what to do.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir = data_dir.resolve()
    servers = Servers(data_dir, fsync=fsync)
    try:
        servers.start()
    except BaseException:
        servers.stop()
        raise
    return servers


def _socket_directory(data_dir: Path) -> Path:
    """Return ``run`` inside *data_dir*, or a short private directory where that path is too long or unfit for a URL."""
    beside = data_dir / "run"
    if len(os.fsencode(beside)) <= LONGEST_DIRECTORY and quote(str(beside)) == str(beside):
        return beside
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    short = Path(f"/tmp/jiebang-{os.geteuid()}-{digest}")  # noqa: S108  # private, and checked below
    short.mkdir(mode=0o700, exist_ok=True)
    if short.is_symlink() or short.stat().st_uid != os.geteuid():
        raise ServerError(f"{short} belongs to someone else: remove it or choose a shorter JIEBANG_DATA_DIR.")
    return short


__all__ = ["ServerError", "Servers", "start_servers"]
