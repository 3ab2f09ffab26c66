"""Changes → a new snapshot: one small segment for what came, marks for what went, a manifest that names them all.

Segments are written once, under ``segments/``, and shared by the snapshots that name them. A snapshot is a folder with
its manifest and, for each segment, which of its documents are gone. All is renamed into place, ``CURRENT`` last.
"""

import secrets
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from filelock import FileLock

from matching.documents import Document
from matching.durable import new_folder, replace_text, sweep_drafts
from matching.engines import LOCAL, Engine
from matching.manifest import FORMAT, Manifest, SegmentEntry, SnapshotError, checksums, read_manifest, write_manifest
from matching.merging import merge_segments, to_merge
from matching.segment import Segment, StoredVectors, build_segment, read_segment, write_segment
from matching.stacked import Rows

KEPT = 3
POINTER = "CURRENT"
SEGMENTS = "segments"


@dataclass(frozen=True)
class _Part:
    """A segment on disk and which of its documents are there, by number, rising."""

    folder: Path
    entry: SegmentEntry
    live: Rows

    @property
    def total(self) -> int:
        """How many documents the segment was made of."""
        return self.entry.documents + self.entry.deleted

    @property
    def deleted(self) -> int:
        """How many of them are gone."""
        return self.total - len(self.live)

    def sizes(self, what: str) -> int:
        """How many rows of *what* (passage, sentence) the live documents have."""
        return int(np.diff(np.load(self.folder / f"{what}_bounds.npy"))[self.live].sum())


def new_name() -> str:
    """A name for a snapshot; later ones sort after earlier ones."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(2)}"


def build_snapshot(
    documents: Sequence[Document],
    vectors: StoredVectors,
    *,
    directory: Path,
    encoder_name: str,
    dimension: int,
    catalogue_version: str,
    publication: int = 0,
    name: str = "",
    engine: Engine = LOCAL,
) -> Manifest:
    """Publish a snapshot of just *documents* under *directory*, from nothing; older ones go, but for ``KEPT``.

    *vectors* maps ``text_hash`` to a row of the encoder, (dimension,); *engine* keeps the dense indexes.

    - raises ``SnapshotError`` if two documents share an id, or a text has no vector or one of another dimension
    """
    header = _header(name, encoder_name, dimension, catalogue_version, publication)
    with _publishing(directory, engine) as writer:
        return writer.publish(header, writer.added(documents, vectors, dimension))


def update_snapshot(
    documents: Sequence[Document],
    gone: Collection[int],
    vectors: StoredVectors,
    *,
    directory: Path,
    base: Manifest,
    catalogue_version: str,
    publication: int = 0,
    name: str = "",
    engine: Engine = LOCAL,
) -> Manifest:
    """Publish the snapshot *base* with *documents* added or replaced, and those with ids in *gone* removed.

    What is not named stays in its segments as it is. Small segments are joined, worn ones rewritten (``to_merge``).

    - raises ``SnapshotError`` as ``build_snapshot`` does, where *base* cannot be read, or is no longer the current one
    """
    header = _header(name, base.encoder, base.dimension, catalogue_version, publication)
    with _publishing(directory, engine) as writer:
        if current_name(directory) != base.name:
            raise SnapshotError(f"Another snapshot was published after {base.name}: start from that one.")
        changed = np.array(sorted({*gone, *(document.id for document in documents)}), dtype=np.int64)
        kept = [_without(part, changed) for part in writer.parts(base)]
        added = writer.added(documents, vectors, base.dimension)
        return writer.publish(header, writer.merged([*(part for part in kept if len(part.live)), *added]))


def merge_snapshot(directory: Path, engine: Engine = LOCAL) -> Manifest | None:
    """Publish the current snapshot again as a single segment without what was removed; None where none is published.

    - raises ``SnapshotError`` where it cannot be read
    """
    with _publishing(directory, engine) as writer:
        name = current_name(directory)
        if name is None:
            return None
        base = read_manifest(directory / name)
        parts = writer.parts(base)
        if len(parts) > 1 or any(part.entry.deleted for part in parts):
            parts = [writer.joined(parts)]
        return writer.publish(replace(base, name=new_name(), created_at=datetime.now(UTC).isoformat()), parts)


def current_name(directory: Path) -> str | None:
    """The snapshot that ``CURRENT`` names; None where none is published."""
    try:
        return (directory / POINTER).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def live_of(directory: Path, manifest: Manifest, entry: SegmentEntry) -> Rows:
    """The numbers of the documents of one of the snapshot's segments that are there, rising."""
    everything = np.arange(entry.documents + entry.deleted)
    if not entry.deleted:
        return everything
    return np.delete(everything, np.load(directory / manifest.name / f"{entry.name}.npy"))


