"""Vectors of texts, kept in the database: a changed text embeds only itself, a killed build goes on where it was."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from time import monotonic

import numpy as np

from market.matches.models import TextVector
from matching.encoder import Encoder, Vectors

BATCH = 64
_PAGE = 4000

OnProgress = Callable[[int, int], None]


async def texts_without_vectors(encoder_name: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Return those of *texts* (by hash) that have no vector under this encoder yet, like lengths together."""
    known: set[str] = set()
    for page in _pages(texts):
        found = TextVector.filter(model=encoder_name, text_hash__in=page).values_list("text_hash", flat=True)
        known.update(await found)  # type: ignore[arg-type]
    missing = [(key, text) for key, text in texts.items() if key not in known]
    return dict(sorted(missing, key=lambda item: (len(item[1]), item[0])))


async def embed_missing(
    encoder: Encoder, texts: Mapping[str, str], *, seconds: float | None = None, on_progress: OnProgress | None = None
) -> int:
    """Embed what has no vector, batch by batch, each committed; return how many texts are left.

    Stops after *seconds*, so that a job can end in time and ask for the rest.
    """
    missing = list((await texts_without_vectors(encoder.name, texts)).items())
    until = monotonic() + seconds if seconds is not None else None
    for start in range(0, len(missing), BATCH):
        if until is not None and monotonic() >= until:
            return len(missing) - start
        await _embed(encoder, missing[start : start + BATCH])
        if on_progress:
            on_progress(min(start + BATCH, len(missing)), len(missing))
    return 0


async def vectors_of(encoder_name: str, texts: Iterable[str]) -> dict[str, Vectors]:
    """Return the vector of each hash that has one, (dimension,) float32."""
    found: dict[str, Vectors] = {}
    for page in _pages(texts):
        rows = await TextVector.filter(model=encoder_name, text_hash__in=page).values_list("text_hash", "vector")
        found.update({str(key): np.frombuffer(vector, dtype="<f4") for key, vector in rows})
    return found


async def _embed(encoder: Encoder, batch: Sequence[tuple[str, str]]) -> None:
    rows = await asyncio.to_thread(encoder.encode_passages, [text for _key, text in batch])
    stored = [
        TextVector(model=encoder.name, text_hash=key, vector=np.ascontiguousarray(row, dtype="<f4").tobytes())
        for (key, _text), row in zip(batch, rows, strict=True)
    ]
    await TextVector.bulk_create(stored, ignore_conflicts=True)  # another process may have embedded the same text


def _pages(keys: Iterable[str]) -> Iterable[list[str]]:
    rest = iter(keys)
    while page := list(islice(rest, _PAGE)):
        yield page
