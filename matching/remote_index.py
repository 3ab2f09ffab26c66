"""What the engines on a server share: a segment's rows under its name, and how hard a search looks for them."""

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from matching.encoder import Vectors
from matching.vector_index import (
    KIND,
    Found,
    HalfVectors,
    IndexDescription,
    Rows,
    Selection,
    VectorIndexError,
    checked,
    write_kind,
)

TIES = 8  # more rows are asked for than wanted, so that ties go by key


class RemoteIndex(ABC):
    """A ``VectorIndex`` whose rows live at *address* under the *name* of a segment; its files only say where.

    *effort* is how many rows a search of the graph keeps in view, *recall* the recall@10 measured with that.
    """

    kind: ClassVar[str]
    most_effort: ClassVar[int]
    bytes_a_number: ClassVar[int]
    lost: ClassVar[type[Exception]]

    def __init__(self, address: str, name: str, dimension: int, effort: int, recall: float | None) -> None:
        self.address = address
        self.name = name
        self.dimension = dimension
        self.effort = effort
        self.recall = recall

    @classmethod
    def read(cls, address: str, directory: Path) -> Self:
        """Open what ``write`` wrote.

        - raises ``VectorIndexError`` if the server has no such segment
        """
        said = json.loads((directory / KIND).read_text(encoding="utf-8"))
        if said["name"] not in cls.names(address):
            raise VectorIndexError(f"{cls.kind} holds no segment {said['name']}: jiebang index build.")
        return cls(address, said["name"], said["dimension"], said["effort"], said["recall_at_10"])

    def write(self, directory: Path) -> None:
        """Write what the segment is called, and what was measured; never the address, which may hold a password."""
        write_kind(
            directory, self.kind,
            name=self.name, dimension=self.dimension, effort=self.effort, recall_at_10=self.recall,
        )  # fmt: skip

    def with_effort(self, effort: int, recall: float | None) -> Self:
        """The same rows, searched with another effort."""
        return type(self)(self.address, self.name, self.dimension, effort, recall)

    def add(self, keys: Rows, vectors: Vectors) -> None:
        """Send the rows; all or none."""
        rows = checked(vectors, self.dimension)
        if len(np.unique(keys)) != len(keys) or self._present(keys):
            raise VectorIndexError("A key is in the index already, or comes twice: remove it first.")
        self._insert(keys, rows)

    def search(self, queries: Vectors, k: int, *, only: Selection | None = None) -> list[Found]:
        """Ask the server; *only* is sent along, and filters inside its search.

        - raises ``VectorIndexError`` if the server does not answer
        """
        rows = checked(queries, self.dimension)
        if not len(rows) or k <= 0 or (only is not None and not len(only)):
            return [[] for _ in rows]
        effort = min(self.most_effort, max(self.effort, k + TIES))
        try:
            return self._nearest(rows, k, effort, only)
        except self.lost:
            return self._again(rows, k, effort, only)

    def remove(self, keys: Rows) -> int:
        """Delete the rows on the server."""
        present = self._present(np.unique(keys))
        if present:
            self._delete(np.unique(keys))
        return present

    def vectors(self, keys: Rows) -> Vectors:
        """Fetch the rows."""
        found = self._fetch(keys)
        unknown = [key for key in keys.tolist() if key not in found]
        if unknown:
            raise VectorIndexError(f"The index holds no vectors for the keys {unknown[:3]}.")
        return np.array([found[key] for key in keys.tolist()], dtype=np.float32).reshape(len(keys), self.dimension)

    def describe(self) -> IndexDescription:
        """*bytes* are those of the rows; the server does not say what its graph takes."""
        rows = len(self)
        held = rows * self.dimension * self.bytes_a_number
        return IndexDescription(self.kind, {"effort": self.effort}, rows, held, self.recall)

    def _again(self, rows: Vectors, k: int, effort: int, only: Selection | None) -> list[Found]:
        """Once more: a server that was restarted is there again, only this connection is not."""
        try:
            return self._nearest(rows, k, effort, only)
        except self.lost as error:
            raise VectorIndexError(f"{self.kind} does not answer: {error}") from error

    @classmethod
    @abstractmethod
    def build(cls, address: str, name: str, keys: Rows, vectors: Vectors | HalfVectors) -> Self:
        """Keep *vectors* (n, dimension) under *keys*, for the segment *name*."""

    @staticmethod
    @abstractmethod
    def names(address: str) -> list[str]:
        """The segments that are kept there."""

    @staticmethod
    @abstractmethod
    def drop(address: str, name: str) -> None:
        """Forget a segment; one that is not there is no error."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def _delete(self, keys: Rows) -> None: ...

    @abstractmethod
    def _present(self, keys: Rows) -> int: ...

    @abstractmethod
    def _insert(self, keys: Rows, rows: Vectors) -> None: ...

    @abstractmethod
    def _fetch(self, keys: Rows) -> dict[int, Vectors]: ...

    @abstractmethod
    def _nearest(self, queries: Vectors, k: int, effort: int, only: Selection | None) -> list[Found]: ...
