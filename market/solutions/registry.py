"""The registry of generative-AI services: its search page, and the line that a form shows while a number is typed."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from market.solutions import queries
from market.solutions.models import Filing
from market.web.forms import Typed
from market.web.paging import Pager, pager_of
from market.web.render import page


@dataclass(frozen=True)
class FilingsView:
    """One page of the registry."""

    filings: list[Filing]
    pager: Pager
    typed: Typed
    kinds: list[tuple[str, str]]


@dataclass(frozen=True)
class LookupView:
    """What the registry says about one number."""

    number: str
    filing: Filing | None


async def list_filings(request: Request) -> Response:
    """Search the registry by model, entity, number or place."""
    typed = Typed({name: request.query_params.get(name, "").strip() for name in ("q", "kind")})
    kinds = [(kind, kind) for kind in await queries.filing_kinds()]
    typed["kind"] = typed["kind"] if (typed["kind"],) * 2 in kinds else ""
    _none, total = await queries.search_filings(typed["q"], typed["kind"], offset=0, limit=1)
    pager = pager_of(request, total)
    rows, _total = await queries.search_filings(typed["q"], typed["kind"], offset=pager.offset, limit=pager.size)
    return page(request, "solutions/filings.html", FilingsView(rows, pager, typed, kinds))


async def look_up_filing(request: Request) -> Response:
    """Say whether the registry has a number; a form's own input may be sent instead of ``number``."""
    number = next((value.strip() for name, value in request.query_params.items() if name.endswith("number")), "")
    view = LookupView(number, await queries.find_filing(number))
    return page(request, "solutions/lookup.html", view, block="found")
