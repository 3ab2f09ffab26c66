"""The approximate index: FAISS IVF with one-bit RaBitQ codes finds candidates, the half-precision rows decide.

RaBitQ: Gao and Long, SIGMOD 2024 (arXiv 2405.12497). Its codes take 64 bytes a row of 384 numbers; the rows are those
of the exact index, mapped from their file. How many lists a search visits is settled when the index is built: as many
as the recall wants that is measured there against the exact index.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import faiss
import numpy as np

from matching.encoder import Vectors
from matching.exact_index import ExactIndex, exact_index
from matching.recall import effort_for
from matching.vector_index import (
    Found,
    HalfVectors,
    IndexDescription,
    Rows,
    Selection,
    VectorIndexError,
    checked,
    write_kind,
)

_LISTS, _SETTINGS = "lists.faiss", "approximate.json"
_ROWS_A_LIST = 40  # for training: more make the lists no better
_ROUNDS = 10
_QUERY_BITS = 4
_SEED = 20260101
_BLOCK = 65_536
_LEAST_VISITED = 8
_DEPTH, _DEEPER = 120, 4  # candidates for a search, and for each row that it wants
_TIES = 8
_THINNING = 0.5  # how visits grow as fewer rows pass: where half the rows are gone, the next are little farther
_FEW = 4_000  # rows: so many that pass are compared one by one; more lie too far apart in memory for that


@dataclass(frozen=True)
class _Settings:
    """How many lists there are and are visited, and the recall@10 measured with that."""

    lists: int
    visited: int
    recall_at_10: float


class ApproximateIndex:
    """``VectorIndex`` that visits the nearest lists only, then scores its candidates by their rows."""

    kind = "approximate"

    def __init__(self, exact: ExactIndex, lists: faiss.IndexIVFRaBitQ, settings: _Settings) -> None:
        self._exact = exact
        self._lists = lists
        self._settings = settings
        self._refined = _refined(lists, exact.flat)
        self._parameters: dict[int, faiss.SearchParameters] = {}  # by k: making them takes a tenth of a quick search
        self.dimension = exact.dimension

    @classmethod
    def read(cls, directory: Path) -> "ApproximateIndex":
        """Open what ``write`` wrote. Raises ``VectorIndexError`` if a file holds another kind of index."""
        lists = faiss.read_index(str(directory / _LISTS))
        if not isinstance(lists, faiss.IndexIVFRaBitQ):
            raise VectorIndexError(f"{_LISTS} holds {type(lists).__name__}, expected IndexIVFRaBitQ.")
        settings = _Settings(**json.loads((directory / _SETTINGS).read_text(encoding="utf-8")))
        return cls(ExactIndex.read(directory), lists, settings)

    def write(self, directory: Path) -> None:
        """Write rows, lists, and what was measured."""
        self._exact.write(directory)
        write_kind(directory, self.kind)
        faiss.write_index(self._lists, str(directory / _LISTS))
        (directory / _SETTINGS).write_text(json.dumps(asdict(self._settings)) + "\n", encoding="utf-8")

    def __len__(self) -> int:
        return len(self._exact)

    def add(self, keys: Rows, vectors: Vectors) -> None:
        """Put each row into its list; the lists' centres stay."""
        first = self._exact.flat.ntotal
        self._exact.add(keys, vectors)
        self._refined = _refined(self._lists, self._exact.flat)  # a mapped file was copied into memory
        self._lists.add_with_ids(checked(vectors, self.dimension), np.arange(first, first + len(keys)))

    def remove(self, keys: Rows) -> int:
        """Take the rows out of their lists."""
        slots = Selection(self._exact.table.known(np.asarray(keys, dtype=np.int64)))
        if len(slots):
            self._lists.remove_ids(faiss.IDSelectorBitmap(slots.bits))
        return self._exact.remove(keys)

    def search(self, queries: Vectors, k: int, *, only: Selection | None = None) -> list[Found]:
        """Exact where *only* passes few rows; else its rows in the nearest lists, the more lists the fewer pass."""
        if only is not None and len(only) <= _FEW:
            return self._exact.search(queries, k, only=only)
        return [self._nearest(query, k, only) for query in checked(queries, self.dimension)[:, None]]

    def vectors(self, keys: Rows) -> Vectors:
        """The rows, from half precision."""
        return self._exact.vectors(keys)

    def describe(self) -> IndexDescription:
        """The rows are mapped and shared by all processes; each process holds the lists."""
        held = self._exact.describe().bytes + self._lists.ntotal * (self._lists.code_size + 8)
        parameters = {"lists": self._settings.lists, "visited": self._settings.visited, "query_bits": _QUERY_BITS}
        return IndexDescription(self.kind, parameters, len(self), held, self._settings.recall_at_10)

    def _nearest(self, query: Vectors, k: int, only: Selection | None) -> Found:
        if k <= 0:
            return []
        if only is None:  # rows that were removed are in no list
            parameters = self._parameters.get(k)
            if parameters is None:
                parameters = self._parameters[k] = _looking(k, self._settings.visited)
            return self._visiting(query, k, parameters)
        allowed = self._exact.allowed(only) or only
        visited = round(self._settings.visited * (len(self) / max(1, len(allowed))) ** _THINNING)
        selector = faiss.IDSelectorBitmap(allowed.bits)
        return self._visiting(query, k, _looking(k, min(visited, self._settings.lists), sel=selector))

    def _visiting(self, query: Vectors, k: int, parameters: faiss.SearchParameters) -> Found:
        """Candidates by their codes, *k* by their rows; a few more are scored so that ties go by key."""
        faiss.omp_set_num_threads(1)  # a second thread makes one query slower, not faster
        scores, slots = self._refined.search(query, k + _TIES, params=parameters)
        return self._exact.found(slots[0], scores[0], k)


