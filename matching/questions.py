"""A need, read once: one vector for the whole, one for each requirement, and its words in both languages."""

from dataclasses import dataclass

import numpy as np

from matching.bridge import Words, bridged
from matching.corpus import Corpus
from matching.documents import Need, Requirement
from matching.encoder import Encoder, Vectors, unit_rows
from matching.evidence import Scale, scale_of
from matching.ranker import Ranker
from matching.text import terms


@dataclass(frozen=True)
class Question:
    """An encoded need.

    *vector* (dimension,) stands for the whole; *heading* is the same seen from *centre*, the catalogue's mean, and
    turned by the ranker's adapter. *asked_vectors* (n, dimension) stand for the requirements *asked*. *vector_bounds*
    (1, 2) are the whole's on the encoder's *scale*.
    """

    words: list[str]
    bridged: Words
    vector: Vectors
    vector_bounds: Vectors
    heading: Vectors
    centre: Vectors
    asked: tuple[Requirement, ...]
    asked_vectors: Vectors
    scale: Scale

    @property
    def stated(self) -> bool:
        """Whether the need names its requirements."""
        return bool(self.asked)


# A catalogue of this many passages is trusted half for its mean.
_TRUSTED_HALF = 200


def read_need(need: Need, encoder: Encoder, ranker: Ranker, corpus: Corpus) -> Question:
    """Encode all that *need* says in one call, as *ranker* sees it from *corpus*."""
    whole = "\n".join(part for part in (need.title, need.text) if part)
    queries = encoder.encode_queries([whole, *(item.text for item in need.requirements)])
    scale = scale_of(encoder)
    adapter = ranker.adapter_for(encoder.name)
    centre = _centre(corpus, adapter.centre if adapter else scale.mean)
    # A need that says nothing turns nowhere.
    centred = unit_rows(queries[:1] - centre) if whole.strip() else np.zeros_like(queries[:1])
    words = terms("\n".join((need.title, need.text, *(item.text for item in need.requirements))))
    return Question(
        words=words,
        bridged=bridged(words, corpus.holds),
        vector=queries[0],
        vector_bounds=scale.bounds(queries[:1]),
        heading=(adapter.turned(centred) if adapter else centred)[0],
        centre=centre,
        asked=need.requirements,
        asked_vectors=queries[1:],
        scale=scale,
    )


def _centre(corpus: Corpus, expected: Vectors) -> Vectors:
    """The catalogue's mean passage, pulled towards what is *expected* of any catalogue the fewer passages it has."""
    mean, passages = corpus.mean_passage, corpus.passages
    pulled = (mean * passages + expected * _TRUSTED_HALF) / (passages + _TRUSTED_HALF)
    return pulled.astype(np.float32)
