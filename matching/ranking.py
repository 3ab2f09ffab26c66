"""The two retrievers without anything learned, and the one weighted sum of them that the ranker has to beat."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from matching.documents import Evidence, Ranked
from matching.encoder import Vectors


@dataclass(frozen=True)
class Weights:
    """Shares of the parts in a score; they add up to 1."""

    dense: float
    lexical: float


# A convex combination beats reciprocal rank fusion and needs few labels (Bruch, Gai & Ingber, 2022, arXiv 2210.11934).
FUSION = Weights(dense=0.5, lexical=0.5)


def lexical_shares(scores: Vectors, own: float) -> Vectors:
    """BM25 *scores* as shares of the need's *own* score, cut to 0..1; 0 where nothing matches.

    The mirror of ``evidence.Scale``: 1 says “holds just the same words”. Dividing by the best document instead would
    give full marks to a document that shares one stray word when no better one is there.
    """
    return np.asarray(np.clip(scores / own, 0, 1) if own > 0 else np.zeros_like(scores), dtype=np.float32)


Part = TypeVar("Part", float, Vectors)


def combine(dense: Part, lexical: Part, weights: Weights = FUSION) -> Part:
    """The weighted sum of numbers or of arrays of one shape, 0..1 when every part is."""
    return weights.dense * dense + weights.lexical * lexical


def ranked(
    document_id: int,
    score: float,
    evidence: tuple[Evidence, ...],
    features: Mapping[str, float],
    contributions: Mapping[str, float],
) -> Ranked:
    """A document's place for a need, its first three features by their own names."""
    dense, lexical, coverage = (features.get(name, 0.0) for name in ("meaning", "words", "coverage"))
    return Ranked(document_id, score, dense, lexical, coverage, evidence, features, contributions)