class _Writer:
    """Who holds the lock of a folder of snapshots, and may write there."""

    def __init__(self, directory: Path, engine: Engine) -> None:
        self._directory = directory
        self._engine = engine

    def parts(self, manifest: Manifest) -> list[_Part]:
        """What a snapshot consists of. Raises ``SnapshotError`` where it cannot be read."""
        try:
            return [
                _Part(self._directory / SEGMENTS / entry.name, entry, live_of(self._directory, manifest, entry))
                for entry in manifest.segments
            ]
        except (OSError, ValueError, IndexError) as error:
            raise SnapshotError(f"Snapshot {manifest.name} cannot be read: {error}") from error

    def added(self, documents: Sequence[Document], vectors: StoredVectors, dimension: int) -> list[_Part]:
        """A new segment of *documents*; none where there are none."""
        if not documents:
            return []
        name = new_name()
        return [self._written(name, build_segment(documents, vectors, dimension, engine=self._engine, name=name))]

    def merged(self, parts: list[_Part]) -> list[_Part]:
        """The same documents in as many segments as there should be."""
        groups = to_merge([len(part.live) for part in parts], [part.deleted for part in parts])
        taken = {at for group in groups for at in group}
        joined = [self.joined([parts[at] for at in group]) for group in groups]
        return [*(part for at, part in enumerate(parts) if at not in taken), *joined]

    def joined(self, parts: Sequence[_Part]) -> _Part:
        """One new segment of what *parts* hold. Raises ``SnapshotError`` where one cannot be read."""
        name = new_name()
        try:
            segments = [read_segment(part.folder, self._engine) for part in parts]
        except (OSError, ValueError) as error:
            raise SnapshotError(f"A segment cannot be read: {error}") from error
        return self._written(name, merge_segments(segments, [part.live for part in parts], self._engine, name))

    def publish(self, header: Manifest, parts: Sequence[_Part]) -> Manifest:
        """Write a snapshot of *parts* beside the others, point ``CURRENT`` at it, and let old ones go."""
        name = header.name if not (self._directory / header.name).exists() else new_name()
        with new_folder(self._directory / name) as draft:
            for part in parts:
                if part.deleted:
                    np.save(draft / f"{part.entry.name}.npy", np.setdiff1d(np.arange(part.total), part.live))
            manifest = replace(
                header, name=name, checksums=checksums(draft),
                documents=sum(len(part.live) for part in parts),
                vectors=sum(part.sizes("passage") for part in parts),
                sentences=sum(part.sizes("sentence") for part in parts),
                segments=tuple(replace(each.entry, documents=len(each.live), deleted=each.deleted) for each in parts),
            )  # fmt: skip
            write_manifest(manifest, draft)
        replace_text(self._directory / POINTER, name + "\n")
        self._prune(name)
        return manifest

    def _written(self, name: str, segment: Segment) -> _Part:
        folder = self._directory / SEGMENTS / name
        with new_folder(folder) as draft:
            write_segment(segment, draft)
        index = segment.index.describe()
        entry = SegmentEntry(
            name=name, documents=len(segment.ids), deleted=0, rows=index.rows, kind=index.kind,
            recall=index.recall_at_10, bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
            checksums=checksums(folder),
        )  # fmt: skip
        return _Part(folder, entry, np.arange(len(segment.ids)))

    def _prune(self, current: str) -> None:
        """Remove all but the last snapshots, and the segments that none of those names."""
        folders = [path for path in self._directory.iterdir() if path.is_dir() and path.name not in {SEGMENTS, current}]
        older = sorted(folders, reverse=True)
        for path in older[KEPT - 1 :]:
            shutil.rmtree(path)
        kept = [self._directory / current, *older[: KEPT - 1]]
        named = {entry.name for folder in kept for entry in _segments_named(folder)}
        for path in (self._directory / SEGMENTS).iterdir():
            if path.name not in named:
                self._engine.drop(path.name)
                shutil.rmtree(path)


@contextmanager
def _publishing(directory: Path, engine: Engine) -> Iterator[_Writer]:
    (directory / SEGMENTS).mkdir(parents=True, exist_ok=True)
    with FileLock(directory / "publish.lock"):
        sweep_drafts(directory)
        sweep_drafts(directory / SEGMENTS)
        yield _Writer(directory, engine)


def _header(name: str, encoder: str, dimension: int, version: str, publication: int) -> Manifest:
    return Manifest(
        name=name or new_name(), format=FORMAT, encoder=encoder, dimension=dimension, documents=0, vectors=0,
        sentences=0, catalogue_version=version, created_at=datetime.now(UTC).isoformat(), checksums={},
        publication=publication,
    )  # fmt: skip


def _without(part: _Part, ids: Rows) -> _Part:
    try:
        own = np.load(part.folder / "ids.npy")[part.live]
    except (OSError, ValueError, IndexError) as error:
        raise SnapshotError(f"Segment {part.entry.name} cannot be read: {error}") from error
    return replace(part, live=part.live[~np.isin(own, ids)])


def _segments_named(folder: Path) -> tuple[SegmentEntry, ...]:
    try:
        return read_manifest(folder, check=False).segments
    except SnapshotError:
        return ()  # nobody can read it, so nobody needs its segments
