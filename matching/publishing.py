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
) -> Manifest:
    """Publish a snapshot of just *documents* under *directory*, from nothing; older ones go, but for ``KEPT``.

    *vectors* maps ``text_hash`` to a row of the encoder, (dimension,).

    - raises ``SnapshotError`` if two documents share an id, or a text has no vector or one of another dimension
    """
    segment = build_segment(documents, vectors, dimension)
    header = _header(name, encoder_name, dimension, catalogue_version, publication)
    with _publishing(directory):
        return _publish(directory, header, [_written(segment, directory)] if len(segment.ids) else [])


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
) -> Manifest:
    """Publish the snapshot *base* with *documents* added or replaced, and those with ids in *gone* removed.

    What is not named stays in its segments as it is. Small segments are joined, worn ones rewritten (``to_merge``).

    - raises ``SnapshotError`` as ``build_snapshot`` does, where *base* cannot be read, or is no longer the current one
    """
    segment = build_segment(documents, vectors, base.dimension)
    header = _header(name, base.encoder, base.dimension, catalogue_version, publication)
    with _publishing(directory):
        if current_name(directory) != base.name:
            raise SnapshotError(f"Another snapshot was published after {base.name}: start from that one.")
        changed = np.array(sorted({*gone, *segment.ids.tolist()}), dtype=np.int64)
        parts = [_without(part, changed) for part in _parts(directory, base)]
        added = [_written(segment, directory)] if len(segment.ids) else []
        return _publish(directory, header, _merged(directory, [*(part for part in parts if len(part.live)), *added]))


def merge_snapshot(directory: Path) -> Manifest | None:
    """Publish the current snapshot again as a single segment without what was removed; None where none is published.

    - raises ``SnapshotError`` where it cannot be read
    """
    with _publishing(directory):
        name = current_name(directory)
        if name is None:
            return None
        base = read_manifest(directory / name)
        parts = _parts(directory, base)
        if len(parts) > 1 or any(part.entry.deleted for part in parts):
            parts = [_joined(directory, parts)]
        header = replace(base, name=new_name(), created_at=datetime.now(UTC).isoformat())
        return _publish(directory, header, parts)


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


@contextmanager
def _publishing(directory: Path) -> Iterator[None]:
    (directory / SEGMENTS).mkdir(parents=True, exist_ok=True)
    with FileLock(directory / "publish.lock"):
        sweep_drafts(directory)
        sweep_drafts(directory / SEGMENTS)
        yield


def _header(name: str, encoder: str, dimension: int, version: str, publication: int) -> Manifest:
    return Manifest(
        name=name or new_name(), format=FORMAT, encoder=encoder, dimension=dimension, documents=0, vectors=0,
        sentences=0, catalogue_version=version, created_at=datetime.now(UTC).isoformat(), checksums={},
        publication=publication,
    )  # fmt: skip


def _parts(directory: Path, manifest: Manifest) -> list[_Part]:
    try:
        return [
            _Part(directory / SEGMENTS / entry.name, entry, live_of(directory, manifest, entry))
            for entry in manifest.segments
        ]
    except (OSError, ValueError, IndexError) as error:
        raise SnapshotError(f"Snapshot {manifest.name} cannot be read: {error}") from error


def _without(part: _Part, ids: Rows) -> _Part:
    try:
        own = np.load(part.folder / "ids.npy")[part.live]
    except (OSError, ValueError, IndexError) as error:
        raise SnapshotError(f"Segment {part.entry.name} cannot be read: {error}") from error
    return replace(part, live=part.live[~np.isin(own, ids)])


def _merged(directory: Path, parts: list[_Part]) -> list[_Part]:
    groups = to_merge([len(part.live) for part in parts], [_deleted(part) for part in parts])
    taken = {at for group in groups for at in group}
    joined = [_joined(directory, [parts[at] for at in group]) for group in groups]
    return [*(part for at, part in enumerate(parts) if at not in taken), *joined]


def _joined(directory: Path, parts: Sequence[_Part]) -> _Part:
    try:
        segments = [read_segment(part.folder) for part in parts]
    except (OSError, ValueError) as error:
        raise SnapshotError(f"A segment cannot be read: {error}") from error
    return _written(merge_segments(segments, [part.live for part in parts]), directory)


def _written(segment: Segment, directory: Path) -> _Part:
    name = new_name()
    folder = directory / SEGMENTS / name
    with new_folder(folder) as draft:
        write_segment(segment, draft)
    entry = SegmentEntry(
        name=name, documents=len(segment.ids), deleted=0, rows=len(segment.passages), kind="flat", recall=None,
        bytes=sum(path.stat().st_size for path in folder.rglob("*")), checksums=checksums(folder),
    )  # fmt: skip
    return _Part(folder, entry, np.arange(len(segment.ids)))


def _deleted(part: _Part) -> int:
    return part.entry.documents + part.entry.deleted - len(part.live)


def _publish(directory: Path, header: Manifest, parts: Sequence[_Part]) -> Manifest:
    name = header.name if not (directory / header.name).exists() else new_name()
    with new_folder(directory / name) as draft:
        for part in parts:
            if _deleted(part):
                everything = np.arange(len(part.live) + _deleted(part))
                np.save(draft / f"{part.entry.name}.npy", np.setdiff1d(everything, part.live))
        manifest = replace(
            header, name=name, checksums=checksums(draft),
            documents=sum(len(part.live) for part in parts),
            vectors=sum(part.sizes("passage") for part in parts),
            sentences=sum(part.sizes("sentence") for part in parts),
            segments=tuple(replace(part.entry, documents=len(part.live), deleted=_deleted(part)) for part in parts),
        )  # fmt: skip
        write_manifest(manifest, draft)
    replace_text(directory / POINTER, name + "\n")
    _prune(directory, name)
    return manifest


def _prune(directory: Path, current: str) -> None:
    """Remove all but the last snapshots, and the segments that none of those names."""
    folders = [path for path in directory.iterdir() if path.is_dir() and path.name not in {SEGMENTS, current}]
    kept = {current}
    for number, path in enumerate(sorted(folders, reverse=True)):
        if number < KEPT - 1:
            kept.add(path.name)
        else:
            shutil.rmtree(path)
    named = {entry.name for name in kept for entry in _segments_named(directory / name)}
    for path in (directory / SEGMENTS).iterdir():
        if path.name not in named:
            shutil.rmtree(path)


def _segments_named(folder: Path) -> tuple[SegmentEntry, ...]:
    try:
        return read_manifest(folder, check=False).segments
    except SnapshotError:
        return ()  # nobody can read it, so nobody needs its segments
