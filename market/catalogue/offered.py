"""Facts of every published solution, kept in this process for as long as no row that they are read from changes."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType

from tortoise import connections

from market.catalogue import stated
from market.catalogue.facts import SolutionFacts

# A row's xmin is the transaction that wrote it last: with the count, the sum tells every insert, change and removal,
# whatever the order of commits. Registry entries and links to them have no revision that could tell it.
_VERSION = """
SELECT concat_ws(':',
    (SELECT concat(count(*), '-', sum(xmin::text::bigint)) FROM solution WHERE state = 'published'),
    (SELECT concat(count(*), '-', sum(xmin::text::bigint)) FROM model_use),
    (SELECT concat(count(*), '-', sum(xmin::text::bigint)) FROM filing)) AS version
"""

_kept: dict[str, Mapping[int, SolutionFacts]] = {}
_reading = asyncio.Lock()


async def facts_of_published() -> Mapping[int, SolutionFacts]:
    """Return the facts of all published solutions, by id; read again only where something changed since."""
    async with _reading:
        version = await _version()  # before the rows: what changes meanwhile is read again the next time
        if version not in _kept:
            facts = await stated.facts_of_solutions()
            _kept.clear()
            _kept[version] = MappingProxyType(facts)
        return _kept[version]


async def _version() -> str:
    rows = await connections.get("default").execute_query_dict(_VERSION)
    return str(rows[0]["version"])
