"""The staff's page on the search index: what is searched, what waits to be ranked, what failed and why."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from market.catalogue import catalogues, publications
from market.catalogue.indexed import CollectionStatus
from market.catalogue.models import Publication
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.insight import actions, rankings
from market.insight.models import DuplicateSearch
from market.insight.rankings import Rankings, Unfinished
from market.lifecycle import Role
from market.web.access import actor_of
from market.web.render import page, see_other

SHOWN = 20
_NAMES: dict[str, Text] = {"solutions": _("Solutions"), "scenes": _("Scenes")}
_KINDS: dict[str, Text] = {
    "exact": _("exact: every row is compared"),
    "approximate": _("approximate: only the likeliest groups of rows are compared"),
    "milvus": _("kept in Milvus"),
    "pgvector": _("kept in PostgreSQL"),
}
_STEP, _UNITS = 1024, ("B", "KiB", "MiB", "GiB")


@dataclass(frozen=True)
class Segment:
    """One part of an index, in words."""

    name: str
    documents: int
    deleted: int
    kind: Text
    recall: float | None
    size: str


@dataclass(frozen=True)
class Standing:
    """How one collection stands: what is published, what of it can be found, since when."""

    name: Text
    status: CollectionStatus
    built_at: datetime | None
    last: Publication | None
    segments: list[Segment]
    uncompared: int
    compared_at: datetime | None


@dataclass(frozen=True)
class IndexView:
    """The index, the rankings, the search for duplicates."""

    standings: list[Standing]
    encoder: str
    rankings: Rankings
    unfinished: list[Unfinished]
    shown: int
    may_rank: bool


async def show_index(request: Request) -> Response:
    """Show how the index stands, which rankings wait, run or failed, and how many rows were not compared yet."""
    found, counted = await catalogues.index_status(), await rankings.count_rankings()
    statuses = {"solutions": found.solutions, "scenes": found.scenes}
    view = IndexView(
        standings=[await _standing(name, status) for name, status in statuses.items()],
        encoder=found.solutions.encoder or found.scenes.encoder,
        rankings=counted,
        unfinished=await rankings.unfinished_rankings(SHOWN),
        shown=SHOWN,
        may_rank=actor_of(request).role is Role.OFFICER and counted.failed > 0,
    )
    return page(request, "insight/index.html", view)


async def rank_failed(request: Request) -> Response:
    """Have the scenes ranked again whose ranking failed."""
    async with unit_of_work() as work:
        count = await actions.rank_failed(work=work, actor=actor_of(request))
    return see_other(request, "/insight/index", flash=_("Being ranked again: %(count)s.", count=count))


async def _standing(name: str, status: CollectionStatus) -> Standing:
    search = await DuplicateSearch.get_or_none(collection=name)
    return Standing(
        name=_NAMES[name],
        status=status,
        built_at=datetime.fromisoformat(status.built_at) if status.built_at else None,
        last=await publications.latest(name),
        segments=[
            Segment(each.name, each.documents, each.deleted, _KINDS[each.kind], each.recall, _size(each.bytes))
            for each in status.segments
        ],
        uncompared=(await rankings.uncompared()).get(name, 0),
        compared_at=search.looked_at if search else None,
    )


def _size(size: float) -> str:
    for unit in _UNITS:
        if size < _STEP or unit == _UNITS[-1]:
            break
        size /= _STEP
    return f"{size:.0f} {unit}"
