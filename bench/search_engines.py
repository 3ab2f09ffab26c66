"""What bench/search.py compares: each engine builds its files, opens them, and finds row numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Ids = NDArray[np.int64]
K = 10
GOAL = 0.97
LINKS, BUILD_EFFORT = 16, 100
EFFORTS = (32, 48, 64, 96, 128, 192, 256, 384, 512, 768)


class Engine(Protocol):
    """One engine over one set of rows; ``effort`` is raised until the recall is reached, where there is one."""

    efforts: tuple[int, ...]

    def build(self, vectors: Matrix, directory: Path) -> None:
        """Make the files."""

    def open(self, directory: Path) -> None:
        """Open the files as a server would; ``vectors.npy`` is beside them."""

    def exert(self, effort: int) -> None:
        """Search as hard as that."""

    def allow(self, ids: Ids | None) -> None:
        """Prepare a filter, outside the timing: a page of facets is asked many times; None takes it away."""

    def find(self, query: Matrix) -> list[int]:
        """The ``K`` nearest to *query* (dimension,), of those that are allowed."""


class Ours:
    """DenseIndex as the product calls it: files, places, selection, documents out."""

    efforts = ()

    def build(self, vectors: Matrix, directory: Path) -> None:
        """As a segment is built, with two threads."""
        from matching.engines import Engine as Chosen
        from matching.index import DenseIndex

        DenseIndex.build(vectors, np.arange(len(vectors)), engine=Chosen(threads=2)).write(directory)

    def open(self, directory: Path) -> None:
        """Map the files."""
        from matching.index import DenseIndex

        self._index = DenseIndex.read(directory)
        self._only: Any = None

    def exert(self, effort: int) -> None:
        """Settled at build."""

    def allow(self, ids: Ids | None) -> None:
        """A selection, as a page of facets keeps it."""
        self._only = None if ids is None else self._index.selection(ids)

    def find(self, query: Matrix) -> list[int]:
        """Documents, best first."""
        return [place for place, _ in self._index.nearest(query, K, self._only)]


class RawFaiss:
    """The same index files and parameters, called with nothing around: FAISS's own search and its own answer."""

    efforts = ()

    def build(self, vectors: Matrix, directory: Path) -> None:
        """Nothing: it opens the files that ours made."""

    def open(self, directory: Path) -> None:
        """Read the files into memory, put lists and rows together as FAISS does."""
        import json

        import faiss

        faiss.omp_set_num_threads(1)
        self._faiss, self._selector = faiss, None
        self._rows = faiss.read_index(str(directory / "dense.faiss"))
        self._index, self._visited = self._rows, 0
        if (directory / "lists.faiss").exists():
            self._lists = faiss.read_index(str(directory / "lists.faiss"))
            self._index = faiss.IndexRefine(self._lists, self._rows)
            said = json.loads((directory / "approximate.json").read_text())
            self._visited = said["visited"]
        self.allow(None)

    def exert(self, effort: int) -> None:
        """Settled at build."""

    def allow(self, ids: Ids | None) -> None:
        """Its own filter, at the same number of lists."""
        faiss = self._faiss
        self._selector = None if ids is None else faiss.IDSelectorBitmap(bitmap(ids))
        chosen = {} if ids is None else {"sel": self._selector}
        if self._visited:
            lists = faiss.IVFRaBitQSearchParameters(nprobe=self._visited, qb=4, **chosen)
            self._parameters = faiss.IndexRefineSearchParameters(k_factor=16, base_index_params=lists)
        else:
            self._parameters = faiss.SearchParameters(**chosen) if chosen else None

    def find(self, query: Matrix) -> list[int]:
        """Labels as they come."""
        return self._index.search(query[None], K, params=self._parameters)[1][0].tolist()


class FlatFaiss(RawFaiss):
    """IndexFlatIP: exact, single precision."""

    def build(self, vectors: Matrix, directory: Path) -> None:
        """Copy the rows."""
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        faiss.write_index(index, str(directory / "dense.faiss"))


class Hnswlib:
    """hnswlib; its filter is a Python function called row by row, which is all that it has."""

    efforts = EFFORTS

    def build(self, vectors: Matrix, directory: Path) -> None:
        """Two threads."""
        import hnswlib

        index = hnswlib.Index(space="ip", dim=vectors.shape[1])
        index.init_index(max_elements=len(vectors), M=LINKS, ef_construction=BUILD_EFFORT, random_seed=1)
        index.add_items(vectors, np.arange(len(vectors)), num_threads=2)
        index.save_index(str(directory / "hnsw.bin"))

    def open(self, directory: Path) -> None:
        """One thread a search."""
        import hnswlib

        self._index = hnswlib.Index(space="ip", dim=np.load(directory / "vectors.npy", mmap_mode="r").shape[1])
        self._index.load_index(str(directory / "hnsw.bin"))
        self._index.set_num_threads(1)
        self._filter: Callable[[int], bool] | None = None

    def exert(self, effort: int) -> None:
        """Its ef."""
        self._index.set_ef(effort)

    def allow(self, ids: Ids | None) -> None:
        """A set and its membership."""
        self._filter = None if ids is None else set(ids.tolist()).__contains__

    def find(self, query: Matrix) -> list[int]:
        """Labels, nearest first."""
        return self._index.knn_query(query[None], k=K, filter=self._filter)[0][0].tolist()


