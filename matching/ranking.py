"""The order of documents for a need: a convex combination of parts that are each 0..1."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from matching.documents import Ranked
from matching.encoder import Vectors


@dataclass(frozen=True)
class Weights:
    """Shares of the parts in a score; they add up to 1."""

    dense: float
    lexical: float
    coverage: float


# A convex combination beats reciprocal rank fusion and needs few labels (Bruch, Gai & Ingber, 2022, arXiv 2210.11934).
# Chosen on the labelled sets: docs/decisions/ranking.md.
FIRST_STAGE = Weights(dense=0.5, lexical=0.5, coverage=0.0)
WEIGHTS = Weights(dense=0.4, lexical=0.4, coverage=0.2)


def lexical_shares(scores: Vectors, own: float) -> Vectors:
    """BM25 *scores* as shares of the need's *own* score, cut to 0..1; 0 where nothing matches.

    The mirror of ``evidence.Scale``: 1 says “holds just the same words”. Dividing by the best document instead would
    give full marks to a document that shares one stray word when no better one is there.
    """
    return np.asarray(np.clip(scores / own, 0, 1) if own > 0 else np.zeros_like(scores), dtype=np.float32)


Part = TypeVar("Part", float, Vectors)


def combine(dense: Part, lexical: Part, coverage: Part, weights: Weights) -> Part:
    """The weighted sum of numbers or of arrays of one shape, 0..1 when every part is."""
    return weights.dense * dense + weights.lexical * lexical + weights.coverage * coverage  # type: ignore[no-any-return]


def in_order(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Best first, ties by id."""
    return sorted(ranked, key=lambda item: (-item.score, item.document_id))
