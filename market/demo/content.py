"""The demonstration's texts, read from YAML: what the district looks like before anything happens."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
Entry = dict[str, Any]


@lru_cache(maxsize=1)
def organisations() -> tuple[Entry, ...]:
    """Return the organisations."""
    return tuple(_read(HERE / "organisations.yaml"))


@lru_cache(maxsize=1)
def scenes() -> tuple[Entry, ...]:
    """Return the scenes of every field."""
    return tuple(entry for path in sorted((HERE / "scenes").glob("*.yaml")) for entry in _read(path))


@lru_cache(maxsize=1)
def solutions() -> tuple[Entry, ...]:
    """Return the solutions of every field."""
    return tuple(entry for path in sorted((HERE / "solutions").glob("*.yaml")) for entry in _read(path))


@lru_cache(maxsize=1)
def filings() -> tuple[Entry, ...]:
    """Return the rows of the invented registry."""
    return tuple(_read(HERE / "filings.yaml"))


@lru_cache(maxsize=1)
def plots() -> tuple[Entry, ...]:
    """Return how far each challenge goes."""
    return tuple(_read(HERE / "plots.yaml"))


def _read(path: Path) -> list[Entry]:
    entries: list[Entry] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return entries
