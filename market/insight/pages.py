"""Pages of the district's staff: supply against demand by field, scenes nobody serves, solutions nobody needs."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.core import clock
from market.core.errors import NotFoundError
from market.core.text import Text, _
from market.core.vocabulary import LABELS, Field
from market.core.work import unit_of_work
from market.insight import actions, queries, rules
from market.insight.drawing import HEAD, HeatRow, heat_map
from market.insight.queries import Unserved
from market.lifecycle import OPEN_SCENES, Role
from market.matches.scale import GOOD_SCORE
from market.scenes.models import Scene
from market.web import plots
from market.web.access import actor_of
from market.web.languages import gettext, say
from market.web.render import page, see_other

WEEKS = 12
REASONS: dict[str, Text] = {
    "refused": _("What is near does not qualify"),
    "far": _("Nothing near enough is offered"),
    "nothing": _("Nothing is offered at all"),
}
_ADVICE: dict[str, Text] = {
    "refused": _("The nearest solutions fail a hard constraint. See whether each of your musts has to be one."),
    "far": _("Describe the problem and the data in more detail, and add requirements in words that vendors use."),
    "nothing": _("The district is asking vendors of your field."),
}


@dataclass(frozen=True)
class InsightView:
    """Supply and demand at a glance."""

    head: tuple[Text, ...]
    rows: list[HeatRow]
    totals: dict[str, int]
    trend: Any
    weeks: int
    credible: float
    now: datetime


@dataclass(frozen=True)
class GapRow:
    """A scene that nobody credibly serves, why, and what an officer can do."""

    scene: Unserved
    reason: Text
    asked_at: datetime | None
    told_at: datetime | None
    may_ask: bool


@dataclass(frozen=True)
class GapView:
    """Scenes without a credible match."""

    rows: list[GapRow]
    reasons: list[tuple[str, int]]
    uncovered: list[tuple[str, int]]
    unranked: int
    fields: list[tuple[str, str]]
    field: str
    limit: int
    credible: float


@dataclass(frozen=True)
class IdleView:
    """Solutions that are no scene's credible match."""

    rows: list[dict[str, Any]]
    fields: list[tuple[str, str]]
    field: str
    limit: int
    now: datetime


async def show_insight(request: Request) -> Response:
    """Show every field: what is asked, what is offered, where they meet."""
    rows, now = await queries.by_field(), clock.now()
    weeks = await queries.by_week(now - timedelta(weeks=WEEKS))
    readings = [(week["week"], 100 * week["served"] / week["scenes"]) for week in weeks]
    view = InsightView(
        head=HEAD,
        rows=heat_map(rows),
        totals={
            "scenes": sum(row.scenes for row in rows),
            "unserved": sum(row.unserved for row in rows),
            "unranked": sum(row.scenes - row.ranked for row in rows),
            "idle": len(await queries.idle_solutions(limit=queries.MOST_LISTED)),
        },
        trend=plots.line(readings, unit="%") if len(readings) > 1 else None,
        weeks=WEEKS,
        credible=GOOD_SCORE,
        now=now,
    )
    return page(request, "insight/show.html", view)


async def show_unserved(request: Request) -> Response:
    """Show the scenes without a credible match, why, and what can be done."""
    actor, field = actor_of(request), _field(request)
    found, now = await queries.unserved_scenes(field), clock.now()
    ids, since = [scene.id for scene in found], now - rules.ASK_AGAIN_AFTER
    asked = await queries.last_asked("ask_vendors", ids, since)
    told = await queries.last_asked("tell_buyer", ids, since)
    rows = [
        GapRow(scene, REASONS[reason_of(scene)], asked.get(scene.id), told.get(scene.id), actor.role is Role.OFFICER)
        for scene in found
    ]
    uncovered = Counter(text for scene in found for text in scene.uncovered)
    view = GapView(
        rows=rows,
        reasons=[(say(REASONS[code]), count) for code, count in Counter(map(reason_of, found)).most_common()],
        uncovered=[(text, count) for text, count in uncovered.most_common(8) if count > 1],
        unranked=sum(row.scenes - row.ranked for row in await queries.by_field() if field in {"", row.field}),
        fields=_fields(),
        field=field,
        limit=queries.MOST_LISTED,
        credible=GOOD_SCORE,
    )
    return page(request, "insight/scenes.html", view)


async def show_idle(request: Request) -> Response:
    """Show the solutions that are no open scene's credible match."""
    field = _field(request)
    rows = await queries.idle_solutions(field)
    view = IdleView(rows, _fields(), field, queries.MOST_LISTED, clock.now())
    return page(request, "insight/solutions.html", view)


async def ask_vendors(request: Request) -> Response:
    """Ask the vendors of a scene's field."""
    scene = await _scene_of(request)
    async with unit_of_work() as work:
        count = await actions.ask_vendors(scene, work=work, actor=actor_of(request))
    return see_other(request, "/insight/scenes", flash=_("%(count)s vendors were asked.", count=count))


async def tell_buyer(request: Request) -> Response:
    """Tell a scene's buyer what may help."""
    scene = await _scene_of(request)
    found = next((each for each in await queries.unserved_scenes() if each.id == scene.id), None)
    if found is None:
        raise NotFoundError(_("This scene has a credible match by now."))
    async with unit_of_work() as work:
        await actions.tell_buyer(scene, _ADVICE[reason_of(found)], work=work, actor=actor_of(request))
    return see_other(request, "/insight/scenes", flash=_("The buyer was told."))


def reason_of(scene: Unserved) -> str:
    """Return why nobody credibly serves a scene, as a code."""
    if scene.best > 0:
        return "far"
    return "refused" if scene.refused else "nothing"


async def _scene_of(request: Request) -> Scene:
    scene = await Scene.get_or_none(id=request.path_params["scene_id"], state__in=list(OPEN_SCENES))
    if scene is None:
        raise NotFoundError(_("There is no such page."))
    return scene


def _field(request: Request) -> str:
    asked = request.query_params.get("field", "")
    return asked if asked in set(Field) else ""


def _fields() -> list[tuple[str, str]]:
    return [(str(field), gettext(LABELS[field])) for field in Field]
