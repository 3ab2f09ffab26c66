"""A sentence-transformers directory with an ``encoder.onnx`` in it, run without torch."""

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from matching.encoder import EncoderError, OnProgress, Vectors, unit_rows
from matching.sentence_model import MAX_TOKENS

GRAPH = "encoder.onnx"
# So many tokens together keep a processor's caches warm; more gain nothing, and long texts gain nothing at all.
TOKENS_TOGETHER = 256
_CHUNK = 512

Tokens = list[int]


class OnnxEncoder:
    """Tokenizer and prompts come from the directory, the pooled output from the graph. Safe to call from threads.

    Texts of one length in tokens run together, at most *tokens_together*, and *threads* such batches side by side.
    Nothing is padded and 8-bit ranges are fixed, so a text's vector does not depend on its neighbours, to the last bit.
    """

    def __init__(self, directory: Path, *, name: str, threads: int, tokens_together: int = TOKENS_TOGETHER) -> None:
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
        self._tokens_together = tokens_together
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
                chunk = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts[start : start + _CHUNK])]
                batches = list(self._of_one_length(chunk))
                tokens = [[chunk[row] for row in rows] for rows in batches]
                run = map if self._threads == 1 or len(batches) == 1 else pool.map
                for rows, pooled in zip(batches, run(self._run, tokens), strict=True):
                    vectors[[start + row for row in rows]] = pooled
                if on_progress:
                    on_progress(start + len(chunk), len(texts))
        return unit_rows(vectors)

    def _of_one_length(self, texts: Sequence[Tokens]) -> Iterator[list[int]]:
        """Places of texts that may run together."""
        by_length: dict[int, list[int]] = defaultdict(list)
        for row, ids in enumerate(texts):
            by_length[len(ids)].append(row)
        for length, rows in by_length.items():
            size = max(1, self._tokens_together // length)
            yield from (rows[start : start + size] for start in range(0, len(rows), size))

    def _run(self, batch: list[Tokens]) -> Vectors:
        pooled: Vectors = self._session.run(["pooled"], {"input_ids": np.array(batch, dtype=np.int64)})[0]
        return pooled
