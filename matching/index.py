"""The dense index of a segment: documents have several rows, and a document is as near as its nearest row."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from matching.encoder import Vectors
from matching.engines import LOCAL, Engine
from matching.manifest import SnapshotError
from matching.vector_index import Found, HalfVectors, IndexDescription, Rows, Selection, VectorIndex, VectorIndexError

_OWNERS = "owners.npy"


class DenseIndex:
    """Finds documents by the rows that a ``VectorIndex`` holds; *owners* maps each row, its key, to its document."""

    def __init__(self, index: VectorIndex, owners: Rows) -> None:
        """*owners* (rows,) int64 rise with the rows; documents are known by their place."""
        self._index = index
        self._owners = owners
        self.dimension = index.dimension
        self.rows = len(owners)
        self.documents = len(np.unique(owners))
        self._single = bool((owners == np.arange(self.rows)).all())

    @classmethod
    def build(
        cls, vectors: Vectors | HalfVectors, owners: Sequence[int] | Rows, *, engine: Engine = LOCAL, name: str = ""
    ) -> "DenseIndex":
        """Index *vectors* (n, dimension) of length 1; *owners* (n) rise with the rows; *name* is the segment's."""
        keys = np.arange(len(vectors), dtype=np.int64)
        return cls(engine.build(name, keys, vectors), np.asarray(owners, dtype=np.int64))

    @classmethod
    def read(cls, directory: Path, *, engine: Engine = LOCAL) -> "DenseIndex":
        """Open what ``write`` wrote.

        - raises ``SnapshotError`` if it is damaged, of another kind, or kept by another engine than *engine*
        """
        try:
            return cls(engine.read(directory), np.load(directory / _OWNERS))
        except (VectorIndexError, RuntimeError, ValueError, KeyError) as error:  # FAISS says RuntimeError
            raise SnapshotError(f"The dense index cannot be read: {error}") from error

    def write(self, directory: Path) -> None:
        """Write index and owners into *directory*."""
        self._index.write(directory)
        np.save(directory / _OWNERS, self._owners)

    def describe(self) -> IndexDescription:
        """What kind of index it is, how large, and the recall@10 measured when it was built."""
        return self._index.describe()

    def selection(self, places: Rows) -> Selection:
        """*places* prepared as what may be found: worth keeping where it serves several searches."""
        if self._single:
            return Selection(places)
        mask = np.zeros(int(self._owners[-1]) + 1 if self.rows else 0, dtype=np.bool_)
        mask[places[(places >= 0) & (places < len(mask))]] = True
        return Selection.of_mask(mask[self._owners])

    def nearest(self, query: Vectors, k: int, only: Rows | Selection | None = None) -> Found:
        """The *k* documents nearest to *query* (dimension,) as (place, cosine), best first, ties by place.

        Fewer if there are fewer. *only* are the places that may be found; the selection is made inside the search.
        """
        selected = self.selection(only) if isinstance(only, np.ndarray) else only
        rows = self.rows if selected is None else min(self.rows, len(selected))
        if rows == 0 or k <= 0:
            return []
        wanted = min(rows, -(-k * self.rows // self.documents))
        while True:
            nearest = self._index.search(query[None], wanted, only=selected)[0]
            found = nearest if self._single else self._by_owner(nearest)
            if len(found) >= k or wanted == rows or len(nearest) < wanted:
                return found[:k]
            wanted = min(rows, 4 * wanted)

    def _by_owner(self, nearest: Found) -> Found:
        best: dict[int, float] = {}
        for owner, (_, cosine) in zip(self._owners[[row for row, _ in nearest]].tolist(), nearest, strict=True):
            best.setdefault(owner, cosine)  # best first, so that the first row of a document is its nearest
        return sorted(best.items(), key=lambda item: (-item[1], item[0]))
