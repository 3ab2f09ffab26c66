"""A sentence-transformers directory with an ``encoder.onnx`` in it, run without torch."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from matching.encoder import EncoderError, OnProgress, Vectors, in_batches_by_length, unit_rows
from matching.sentence_model import MAX_TOKENS

_BATCH = 16


class OnnxEncoder:
    """Tokenizer and prompts come from the directory, the pooled output from the graph. Safe to call from threads."""

    def __init__(self, directory: Path, *, name: str, threads: int) -> None:
        """Load both. Raises ``EncoderError`` if a file is missing or damaged."""
        # The tokenizer's own thread pool would take every core for a millisecond's work.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.name = name
        try:
            prompts = json.loads((directory / "config_sentence_transformers.json").read_text(encoding="utf-8"))[
                "prompts"
            ]
            self._tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
            self._session = onnxruntime.InferenceSession(
                str(directory / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both libraries raise bare Exception for a damaged file
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
        encodings = self._tokenizer.encode_batch(texts)
        rows = [encoding.ids for encoding in encodings]
        vectors = np.zeros((len(rows), self.dimension), dtype=np.float32)
        done = 0
        for batch in in_batches_by_length([len(row) for row in rows], _BATCH):
            vectors[batch] = self._run([rows[at] for at in batch])
            done += len(batch)
            if on_progress:
                on_progress(done, len(rows))
        return unit_rows(vectors)

    def _run(self, rows: list[list[int]]) -> Vectors:
        longest = max(len(row) for row in rows)
        ids = np.ones((len(rows), longest), dtype=np.int64)  # 1 is <pad>
        mask = np.zeros_like(ids)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        pooled: Vectors = self._session.run(["pooled"], {"input_ids": ids, "attention_mask": mask})[0]
        return pooled
