"""The catalogue of any publication, as it was: from the snapshot that is published, or made again from the database."""

import asyncio
import hashlib
import shutil
from pathlib import Path

from filelock import FileLock

from market.matches import publications
from market.matches.mirroring import Effort, Folder, mirror, published_manifest
from market.matches.publications import documents_at, facts_at
from market.settings import settings
from matching.encoder import Encoder
from matching.store import Catalogue, SnapshotError, Snapshots

__all__ = ["catalogue_at", "documents_at", "facts_at"]

KEPT = 8  # catalogues of the past that stay on disk, those asked for last

_readers: dict[Path, Snapshots] = {}


async def catalogue_at(collection: str, number: int, encoder: Encoder) -> Catalogue:
    """Return what *collection* held at publication *number*: every question has the answer that it had then.

    It is made once, from stored texts and vectors, and kept on disk for the next time; only texts that never had a
    vector under this encoder are embedded.

    - raises ``SnapshotError`` where there was no such publication
    """
    publication = await publications.publication(collection, number)
    if publication is None:
        raise SnapshotError(f"There is no publication {number} of {collection}.")
    directory = _directory(collection, number, encoder.name)
    await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    lock = FileLock(directory / "build.lock")
    await asyncio.to_thread(lock.acquire)
    try:
        found = await _read(directory, publication.details["version"])
        if found is None:
            await mirror(Folder(directory), publication, encoder, Effort(), anew=True)
            found = await _read(directory, publication.details["version"])
    finally:
        lock.release()
    if found is None:
        raise SnapshotError(f"Publication {number} of {collection} could not be made again: look at the log.")
    await asyncio.to_thread(_forget_oldest, directory)
    return found


async def _read(directory: Path, version: str) -> Catalogue | None:
    """The catalogue in *directory*; None where there is none, it is damaged, or it is another database's."""
    manifest = published_manifest(directory)
    if manifest is None or manifest.catalogue_version != version:
        return None
    try:
        return await asyncio.to_thread(_readers.setdefault(directory, Snapshots(directory)).current)
    except SnapshotError:
        return None


def _directory(collection: str, number: int, encoder: str) -> Path:
    name = f"{collection}-{number}-{hashlib.sha256(encoder.encode()).hexdigest()[:8]}"
    return settings().data_dir / "snapshots" / "past" / name


def _forget_oldest(used: Path) -> None:
    """Delete the catalogues that were not asked for lately; who still reads one keeps its files open."""
    used.touch()
    by_use = sorted(used.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in by_use[KEPT:]:
        _readers.pop(path, None)
        shutil.rmtree(path, ignore_errors=True)
