"""Which engine keeps the vectors: FAISS in each process, or a server that all processes share."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Literal

from matching.approximate_index import ApproximateIndex, approximate_index
from matching.encoder import Vectors
from matching.exact_index import ExactIndex, exact_index
from matching.remote_index import RemoteIndex
from matching.vector_index import KIND, HalfVectors, Rows, VectorIndex, VectorIndexError

EXACT_UP_TO = 50_000  # rows; until here comparing with every row takes no longer than a millisecond or so

Kind = Literal["faiss", "milvus", "pgvector"]

_REMOTE = {"milvus": "MilvusIndex", "pgvector": "PgvectorIndex"}


@dataclass(frozen=True)
class Engine:
    """FAISS, Milvus at *address* (a URI, or a file for the embedded one), or PostgreSQL at *address* with pgvector.

    A server keeps the rows of each segment apart, under the names of its *catalogue* and itself. A published segment
    never changes, so that every snapshot that names it stays whole; whoever removes a segment calls ``drop`` or
    ``keep_only``. *threads* work at building an approximate index; a search always uses one.
    """

    kind: Kind = "faiss"
    address: str = ""
    catalogue: str = "catalogue"
    threads: int = 1

    def build(self, segment: str, keys: Rows, vectors: Vectors | HalfVectors) -> VectorIndex:
        """Index *vectors* (n, dimension) of length 1 under *keys*; a server keeps them under the *segment*'s name.

        - raises ``VectorIndexError`` if the server cannot be reached, or has the segment already
        """
        if self.kind != "faiss":
            return self._remote.build(self.address, self._name(segment), keys, vectors)
        if len(keys) <= EXACT_UP_TO:
            return exact_index(keys, vectors)
        return approximate_index(keys, vectors, threads=self.threads)

    def read(self, directory: Path) -> VectorIndex:
        """Open the index that was written into *directory*.

        - raises ``VectorIndexError`` if it is of an unknown kind, kept by another engine, or gone from the server
        """
        kind = json.loads((directory / KIND).read_text(encoding="utf-8"))["kind"]
        if kind == ExactIndex.kind and self.kind == "faiss":
            return ExactIndex.read(directory)
        if kind == ApproximateIndex.kind and self.kind == "faiss":
            return ApproximateIndex.read(directory)
        if kind == self.kind:
            return self._remote.read(self.address, directory)
        raise VectorIndexError(f"It is of the kind {kind}, now {self.kind} is set: jiebang index build.")

    def drop(self, segment: str) -> None:
        """Forget what a server keeps of *segment*; one that is not there is no error."""
        if self.kind != "faiss":
            self._remote.drop(self.address, self._name(segment))

    def keep_only(self, segments: Collection[str]) -> list[str]:
        """Drop all that a server keeps of the catalogue but *segments*; answers with the names of what it dropped.

        What is left over was pruned, or its building was killed: call it where nobody else builds.
        """
        if self.kind == "faiss":
            return []
        kept = {self._name(segment) for segment in segments}
        own = [name for name in self._remote.names(self.address) if name.startswith(self._name(""))]
        dropped = [name for name in own if name not in kept]
        for name in dropped:
            self._remote.drop(self.address, name)
        return dropped

    def _name(self, segment: str) -> str:
        """Letters, digits and underscores: all that Milvus takes."""
        return re.sub(r"\W", "_", f"{self.catalogue}_{segment}")

    @property
    def _remote(self) -> type[RemoteIndex]:
        """Loaded when it is set only: its library is an extra of the installation."""
        try:
            module = import_module(f"matching.{self.kind}_index")
        except ImportError as error:
            raise VectorIndexError(f"pip install 'jiebang[{self.kind}]' to keep vectors there: {error}") from error
        index: type[RemoteIndex] = getattr(module, _REMOTE[self.kind])
        return index


LOCAL = Engine()