def approximate_index(keys: Rows, vectors: Vectors | HalfVectors, *, threads: int = 1) -> ApproximateIndex:
    """Index *vectors* (n, dimension), of length 1, under *keys*; the same rows give the same index.

    As many lists are visited as the recall wants that is measured here. *threads* work at training and adding: no other
    place uses more than one.
    """
    exact = exact_index(keys, vectors)
    faiss.omp_set_num_threads(threads)
    lists = _trained(vectors)
    for start in range(0, len(keys), _BLOCK):
        block = np.asarray(vectors[start : start + _BLOCK], dtype=np.float32)
        lists.add_with_ids(block, np.arange(start, start + len(block)))

    def search(queries: Vectors, k: int, visited: int) -> list[Found]:
        return ApproximateIndex(exact, lists, _Settings(lists.nlist, visited, 0.0)).search(queries, k)

    visited, recall = effort_for(vectors, exact, search, least=_LEAST_VISITED, most=lists.nlist)
    return ApproximateIndex(exact, lists, _Settings(lists.nlist, visited, recall))


def _looking(k: int, visited: int, **chosen: object) -> faiss.SearchParameters:
    return faiss.IndexRefineSearchParameters(
        k_factor=(_DEPTH + _DEEPER * k) / (k + _TIES),
        base_index_params=faiss.IVFRaBitQSearchParameters(nprobe=visited, qb=_QUERY_BITS, **chosen),
    )


def _refined(lists: faiss.IndexIVFRaBitQ, rows: faiss.IndexScalarQuantizer) -> faiss.IndexRefine:
    """*lists* find, *rows* decide."""
    found = lists.ntotal
    lists.ntotal = rows.ntotal  # FAISS refuses to join lists that lost rows, though it searches them well
    refined = faiss.IndexRefine(lists, rows)
    lists.ntotal = found
    return refined


def _trained(vectors: Vectors | HalfVectors) -> faiss.IndexIVFRaBitQ:
    """Empty lists, about four times the root of the rows, with centres from a seeded sample."""
    rows, dimension = vectors.shape
    count = max(1, 2 ** round(np.log2(4 * np.sqrt(max(1, rows)))))
    count = min(count, max(1, rows // 8))
    lists = faiss.IndexIVFRaBitQ(faiss.IndexFlatIP(dimension), dimension, count, faiss.METRIC_INNER_PRODUCT)
    lists.cp.seed, lists.cp.niter = _SEED, _ROUNDS
    lists.cp.min_points_per_centroid, lists.cp.max_points_per_centroid = 1, _ROWS_A_LIST
    if not rows:
        lists.train(np.eye(1, dimension, dtype=np.float32))  # one list, around any centre
        return lists
    chosen = np.random.default_rng(_SEED).permutation(rows)[: count * _ROWS_A_LIST]
    lists.train(np.asarray(vectors[np.sort(chosen)], dtype=np.float32))
    return lists
