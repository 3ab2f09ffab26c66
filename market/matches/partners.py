"""Looks through the whole catalogue for whoever could cover one must: alone too weak a match to be among the ranked."""

from collections.abc import Mapping, Sequence
from itertools import chain, islice

from market.matches.rules import Unmet
from matching.catalogue import Catalogue
from matching.documents import Need, Ranked
from matching.encoder import Encoder
from matching.ranker import Ranker
from matching.teams import MOST_CANDIDATES

FOR_EACH_MEMBER = frozenset({"deployment", "region", "data_level"})
NEAREST = 5  # offers a must
_DEPTH = 100  # how far down to look for that many that may join


def may_join(unmet: Sequence[Unmet]) -> bool:
    """Whether nothing is unmet that must hold for each member of a team."""
    return not FOR_EACH_MEMBER & {each.code for each in unmet}


def nearest_to_musts(
    need: Need, catalogue: Catalogue, encoder: Encoder, unmet: Mapping[int, Sequence[Unmet]], ranker: Ranker
) -> list[Ranked]:
    """Return the offers nearest by meaning to each must of *need* that may join a team, with their evidence.

    *unmet* judges each published solution. For each must in turn the nearest, cosine of the must to the nearest
    passage, ties by id: the same every time, and no more than a team search can weigh. Raises ``SnapshotError`` if the
    catalogue was built with another encoder.
    """
    question, corpus = catalogue.encode(need, encoder, ranker), catalogue.corpus
    vectors = [vector for each, vector in zip(need.requirements, question.asked_vectors, strict=True) if each.must]
    if not vectors:
        return []
    only = corpus.places_of(unmet)
    found = [[int(corpus.ids[place]) for place, _ in corpus.nearest(vector, _DEPTH, only)] for vector in vectors]
    each_most = max(1, min(NEAREST, MOST_CANDIDATES // len(vectors)))
    joining = [islice((solution for solution in ids if may_join(unmet[solution])), each_most) for ids in found]
    wanted = dict.fromkeys(chain.from_iterable(joining))
    scored = {each.document_id: each for each in catalogue.score(need, encoder, wanted.keys(), ranker=ranker)}
    return [scored[solution] for solution in wanted]
