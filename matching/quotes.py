"""The sentences of a segment: one run of UTF-8 in a file, decoded only where one is quoted."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.stacked import Rows, bounds_of

_ARRAYS = ("letters", "letter_bounds")


@dataclass(frozen=True)
class Quotes:
    """*letters* (bytes,) uint8; *bounds* (sentences + 1,) int64, where each begins."""

    letters: NDArray[np.uint8]
    bounds: Rows

    @classmethod
    def build(cls, sentences: Sequence[str]) -> "Quotes":
        """Keep *sentences* in their order."""
        encoded = [sentence.encode() for sentence in sentences]
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), bounds_of([len(each) for each in encoded]))

    def between(self, first: int, last: int) -> list[str]:
        """The sentences from *first* to before *last*."""
        edges = self.bounds[first : last + 1].tolist()
        letters = self.letters[edges[0] : edges[-1]].tobytes()
        return [letters[start - edges[0] : end - edges[0]].decode() for start, end in pairwise(edges)]

    def at(self, rows: Rows) -> list[str]:
        """The sentences at *rows*."""
        edges = zip(self.bounds[rows].tolist(), self.bounds[rows + 1].tolist(), strict=True)
        return [self.letters[start:end].tobytes().decode() for start, end in edges]

    def write(self, directory: Path) -> None:
        """Write two files into *directory*."""
        np.save(directory / f"{_ARRAYS[0]}.npy", self.letters)
        np.save(directory / f"{_ARRAYS[1]}.npy", self.bounds)

    @classmethod
    def read(cls, directory: Path) -> "Quotes":
        """Map what ``write`` wrote into memory."""
        # Plain views: every slice of a memmap makes another memmap, ten times slower.
        return cls(*(np.asarray(np.load(directory / f"{name}.npy", mmap_mode="r")) for name in _ARRAYS))
