"""The dense index: FAISS over unit vectors, several rows a document, a document as near as its nearest row."""

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from matching.encoder import Vectors
from matching.manifest import SnapshotError

Rows = NDArray[np.int64]
MISSING = -1


class DenseIndex:
    """Inner product of unit vectors, which is their cosine; exact. *owners* maps each row to its document's place."""

    def __init__(self, index: faiss.IndexFlat, owners: Rows) -> None:
        self._index = index
        self.dimension = int(index.d)
        self.rows = int(index.ntotal)
        self._owners = owners
        # A view of the index's own memory: scoring given documents must not copy the catalogue.
        self._vectors: Vectors = faiss.rev_swig_ptr(index.get_xb(), self.rows * self.dimension).reshape(
            self.rows, self.dimension
        )
        # Rows of one document are neighbours, so a document's rows are a slice.
        self._starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]]) if len(owners) else owners
        self._places = owners[self._starts]

    @classmethod
    def build(cls, vectors: Vectors, owners: Sequence[int]) -> "DenseIndex":
        """Index *vectors* (n, dimension) float32 of length 1; *owners* (n) rise with the rows."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index, np.asarray(owners, dtype=np.int64))

    @classmethod
    def read(cls, directory: Path) -> "DenseIndex":
        """Load what ``write`` wrote. Raises ``SnapshotError`` if the file holds another kind of index."""
        index = faiss.read_index(str(directory / "dense.faiss"))
        if not isinstance(index, faiss.IndexFlat):
            raise SnapshotError(f"dense.faiss holds {type(index).__name__}, expected IndexFlat.")
        return cls(index, np.load(directory / "owners.npy"))

    def write(self, directory: Path) -> None:
        """Write index and owners as two files into *directory*."""
        faiss.write_index(self._index, str(directory / "dense.faiss"))
        np.save(directory / "owners.npy", self._owners)

    def nearest(self, query: Vectors, k: int, only: Rows | None = None) -> list[tuple[int, float]]:
        """The *k* documents nearest to *query* (dimension,) as (place, cosine), best first, ties by place.

        Fewer if there are fewer. *only* are the places that may be found; the selection is made inside the search.
        """
        rows = self.rows if only is None else int(np.isin(self._owners, only).sum())
        if rows == 0 or k <= 0:
            return []
        wanted = min(rows, 4 * k)
        while True:
            found = self._found(query, wanted, only)
            if len(found) >= k or wanted == rows:
                return found[:k]
            wanted = min(rows, 4 * wanted)

    def _found(self, query: Vectors, wanted: int, only: Rows | None) -> list[tuple[int, float]]:
        # One thread: a second makes one query slower, not faster.
        faiss.omp_set_num_threads(1)
        parameters = None
        if only is not None:
            allowed = np.flatnonzero(np.isin(self._owners, only)).astype(np.int64)
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(allowed))  # type: ignore[call-arg]
        scores, rows = self._index.search(query.reshape(1, -1), wanted, params=parameters)
        best: dict[int, float] = {}
        for row, score in zip(rows[0].tolist(), scores[0].tolist(), strict=True):
            if row != MISSING:  # FAISS pads short results; Python's owners[-1] would invent a neighbour
                place = int(self._owners[row])
                best[place] = max(score, best.get(place, score))
        return sorted(best.items(), key=lambda item: (-item[1], item[0]))

    def cosines(self, query: Vectors, places: Rows) -> Vectors:
        """The cosine of each place's nearest row to *query*, (len(places),) float32; 0 where a place has no rows."""
        cosines = np.zeros(len(places), dtype=np.float32)
        known = np.flatnonzero(np.isin(places, self._places))
        if len(known):
            at = np.searchsorted(self._places, places[known])
            sizes = np.diff(np.r_[self._starts, len(self._owners)])[at]
            first = np.cumsum(np.r_[0, sizes[:-1]])
            rows = np.repeat(self._starts[at] - first, sizes) + np.arange(sizes.sum())
            # einsum sums each row alone; BLAS would round a row differently for every number of rows beside it.
            cosines[known] = np.maximum.reduceat(np.einsum("rd,d->r", self._vectors[rows], query), first)
        return cosines
