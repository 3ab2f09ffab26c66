"""The list of scenes, one scene, and its moves."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.core.errors import NotFoundError
from market.core.models import AuditEvent
from market.core.permissions import ROLE_LABELS, Actor
from market.core.text import Text, _
from market.core.vocabulary import DataLevel, Deployment
from market.core.work import unit_of_work
from market.lifecycle import PUBLIC_SCENES, Role, SceneState, moves_from
from market.scenes import actions, queries, rules
from market.scenes.drawing import MetricDrawing, draw_metric
from market.scenes.models import Requirement, Scene
from market.web.access import actor_of, visitor_of
from market.web.filters import label
from market.web.forms import Typed, form_of
from market.web.languages import gettext, say
from market.web.paging import Pager, pager_of
from market.web.render import page, see_other

LIFECYCLE = (
    SceneState.DRAFT, SceneState.SUBMITTED, SceneState.PUBLISHED, SceneState.CHALLENGED, SceneState.AWARDED,
    SceneState.PILOTING, SceneState.ACCEPTED,
)  # fmt: skip
EVENT_TITLES: dict[str, Text] = {
    "create_scene": _("Draft begun"),
    "submit_scene": _("Submitted to the district office"),
    "recall_scene": _("Taken back by the buyer"),
    "return_scene": _("Returned with comments"),
    "publish_scene": _("Published"),
    "withdraw_scene": _("Withdrawn"),
    "restore_scene": _("Restored as a draft"),
    "challenge_scene": _("Put into a challenge"),
    "release_scene": _("Out of the challenge, open again"),
    "award_scene": _("Awarded"),
    "start_scene_pilot": _("Pilot started"),
    "accept_scene": _("Accepted"),
}
EVENT_TONES = {"return_scene": "warn", "publish_scene": "good", "award_scene": "seal", "accept_scene": "seal"}
FLASHES: dict[str, Text] = {
    "submit_scene": _("Submitted. The district office will check it and tell you."),
    "recall_scene": _("Taken back. Change it and submit it again."),
    "return_scene": _("Returned to the buyer with your comments."),
    "publish_scene": _("Published. Matching solutions are being found."),
    "withdraw_scene": _("Withdrawn."),
    "restore_scene": _("Restored as a draft."),
}
_MOST_REGIONS = 30


@dataclass(frozen=True)
class Tab:
    """One tab above the list."""

    label: str
    href: str
    current: bool
    count: int | None = None


@dataclass(frozen=True)
class ScenesView:
    """One page of the list of scenes."""

    rows: list[dict[str, Any]]
    pager: Pager
    typed: Typed
    options: dict[str, list[tuple[str, str]]]
    tabs: list[Tab]
    mine: bool
    may_create: bool


@dataclass(frozen=True)
class Happening:
    """One line of a scene's history."""

    title: str
    at: datetime
    by: str
    text: str
    tone: str


@dataclass(frozen=True)
class SceneView:
    """One scene, whole."""

    scene: Scene
    requirements: list[Requirement]
    metrics: list[MetricDrawing]
    data_level: DataLevel
    deployments: list[Deployment | str]
    steps: list[tuple[str, str]]
    current: str | None
    happenings: list[Happening]
    moves: list[str]
    is_insider: bool
    may_edit: bool
    may_copy: bool
    matches_href: str
    challenge_href: str


async def list_scenes(request: Request) -> Response:
    """Show the scenes that this reader may see, by words and facets."""
    actor = visitor_of(request)
    asked = Typed({name: request.query_params.get(name, "").strip() for name in ("q", "mine", *queries.FACETS)})
    mine = asked["mine"] == "1" and queries.may_list_own(actor)
    facets = tuple((facet, asked[facet]) for facet in queries.FACETS if asked[facet])
    found = await queries.search_scenes(queries.SceneSearch(asked["q"], mine, facets), actor)
    pager = pager_of(request, len(found.ids))
    rows = await queries.listed_scenes(found.ids[pager.offset : pager.offset + pager.size])
    options = {facet: _options(facet, found.counts[facet], asked[facet]) for facet in queries.FACETS}
    may_create = actor is not None and bool(rules.may_create_scene(actor))
    view = ScenesView(rows, pager, asked, options, await _tabs(actor, asked, mine=mine), mine, may_create)
    return page(request, "scenes/list.html", view)


async def show_scene(request: Request) -> Response:
    """Show a whole scene with its history, and the moves that this reader may make.

    Where a scene was merged into another one, whoever may not read it is led there.
    """
    actor, merged = visitor_of(request), await queries.get_scene(request.path_params["scene_id"])
    if merged is not None and merged.merged_into_id is not None and not rules.may_see_scene(actor, merged):
        return see_other(request, f"/scenes/{merged.merged_into_id}")
    scene = await scene_of(request)
    insider = actor is not None and (actor.is_staff or actor.is_of(scene.organisation_id))
    events = await queries.history_of(scene.id)
    people = {event.person_id for event in events if event.person_id and insider}  # the public reads roles only
    shown_step = SceneState.DRAFT if scene.state is SceneState.RETURNED else scene.state
    view = SceneView(
        scene=scene,
        requirements=await queries.requirements_of(scene.id),
        metrics=[draw_metric(metric) for metric in await queries.metrics_of(scene.id)],
        data_level=scene.data_level,
        deployments=scene.deployments,
        steps=[] if scene.state is SceneState.WITHDRAWN else [(str(state), label(state)) for state in LIFECYCLE],
        current=None if scene.state is SceneState.ACCEPTED else str(shown_step),
        happenings=_happenings(events, await queries.names_of(people), insider=insider),
        moves=_moves(actor, scene),
        is_insider=insider,
        may_edit=bool(rules.may_edit_scene(actor, scene)),
        may_copy=actor is not None and bool(rules.may_create_scene(actor)),
        matches_href=f"/scenes/{scene.id}/matches" if insider and scene.state in PUBLIC_SCENES else "",
        challenge_href=_challenge_href(actor, scene),
    )
    return page(request, "scenes/show.html", view)


