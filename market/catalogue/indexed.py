"""How the published snapshots stand: what they consist of, how far behind their rows they are, if they are whole."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from market.catalogue import mirroring, publications
from market.catalogue.searchable import COLLECTIONS, SCENES, SOLUTIONS, Collection, version_of
from matching.documents import Document
from matching.manifest import SegmentEntry
from matching.store import Catalogue, Manifest, SnapshotError, Snapshots


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


async def verify_all() -> dict[str, tuple[bool, str]]:
    """Say for each collection whether its snapshot is whole and is what the database says, and what was found."""
    found = {}
    for collection in COLLECTIONS:
        try:
            found[collection.name] = (True, await _verified(collection))
        except SnapshotError as error:
            found[collection.name] = (False, f"{error} Repair it with jiebang index build --anew.")
    return found


async def _verified(collection: Collection) -> str:
    """Read every file, and compare with the database; raise ``SnapshotError`` with the first thing that is wrong."""
    catalogue = await asyncio.to_thread(Snapshots(collection.directory, collection.engine).current)
    if catalogue is None:
        return "nothing is published yet"
    manifest = catalogue.manifest
    row = await publications.publication(collection.name, manifest.publication)
    if row is None or row.details["version"] != manifest.catalogue_version:
        raise SnapshotError(f"Snapshot {manifest.name} is of no publication of this database.")
    documents = await publications.documents_at(collection.name, row.number)
    if differing := await asyncio.to_thread(_differing, catalogue, documents):
        raise SnapshotError(
            f"Snapshot {manifest.name} says something else than publication {row.number} for {collection.name} "
            f"{', '.join(map(str, differing[:5]))}."
        )
    return (
        f"whole, and what the database says (publication {row.number}, documents {manifest.documents}, "
        f"sentences {manifest.sentences}, segments {len(manifest.segments)})"
    )


def _differing(catalogue: Catalogue, documents: Sequence[Document]) -> list[int]:
    """Ids of documents that only one of both has, or whose sentences differ."""
    corpus = catalogue.corpus
    kept = {int(key): tuple(corpus.sentences(place)) for place, key in enumerate(corpus.ids)}
    said = {each.id: each.quotable() for each in documents}
    return sorted(key for key in {*kept, *said} if kept.get(key) != said.get(key))
