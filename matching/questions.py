"""A need, read once: one vector for the whole, one for each thing that it asks, and its words."""

from dataclasses import dataclass

from matching.documents import Need, Requirement
from matching.encoder import Encoder, Vectors
from matching.evidence import Scale
from matching.text import sentences, tokens

MOST_SENTENCES = 24


@dataclass(frozen=True)
class Question:
    """An encoded need.

    *vector* (dimension,) stands for the whole, *asked_vectors* (n, dimension) for what is *asked*; the bounds, each row
    a pair, are those of ``evidence.Scale``. *stated* says whether the need named its requirements itself.
    """

    words: list[str]
    vector: Vectors
    vector_bounds: Vectors
    asked: tuple[Requirement, ...]
    asked_vectors: Vectors
    asked_bounds: Vectors
    stated: bool


def read_need(need: Need, encoder: Encoder, scale: Scale) -> Question:
    """Encode *need*. Where it names no requirements, its sentences are taken for wishes, at most ``MOST_SENTENCES``."""
    asked = need.requirements or _sentences_as_wishes(need)
    whole = "\n".join(part for part in (need.title, need.text) if part)
    texts = [whole, *(item.text for item in asked)]
    once = {text: row for row, text in enumerate(dict.fromkeys(texts))}
    queries = encoder.encode_queries(list(once))
    bounds = scale.bounds(queries, encoder.encode_passages(list(once)))
    rows = [once[text] for text in texts]
    return Question(
        words=tokens("\n".join((need.title, need.text, *(item.text for item in need.requirements)))),
        vector=queries[0],
        vector_bounds=bounds[:1],
        asked=asked,
        asked_vectors=queries[rows[1:]],
        asked_bounds=bounds[rows[1:]],
        stated=bool(need.requirements),
    )


def _sentences_as_wishes(need: Need) -> tuple[Requirement, ...]:
    found = sentences(need.text)[:MOST_SENTENCES] or sentences(need.title)
    return tuple(Requirement(number, text, must=False) for number, text in enumerate(found))
