"""A segment: some documents with their vectors, words and sentences, never changed once made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.documents import Document
from matching.engines import LOCAL, Engine
from matching.index import DenseIndex
from matching.manifest import SnapshotError
from matching.postings import Postings
from matching.quotes import Quotes
from matching.stacked import HalfVectors, Rows, bounds_of
from matching.text import terms, text_hash

StoredVectors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Segment:
    """Documents are known by their number in it, passages and sentences by rows; those of a document are neighbours.

    *ids* (documents,) int64; *passages* and *sentence_vectors* (rows, dimension) float16 with *passage_bounds* and
    *sentence_bounds* (documents + 1,) int64; *titled* (documents,) bool, whether the first passage is a title.
    """

    ids: Rows
    titled: NDArray[np.bool_]
    passages: HalfVectors
    passage_bounds: Rows
    sentences: Quotes
    sentence_vectors: HalfVectors
    sentence_bounds: Rows
    words: Postings
    title_words: Postings
    index: DenseIndex

    @property
    def dimension(self) -> int:
        """Of its vectors."""
        return int(self.passages.shape[1])


_ARRAYS = ("ids", "titled", "passages", "passage_bounds", "sentence_vectors", "sentence_bounds")


def build_segment(
    documents: Sequence[Document], vectors: StoredVectors, dimension: int, *, engine: Engine = LOCAL, name: str = ""
) -> Segment:
    """Make a segment of *documents*, in order of id; *vectors* maps ``text_hash`` to a row of the encoder.

    *engine* keeps its dense index, a server under the segment's *name*.

    - raises ``SnapshotError`` if two documents share an id, or a text has no vector or one of another dimension
    """
    ordered = sorted(documents, key=lambda document: document.id)
    ids = np.array([document.id for document in ordered], dtype=np.int64)
    if len(np.unique(ids)) != len(ids):
        raise SnapshotError("Two documents of the catalogue have the same id.")
    passages = [document.passages() for document in ordered]
    quotable = [document.quotable() for document in ordered]
    rows = _rows([text for own in passages for text in own], vectors, dimension)
    bounds = bounds_of([len(own) for own in passages])
    return Segment(
        ids=ids,
        titled=np.array([bool(document.title.strip()) for document in ordered], dtype=np.bool_),
        passages=rows,
        passage_bounds=bounds,
        sentences=Quotes.build([text for own in quotable for text in own]),
        sentence_vectors=_rows([text for own in quotable for text in own], vectors, dimension),
        sentence_bounds=bounds_of([len(own) for own in quotable]),
        words=Postings.build([document.words() for document in ordered]),
        title_words=Postings.build([terms(document.title) for document in ordered]),
        index=index_of(rows, bounds, engine, name),
    )


def index_of(passages: HalfVectors, bounds: Rows, engine: Engine, name: str) -> DenseIndex:
    """The dense index of a segment's passages."""
    owners = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
    return DenseIndex.build(passages, owners, engine=engine, name=name)


def write_segment(segment: Segment, directory: Path) -> None:
    """Write *segment* as files into the empty *directory*."""
    for name in _ARRAYS:
        np.save(directory / f"{name}.npy", getattr(segment, name))
    segment.sentences.write(directory)
    segment.words.write(directory / "words")
    segment.title_words.write(directory / "title_words")
    segment.index.write(directory)


def read_segment(directory: Path, engine: Engine = LOCAL) -> Segment:
    """Map what ``write_segment`` wrote into memory; read-only."""
    arrays = {name: np.asarray(np.load(directory / f"{name}.npy", mmap_mode="r")) for name in _ARRAYS}
    return Segment(
        **arrays,
        sentences=Quotes.read(directory),
        words=Postings.read(directory / "words"),
        title_words=Postings.read(directory / "title_words"),
        index=DenseIndex.read(directory, engine=engine),
    )


def _rows(texts: Sequence[str], vectors: StoredVectors, dimension: int) -> HalfVectors:
    rows = np.zeros((len(texts), dimension), dtype=np.float16)
    for number, text in enumerate(texts):
        vector = vectors.get(text_hash(text))
        if vector is None:
            raise SnapshotError(f"There is no vector for “{text[:60]}”: embed texts_to_embed() of the same documents.")
        if len(vector) != dimension:
            raise SnapshotError(
                f"A vector has dimension {len(vector)}, the catalogue {dimension}: two encoders are mixed."
            )
        rows[number] = vector
    return rows
