"""What a published snapshot says about itself, and the check that its files are whole."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FORMAT = 3
_FILE = "manifest.json"


class SnapshotError(Exception):
    """A snapshot cannot be used or made; the message says why and what to do."""


@dataclass(frozen=True)
class SegmentEntry:
    """One segment of a snapshot. *documents* counts those that are there, *deleted* those removed since it was made.

    *kind* is that of its dense index; *recall* its recall@10 against exact search, measured when it was built, and None
    where it is exact; *bytes* its size on disk.
    """

    name: str
    documents: int
    deleted: int
    rows: int
    kind: str
    recall: float | None
    bytes: int
    checksums: Mapping[str, str]


@dataclass(frozen=True)
class Manifest:
    """Pinned with every match, so that a ranking can be explained later.

    *documents*, *vectors* (passages) and *sentences* count what is there, without what was removed; *publication*
    numbers the catalogues that the application has published; *checksums* are those of the snapshot's own files.
    """

    name: str
    format: int
    encoder: str
    dimension: int
    documents: int
    vectors: int
    sentences: int
    catalogue_version: str
    created_at: str
    checksums: Mapping[str, str]
    publication: int = 0
    segments: tuple[SegmentEntry, ...] = ()


def checksums(directory: Path) -> dict[str, str]:
    """SHA-256 of every file under *directory* except the manifest, by relative path."""
    found = {}
    for path in sorted(directory.rglob("*")):
        if path.is_file() and path.name != _FILE:
            with path.open("rb") as file:
                found[str(path.relative_to(directory))] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def check_files(directory: Path, expected: Mapping[str, str], what: str) -> None:
    """Raise ``SnapshotError`` for *what* if a file under *directory* is missing, extra or changed."""
    found = checksums(directory)
    changed = sorted(path for path in {*found, *expected} if found.get(path) != expected.get(path))
    if changed:
        raise SnapshotError(f"{what} is damaged: {', '.join(changed)} differ from the manifest.")


def write_manifest(manifest: Manifest, directory: Path) -> None:
    """Write it as JSON into *directory*."""
    (directory / _FILE).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")


def read_manifest(directory: Path, *, check: bool = True) -> Manifest:
    """Read it and check the snapshot's own files against it, unless told not to; segments are checked as they load.

    - raises ``SnapshotError`` for an unreadable manifest, another format, or a file that is missing, extra or changed
    """
    try:
        manifest = _parsed(json.loads((directory / _FILE).read_text(encoding="utf-8")), directory.name)
    except (OSError, ValueError, TypeError) as error:
        raise SnapshotError(f"Snapshot {directory.name} has no readable manifest: {error}") from error
    if check:
        check_files(directory, manifest.checksums, f"Snapshot {directory.name}")
    return manifest


def _parsed(values: dict[str, Any], name: str) -> Manifest:
    if values.get("format") != FORMAT:
        raise SnapshotError(f"Snapshot {name} has format {values.get('format')}, this program reads {FORMAT}.")
    segments = tuple(SegmentEntry(**entry) for entry in values.pop("segments"))
    return Manifest(**values, segments=segments)
