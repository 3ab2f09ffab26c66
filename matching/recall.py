"""Recall@10 against the exact index, measured when an approximate one is built, and the effort that it takes."""

from collections.abc import Callable

import numpy as np

from matching.encoder import Vectors, unit_rows
from matching.exact_index import ExactIndex
from matching.vector_index import Found, HalfVectors

GOAL, MARGIN = 0.97, 0.01
_AT = 10
_SAMPLE = 256
_SPREAD = 0.5
_SEED = 20260102

Search = Callable[[Vectors, int, int], list[Found]]


def effort_for(
    vectors: Vectors | HalfVectors, exact: ExactIndex, search: Search, *, least: int, most: int
) -> tuple[int, float]:
    """The effort, a quarter more each time, with which *search* reaches ``GOAL`` and a margin; and its recall@10.

    *search* takes queries (n, dimension), k and the effort. *most* is the effort that is never exceeded, whatever the
    recall; *exact* holds *vectors* under the same keys.
    """
    queries = _queries(vectors)
    truth = [{key for key, _ in found} for found in exact.search(queries, _AT)]
    wanted = sum(map(len, truth))
    effort = min(least, most)
    while True:
        found = search(queries, _AT, effort)
        hits = sum(len(own & {key for key, _ in nearest}) for own, nearest in zip(truth, found, strict=True))
        recall = hits / wanted if wanted else 1.0
        if recall >= GOAL + MARGIN or effort >= most:
            return effort, round(recall, 4)
        effort = min(most, effort + max(1, effort // 4))


def _queries(vectors: Vectors | HalfVectors) -> Vectors:
    """Queries that lie to rows as needs lie to offers: near one, yet off it by half of how two rows differ."""
    if not len(vectors):
        return np.zeros((0, vectors.shape[1]), dtype=np.float32)
    generator = np.random.default_rng(_SEED)
    near, one, other = (np.asarray(vectors[generator.integers(0, len(vectors), _SAMPLE)], np.float32) for _ in range(3))
    return unit_rows(near + _SPREAD * (one - other))
