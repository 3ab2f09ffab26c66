"""Documents and vectors ↔ published snapshots: built beside, renamed into place, read by any number of processes."""

import os
import secrets
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

import numpy as np
from filelock import FileLock

from matching.catalogue import Catalogue
from matching.corpus import Corpus
from matching.documents import Document
from matching.manifest import FORMAT, Manifest, SnapshotError, checksums, read_manifest, write_manifest
from matching.segment import StoredVectors, build_segment, read_segment, write_segment
from matching.text import text_hash

__all__ = ["Catalogue", "Manifest", "SnapshotError", "Snapshots", "assemble", "build_snapshot", "texts_to_embed"]

KEPT = 3
_POINTER = "CURRENT"


def texts_to_embed(documents: Iterable[Document]) -> dict[str, str]:
    """Hash → text of every title, passage and sentence that needs a vector; cache vectors by (encoder name, hash)."""
    return {text_hash(text): text for document in documents for text in (*document.passages(), *document.quotable())}


def assemble(documents: Sequence[Document], vectors: StoredVectors, dimension: int) -> Corpus:
    """A corpus in memory.

    - raises ``SnapshotError`` if two documents share an id, or a text has no vector or one of another dimension
    """
    return Corpus([build_segment(documents, vectors, dimension)], [np.arange(len(documents))], dimension)


def build_snapshot(
    documents: Sequence[Document],
    vectors: StoredVectors,
    *,
    directory: Path,
    encoder_name: str,
    catalogue_version: str,
) -> Manifest:
    """Publish a snapshot under *directory* and point CURRENT at it; the last ``KEPT`` stay, older ones go.

    Readers see the old snapshot or the new one, never half of one, wherever this is interrupted. *vectors* maps
    ``text_hash`` to a row of the encoder; all rows have one dimension.

    - raises ``SnapshotError`` as ``assemble`` does
    """
    dimension = len(next(iter(vectors.values()))) if vectors else 1
    segment = build_segment(documents, vectors, dimension)
    directory.mkdir(parents=True, exist_ok=True)
    with FileLock(directory / "publish.lock"):
        _sweep_drafts(directory)
        now = datetime.now(UTC)
        manifest = Manifest(
            name=f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(2)}",
            format=FORMAT, encoder=encoder_name, dimension=dimension,
            documents=len(segment.ids), vectors=len(segment.passages), sentences=len(segment.sentence_vectors),
            catalogue_version=catalogue_version, created_at=now.isoformat(), checksums={},
        )  # fmt: skip
        draft = directory / f".draft-{manifest.name}"
        write_segment(segment, draft)
        manifest = replace(manifest, checksums=checksums(draft))
        write_manifest(manifest, draft)
        draft.rename(directory / manifest.name)
        _point(directory, manifest.name)
        _prune(directory, manifest.name)
    return manifest


class Snapshots:
    """The published catalogues of a directory, as one process sees them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._loaded: Catalogue | None = None
        self._lock = Lock()

    def current(self) -> Catalogue | None:
        """The catalogue that CURRENT names, loaded once and again when the name changes; nothing if none is published.

        - raises ``SnapshotError`` if it is damaged or of another format
        """
        with self._lock:
            name = self._current_name()
            while name is not None and (self._loaded is None or self._loaded.manifest.name != name):
                try:
                    self._loaded = _read(self._directory / name)
                except (SnapshotError, OSError):
                    # Newer ones may have been published, and this one pruned, while it was being read.
                    newer = self._current_name()
                    if newer == name:
                        raise
                    name = newer
            return self._loaded if name is not None else None

    def _current_name(self) -> str | None:
        try:
            return (self._directory / _POINTER).read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None


def _read(directory: Path) -> Catalogue:
    manifest = read_manifest(directory)
    segment = read_segment(directory)
    found = (segment.dimension, len(segment.ids), len(segment.passages))
    said = (manifest.dimension, manifest.documents, manifest.vectors)
    if found != said:
        raise SnapshotError(
            f"Snapshot {directory.name} holds (dimension, documents, vectors) {found}, its manifest says {said}."
        )
    return Catalogue(manifest, Corpus([segment], [np.arange(len(segment.ids))], manifest.dimension))


def _point(directory: Path, name: str) -> None:
    draft = directory / f".{_POINTER}"
    with draft.open("w", encoding="utf-8") as file:
        file.write(name + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(directory / _POINTER)


def _sweep_drafts(directory: Path) -> None:
    """Remove what a killed build left; the lock says that nobody is writing one."""
    for path in directory.glob(".draft-*"):
        shutil.rmtree(path)


def _prune(directory: Path, current: str) -> None:
    older = sorted(path for path in directory.iterdir() if path.is_dir() and path.name != current)
    for path in older[: max(0, len(older) - (KEPT - 1))]:
        shutil.rmtree(path)
