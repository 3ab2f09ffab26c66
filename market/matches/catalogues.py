"""The two searchable collections, solutions and scenes: their versions, their published snapshots, and who builds them.

A snapshot is built only when the rows' version or the encoder has changed, by one process at a time; processes that
read it notice a new one by its name.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from filelock import FileLock, Timeout
from tortoise import connections

from market.matches.documents import scene_documents, solution_documents
from market.matches.encoders import current_encoder
from market.matches.vectors import OnProgress, embed_missing, vectors_of
from market.settings import settings
from matching.documents import Document
from matching.encoder import Encoder
from matching.manifest import read_manifest
from matching.publishing import current_name
from matching.store import Catalogue, Manifest, SnapshotError, Snapshots, build_snapshot, texts_to_embed

# Raise it when documents are cut differently: the version changes and everything is built again.
_RECIPE = 1
_WAIT_SECONDS = 0.5


@dataclass(frozen=True)
class Collection:
    """What is searched together."""

    name: str
    table: str
    states: str
    documents: Callable[[], Awaitable[list[Document]]]

    @property
    def directory(self) -> Path:
        """Where its snapshots are published."""
        return settings().data_dir / "snapshots" / self.name


SOLUTIONS = Collection("solutions", "solution", "'published'", solution_documents)
SCENES = Collection("scenes", "scene", "'published', 'challenged'", scene_documents)
COLLECTIONS = (SOLUTIONS, SCENES)

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
                f"{name}_built_at": status.built_at,
            }  # fmt: skip
        return values

    def __str__(self) -> str:
        parts = (
            f"{status.indexed} of {status.published} {name} indexed"
            for name, status in (("solutions", self.solutions), ("scenes", self.scenes))
        )
        return ", ".join(parts) + (" (behind)" if self.behind else "")


async def version_of(collection: Collection) -> str:
    """Return what changes whenever a published row of the collection comes, goes or is edited."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT count(*) AS count, coalesce(md5(string_agg(concat_ws(':', id, revision, published_at, updated_at), ','"  # noqa: S608
        f" ORDER BY id)), '') AS digest FROM {collection.table} WHERE state IN ({collection.states})"
    )
    return f"{rows[0]['count']}-{str(rows[0]['digest'])[:16]}-r{_RECIPE}"


def published_manifest(collection: Collection) -> Manifest | None:
    """Return what the published snapshot says of itself, without loading or checking it; None if there is none."""
    try:
        name = current_name(collection.directory)
        return None if name is None else read_manifest(collection.directory / name, check=False)
    except (OSError, SnapshotError):
        return None


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
        return await _build(collection, encoder, until, on_progress)


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
    )


async def _is_current(collection: Collection, encoder: Encoder) -> bool:
    manifest = published_manifest(collection)
    if manifest is None or manifest.encoder != encoder.name:
        return False
    return manifest.catalogue_version == await version_of(collection)


async def _build(collection: Collection, encoder: Encoder, until: float | None, on_progress: OnProgress | None) -> bool:
    version = await version_of(collection)  # before the rows: what changes meanwhile makes the snapshot old, not wrong
    documents = await collection.documents()
    texts = await asyncio.to_thread(texts_to_embed, documents)
    seconds = None if until is None else max(0.0, until - monotonic())
    if await embed_missing(encoder, texts, seconds=seconds, on_progress=on_progress):
        return False
    vectors = await vectors_of(encoder.name, texts)
    await asyncio.to_thread(
        build_snapshot, documents, vectors,
        directory=collection.directory, encoder_name=encoder.name, dimension=encoder.dimension,
        catalogue_version=version,
    )  # fmt: skip
    return True


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
