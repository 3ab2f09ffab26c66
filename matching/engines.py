"""Which engine keeps the vectors: FAISS in each process, or a server that all processes share."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from matching.approximate_index import ApproximateIndex, approximate_index
from matching.encoder import Vectors
from matching.exact_index import ExactIndex, exact_index
from matching.vector_index import KIND, HalfVectors, Rows, VectorIndex, VectorIndexError

EXACT_UP_TO = 50_000  # rows; until here comparing with every row takes no longer than a millisecond or so

Kind = Literal["faiss", "milvus", "pgvector"]


@dataclass(frozen=True)
class Engine:
    """FAISS, Milvus at *address* (a URI, or a file for the embedded one), or PostgreSQL at *address* with pgvector.

    *threads* work at building an approximate index; a search always uses one.
    """

    kind: Kind = "faiss"
    address: str = ""
    threads: int = 1

    def build(self, name: str, keys: Rows, vectors: Vectors | HalfVectors) -> VectorIndex:  # noqa: ARG002
        """Index *vectors* (n, dimension) of length 1 under *keys*; on a server, under the *name* of the segment."""
        if len(keys) <= EXACT_UP_TO:
            return exact_index(keys, vectors)
        return approximate_index(keys, vectors, threads=self.threads)

    def read(self, directory: Path) -> VectorIndex:
        """Open the index that was written into *directory*.

        - raises ``VectorIndexError`` if it is of an unknown kind, or kept by another engine than this
        """
        return _local(directory)


LOCAL = Engine()


def _local(directory: Path) -> ExactIndex | ApproximateIndex:
    kind = json.loads((directory / KIND).read_text(encoding="utf-8"))["kind"]
    if kind == ExactIndex.kind:
        return ExactIndex.read(directory)
    if kind == ApproximateIndex.kind:
        return ApproximateIndex.read(directory)
    raise VectorIndexError(f"The index is of the kind {kind}, which FAISS does not read: jiebang index build.")