async def submit_scene(request: Request) -> Response:
    """Hand the scene to the district office."""
    return await _move(request, "submit_scene", actions.submit_scene)


async def recall_scene(request: Request) -> Response:
    """Take the scene back to edit it."""
    return await _move(request, "recall_scene", actions.recall_scene)


async def return_scene(request: Request) -> Response:
    """Send the scene back with comments."""
    return await _move(request, "return_scene", actions.return_scene, reason=True)


async def publish_scene(request: Request) -> Response:
    """Show the scene to everybody."""
    return await _move(request, "publish_scene", actions.publish_scene)


async def withdraw_scene(request: Request) -> Response:
    """Take the scene out of the process."""
    return await _move(request, "withdraw_scene", actions.withdraw_scene, reason=True)


async def restore_scene(request: Request) -> Response:
    """Make a withdrawn scene a draft again."""
    return await _move(request, "restore_scene", actions.restore_scene)


async def copy_scene(request: Request) -> Response:
    """Begin a new draft that says the same."""
    actor, scene = actor_of(request), await scene_of(request)
    title = say(_("Copy of %(title)s", title=scene.title))
    async with unit_of_work() as work:
        copy = await actions.copy_scene(scene, title=title, work=work, actor=actor)
    return see_other(request, f"/scenes/{copy.id}/edit/problem", flash=_("Copied. Change what is different."))


async def scene_of(request: Request) -> Scene:
    """Return the scene of this URL, or say that there is none: also where the reader may not know of it."""
    scene = await queries.get_scene(request.path_params["scene_id"])
    if scene is None or not rules.may_see_scene(visitor_of(request), scene):
        raise NotFoundError(_("There is no such page."))
    return scene


async def _move(
    request: Request, name: str, action: Callable[..., Awaitable[None]], *, reason: bool = False
) -> Response:
    actor, scene, form = actor_of(request), await scene_of(request), await form_of(request)
    given = (form.text("reason"),) if reason else ()
    async with unit_of_work() as work:
        await action(scene, *given, work=work, actor=actor)
    return see_other(request, f"/scenes/{scene.id}", flash=FLASHES[name])


def _moves(actor: Actor | None, scene: Scene) -> list[str]:
    if actor is None or (actor.role is Role.BUYER and not rules.may_own_scene(actor, scene)):
        return []
    return [move.name for move in moves_from(scene.state, actor.role, among=rules.STAGE_MOVES)]


def _challenge_href(actor: Actor | None, scene: Scene) -> str:
    officer = actor is not None and actor.role is Role.OFFICER
    return f"/scenes/{scene.id}/challenge" if officer and scene.state is SceneState.PUBLISHED else ""


async def _tabs(actor: Actor | None, asked: Typed, *, mine: bool) -> list[Tab]:
    if queries.may_list_own(actor):
        return [Tab(gettext("All scenes"), "/scenes", not mine), Tab(gettext("Ours"), "/scenes?mine=1", mine)]
    if actor is None or not actor.is_staff:
        return []
    waiting = await queries.count_in_state(SceneState.SUBMITTED)
    queue = asked["state"] == SceneState.SUBMITTED
    return [
        Tab(gettext("All scenes"), "/scenes", not queue),
        Tab(gettext("To check"), "/scenes?state=submitted", queue, waiting),
    ]


def _options(facet: str, counts: Counter[str], chosen: str) -> list[tuple[str, str]]:
    if facet == "region":
        values = [value for value, _count in counts.most_common(_MOST_REGIONS) if value]
    else:
        values = sorted((str(value) for value in counts), key=lambda value: -counts[value])
    if chosen and chosen not in values:
        values.insert(0, chosen)
    return [(value, f"{_facet_label(facet, value)} ({counts[value]:,})") for value in values]


def _facet_label(facet: str, value: str) -> str:
    if facet == "region":
        return value
    if facet == "serves_public":
        return gettext("Serves the public") if value == "yes" else gettext("Internal use")
    return label(value)


def _happenings(events: list[AuditEvent], names: dict[int, str], *, insider: bool) -> list[Happening]:
    public = {str(state) for state in PUBLIC_SCENES}
    shown = [event for event in events if event.event in EVENT_TITLES and (insider or event.target in public)]
    return [
        Happening(
            title=say(EVENT_TITLES[event.event]),
            at=event.at,
            by=" · ".join(filter(None, [gettext(ROLE_LABELS[Role(event.role)]), names.get(event.person_id or 0, "")])),
            text=event.reason if insider else "",
            tone=EVENT_TONES.get(event.event, ""),
        )
        for event in reversed(shown)
    ]
