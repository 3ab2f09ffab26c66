"""Labelled sets: random order, BM25, vectors, their fusion and the product's own ranking, side by side."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from matching import ranking
from matching.catalogue import Catalogue
from matching.documents import Need, Ranked
from matching.encoder import Encoder, OnProgress, Vectors
from matching.labelled import LabelledSet, read_labelled_set
from matching.manifest import FORMAT, Manifest
from matching.metrics import mean, ndcg, recall, reciprocal_rank
from matching.store import assemble, texts_to_embed
from matching.vector_cache import CachingEncoder

SEED = 20190827
DEPTH = 100
SYSTEMS = ("random", "bm25", "dense", "fusion", "jiebang")

Order = Callable[[Sequence[int] | None], list[int]]


@dataclass(frozen=True)
class Scores:
    """Means over the judged queries, 0..1. *mrr* looks at the first ``DEPTH``; *pool_ndcg* is None without grades."""

    ndcg: float
    recall: float
    mrr: float
    pool_ndcg: float | None

    def as_json(self) -> dict[str, float | None]:
        """The metrics by the names that ``jiebang evaluate`` prints."""
        pool = None if self.pool_ndcg is None else round(self.pool_ndcg, 4)
        found = {"ndcg@10": self.ndcg, "recall@10": self.recall, "mrr": self.mrr}
        return {**{name: round(value, 4) for name, value in found.items()}, "pool_ndcg@10": pool}


@dataclass(frozen=True)
class SetResult:
    """What was measured on one set."""

    name: str
    queries: int
    documents: int
    primary: str
    systems: dict[str, Scores]
    texts_per_second: float

    def as_json(self) -> dict[str, Any]:
        """One object, as ``jiebang evaluate --json`` prints it."""
        return {
            "set": self.name,
            "queries": self.queries,
            "documents": self.documents,
            "primary": self.primary,
            "systems": {name: scores.as_json() for name, scores in self.systems.items()},
            "texts_per_second": round(self.texts_per_second, 1),
        }


def evaluate(
    directory: Path, encoder: Encoder, on_progress: OnProgress | None = None, *, cache_dir: Path | None = None
) -> SetResult:
    """Measure every system on the set in *directory*.

    Queries without a relevant document are left out of the means. With *cache_dir*, vectors are kept there by set and
    encoder, and a second run embeds nothing.

    - raises ``LabelledSetError`` for files that cannot be read
    """
    labelled = read_labelled_set(directory)
    file = cache_dir / f"{labelled.name}-{encoder.name}.npz" if cache_dir else None
    caching = CachingEncoder(encoder, file)
    catalogue, texts = _catalogue(labelled, caching, on_progress)
    caching.save()
    systems = _measure(labelled, catalogue, caching, on_progress)
    caching.save()
    return SetResult(
        name=labelled.name,
        queries=len(labelled.needs),
        documents=len(labelled.documents),
        primary="pool_ndcg@10" if labelled.graded else "ndcg@10",
        systems=systems,
        texts_per_second=caching.texts_per_second(texts),
    )


def _catalogue(
    labelled: LabelledSet, encoder: CachingEncoder, on_progress: OnProgress | None
) -> tuple[Catalogue, list[str]]:
    """The set as a catalogue in memory, and the texts that were embedded for it."""
    units = texts_to_embed(labelled.documents)
    texts = list(units.values())
    vectors = dict(zip(units, encoder.encode_passages(texts, on_progress), strict=True))
    corpus = assemble(labelled.documents, vectors, encoder.dimension)
    manifest = Manifest(
        name=labelled.name, format=FORMAT, encoder=encoder.name, dimension=encoder.dimension,
        documents=len(labelled.documents), vectors=corpus.passages, sentences=corpus.quotable,
        catalogue_version=labelled.name, created_at="", checksums={},
    )  # fmt: skip
    return Catalogue(manifest, corpus), texts


def _measure(
    labelled: LabelledSet, catalogue: Catalogue, encoder: Encoder, on_progress: OnProgress | None
) -> dict[str, Scores]:
    generator = random.Random(SEED)  # noqa: S311 an order to compare with, not a secret
    places = {key: place for place, key in enumerate(labelled.keys)}
    found: dict[str, list[Scores]] = {system: [] for system in SYSTEMS}
    for number, query in enumerate(labelled.judged, start=1):
        grades = labelled.grades[query]
        pool = [places[key] for key in grades if key in places] if labelled.graded else None
        for system, order in _orders(catalogue, labelled.needs[query], encoder, generator).items():
            found[system].append(_scores(order, labelled.keys, grades, pool))
        if on_progress:
            on_progress(number, len(labelled.judged))
    return {system: _mean(scores) for system, scores in found.items()}


def _orders(catalogue: Catalogue, need: Need, encoder: Encoder, generator: random.Random) -> dict[str, Order]:
    """For each system a function: documents (all if None) → best first, ties by id."""
    question = catalogue.encode(need, encoder)
    dense, lexical = catalogue.first_stage(question)
    fused = ranking.combine(dense, lexical)
    shuffled = np.array([generator.random() for _ in dense], dtype=np.float32)
    return {
        "random": _by(shuffled),
        "bm25": _by(lexical),
        "dense": _by(dense),
        "fusion": _by(fused),
        "jiebang": lambda pool: _ids(
            catalogue.rank(need, encoder, k=DEPTH) if pool is None else catalogue.score(need, encoder, pool)
        ),
    }


def _by(scores: Vectors) -> Order:
    def order(pool: Sequence[int] | None) -> list[int]:
        among = np.arange(len(scores)) if pool is None else np.sort(np.asarray(pool, dtype=np.int64))
        best: list[int] = among[np.argsort(-scores[among], kind="stable")[:DEPTH]].tolist()
        return best

    return order


def _ids(ranked: Sequence[Ranked]) -> list[int]:
    return [item.document_id for item in ranked]


def _scores(order: Order, keys: Sequence[str], grades: dict[str, int], pool: list[int] | None) -> Scores:
    everything = [keys[place] for place in order(None)]
    return Scores(
        ndcg=ndcg(everything, grades),
        recall=recall(everything, grades),
        mrr=reciprocal_rank(everything, grades),
        pool_ndcg=None if pool is None else ndcg([keys[place] for place in order(pool)], grades),
    )


def _mean(scores: Sequence[Scores]) -> Scores:
    pools = [item.pool_ndcg for item in scores if item.pool_ndcg is not None]
    return Scores(
        ndcg=mean(item.ndcg for item in scores),
        recall=mean(item.recall for item in scores),
        mrr=mean(item.mrr for item in scores),
        pool_ndcg=mean(pools) if pools else None,
    )
