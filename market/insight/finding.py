"""Looks for near-duplicates among what is new in a catalogue, a slice at a time; nothing is compared twice."""

import asyncio
import itertools
import logging

from market.catalogue.catalogues import COLLECTIONS, Collection, catalogue_of
from market.catalogue.models import CatalogueEntry
from market.core import clock
from market.core.work import unit_of_work
from market.insight.models import DuplicateSearch, MergeProposal
from market.insight.sides import open_states
from market.scenes.models import Scene
from market.solutions.models import Solution
from matching.duplicates import NearPair, near_duplicates
from matching.store import SnapshotError

log = logging.getLogger(__name__)

A_SLICE = 200
_KINDS = {"scenes": "scene", "solutions": "solution"}


async def entries_waiting(collection: Collection, limit: int = A_SLICE) -> list[tuple[int, int]]:
    """Return the next entries of a catalogue that were not compared yet, as (entry, document)."""
    done = await DuplicateSearch.get_or_none(collection=collection.name)
    rows = CatalogueEntry.filter(collection=collection.name, until=None, id__gt=done.entry_id if done else 0)
    found = await rows.order_by("id").limit(limit).values("id", "document_id")
    return [(row["id"], row["document_id"]) for row in found]


async def find_duplicates() -> int:
    """Compare the next slice of each catalogue; return how many documents were compared."""
    compared = 0
    for collection in COLLECTIONS:
        waiting = await entries_waiting(collection)
        if not waiting:
            continue
        try:
            catalogue = await catalogue_of(collection)
        except SnapshotError as error:
            log.warning("Duplicates of %s wait for a sound index: %s", collection.name, error)
            continue
        if catalogue is None:
            continue
        ready = indexed_so_far(waiting, set(catalogue.corpus.ids.tolist()))
        if ready:
            ids = [document for _entry, document in ready]
            pairs = await asyncio.to_thread(near_duplicates, catalogue.corpus, ids)
            await _store(collection, pairs, ready[-1][0])
            compared += len(ready)
    return compared


def indexed_so_far(waiting: list[tuple[int, int]], known: set[int]) -> list[tuple[int, int]]:
    """Return the beginning of *waiting* that the loaded index holds: a publication's rows come before its index."""
    return list(itertools.takewhile(lambda each: each[1] in known, waiting))


async def _store(collection: Collection, pairs: list[NearPair], entry_id: int) -> None:
    """Keep what was found. A pair that was decided stays decided; one that is only found again gets its new numbers."""
    kind, now = _KINDS[collection.name], clock.now()
    model = Scene if kind == "scene" else Solution
    wanted = {each for pair in pairs for each in (pair.first, pair.second)}
    there = set(await model.filter(id__in=wanted or {0}, state__in=open_states(kind)).values_list("id", flat=True))
    async with unit_of_work() as work:
        for pair in pairs:
            if not {pair.first, pair.second} <= there:
                continue
            found, created = await MergeProposal.get_or_create(
                using_db=work.connection, kind=kind, first_id=pair.first, second_id=pair.second,
                defaults={"likeness": pair.likeness, "shared": pair.shared, "found_at": now},
            )  # fmt: skip
            if not created:
                numbers = {"likeness": pair.likeness, "shared": pair.shared}
                await MergeProposal.filter(id=found.id).using_db(work.connection).update(**numbers)
        await DuplicateSearch.update_or_create(
            using_db=work.connection, collection=collection.name, defaults={"entry_id": entry_id, "looked_at": now}
        )
