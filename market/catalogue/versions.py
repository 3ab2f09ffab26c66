"""The catalogue of any publication, as it was: from the snapshot that is published, or made again from the database."""

import asyncio
import hashlib
import shutil
from pathlib import Path

from filelock import FileLock

from market.catalogue import publications
from market.catalogue.mirroring import Effort, Folder, mirror, published_manifest
from market.catalogue.models import Publication
from market.catalogue.publications import documents_at, facts_at
from market.catalogue.searchable import COLLECTIONS
from market.settings import settings
from matching.encoder import Encoder
from matching.engines import LOCAL, Engine
from matching.store import Catalogue, SnapshotError, Snapshots

__all__ = ["catalogue_at", "documents_at", "facts_at"]

KEPT = 8  # catalogues of the past that stay on disk, those asked for last

_readers: dict[Path, Snapshots] = {}


async def catalogue_at(collection: str, number: int, encoder: Encoder) -> Catalogue:
    """Return what *collection* held at publication *number*: every question has the answer that it had then.

    The published snapshot serves where it is that publication. Others are made once, from stored texts and vectors, and
    kept on disk for the next time; only texts that never had a vector under this encoder are embedded.

    - raises ``SnapshotError`` where there was no such publication
    """
    publication = await publications.publication(collection, number)
    if publication is None:
        raise SnapshotError(f"There is no publication {number} of {collection}.")
    published = next(each for each in COLLECTIONS if each.name == collection)
    found = await _read(published.directory, publication, encoder, published.engine)
    return found or await _of_the_past(publication, encoder)


async def _of_the_past(publication: Publication, encoder: Encoder) -> Catalogue:
    directory = _directory(publication, encoder.name)
    if found := await _read(directory, publication, encoder):
        return found
    await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    lock = FileLock(directory / "build.lock", thread_local=False)
    await asyncio.to_thread(lock.acquire)
    try:
        found = await _read(directory, publication, encoder)  # another process may have made it meanwhile
        if found is None:
            await mirror(Folder(directory), publication, encoder, Effort(), anew=True)
            found = await _read(directory, publication, encoder)
    finally:
        lock.release()
    if found is None:
        raise SnapshotError(
            f"Publication {publication.number} could not be made again: its folder was deleted meanwhile."
        )
    await asyncio.to_thread(_forget_oldest, directory.parent)
    return found


async def _read(
    directory: Path, publication: Publication, encoder: Encoder, engine: Engine = LOCAL
) -> Catalogue | None:
    """The catalogue in *directory*, where it is that publication under that encoder and whole."""
    manifest = published_manifest(directory)
    wanted = (publication.number, publication.details["version"], encoder.name)
    if manifest is None or (manifest.publication, manifest.catalogue_version, manifest.encoder) != wanted:
        return None
    try:
        found = await asyncio.to_thread(_readers.setdefault(directory, Snapshots(directory, engine)).current)
    except SnapshotError:
        return None
    await asyncio.to_thread(directory.touch)
    return found if found is not None and found.manifest.publication == publication.number else None


def _directory(publication: Publication, encoder: str) -> Path:
    digest = hashlib.sha256(encoder.encode()).hexdigest()[:8]
    name = f"{publication.collection}-{publication.number}-{digest}"
    return settings().data_dir / "snapshots" / "past" / name


def _forget_oldest(past: Path) -> None:
    """Delete the catalogues that were not asked for lately; who still reads one keeps its files open."""
    by_use = sorted(past.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in by_use[KEPT:]:
        _readers.pop(path, None)
        shutil.rmtree(path, ignore_errors=True)
