"""Which segments are made into one, and how: a few large ones stay, small and mostly removed ones go."""

from collections.abc import Iterator, Sequence

import numpy as np

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


def merge_segments(segments: Sequence[Segment], live: Sequence[Rows]) -> Segment:
    """One segment of the *live* documents of all, from their stored vectors and counts; nothing is embedded."""
    pairs = list(zip(segments, live, strict=True))
    passages, passage_bounds = _joined([_kept(each.passages, each.passage_bounds, own) for each, own in pairs])
    vectors, sentence_bounds = _joined([_kept(each.sentence_vectors, each.sentence_bounds, own) for each, own in pairs])
    return Segment(
        ids=np.concatenate([each.ids[own] for each, own in pairs]),
        titled=np.concatenate([each.titled[own] for each, own in pairs]),
        passages=passages,
        passage_bounds=passage_bounds,
        sentences=Quotes.build([text for each, own in pairs for text in _quotes(each, own)]),
        sentence_vectors=vectors,
        sentence_bounds=sentence_bounds,
        words=merge([each.words for each in segments], live),
        title_words=merge([each.title_words for each in segments], live),
        index=index_of(passages, passage_bounds),
    )


def _kept(vectors: HalfVectors, bounds: Rows, live: Rows) -> tuple[HalfVectors, Rows]:
    """The rows of the *live* documents, and how many each has."""
    sizes = np.diff(bounds)[live]
    return vectors[ranges(bounds[live], sizes)], sizes


def _joined(parts: Sequence[tuple[HalfVectors, Rows]]) -> tuple[HalfVectors, Rows]:
    return np.concatenate([rows for rows, _ in parts]), bounds_of(np.concatenate([sizes for _, sizes in parts]))


def _quotes(segment: Segment, live: Rows) -> Iterator[str]:
    for number in live.tolist():
        yield from segment.sentences.between(*segment.sentence_bounds[number : number + 2].tolist())
