"""Labelled sets: random order, BM25, vectors, their fusion and the product's own ranking, side by side."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from matching import ranking
from matching.bootstrap import Comparison, compare
from matching.catalogue import Catalogue
from matching.documents import Need, Ranked
from matching.encoder import Encoder, OnProgress, Vectors
from matching.labelled import LabelledSet, read_labelled_set
from matching.manifest import FORMAT, Manifest
from matching.metrics import Scores, mean_scores, scores_of
from matching.ranker import Ranker, shipped_ranker
from matching.store import assemble, texts_to_embed
from matching.vector_cache import CachingEncoder

SEED = 20190827
DEPTH = 100
SYSTEMS = ("random", "bm25", "dense", "fusion", "jiebang")
ARMS = ("bm25", "dense")

Order = Callable[[Sequence[int] | None], list[int]]
ByQuery = Mapping[str, Sequence[Scores]]


@dataclass(frozen=True)
class OpenSet:
    """A labelled set with its documents as a *catalogue* in memory; *encoder* remembers every vector it made."""

    labelled: LabelledSet
    catalogue: Catalogue
    encoder: CachingEncoder
    texts_per_second: float


@dataclass(frozen=True)
class SetResult:
    """What was measured on one set.

    *against_best_arm* compares with the better of ``ARMS``: the full ranking, and under ``jiebang_cv``, where the
    ranker was *trained_on* this very set, the same recipe trained without the query's fold.
    """

    name: str
    queries: int
    documents: int
    primary: str
    systems: dict[str, Scores]
    best_arm: str
    against_best_arm: dict[str, Comparison]
    trained_on: Mapping[str, Any] | None
    texts_per_second: float

    def as_json(self) -> dict[str, Any]:
        """One object, as ``jiebang evaluate --json`` prints it."""
        return {
            "set": self.name,
            "queries": self.queries,
            "documents": self.documents,
            "primary": self.primary,
            "systems": {name: scores.as_json() for name, scores in self.systems.items()},
            "best_arm": self.best_arm,
            "against_best_arm": {name: found.as_json() for name, found in self.against_best_arm.items()},
            "trained_on": self.trained_on is not None,
            **self._unseen(),
            "texts_per_second": round(self.texts_per_second, 1),
        }

    def _unseen(self) -> dict[str, Any]:
        if self.trained_on is None:
            return {}
        return {
            "jiebang_cv": self.trained_on["folds"],
            "jiebang_leave_one_set_out": self.trained_on["leave_one_set_out"],
        }


def evaluate(
    directory: Path,
    encoder: Encoder,
    on_progress: OnProgress | None = None,
    *,
    cache_dir: Path | None = None,
    ranker: Ranker | None = None,
) -> SetResult:
    """Measure every system on the set in *directory*, with the shipped ranker unless another is given.

    Queries without a relevant document are left out of the means. With *cache_dir*, vectors are kept there by set and
    encoder, and a second run embeds nothing.

    - raises ``LabelledSetError`` for files that cannot be read
    """
    using = ranker or shipped_ranker()
    opened = open_set(directory, encoder, on_progress, cache_dir=cache_dir)
    labelled = opened.labelled
    found = _measure(opened, using, on_progress)
    opened.encoder.save()
    systems = {system: mean_scores(scores) for system, scores in found.items()}
    best_arm = max(ARMS, key=lambda arm: systems[arm].primary)
    seen = _seen(labelled, using)
    return SetResult(
        name=labelled.name,
        queries=len(labelled.needs),
        documents=len(labelled.documents),
        primary=labelled.primary,
        systems=systems,
        best_arm=best_arm,
        against_best_arm=_against(found, best_arm, seen),
        trained_on=seen,
        texts_per_second=opened.texts_per_second,
    )


def open_set(
    directory: Path, encoder: Encoder, on_progress: OnProgress | None = None, *, cache_dir: Path | None = None
) -> OpenSet:
    """Read the set in *directory* and embed its documents; raises ``LabelledSetError`` for files it cannot read."""
    labelled = read_labelled_set(directory)
    file = cache_dir / f"{labelled.name}-{encoder.name}.npz" if cache_dir else None
    caching = CachingEncoder(encoder, file)
    units = texts_to_embed(labelled.documents)
    texts = list(units.values())
    vectors = dict(zip(units, caching.encode_passages(texts, on_progress), strict=True))
    caching.save()
    corpus = assemble(labelled.documents, vectors, caching.dimension)
    manifest = Manifest(
        name=labelled.name, format=FORMAT, encoder=caching.name, dimension=caching.dimension,
        documents=len(labelled.documents), vectors=corpus.passages, sentences=corpus.quotable,
        catalogue_version=labelled.name, created_at="", checksums={},
    )  # fmt: skip
    return OpenSet(labelled, Catalogue(manifest, corpus), caching, caching.texts_per_second(texts))


def _measure(opened: OpenSet, ranker: Ranker, on_progress: OnProgress | None) -> dict[str, list[Scores]]:
    labelled, ids = opened.labelled, opened.catalogue.corpus.ids
    generator = random.Random(SEED)  # noqa: S311 an order to compare with, not a secret
    places = {labelled.keys[document_id]: place for place, document_id in enumerate(ids.tolist())}
    found: dict[str, list[Scores]] = {system: [] for system in SYSTEMS}
    for number, query in enumerate(labelled.judged, start=1):
        grades = labelled.grades[query]
        pool = [places[key] for key in grades if key in places] if labelled.graded else None
        for system, order in _orders(opened, labelled.needs[query], ranker, generator).items():
            everything = [labelled.keys[document_id] for document_id in order(None)]
            judged = None if pool is None else [labelled.keys[document_id] for document_id in order(pool)]
            found[system].append(scores_of(everything, grades, judged))
        if on_progress:
            on_progress(number, len(labelled.judged))
    return found


def _orders(opened: OpenSet, need: Need, ranker: Ranker, generator: random.Random) -> dict[str, Order]:
    """For each system a function: documents' places (all if None) → ids, best first, ties by id."""
    catalogue, encoder = opened.catalogue, opened.encoder
    dense, lexical = catalogue.first_stage(catalogue.encode(need, encoder, ranker))
    ids = catalogue.corpus.ids
    shuffled = np.array([generator.random() for _ in dense], dtype=np.float32)
    return {
        "random": _by(shuffled, ids),
        "bm25": _by(lexical, ids),
        "dense": _by(dense, ids),
        "fusion": _by(ranking.combine(dense, lexical), ids),
        "jiebang": lambda pool: _ids(
            catalogue.rank(need, encoder, k=DEPTH, ranker=ranker)
            if pool is None
            else catalogue.score(need, encoder, ids[pool].tolist(), ranker=ranker)
        ),
    }


def _by(scores: Vectors, ids: Any) -> Order:
    def order(pool: Sequence[int] | None) -> list[int]:
        among = np.arange(len(scores)) if pool is None else np.asarray(pool, dtype=np.int64)
        best: list[int] = ids[among[np.lexsort((ids[among], -scores[among]))[:DEPTH]]].tolist()
        return best

    return order


def _ids(ranked: Sequence[Ranked]) -> list[int]:
    return [item.document_id for item in ranked]


def _seen(labelled: LabelledSet, ranker: Ranker) -> Mapping[str, Any] | None:
    """What the ranker tells of this very set, if it was trained on it."""
    sets: Mapping[str, Mapping[str, Any]] = ranker.provenance.get("sets", {})
    return next((told for told in sets.values() if told["checksum"] == labelled.checksum), None)


def _against(found: ByQuery, best_arm: str, seen: Mapping[str, Any] | None) -> dict[str, Comparison]:
    arm = [scores.primary for scores in found[best_arm]]
    compared = {"jiebang": compare([scores.primary for scores in found["jiebang"]], arm)}
    if seen is not None:
        compared["jiebang_cv"] = compare(seen["by_query"], arm)
    return compared
