"""What a published snapshot says about itself, and the check that it is whole."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

FORMAT = 1
_FILE = "manifest.json"


class SnapshotError(Exception):
    """A snapshot cannot be used or made; the message says why and what to do."""


@dataclass(frozen=True)
class Manifest:
    """Pinned with every match, so that a ranking can be explained later."""

    name: str
    format: int
    encoder: str
    dimension: int
    documents: int
    vectors: int
    sentences: int
    catalogue_version: str
    created_at: str
    checksums: dict[str, str]


def checksums(directory: Path) -> dict[str, str]:
    """SHA-256 of every file under *directory* except the manifest, by relative path."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != _FILE
    }


def write_manifest(manifest: Manifest, directory: Path) -> None:
    """Write it as JSON into *directory*."""
    (directory / _FILE).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")


def read_manifest(directory: Path) -> Manifest:
    """Read it and check every file against it.

    - raises ``SnapshotError`` for an unreadable manifest, another format, or a file that is missing, extra or changed
    """
    try:
        manifest = Manifest(**json.loads((directory / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise SnapshotError(f"Snapshot {directory.name} has no readable manifest: {error}") from error
    if manifest.format != FORMAT:
        raise SnapshotError(f"Snapshot {directory.name} has format {manifest.format}, this program reads {FORMAT}.")
    found = checksums(directory)
    changed = sorted(path for path in {*found, *manifest.checksums} if found.get(path) != manifest.checksums.get(path))
    if changed:
        raise SnapshotError(f"Snapshot {directory.name} is damaged: {', '.join(changed)} differ from the manifest.")
    return manifest
