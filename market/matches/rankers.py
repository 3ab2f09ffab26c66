"""Which ranker is in use: the one activated last, else the one that this release was tested with.

An order is decided by the ranker and, where the settings name one, by a reranker behind it: together they make the name
that stands with a ranking.
"""

from tortoise import connections

from market.catalogue.encoders import current_reranker
from market.matches.models import RankerVersion
from market.settings import settings
from matching.encoder import EncoderError
from matching.ranker import Ranker, shipped_ranker

_LAST = """
SELECT v.name FROM ranker_activation a JOIN ranker_version v ON v.id = a.ranker_id ORDER BY a.id DESC LIMIT 1
"""

_kept: dict[str, Ranker] = {}


async def name_in_use() -> str:
    """Return the name of the ranker in use."""
    rows = await connections.get("default").execute_query_dict(_LAST)
    return str(rows[0]["name"]) if rows else shipped_ranker().name


async def order_in_use() -> str:
    """Return what a ranking made now would be decided by, as it is written with a run.

    A reranker that cannot be loaded is named as the settings name it: no ranking has this name, so that scenes are
    ranked again, and fail with the reason.
    """
    try:
        reranker = await current_reranker()
    except EncoderError:
        return together(await name_in_use(), settings().reranker)
    return together(await name_in_use(), reranker.name if reranker else "")


def together(ranker: str, reranker: str) -> str:
    """Return the name of an order: the ranker's and, behind a +, the reranker's if there is one."""
    return f"{ranker}+{reranker}" if reranker else ranker


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
