"""A sentence-transformers directory with an ``encoder.onnx`` in it, run without torch."""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from matching.encoder import EncoderError, OnProgress, Vectors, unit_rows
from matching.sentence_model import MAX_TOKENS

GRAPH = "encoder.onnx"
_CHUNK = 64


class OnnxEncoder:
    """Tokenizer and prompts come from the directory, the pooled output from the graph. Safe to call from threads.

    Texts run one at a time, *threads* of them side by side. Batches would be no faster on a processor, and int8 ranges
    are taken over all that runs together: a text's vector must not depend on its neighbours.
    """

    def __init__(self, directory: Path, *, name: str, threads: int) -> None:
        """Load both. Raises ``EncoderError`` if a file is missing or damaged."""
        # The tokenizer's own thread pool would take every core for a millisecond's work.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.name = name
        self._threads = threads
        try:
            prompts = json.loads((directory / "config_sentence_transformers.json").read_text(encoding="utf-8"))[
                "prompts"
            ]
            self._tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
            self._session = onnxruntime.InferenceSession(
                str(directory / GRAPH), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise EncoderError(f"The encoder in {directory} cannot be loaded: {error}") from error
        self._query, self._passage = prompts["query"], prompts["passage"]
        self.dimension = int(self._session.get_outputs()[0].shape[1])
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32 of ``query: `` and the text, at most 512 tokens of it."""
        return self._encode([self._query + text for text in texts], None)

    def encode_passages(self, texts: Sequence[str], on_progress: OnProgress | None = None) -> Vectors:
        """(n, dimension) float32 of ``passage: `` and the text, at most 512 tokens of it."""
        return self._encode([self._passage + text for text in texts], on_progress)

    def _encode(self, texts: list[str], on_progress: OnProgress | None) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        with ThreadPoolExecutor(self._threads) as pool:
            for start in range(0, len(texts), _CHUNK):
                chunk = texts[start : start + _CHUNK]
                rows = map(self._run, chunk) if len(chunk) == 1 or self._threads == 1 else pool.map(self._run, chunk)
                vectors[start : start + len(chunk)] = np.concatenate(list(rows))
                if on_progress:
                    on_progress(start + len(chunk), len(texts))
        return unit_rows(vectors)

    def _run(self, text: str) -> Vectors:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        pooled: Vectors = self._session.run(["pooled"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]
        return pooled
