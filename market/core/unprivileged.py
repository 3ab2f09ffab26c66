"""Run PostgreSQL for root: it refuses root itself, so it runs as another account."""

import os
import pwd
import shutil
import stat
from pathlib import Path


class NoAccountError(RuntimeError):
    """Root has no account that can run PostgreSQL here; the message says what to do."""


def account_for(cluster: Path) -> pwd.struct_passwd | None:
    """Return who runs the cluster: its owner, else ``postgres``, else ``nobody``; None when we are not root."""
    if os.geteuid() != 0:
        return None
    if cluster.exists() and (owner := cluster.stat().st_uid) != 0:
        return pwd.getpwuid(owner)
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoAccountError("PostgreSQL cannot run as root and finds no account here: run as an ordinary user.")


def own(path: Path, account: pwd.struct_passwd | None) -> None:
    """Make *path* a private directory of *account* (of ourselves where there is none)."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)


def command_as(account: pwd.struct_passwd | None, *paths: Path) -> list[str]:
    """Return the words that go before a command so that *account* runs it and can reach *paths*.

    A checkout under ``/root`` is closed to other accounts. The process then keeps the one capability that opens it;
    no permission on the disk is changed.
    """
    if account is None:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise NoAccountError("PostgreSQL for root needs setpriv: install util-linux or run as an ordinary user.")
    words = [setpriv, f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    if not all(_open_to_all(path) for path in paths):
        words += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*words, "--"]


def _open_to_all(path: Path) -> bool:
    """Whether every directory above *path* lets others through."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)
