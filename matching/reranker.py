"""An optional last stage: a cross-encoder reads the need and an offer together and moves the first places."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from matching.documents import Need, Ranked
from matching.encoder import EncoderError, Vectors

DEPTH = 20
# How much of a place the cross-encoder decides; the rest is the ranker's, whose parts are known.
SHARE = 0.5
_NAME = "reranker"
_LONGEST = 1000  # characters of an offer that it reads; such models cut at 512 tokens
_LONGEST_NAME = 40


class Reranker:
    """Any sentence-transformers cross-encoder, by name or path. *name* changes when its judgements do."""

    def __init__(self, name: str, *, threads: int = 1) -> None:
        """Load the model. Raises ``EncoderError`` with the reason when it is neither here nor downloadable."""
        import torch
        from sentence_transformers import CrossEncoder

        torch.set_num_threads(threads)
        try:
            self._model = CrossEncoder(name, device="cpu")
        except (OSError, ValueError) as error:
            raise EncoderError(f"The reranker {name!r} cannot be loaded: {error}") from error
        self.name = f"{Path(name).name[:_LONGEST_NAME]}-{self._fingerprint()}"

    def judge(self, need: str, offers: Sequence[str]) -> Vectors:
        """How well each offer answers *need*, (offers,) float32, higher is better; numbers of one need compare."""
        found = self._model.predict([(need, offer) for offer in offers], show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(found, dtype=np.float32).reshape(len(offers), -1)[:, -1]

    def _fingerprint(self) -> str:
        """A name may hold other weights tomorrow: its judgement of a fixed pair tells them apart."""
        probe = np.round(self.judge("揭榜挂帅", ["challenge and award"]), 3)
        return hashlib.sha256((probe + 0.0).tobytes()).hexdigest()[:8]


def reranked(ranked: Sequence[Ranked], need: Need, offers: Sequence[str], reranker: Reranker) -> list[Ranked]:
    """The first ``DEPTH`` of *ranked* in an order that *reranker* shares in, the rest as they are.

    *offers* are the texts of the first. Judgements are stretched to the scores of these places, so that nothing leaves
    them, and what the reranker adds or takes away stands among the contributions by its name.
    """
    first, rest = ranked[: len(offers)], ranked[len(offers) :]
    if len(first) < 2:  # noqa: PLR2004 one alone has no order
        return list(ranked)
    judged = reranker.judge(f"{need.title}\n{need.text}", [offer[:_LONGEST] for offer in offers]).astype(np.float64)
    highest, lowest = first[0].score, first[-1].score
    spread = float(np.ptp(judged)) or 1.0
    wanted = lowest + (highest - lowest) * (judged - judged.min()) / spread
    moved = [_moved(item, SHARE * (float(score) - item.score)) for item, score in zip(first, wanted, strict=True)]
    return [*sorted(moved, key=lambda item: (-item.score, item.document_id)), *rest]


def _moved(item: Ranked, by: float) -> Ranked:
    return replace(item, score=item.score + by, contributions={**item.contributions, _NAME: by})
