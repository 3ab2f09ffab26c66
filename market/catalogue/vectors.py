"""Vectors of texts, kept in the database: a changed text embeds only itself, a killed build goes on where it was.

Any number of processes may embed at once: a text is claimed before it is embedded, and a claim ends with its process.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from time import monotonic

import numpy as np
from tortoise.transactions import in_transaction

from market.catalogue.models import TextVector
from matching.encoder import Encoder, Vectors

FEWEST, FIRST, MOST = 16, 64, 512
STORE_SECONDS = 2.0  # what a kill may cost
_PAUSE = 0.2
_PAGE = 4000

OnProgress = Callable[[int, int], None]

# Held until the transaction ends; one that another process holds is left out.
_CLAIM = """
SELECT hash FROM unnest($2::text[]) WITH ORDINALITY AS asked (hash, place)
WHERE pg_try_advisory_xact_lock(hashtextextended($1 || hash, 0)) ORDER BY place
"""
_KNOWN = "SELECT text_hash FROM text_vector WHERE model = $1 AND text_hash = ANY($2::text[])"
_KEEP = """
INSERT INTO text_vector (model, text_hash, vector)
SELECT $1, hash, vector FROM unnest($2::text[], $3::bytea[]) AS made (hash, vector) ON CONFLICT DO NOTHING
"""


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

    Stops after *seconds*, so that a job can end in time and ask for the rest. What another process is embedding is
    waited for, not embedded again. A batch is as large as ``STORE_SECONDS`` allow.
    """
    waiting = deque(await texts_without_vectors(encoder.name, texts))
    total, size = len(waiting), FIRST
    until = monotonic() + seconds if seconds is not None else None
    while waiting and (until is None or monotonic() < until):
        batch = [waiting.popleft() for _ in range(min(size, len(waiting)))]
        started = monotonic()
        elsewhere = await _embed(encoder, {key: texts[key] for key in batch})
        waiting.extend(elsewhere)
        if len(elsewhere) == len(batch):
            await asyncio.sleep(_PAUSE)
        else:
            size = next_size(len(batch), monotonic() - started)
        if on_progress:
            on_progress(total - len(waiting), total)
    return len(waiting)


async def vectors_of(encoder_name: str, texts: Iterable[str]) -> dict[str, Vectors]:
    """Return the vector of each hash that has one, (dimension,) float32."""
    found: dict[str, Vectors] = {}
    for page in _pages(texts):
        rows = await TextVector.filter(model=encoder_name, text_hash__in=page).values_list("text_hash", "vector")
        found.update({str(key): np.frombuffer(vector, dtype="<f4") for key, vector in rows})
    return found


async def _embed(encoder: Encoder, batch: Mapping[str, str]) -> list[str]:
    """Embed and store what nobody else does; return what another process has claimed and not stored yet."""
    async with in_transaction() as connection:
        claimed = [row["hash"] for row in await connection.execute_query_dict(_CLAIM, [encoder.name, list(batch)])]
        # After the claim: who held it before may have stored it.
        rows = await connection.execute_query_dict(_KNOWN, [encoder.name, list(batch)])
        known = {row["text_hash"] for row in rows}
        new = [key for key in claimed if key not in known]
        if new:
            vectors = await asyncio.to_thread(encoder.encode_passages, [batch[key] for key in new])
            stored = [np.ascontiguousarray(row, dtype="<f4").tobytes() for row in vectors]
            await connection.execute_query(_KEEP, [encoder.name, new, stored])
    return [key for key in batch if key not in known.union(new)]


def next_size(size: int, seconds: float) -> int:
    """How many texts to embed before the next store, where *size* of them took *seconds*; at most twice as many."""
    fitting = size * STORE_SECONDS / max(seconds, 0.001)
    return int(min(max(fitting, FEWEST), 2 * size, MOST))


def _pages(keys: Iterable[str]) -> Iterable[list[str]]:
    rest = iter(keys)
    while page := list(islice(rest, _PAGE)):
        yield page
