"""The published catalogues: how far they are behind their rows, how they are brought up to date, and by whom.

A snapshot is published only when the rows' version or the encoder has changed, by one process at a time; processes that
read it notice a new one by its name.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from filelock import FileLock, Timeout

from market.matches import mirroring, publications
from market.matches.encoders import current_encoder
from market.matches.mirroring import Effort, embed, mirror
from market.matches.publications import Reading
from market.matches.searchable import COLLECTIONS, SCENES, SOLUTIONS, Collection, changed_rows, version_of
from market.matches.vectors import OnProgress
from matching.encoder import Encoder
from matching.manifest import SegmentEntry
from matching.publishing import new_name
from matching.store import Catalogue, Manifest, Snapshots

__all__ = [
    "COLLECTIONS", "SCENES", "SOLUTIONS", "Collection", "CollectionStatus", "IndexStatus", "build_index",
    "catalogue_of", "index_status", "published_manifest", "refresh", "status_of", "version_of",
]  # fmt: skip

_WAIT_SECONDS = 0.5

_readers: dict[Path, Snapshots] = {}


@dataclass(frozen=True)
class CollectionStatus:
    """How far a collection's published snapshot is behind its rows."""

    published: int
    indexed: int
    version: str
    snapshot: str
    encoder: str
    built_at: str
    behind: bool
    publication: int
    segments: tuple[SegmentEntry, ...]

    @property
    def bytes(self) -> int:
        """Size of the segments on disk."""
        return sum(segment.bytes for segment in self.segments)

    @property
    def recall(self) -> float | None:
        """The worst recall@10 of a segment's index against exact search, measured when built; None if all are exact."""
        return min((segment.recall for segment in self.segments if segment.recall is not None), default=None)

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self) | {
            "bytes": self.bytes,
            "recall_at_10": self.recall,
            "segments": [_segment(segment) for segment in self.segments],
        }


@dataclass(frozen=True)
class IndexStatus:
    """What is indexed, by which encoder, and whether rows have changed since."""

    solutions: CollectionStatus
    scenes: CollectionStatus

    @property
    def behind(self) -> bool:
        """Whether something was published, changed or withdrawn after the snapshots were built."""
        return self.solutions.behind or self.scenes.behind

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        values: dict[str, Any] = {"encoder": self.solutions.encoder, "behind": self.behind}
        for name, status in (("solutions", self.solutions), ("scenes", self.scenes)):
            values |= {
                f"{name}_published": status.published, f"{name}_indexed": status.indexed,
                f"{name}_snapshot": status.snapshot, f"{name}_version": status.version,
                f"{name}_built_at": status.built_at, name: status.as_json(),
            }  # fmt: skip
        return values

    def __str__(self) -> str:
        parts = (
            f"{status.indexed} of {status.published} {name} indexed"
            for name, status in (("solutions", self.solutions), ("scenes", self.scenes))
        )
        return ", ".join(parts) + (" (behind)" if self.behind else "")


def published_manifest(collection: Collection) -> Manifest | None:
    """Return what the published snapshot says of itself, without loading or checking it; None if there is none."""
    return mirroring.published_manifest(collection.directory)


async def catalogue_of(collection: Collection) -> Catalogue | None:
    """Return the published catalogue, loaded once and again when a new one is published; None if there is none.

    Raises ``SnapshotError`` where it is damaged: ``refresh(…, anew=True)`` replaces it.
    """
    reader = _readers.setdefault(collection.directory, Snapshots(collection.directory))
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


async def build_index(on_progress: OnProgress | None = None) -> IndexStatus:
    """Bring both collections up to date, however long it takes, and say how they stand."""
    for collection in COLLECTIONS:
        await refresh(collection, on_progress=on_progress)
    return await index_status()


async def index_status() -> IndexStatus:
    """Say what is indexed and whether it is behind; loads neither encoder nor index."""
    return IndexStatus(solutions=await status_of(SOLUTIONS), scenes=await status_of(SCENES))


async def status_of(collection: Collection) -> CollectionStatus:
    """Say how far one collection's snapshot is behind its rows."""
    version, manifest = await version_of(collection), published_manifest(collection)
    return CollectionStatus(
        published=int(version.split("-")[0]),
        indexed=manifest.documents if manifest else 0,
        version=version,
        snapshot=manifest.name if manifest else "",
        encoder=manifest.encoder if manifest else "",
        built_at=manifest.created_at if manifest else "",
        behind=manifest is None or manifest.catalogue_version != version,
        publication=manifest.publication if manifest else 0,
        segments=manifest.segments if manifest else (),
    )


def _segment(segment: SegmentEntry) -> dict[str, Any]:
    return {name: value for name, value in asdict(segment).items() if name != "checksums"}


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
    return last is not None and await mirror(collection.directory, last, encoder, effort, anew=anew)


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
