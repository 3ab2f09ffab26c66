"""Arrays of several segments, read as if they were one below the other; nothing is copied until rows are taken."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.encoder import Vectors

Rows = NDArray[np.int64]
HalfVectors = NDArray[np.float16]


def ranges(starts: Rows, sizes: Rows) -> Rows:
    """The numbers from each start on, as many as its size says, one after the other: ([5, 9], [2, 1]) → [5, 6, 9]."""
    ends = np.cumsum(sizes)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + sizes, sizes)


def bounds_of(sizes: Sequence[int] | NDArray[Any]) -> Rows:
    """Where each of neighbouring runs begins, and where the last ends: [2, 1] → [0, 2, 3]."""
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, dtype=np.int64))]).astype(np.int64)


def best_in_runs(found: NDArray[Any], starts: Rows, sizes: Rows) -> tuple[Rows, NDArray[Any]]:
    """Where in each run of columns of *found* its maximum stands, the first on a tie, and the maximum; by row."""
    highest = np.maximum.reduceat(found, starts, axis=1)
    at = np.where(found == np.repeat(highest, sizes, axis=1), np.arange(found.shape[1]), found.shape[1])
    return np.minimum.reduceat(at, starts, axis=1) - starts, highest


class StackedRows:
    """Matrices (rows, dimension) float16, one a segment; row numbers run on from each to the next."""

    def __init__(self, matrices: Sequence[HalfVectors], dimension: int) -> None:
        self._matrices = matrices
        self._dimension = dimension
        self.firsts = bounds_of([len(matrix) for matrix in matrices])

    def take(self, rows: Rows) -> Vectors:
        """The given rows in their order, (len(rows), dimension) float32."""
        found = np.empty((len(rows), self._dimension), dtype=np.float32)
        owners = np.searchsorted(self.firsts, rows, side="right") - 1
        for number in np.unique(owners).tolist():
            mine = owners == number
            found[mine] = self._matrices[number][rows[mine] - self.firsts[number]]
        return found
