"""A folder of snapshots brought to a publication: only what changed between the two is read, embedded and written."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from market.catalogue import publications
from market.catalogue.models import Publication
from market.catalogue.vectors import OnProgress, embed_missing, vectors_of
from matching.documents import Document
from matching.encoder import Encoder
from matching.engines import LOCAL, Engine
from matching.manifest import read_manifest
from matching.publishing import current_name
from matching.store import Manifest, SnapshotError, build_snapshot, texts_to_embed, update_snapshot

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Effort:
    """How long embedding may go on, until a moment of the monotonic clock, and who is told of its progress."""

    until: float | None = None
    on_progress: OnProgress | None = None


@dataclass(frozen=True)
class Folder:
    """Where snapshots are published, and who keeps their vectors."""

    directory: Path
    engine: Engine = LOCAL


def published_manifest(directory: Path) -> Manifest | None:
    """Return what the published snapshot says of itself, without loading or checking it; None if there is none."""
    try:
        name = current_name(directory)
        return None if name is None else read_manifest(directory / name, check=False)
    except (OSError, SnapshotError):
        return None


async def mirror(
    folder: Folder, publication: Publication, encoder: Encoder, effort: Effort, *, anew: bool = False
) -> bool:
    """Publish in *folder* what the catalogue held at *publication*; False where the time was up before.

    Starts from the snapshot that is there if it holds an earlier publication under the same encoder, and from nothing
    if not, if it cannot be read, or *anew*.
    """
    base = None if anew else await _base(folder.directory, publication, encoder)
    if base is None:
        return await _build(folder, publication, encoder, effort)
    changed, gone = await publications.changes_between(publication.collection, base.publication, publication.number)
    texts = await embed(changed, encoder, effort)
    if texts is None:
        return False
    vectors = await vectors_of(encoder.name, texts)
    try:
        await asyncio.to_thread(
            update_snapshot, changed, gone, vectors,
            directory=folder.directory, engine=folder.engine, base=base, name=publication.snapshot,
            catalogue_version=publication.details["version"], publication=publication.number,
        )  # fmt: skip
    except SnapshotError as error:
        log.warning("A snapshot is built anew: %s", error)
        return await _build(folder, publication, encoder, effort)
    return True


async def embed(documents: Sequence[Document], encoder: Encoder, effort: Effort) -> dict[str, str] | None:
    """Embed what has no vector yet; return all texts of *documents* by hash, None where the time was up before."""
    texts = await asyncio.to_thread(texts_to_embed, documents)
    seconds = None if effort.until is None else max(0.0, effort.until - monotonic())
    left = await embed_missing(encoder, texts, seconds=seconds, on_progress=effort.on_progress)
    return None if left else texts


async def _build(folder: Folder, publication: Publication, encoder: Encoder, effort: Effort) -> bool:
    documents = await publications.documents_at(publication.collection, publication.number)
    texts = await embed(documents, encoder, effort)
    if texts is None:
        return False
    vectors = await vectors_of(encoder.name, texts)
    await asyncio.to_thread(
        build_snapshot, documents, vectors,
        directory=folder.directory, engine=folder.engine, encoder_name=encoder.name, dimension=encoder.dimension,
        catalogue_version=publication.details["version"], publication=publication.number, name=publication.snapshot,
    )  # fmt: skip
    return True


async def _base(directory: Path, publication: Publication, encoder: Encoder) -> Manifest | None:
    """The published snapshot, where it is one of this database's publications, not newer, and of this encoder."""
    base = published_manifest(directory)
    if base is None or (base.encoder, base.dimension) != (encoder.name, encoder.dimension):
        return None
    row = await publications.publication(publication.collection, base.publication)
    known = row is not None and row.number <= publication.number and row.details["version"] == base.catalogue_version
    return base if known else None