class Usearch:
    """usearch in half precision; its Python package has no filter."""

    efforts = EFFORTS

    def build(self, vectors: Matrix, directory: Path) -> None:
        """Two threads."""
        from usearch.index import Index

        index = Index(ndim=vectors.shape[1], metric="ip", dtype="f16", connectivity=LINKS, expansion_add=BUILD_EFFORT)
        index.add(np.arange(len(vectors)), np.asarray(vectors), threads=2)
        index.save(str(directory / "usearch.bin"))

    def open(self, directory: Path) -> None:
        """Map the file, as it offers."""
        from usearch.index import Index

        self._index = Index.restore(str(directory / "usearch.bin"), view=True)

    def exert(self, effort: int) -> None:
        """Its expansion_search."""
        self._index.expansion_search = effort

    def allow(self, ids: Ids | None) -> None:
        """Not possible."""
        if ids is not None:
            raise NotImplementedError

    def find(self, query: Matrix) -> list[int]:
        """Keys, nearest first."""
        return self._index.search(query, K, threads=1).keys.tolist()


class Numpy:
    """A product with all rows, and the best of it."""

    efforts = ()

    def build(self, vectors: Matrix, directory: Path) -> None:
        """Nothing to build."""

    def open(self, directory: Path) -> None:
        """Into memory."""
        self._rows = np.load(directory / "vectors.npy")
        self.allow(None)

    def exert(self, effort: int) -> None:
        """Exact."""

    def allow(self, ids: Ids | None) -> None:
        """Rows to take."""
        self._ids = ids

    def find(self, query: Matrix) -> list[int]:
        """The best of all, then in order."""
        cosines = (self._rows if self._ids is None else self._rows[self._ids]) @ query
        best = np.argpartition(-cosines, K)[:K]
        best = best[np.argsort(-cosines[best])]
        return (best if self._ids is None else self._ids[best]).tolist()


ENGINES: dict[str, type[Engine]] = {
    "ours": Ours, "raw_faiss": RawFaiss, "flat_faiss": FlatFaiss, "hnswlib": Hnswlib, "usearch": Usearch,
    "numpy": Numpy,
}  # fmt: skip
GRAPHS = ("hnswlib", "usearch")


def bitmap(ids: Ids) -> NDArray[np.uint8]:
    """One bit an id."""
    mask = np.zeros(int(ids.max()) + 1, dtype=np.bool_)
    mask[ids] = True
    return np.packbits(mask, bitorder="little")


def clustered(rows: int, queries: int, *, dimension: int = 384, seed: int = 1) -> tuple[Matrix, Matrix]:
    """Unit vectors like those of multilingual-e5-small: (rows, dimension), and queries drawn in the same way.

    Around one mean direction of length 0.88, with the spectrum that 58,747 real passages show (variance of axis i about
    i to the power −0.65, 0.22 in all); fields hold topics, topics hold about 15 documents each. So the cosine of two is
    0.72 to 0.88, the nearest about 0.95, the tenth nearest 0.9.
    """
    generator = np.random.default_rng(seed)
    scale = np.arange(1, dimension + 1) ** -0.325
    scale = (scale * np.sqrt(0.22 / (scale**2).sum())).astype(np.float32)
    mean = np.zeros(dimension, dtype=np.float32)
    mean[-1] = 0.88

    def drawn(number: int, share: float) -> Matrix:
        return np.sqrt(share, dtype=np.float32) * scale * generator.standard_normal((number, dimension), np.float32)

    fields = drawn(100, 0.25)
    count = max(1, rows // 15)
    topics = drawn(count, 0.35) + fields[generator.integers(0, len(fields), count)]
    found = np.empty((rows + queries, dimension), dtype=np.float32)
    for start in range(0, len(found), 50_000):
        block = found[start : start + 50_000]
        far = np.sqrt(generator.choice([0.2, 0.4, 0.6], (len(block), 1))).astype(np.float32)
        block[:] = mean + topics[generator.integers(0, count, len(block))] + far * drawn(len(block), 1)
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return found[:rows], found[rows:]
