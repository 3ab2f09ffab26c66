"""Any sentence-transformers model, by name or path."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from matching.encoder import EncoderError, OnProgress, Vectors, unit_rows

_BATCH = 32
_CHUNK = 512


class SentenceEncoder:
    """A sentence-transformers model with its own prompts for queries and documents; float32 on the processor."""

    def __init__(self, name: str, *, threads: int) -> None:
        """Load the model. Raises ``EncoderError`` with the reason when it is neither here nor downloadable."""
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(threads)
        try:
            self._model = SentenceTransformer(name, device="cpu")
        except (OSError, ValueError) as error:
            raise EncoderError(f"The encoder {name!r} cannot be loaded: {error}") from error
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.name = f"{Path(name).name}-{self._fingerprint()}"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, with the model's query prompt."""
        return self._encode(self._model.encode_query, texts)

    def encode_passages(self, texts: Sequence[str], on_progress: OnProgress | None = None) -> Vectors:
        """(n, dimension) float32, with the model's document prompt; sorted by length inside."""
        parts: list[Vectors] = []
        for start in range(0, len(texts), _CHUNK):
            parts.append(self._encode(self._model.encode_document, texts[start : start + _CHUNK]))
            if on_progress:
                on_progress(min(start + _CHUNK, len(texts)), len(texts))
        return np.concatenate(parts) if parts else np.zeros((0, self.dimension), dtype=np.float32)

    def _encode(self, encode: Any, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return unit_rows(encode(list(texts), batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True))

    def _fingerprint(self) -> str:
        """A name may hold other weights tomorrow: the vector of a fixed sentence tells them apart."""
        probe = np.round(self._encode(self._model.encode_document, ["揭榜挂帅 challenge and award"]), 3)
        return hashlib.sha256((probe + 0.0).tobytes()).hexdigest()[:8]
