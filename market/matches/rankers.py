"""Which ranker is in use: the one activated last, else the one that this release was tested with."""

from tortoise import connections

from market.matches.models import RankerVersion
from matching.ranker import Ranker, shipped_ranker

_LAST = """
SELECT v.name FROM ranker_activation a JOIN ranker_version v ON v.id = a.ranker_id ORDER BY a.id DESC LIMIT 1
"""

_kept: dict[str, Ranker] = {}


async def name_in_use() -> str:
    """Return the name of the ranker in use."""
    rows = await connections.get("default").execute_query_dict(_LAST)
    return str(rows[0]["name"]) if rows else shipped_ranker().name


async def current_ranker() -> Ranker:
    """Return the ranker in use; raises ``RankerError`` where its content cannot be read by this program."""
    name = await name_in_use()
    return await ranker_named(name) or shipped_ranker()


async def ranker_named(name: str) -> Ranker | None:
    """Return a ranker by its name, which names its content: the shipped one, or one that was trained here."""
    if name == shipped_ranker().name:
        return shipped_ranker()
    if name not in _kept:
        row = await RankerVersion.get_or_none(name=name)
        if row is None:
            return None
        _kept[name] = Ranker.from_json(row.content)
    return _kept[name]
