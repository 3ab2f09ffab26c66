"""Published snapshots as one process sees them, and catalogues put together in memory."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from matching.catalogue import Catalogue
from matching.corpus import Corpus
from matching.documents import Document
from matching.engines import LOCAL, Engine
from matching.manifest import Manifest, SegmentEntry, SnapshotError, check_files, read_manifest
from matching.publishing import SEGMENTS, build_snapshot, current_name, live_of, merge_snapshot, update_snapshot
from matching.segment import Segment, StoredVectors, build_segment, read_segment
from matching.text import text_hash

__all__ = [
    "Catalogue", "Manifest", "SnapshotError", "Snapshots", "assemble", "build_snapshot", "merge_snapshot",
    "texts_to_embed", "update_snapshot",
]  # fmt: skip


def texts_to_embed(documents: Iterable[Document]) -> dict[str, str]:
    """Hash → text of every title, passage and sentence that needs a vector; cache vectors by (encoder name, hash)."""
    return {text_hash(text): text for document in documents for text in (*document.passages(), *document.quotable())}


def assemble(documents: Sequence[Document], vectors: StoredVectors, dimension: int) -> Corpus:
    """A corpus in memory.

    - raises ``SnapshotError`` if two documents share an id, or a text has no vector or one of another dimension
    """
    return Corpus([build_segment(documents, vectors, dimension)], [np.arange(len(documents))], dimension)


class Snapshots:
    """The published catalogues of a directory, as one process sees them: segments are loaded once and shared."""

    def __init__(self, directory: Path, engine: Engine = LOCAL) -> None:
        self._directory = directory
        self._engine = engine
        self._loaded: Catalogue | None = None
        self._segments: dict[str, Segment] = {}
        self._lock = Lock()

    def current(self) -> Catalogue | None:
        """The catalogue that CURRENT names, loaded once and again when the name changes; nothing if none is published.

        Only segments that are new to this process are read, and checked.

        - raises ``SnapshotError`` if it is damaged or of another format
        """
        with self._lock:
            name = current_name(self._directory)
            while name is not None and (self._loaded is None or self._loaded.manifest.name != name):
                try:
                    self._loaded = self._read(name)
                except (SnapshotError, OSError) as error:
                    # Newer ones may have been published, and this one pruned, while it was being read.
                    newer = current_name(self._directory)
                    if newer == name:
                        raise _as_refusal(error, name) from error
                    name = newer
            return self._loaded if name is not None else None

    def _read(self, name: str) -> Catalogue:
        manifest = read_manifest(self._directory / name)
        segments = {
            entry.name: self._segments.get(entry.name) or self._segment(manifest, entry) for entry in manifest.segments
        }
        live = [live_of(self._directory, manifest, entry) for entry in manifest.segments]
        corpus = Corpus(list(segments.values()), live, manifest.dimension)
        found = (len(corpus), corpus.passages, corpus.quotable)
        said = (manifest.documents, manifest.vectors, manifest.sentences)
        if found != said:
            raise SnapshotError(
                f"Snapshot {name} holds (documents, vectors, sentences) {found}, its manifest says {said}."
            )
        self._segments = segments  # those that no longer stand in the snapshot are let go
        return Catalogue(manifest, corpus)

    def _segment(self, manifest: Manifest, entry: SegmentEntry) -> Segment:
        folder = self._directory / SEGMENTS / entry.name
        check_files(folder, entry.checksums, f"Segment {entry.name} of snapshot {manifest.name}")
        segment = read_segment(folder, self._engine)
        found = (segment.dimension, len(segment.ids))
        said = (manifest.dimension, entry.documents + entry.deleted)
        if found != said:
            raise SnapshotError(
                f"Segment {entry.name} holds (dimension, documents) {found}, its snapshot's manifest says {said}."
            )
        return segment


def _as_refusal(error: Exception, name: str) -> SnapshotError:
    return error if isinstance(error, SnapshotError) else SnapshotError(f"Snapshot {name} cannot be read: {error}")
