"""The home page, everybody's desk and the audit log."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from market.accounts.models import Organisation
from market.board import queries
from market.board.desk import Task, tasks_for
from market.board.events import name_of
from market.core import audit, clock
from market.core.models import AuditEvent, QueuedJob
from market.core.text import Text
from market.lifecycle import OrganisationState
from market.web import plots
from market.web.access import actor_of
from market.web.filters import label
from market.web.forms import Typed
from market.web.paging import Pager, pager_of
from market.web.render import page


@dataclass(frozen=True)
class HomeView:
    """What everybody sees first."""

    figures: queries.Figures
    closing: list[dict[str, Any]]
    newest: list[dict[str, Any]]
    by_field: Any
    now: datetime


@dataclass(frozen=True)
class DeskView:
    """What waits for one person."""

    tasks: list[Task]
    unverified: bool


@dataclass(frozen=True)
class AuditView:
    """The history, newest first, and whether its chain holds."""

    events: list[tuple[AuditEvent, Text]]
    pager: Pager
    typed: Typed
    report: audit.ChainReport | None
    failed: list[QueuedJob]


async def show_home(request: Request) -> Response:
    """Show what the marketplace is and what goes on in it."""
    now = clock.now()
    by_field = [(label(field), count) for field, count in await queries.scenes_by_field()]
    view = HomeView(
        figures=await queries.figures(),
        closing=await queries.closing_soon(now, 5),
        newest=await queries.newest_scenes(8),
        by_field=plots.bars(by_field[:8]) if by_field else None,
        now=now,
    )
    return page(request, "board/home.html", view)


async def show_desk(request: Request) -> Response:
    """Show what waits for the person who asks."""
    actor = actor_of(request)
    organisation = await Organisation.get_or_none(id=actor.organisation_id)
    unverified = organisation is not None and organisation.state is OrganisationState.UNVERIFIED
    return page(request, "board/desk.html", DeskView(await tasks_for(actor), unverified))


async def show_audit(request: Request) -> Response:
    """Show the history; with ``?check=1`` prove its chain."""
    asked = Typed({name: request.query_params.get(name, "")[:40] for name in ("subject", "id", "check")})
    subject_id = int(asked["id"]) if asked["id"].isdecimal() and len(asked["id"]) < 10 else None  # noqa: PLR2004
    _first, total = await queries.audit_page(asked["subject"], subject_id, offset=0, limit=1)
    pager = pager_of(request, total, size=25)
    events, _total = await queries.audit_page(asked["subject"], subject_id, offset=pager.offset, limit=pager.size)
    report = await audit.verify_audit() if asked["check"] else None
    named = [(event, name_of(event.event)) for event in events]
    return page(request, "board/audit.html", AuditView(named, pager, asked, report, await queries.failed_jobs()))


async def export_audit(request: Request) -> Response:  # noqa: ARG001
    """Send the whole history as JSON lines, which ``jiebang verify audit FILE`` proves on another machine."""

    async def lines() -> AsyncIterator[bytes]:
        async for event in audit.export_events():
            yield orjson.dumps(event) + b"\n"

    headers = {"Content-Disposition": f'attachment; filename="audit-{clock.today().isoformat()}.jsonl"'}
    return StreamingResponse(lines(), media_type="application/jsonl", headers=headers)
