"""The exact index: every row in half precision, compared one by one by FAISS; mapped from its file by every process.

Half precision moves a cosine by less than 0.0005 and is read three times as fast as single precision.
"""

from pathlib import Path

import faiss
import numpy as np

from matching.encoder import Vectors
from matching.vector_index import (
    Found,
    HalfVectors,
    IndexDescription,
    KeyTable,
    Rows,
    Selection,
    VectorIndexError,
    best_first,
    checked,
    write_kind,
)

MISSING = -1
_ROWS, _KEYS, _LIVE = "dense.faiss", "keys.npy", "live.npy"
_BLOCK = 65_536


class ExactIndex:
    """``VectorIndex`` by comparing with every row that may be found."""

    kind = "exact"

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.flat = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        self.table = KeyTable(np.zeros(0, dtype=np.int64))

    @classmethod
    def read(cls, directory: Path) -> "ExactIndex":
        """Map what ``write`` wrote. Raises ``VectorIndexError`` if the file holds another kind of index."""
        flat = faiss.read_index(str(directory / _ROWS), faiss.IO_FLAG_MMAP_IFC)
        if not isinstance(flat, faiss.IndexScalarQuantizer):
            raise VectorIndexError(f"{_ROWS} holds {type(flat).__name__}, expected IndexScalarQuantizer.")
        index = cls(flat.d)
        index.flat = flat
        index.table = KeyTable(np.load(directory / _KEYS), np.load(directory / _LIVE))
        return index

    def write(self, directory: Path) -> None:
        """Write rows, keys and which of them are there."""
        write_kind(directory, self.kind)
        faiss.write_index(self.flat, str(directory / _ROWS))
        np.save(directory / _KEYS, self.table.keys)
        np.save(directory / _LIVE, self.table.live)

    def __len__(self) -> int:
        return len(self.table)

    def add(self, keys: Rows, vectors: Vectors) -> None:
        """Append; a mapped file is copied into memory first."""
        rows = checked(vectors, self.dimension)
        table = self.table.added(np.asarray(keys, dtype=np.int64))
        if not self.flat.codes.is_owned:
            self.flat = faiss.deserialize_index(faiss.serialize_index(self.flat))
        self.flat.add(rows)
        self.table = table

    def remove(self, keys: Rows) -> int:
        """Forget the keys; their rows stay until the index is built again."""
        slots = self.table.known(np.unique(np.asarray(keys, dtype=np.int64)))
        if len(slots):
            self.table = self.table.removed(slots)
        return len(slots)

    def search(self, queries: Vectors, k: int, *, only: Selection | None = None) -> list[Found]:
        """Compare with every row, or with those of *only*."""
        allowed = self.allowed(only)
        parameters = None if allowed is None else faiss.SearchParameters(sel=faiss.IDSelectorBitmap(allowed.bits))
        available = len(self) if allowed is None else len(allowed)
        faiss.omp_set_num_threads(1)  # a second thread makes one query slower, not faster
        return [self._nearest(query[None], k, available, parameters) for query in checked(queries, self.dimension)]

    def allowed(self, only: Selection | None) -> Selection | None:
        """*only* as slots, without those that were removed; None if every slot may be found."""
        if self.table.plain:
            if only is None or not len(only) or 0 <= only.keys[0] <= only.keys[-1] < len(self.table):
                return only
            return Selection(self.table.known(only.keys))
        if only is None:
            return None if self.table.live.all() else Selection.of_mask(self.table.live)
        return Selection(self.table.known(only.keys))

    def vectors(self, keys: Rows) -> Vectors:
        """The rows, from half precision."""
        return self.rows(self.table.every(np.asarray(keys, dtype=np.int64)))

    def rows(self, slots: Rows) -> Vectors:
        """The rows in *slots*, (len(slots), dimension) float32."""
        return np.asarray(self.flat.reconstruct_batch(slots)).reshape(-1, self.dimension)

    def describe(self) -> IndexDescription:
        """Two bytes a number, mapped and shared by all processes, and nine a row for its key."""
        held = self.flat.ntotal * (2 * self.dimension + self.table.keys.itemsize + 1)
        return IndexDescription(self.kind, {}, len(self), held, None)

    def _nearest(self, query: Vectors, k: int, available: int, parameters: object) -> Found:
        """Search for one more, until the last is worse than the k-th: then no tie is cut off by chance."""
        wanted = min(available, k + 1)
        while wanted > 0 and k > 0:
            scores, slots = self.flat.search(query, wanted, params=parameters)
            if wanted == available or scores[0, -1] < scores[0, k - 1]:
                return self.found(slots[0], scores[0], k)
            wanted = min(available, 2 * wanted)
        return []

    def found(self, slots: Rows, scores: Vectors, k: int) -> Found:
        """FAISS's answer by key. It pads short results with −1, and Python's ``keys[-1]`` would invent a neighbour."""
        if len(slots) and slots[-1] == MISSING:
            there = slots != MISSING
            slots, scores = slots[there], scores[there]
        keys = slots if self.table.plain else self.table.keys[slots]
        return best_first(keys.tolist(), scores.tolist(), k)


def exact_index(keys: Rows, vectors: Vectors | HalfVectors) -> ExactIndex:
    """Index *vectors* (n, dimension), of length 1, under *keys*."""
    index = ExactIndex(vectors.shape[1])
    for start in range(0, len(keys), _BLOCK):
        block = np.asarray(vectors[start : start + _BLOCK], dtype=np.float32)
        index.add(keys[start : start + _BLOCK], block)
    return index
