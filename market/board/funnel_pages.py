"""The page that tells what became of matches and meetings, with the rows behind each number."""

import csv
from dataclasses import dataclass
from datetime import date
from io import StringIO

from starlette.requests import Request
from starlette.responses import Response

from market.board import funnel
from market.board.funnel import Pair, Question, Step
from market.core import clock
from market.core.vocabulary import Field
from market.meetings import queries as meetings
from market.meetings.models import MatchSession
from market.web import plots
from market.web.downloads import attachment, spreadsheet_text
from market.web.filters import label, titled
from market.web.forms import Typed
from market.web.languages import say
from market.web.paging import Pager, pager_of
from market.web.render import page

_ASKED = ("field", "session", "from", "until", "stage")


@dataclass(frozen=True)
class FunnelView:
    """The funnel, what was asked, and the pairs behind one of its numbers."""

    steps: list[Step]
    drawing: plots.BarPlot
    pairs: list[Pair]
    pager: Pager
    shown: Step | None
    typed: Typed
    fields: list[tuple[str, str]]
    sessions: list[tuple[int, str]]
    stages: tuple[str, ...]
    query: str


async def show_funnel(request: Request) -> Response:
    """Show how many pairs have come how far; with ``stage`` the pairs behind that number."""
    typed, question = _asked(request)
    found = await funnel.pairs(question)
    counted = funnel.steps(found)
    shown = next((step for step in counted if step.stage == typed["stage"]), None)
    rows = [pair for pair in found if shown is None or pair.reached(shown.stage)]
    pager = pager_of(request, len(rows))
    view = FunnelView(
        steps=counted,
        drawing=plots.bars([(say(step.label), step.pairs) for step in counted]),
        pairs=rows[pager.offset : pager.offset + pager.size],
        pager=pager,
        shown=shown,
        typed=typed,
        fields=[(field.value, label(field)) for field in Field],
        sessions=[(each.id, titled(each)) for each in await _sessions()],
        stages=funnel.STAGES,
        query="&".join(f"{name}={typed[name]}" for name in _ASKED if typed[name] and name != "stage"),
    )
    return page(request, "board/funnel.html", view)


async def export_funnel(request: Request) -> Response:
    """Send the pairs with the day of each step as CSV."""
    _typed, question = _asked(request)
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(["scene_id", "scene", "buyer", "solution_id", "solution", "vendor", *funnel.STAGES])
    for pair in await funnel.pairs(question):
        days = [_written(pair, stage) for stage in funnel.STAGES]
        texts = [spreadsheet_text(titled(each)) for each in (pair.scene, pair.buyer, pair.solution, pair.vendor)]
        writer.writerow([pair.scene["id"], *texts[:2], pair.solution["id"], *texts[2:], *days])
    name = f"funnel-{clock.today().isoformat()}.csv"
    return attachment(("\ufeff" + text.getvalue()).encode(), name, "text/csv; charset=utf-8")


async def _sessions() -> list[MatchSession]:
    return [*await meetings.sessions(drafts=False, over=False), *await meetings.sessions(drafts=False, over=True)]


def _asked(request: Request) -> tuple[Typed, Question]:
    """Read the question from the address; what cannot be read is not asked."""
    typed = Typed({name: request.query_params.get(name, "")[:30] for name in _ASKED})
    session = int(typed["session"]) if typed["session"].isdecimal() and len(typed["session"]) < 10 else 0  # noqa: PLR2004
    field = typed["field"] if typed["field"] in set(Field) else ""
    typed |= {"field": field, "session": str(session) if session else ""}
    days = {name: _day(typed[name]) for name in ("from", "until")}
    typed |= {name: found.isoformat() if found else "" for name, found in days.items()}
    typed["stage"] = typed["stage"] if typed["stage"] in funnel.STAGES else ""
    return typed, Question(field, session, days["from"], days["until"])


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None  # noqa: PLR2004  # with room for what is added to a date


def _written(pair: Pair, stage: str) -> str:
    at = pair.at[stage]
    return at.astimezone(clock.SHANGHAI).date().isoformat() if at else ""
