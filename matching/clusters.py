"""Texts that ask for nearly the same thing, put together by their vectors; the same input gives the same groups."""

import numpy as np

from matching.encoder import Encoder, Vectors
from matching.evidence import scale_of, strengths

# On the demonstration's 187 requirements both pairs above 0.7 ask for the same thing in other words; of the nine pairs
# between 0.6 and 0.7 none does: they share a form (“… rate not below 95 %”) and not an object.
SAME_MEANING = 0.7


def likeness(vectors: Vectors, encoder: Encoder) -> Vectors:
    """How near each of n texts comes to saying the same as each other, (n, n) float32 of 0..1, symmetric.

    *vectors* (n, dimension) are the texts as passages. The scale is that of evidence: agreement beyond chance.
    """
    bounds = scale_of(encoder).bounds(vectors, vectors)
    found = strengths(vectors @ vectors.T, bounds)
    return np.asarray((found + found.T) / 2, dtype=np.float32)


def groups(near: Vectors, *, least: float = SAME_MEANING) -> list[list[int]]:
    """Row numbers of *near* (n, n) in groups, each led by its centre; the largest first, ties by the centre's number.

    Sphere exclusion (Butina 1999, J. Chem. Inf. Comput. Sci. 39, 747): the text with the most unassigned neighbours of
    at least *least* takes them, and so on. Every member is near its centre; nothing is chained together.
    """
    close = near >= least
    np.fill_diagonal(close, val=True)
    free = np.ones(len(near), dtype=bool)
    found: list[list[int]] = []
    while free.any():
        sizes = (close & free).sum(axis=1) * free
        centre = int(sizes.argmax())
        members = np.flatnonzero(close[centre] & free)
        found.append([centre, *(int(each) for each in members if each != centre)])
        free[members] = False
    return found
