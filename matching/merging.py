"""Which segments are made into one, and how: a few large ones stay, small and mostly removed ones go."""

from collections.abc import Sequence

import numpy as np

from matching.engines import Engine
from matching.postings import merge
from matching.quotes import Quotes
from matching.segment import Segment, index_of
from matching.stacked import HalfVectors, Rows, bounds_of, ranges

MOST_SEGMENTS = 8
MOST_DELETED = 0.25
_SIMILAR = 2


def to_merge(documents: Sequence[int], deleted: Sequence[int]) -> list[list[int]]:
    """Which segments to write anew, in groups that become one each; numbers are those of the sequences.

    One with more than ``MOST_DELETED`` of it removed is rewritten. Above ``MOST_SEGMENTS`` the smallest are joined, and
    with them those at most ``_SIMILAR`` times as large as all smaller ones: so a document is rewritten about log n
    times while n come, as in a log-structured merge (O'Neil et al., 1996), and the largest is left alone for long.
    """
    worn = [at for at, own in enumerate(documents) if deleted[at] > MOST_DELETED * (own + deleted[at])]
    if len(documents) <= MOST_SEGMENTS:
        return [[at] for at in worn]
    order = sorted(range(len(documents)), key=lambda at: (documents[at], at))
    taken = len(documents) - MOST_SEGMENTS + 1
    total = sum(documents[at] for at in order[:taken])
    while taken < len(order) and documents[order[taken]] <= _SIMILAR * total:
        total += documents[order[taken]]
        taken += 1
    group = order[:taken]
    return [sorted(group), *([at] for at in worn if at not in group)]


def merge_segments(segments: Sequence[Segment], live: Sequence[Rows], engine: Engine, name: str) -> Segment:
    """One segment of the *live* documents of all, by id, from their stored vectors and counts; nothing is embedded."""
    pairs = list(zip(segments, live, strict=True))
    ids = np.concatenate([each.ids[own] for each, own in pairs])
    order = np.argsort(ids)
    numbers = np.split(np.argsort(order), np.cumsum([len(own) for own in live])[:-1])
    passages, passage_bounds = _joined([_kept(each.passages, each.passage_bounds, own) for each, own in pairs], order)
    sentences = [_kept(each.sentence_vectors, each.sentence_bounds, own) for each, own in pairs]
    sentence_vectors, sentence_bounds = _joined(sentences, order)
    quotes = [own for each, there in pairs for own in _quotes(each, there)]
    return Segment(
        ids=ids[order],
        titled=np.concatenate([each.titled[own] for each, own in pairs])[order],
        passages=passages,
        passage_bounds=passage_bounds,
        sentences=Quotes.build([text for at in order.tolist() for text in quotes[at]]),
        sentence_vectors=sentence_vectors,
        sentence_bounds=sentence_bounds,
        words=merge([each.words for each in segments], live, numbers),
        title_words=merge([each.title_words for each in segments], live, numbers),
        index=index_of(passages, passage_bounds, engine, name),
    )


def _kept(vectors: HalfVectors, bounds: Rows, live: Rows) -> tuple[HalfVectors, Rows]:
    """The rows of the *live* documents, and how many each has."""
    sizes = np.diff(bounds)[live]
    return vectors[ranges(bounds[live], sizes)], sizes


def _joined(parts: Sequence[tuple[HalfVectors, Rows]], order: Rows) -> tuple[HalfVectors, Rows]:
    """The rows of all parts, document by document in *order*, and where each document's begin."""
    rows, sizes = np.concatenate([rows for rows, _ in parts]), np.concatenate([sizes for _, sizes in parts])
    starts = bounds_of(sizes)[:-1]
    return rows[ranges(starts[order], sizes[order])], bounds_of(sizes[order])


def _quotes(segment: Segment, live: Rows) -> list[list[str]]:
    bounds = segment.sentence_bounds
    return [segment.sentences.between(*bounds[number : number + 2].tolist()) for number in live.tolist()]
