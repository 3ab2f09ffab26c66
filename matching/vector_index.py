"""What every engine for vectors can do: keep unit rows under the caller's keys, and find the nearest of some or all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matching.encoder import Vectors
from matching.manifest import SnapshotError

Rows = NDArray[np.int64]
Bits = NDArray[np.uint8]
KIND = "index.json"

HalfVectors = NDArray[np.float16]
Found = list[tuple[int, float]]


class VectorIndexError(SnapshotError):
    """An index was asked for what it cannot do; the message says why and what to do."""


@dataclass(frozen=True)
class IndexDescription:
    """What an index is: *bytes* that it holds in memory or on its server, recall@10 measured at build (None: exact)."""

    kind: str
    parameters: dict[str, int]
    rows: int
    bytes: int
    recall_at_10: float | None


class Selection:
    """The keys that a search may find; prepared once, it serves any number of searches."""

    def __init__(self, keys: Rows) -> None:
        """*keys* (n,) int64 in any order."""
        self.keys = np.unique(np.asarray(keys, dtype=np.int64))

    @classmethod
    def of_mask(cls, mask: NDArray[np.bool_]) -> "Selection":
        """The keys 0..n-1 where *mask* (n,) is true."""
        selection = cls.__new__(cls)
        selection.keys = np.flatnonzero(mask)
        return selection

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def bits(self) -> Bits:
        """One bit for each key from 0 to the highest, as FAISS reads them; only for keys that count from 0."""
        mask = np.zeros(int(self.keys[-1]) + 1 if len(self.keys) else 1, dtype=np.bool_)
        mask[self.keys] = True
        return np.packbits(mask, bitorder="little")


class VectorIndex(Protocol):
    """Inner product of unit vectors, which is their cosine. Keys are int64, chosen by the caller, each once.

    Searching and adding at the same time is the caller's to avoid: a published index is only read.
    """

    @property
    def dimension(self) -> int:
        """Of its vectors."""

    def __len__(self) -> int:
        """How many rows it holds."""

    def add(self, keys: Rows, vectors: Vectors) -> None:
        """Keep *vectors* (n, dimension) float32 of length 1 under *keys* (n,), without rebuilding.

        - raises ``VectorIndexError`` for another dimension, and for a key that is there already or comes twice
        """

    def remove(self, keys: Rows) -> int:
        """Forget *keys*, without rebuilding; unknown ones are ignored. How many were there."""

    def search(self, queries: Vectors, k: int, *, only: Selection | None = None) -> list[Found]:
        """The *k* nearest (key, cosine) for each row of *queries* (n, dimension), best first, ties by key.

        Fewer if there are fewer. *only* restricts inside the search, so that nothing is lost to it.

        - raises ``VectorIndexError`` for another dimension
        """

    def vectors(self, keys: Rows) -> Vectors:
        """The rows of *keys* in their order, (len(keys), dimension) float32, as precise as they are kept.

        - raises ``VectorIndexError`` for an unknown key
        """

    def describe(self) -> IndexDescription:
        """What it is, for ``jiebang index status``."""

    def write(self, directory: Path) -> None:
        """Write into *directory* all that ``Engine.read`` needs to open it again."""


class KeyTable:
    """Which key is in which slot; slots count from 0 and are never used twice."""

    def __init__(self, keys: Rows, live: NDArray[np.bool_] | None = None) -> None:
        self.keys = np.asarray(keys, dtype=np.int64)
        self.live = np.ones(len(self.keys), dtype=np.bool_) if live is None else live

    def __len__(self) -> int:
        return self.count

    @cached_property
    def count(self) -> int:
        """How many slots are in use."""
        return int(self.live.sum())

    @cached_property
    def plain(self) -> bool:
        """Whether each key is its own slot, so that nothing need be looked up."""
        return bool(self.live.all() and (self.keys == np.arange(len(self.keys))).all())

    def known(self, keys: Rows) -> Rows:
        """The slots of those *keys* that are there, in their order."""
        if self.plain:
            return keys[(keys >= 0) & (keys < len(self.keys))]
        slots, sorted_keys = self._sorted
        if not len(slots):
            return slots
        at = np.minimum(np.searchsorted(sorted_keys, keys), len(slots) - 1)
        found: Rows = slots[at[sorted_keys[at] == keys]]
        return found

    def every(self, keys: Rows) -> Rows:
        """The slots of *keys* in their order. Raises ``VectorIndexError`` for an unknown key."""
        slots = self.known(keys)
        if len(slots) != len(keys):
            unknown = np.setdiff1d(keys, self.keys[self.live])[:3].tolist()
            raise VectorIndexError(f"The index holds no vectors for the keys {unknown}.")
        return slots

    def added(self, keys: Rows) -> "KeyTable":
        """This table with *keys* in new slots. Raises ``VectorIndexError`` for a key that is there or comes twice."""
        if len(np.unique(keys)) != len(keys) or len(self.known(keys)):
            raise VectorIndexError("A key is in the index already, or comes twice: remove it first.")
        live = np.concatenate([self.live, np.ones(len(keys), dtype=np.bool_)])
        return KeyTable(np.concatenate([self.keys, keys]), live)

    def removed(self, slots: Rows) -> "KeyTable":
        """This table without *slots*."""
        live = self.live.copy()
        live[slots] = False
        return KeyTable(self.keys, live)

    @cached_property
    def _sorted(self) -> tuple[Rows, Rows]:
        slots = np.flatnonzero(self.live)
        slots = slots[np.argsort(self.keys[slots], kind="stable")]
        return slots, self.keys[slots]


def checked(vectors: Vectors, dimension: int) -> Vectors:
    """*vectors* (n, dimension) as contiguous float32. Raises ``VectorIndexError`` for another shape."""
    if vectors.ndim != 2 or vectors.shape[1] != dimension:  # noqa: PLR2004
        raise VectorIndexError(
            f"Vectors of shape {vectors.shape} were given to an index of dimension {dimension}: "
            "it was built with another encoder, build it again."
        )
    return np.ascontiguousarray(vectors, dtype=np.float32)


def write_kind(directory: Path, kind: str, **more: str | float | None) -> None:
    """Say in *directory* which kind of index it is, for ``Engine.read``."""
    (directory / KIND).write_text(json.dumps({"kind": kind, **more}) + "\n", encoding="utf-8")


def best_first(keys: Sequence[int], cosines: Sequence[float], k: int) -> Found:
    """The *k* best of parallel *keys* and *cosines*, ties by key."""
    return sorted(zip(keys, cosines, strict=True), key=lambda found: (-found[1], found[0]))[:k]
