"""An encoder that remembers what it encoded, in memory and in a file, so that a second run is quick."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from matching.encoder import Encoder, OnProgress, Vectors
from matching.text import text_hash

_SAMPLE = 32


class CachingEncoder:
    """Passes texts that it has not seen to *encoder*; same name, same vectors. ``save`` writes what it knows."""

    def __init__(self, encoder: Encoder, file: Path | None) -> None:
        self.name = encoder.name
        self.dimension = encoder.dimension
        self._encoder = encoder
        self._file = file
        self._known: dict[str, Vectors] = {}
        self._embedded, self._seconds = 0, 0.0
        if file and file.exists():
            with np.load(file) as stored:
                self._known = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32."""
        return self._remembered("q", texts, self._encoder.encode_queries)

    def encode_passages(self, texts: Sequence[str], on_progress: OnProgress | None = None) -> Vectors:
        """(n, dimension) float32; *on_progress* counts only what is new."""
        return self._remembered("p", texts, lambda new: self._timed(new, on_progress))

    def texts_per_second(self, sample: Sequence[str]) -> float:
        """How quickly passages were embedded; where all were known, how quickly the first of *sample* are again."""
        if not self._embedded and sample:
            self._timed(sample[:_SAMPLE], None)
        return self._embedded / self._seconds if self._seconds else 0.0

    def save(self) -> None:
        """Write the file, if there is to be one: beside it first, then renamed."""
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(f".{os.getpid()}.npz")
        vectors = np.stack(list(self._known.values())) if self._known else np.zeros((0, self.dimension), np.float32)
        np.savez(draft, keys=np.array(list(self._known), dtype="U65"), vectors=vectors)
        draft.replace(self._file)

    def _timed(self, texts: Sequence[str], on_progress: OnProgress | None) -> Vectors:
        started = perf_counter()
        vectors = self._encoder.encode_passages(texts, on_progress)
        self._seconds += perf_counter() - started
        self._embedded += len(texts)
        return vectors

    def _remembered(self, kind: str, texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors]) -> Vectors:
        keys = [kind + text_hash(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if new:
            self._known.update(zip(new, encode(list(new.values())), strict=True))
        return np.stack([self._known[key] for key in keys]) if keys else np.zeros((0, self.dimension), np.float32)
