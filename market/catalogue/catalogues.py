"""The published catalogues: how far they are behind their rows, how they are brought up to date, and by whom.

A snapshot is published only when the rows' version or the encoder has changed, by one process at a time; processes that
read it notice a new one by its name.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

from filelock import FileLock, Timeout

from market.catalogue import publications
from market.catalogue.encoders import current_encoder
from market.catalogue.indexed import IndexStatus, index_status, published_manifest, status_of
from market.catalogue.mirroring import Effort, Folder, embed, mirror
from market.catalogue.publications import Reading
from market.catalogue.searchable import COLLECTIONS, SCENES, SOLUTIONS, Collection, changed_rows, version_of
from market.catalogue.vectors import OnProgress
from matching.encoder import Encoder
from matching.publishing import new_name
from matching.store import Catalogue, Snapshots, merge_snapshot

__all__ = [
    "COLLECTIONS", "SCENES", "SOLUTIONS", "Collection", "IndexStatus", "build_index", "catalogue_of", "index_status",
    "merge_index", "published_manifest", "refresh", "status_of", "version_of",
]  # fmt: skip

_WAIT_SECONDS = 0.5

_readers: dict[Path, Snapshots] = {}


async def catalogue_of(collection: Collection) -> Catalogue | None:
    """Return the published catalogue, loaded once and again when a new one is published; None if there is none.

    Raises ``SnapshotError`` where it is damaged: ``refresh(…, anew=True)`` replaces it.
    """
    reader = _readers.setdefault(collection.directory, Snapshots(collection.directory, collection.engine))
    return await asyncio.to_thread(reader.current)


async def refresh(
    collection: Collection, *, seconds: float | None = None, on_progress: OnProgress | None = None, anew: bool = False
) -> bool:
    """Embed what changed and publish a snapshot; True when the published one is up to date at the end.

    With *seconds*, False when the time is up or another process is building: what was embedded until then is kept.
    Without, waits for the other process and works to the end. *anew* builds even where nothing changed.

    Raises ``EncoderError`` where there is no encoder.
    """
    encoder = await current_encoder()
    if not anew and await _is_current(collection, encoder):
        return True
    until = None if seconds is None else monotonic() + seconds
    async with _only_builder(collection, wait=seconds is None) as building:
        if not building:
            return False
        if not anew and await _is_current(collection, encoder):
            return True
        return await _build(collection, encoder, Effort(until, on_progress), anew=anew)


async def build_index(on_progress: OnProgress | None = None, *, anew: bool = False) -> IndexStatus:
    """Bring both collections up to date, however long it takes, and say how they stand; *anew*: from nothing."""
    for collection in COLLECTIONS:
        while not await refresh(collection, on_progress=on_progress, anew=anew):
            continue  # another machine published meanwhile: read again what changed since
    return await index_status()


async def merge_index() -> IndexStatus:
    """Write each published snapshot as one segment, without what was removed; nothing is embedded.

    Raises ``SnapshotError`` where one is damaged.
    """
    for collection in COLLECTIONS:
        async with _only_builder(collection, wait=True):
            await asyncio.to_thread(merge_snapshot, collection.directory, collection.engine)
    return await index_status()


async def _is_current(collection: Collection, encoder: Encoder) -> bool:
    manifest = published_manifest(collection)
    if manifest is None or manifest.encoder != encoder.name:
        return False
    return manifest.catalogue_version == await version_of(collection)


async def _build(collection: Collection, encoder: Encoder, effort: Effort, *, anew: bool) -> bool:
    """Write what changed as a publication, once all of it has vectors, and bring the folder of snapshots to it."""
    last = await publications.latest(collection.name)
    version = await version_of(collection)  # before the rows: what changes meanwhile makes it old, not wrong
    if last is None or (last.encoder, last.details["version"]) != (encoder.name, version):
        reading = await _read_changes(collection)
        if await embed(reading.documents, encoder, effort) is None:
            return False
        last = await publications.record(
            collection.name, reading, after=last, snapshot=new_name(), encoder=encoder.name, version=version
        )
    folder = Folder(collection.directory, collection.engine)
    return last is not None and await mirror(folder, last, encoder, effort, anew=anew)


async def _read_changes(collection: Collection) -> Reading:
    sources, gone = await changed_rows(collection)
    if not sources:
        return Reading([], {}, {}, gone)
    documents, facts = await collection.documents(sources.keys()), await collection.facts(sources.keys())
    # One that was withdrawn meanwhile is gone as well.
    return Reading(documents, facts, sources, {*gone, *(sources.keys() - {each.id for each in documents})})


@asynccontextmanager
async def _only_builder(collection: Collection, *, wait: bool) -> AsyncIterator[bool]:
    collection.directory.mkdir(parents=True, exist_ok=True)
    lock = FileLock(collection.directory / "build.lock")
    while True:
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            if not wait:
                yield False
                return
            await asyncio.sleep(_WAIT_SECONDS)
    try:
        yield True
    finally:
        lock.release()
