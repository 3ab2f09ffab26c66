"""The officer's page on rankers: which are kept, how they did, who put which into use and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.accounts.models import Person
from market.core.errors import NotFoundError
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.matches import choosing, rules
from market.matches.breakdown import LABELS
from market.matches.models import RankerActivation, RankerVersion
from market.matches.rankers import current_ranker
from market.web.access import actor_of
from market.web.forms import form_of
from market.web.render import page, see_other


@dataclass(frozen=True)
class Kept:
    """A ranker that is kept; *report* says what it was compared on."""

    id: int
    name: str
    created_at: datetime
    in_use: bool
    report: dict[str, Any]
    may_use: bool


@dataclass(frozen=True)
class Change:
    """A ranker put into use; *by* is empty where it was done at the command line."""

    name: str
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True)
class RankersView:
    """Rankers, and the changes between them."""

    name: str
    weights: list[tuple[Text, float]]
    kept: list[Kept]
    changes: list[Change]


async def show_rankers(request: Request) -> Response:
    """Show the ranker in use, those that are kept, and every change between them."""
    current, may_use = await current_ranker(), bool(rules.may_choose_ranker(actor_of(request)))
    kept = [_kept(row, current.name, may_use=may_use) for row in await choosing.versions_kept()]
    view = RankersView(
        name=current.name,
        weights=[(LABELS.get(name, Text(name)), weight) for name, weight in current.weights.items()],
        kept=kept,
        changes=await _changes(await choosing.activations()),
    )
    return page(request, "matches/rankers.html", view)


async def use_ranker(request: Request) -> Response:
    """Put a kept ranker into use, with a reason."""
    actor = actor_of(request)
    row = await RankerVersion.get_or_none(id=request.path_params["ranker_id"])
    if row is None:
        raise NotFoundError(_("There is no such page."))
    reason = (await form_of(request)).raw("reason")
    async with unit_of_work() as work:
        await choosing.activate_ranker(row.name, reason, work=work, actor=actor)
    return see_other(request, "/rankers", flash=_("In use. All scenes are ranked again, a few at a time."))


def _kept(row: RankerVersion, current: str, *, may_use: bool) -> Kept:
    in_use = row.name == current
    return Kept(row.id, row.name, row.created_at, in_use, row.report, may_use and not in_use)


async def _changes(rows: list[RankerActivation]) -> list[Change]:
    people = {person.id: person.name for person in await Person.filter(id__in=[row.by_id for row in rows if row.by_id])}
    return [Change(row.ranker.name, row.at, people.get(row.by_id or 0, ""), row.reason) for row in rows]
