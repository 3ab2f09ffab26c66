"""Drafting a scene: one URL for each step, saved while typing, then checked and submitted."""

from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from market.accounts.rules import must_be_verified
from market.core.errors import NotFoundError, StaleStateError
from market.core.permissions import require
from market.core.text import Text, _
from market.core.vocabulary import DataLevel, Deployment, Direction, Field, RequirementKind
from market.core.work import unit_of_work
from market.scenes import actions, forms, queries, rules
from market.scenes.models import Metric, Requirement, Scene
from market.web.access import actor_of
from market.web.drafts import NewView, Options, options_of, saved_line
from market.web.forms import FieldError, Form, Typed, form_of
from market.web.languages import say
from market.web.render import page, see_other

STEP_TITLES: dict[str, Text] = {
    "problem": _("The problem"),
    "requirements": _("Requirements"),
    "metrics": _("Acceptance metrics"),
    "data": _("Data and deployment"),
    "budget": _("Budget and dates"),
    "check": _("Check your answers"),
}


@dataclass(frozen=True)
class StepView:
    """One step of a draft, as saved or as typed."""

    scene: Scene
    step: str
    title: str
    steps: Options
    typed: Typed
    deployments: list[str]
    rows: list[dict[str, str]]
    revision: int
    back: str
    errors: list[FieldError] = field(default_factory=list)
    fields: Options = field(default_factory=lambda: options_of(Field))
    data_levels: Options = field(default_factory=lambda: options_of(DataLevel))
    deployment_options: Options = field(default_factory=lambda: options_of(Deployment))
    kinds: Options = field(default_factory=lambda: options_of(RequirementKind))
    directions: Options = field(default_factory=lambda: options_of(Direction))


@dataclass(frozen=True)
class CheckView:
    """All answers, what is missing, and whether the scene may be submitted."""

    scene: Scene
    steps: Options
    requirements: list[Requirement]
    metrics: list[Metric]
    gaps: list[rules.Gap]
    refusal: str
    needs_verification: bool


async def show_new_scene(request: Request) -> Response:
    """Ask for a working title: a draft then exists and is saved from there on."""
    require(rules.may_create_scene(actor_of(request)))
    return page(request, "scenes/new.html", NewView(Typed({"title": request.query_params.get("title", "")[:300]}), []))


async def create_scene(request: Request) -> Response:
    """Begin a draft and go to its first step."""
    form, actor = await form_of(request), actor_of(request)
    content = forms.read_title(form)
    if not form.valid:
        return page(request, "scenes/new.html", NewView(form.typed, form.errors), status_code=422)
    async with unit_of_work() as work:
        scene = await actions.create_scene(content, work=work, actor=actor)
    return see_other(request, f"/scenes/{scene.id}/edit/problem")


async def continue_draft(request: Request) -> Response:
    """Go to the first step that lacks something, or to the check."""
    scene = await draft_of(request)
    gaps = rules.gaps_in(scene, await queries.requirements_of(scene.id), await queries.metrics_of(scene.id))
    return see_other(request, f"/scenes/{scene.id}/edit/{gaps[0].step if gaps else 'check'}")


async def show_step(request: Request) -> Response:
    """Show one step of a draft as it was saved."""
    scene, step = await draft_of(request), _step_of(request)
    if step == "requirements":
        rows = forms.requirement_rows(await queries.requirements_of(scene.id))
    elif step == "metrics":
        rows = forms.metric_rows(await queries.metrics_of(scene.id))
    else:
        rows = []
    back = "check" if request.query_params.get("back") == "check" else ""
    view = StepView(
        scene, step, say(STEP_TITLES[step]), _steps(), forms.typed_scene(scene), scene.deployments, rows,
        scene.revision, back,
    )  # fmt: skip
    return page(request, "scenes/edit.html", view)


async def save_step(request: Request) -> Response:
    """Save one step and go on; show it again where something cannot be read or somebody else saved first."""
    scene, step, form = await draft_of(request), _step_of(request), await form_of(request)
    if form.wants_rows:
        return _show_again(request, scene, step, form, status_code=200)
    content = forms.read_step(step, form)
    if not form.valid:
        return _show_again(request, scene, step, form, status_code=422)
    try:
        async with unit_of_work() as work:
            revision = form.whole("revision", high=2**31 - 1)
            await actions.save_scene(scene, content, work=work, actor=actor_of(request), revision=revision)
    except StaleStateError as error:
        form.error("", error.text)
        form.error("", _("What you typed is still here. Save again to keep yours instead of theirs."))
        return _show_again(request, scene, step, form, status_code=409)
    if form.raw("later"):
        return see_other(request, f"/scenes/{scene.id}", flash=_("Saved. You can go on at any time."))
    after = "check" if form.raw("back") else [*rules.STEPS, "check"][rules.STEPS.index(step) + 1]
    return see_other(request, f"/scenes/{scene.id}/edit/{after}")


async def autosave_step(request: Request) -> Response:
    """Save what can be read of a step while it is being typed, and say so in one line."""
    scene, step, form = await draft_of(request), _step_of(request), await form_of(request)
    content = forms.read_step(step, form)
    revision = form.whole("revision", high=2**31 - 1)
    try:
        async with unit_of_work() as work:
            await actions.save_scene(scene, content, work=work, actor=actor_of(request), revision=revision, keep=False)
    except StaleStateError as error:
        return PlainTextResponse(say(error.text))
    return saved_line(form)


async def show_check(request: Request) -> Response:
    """Show all answers, each with a link to change it, and what is missing."""
    scene, actor = await draft_of(request), actor_of(request)
    requirements, metrics = await queries.requirements_of(scene.id), await queries.metrics_of(scene.id)
    gaps = rules.gaps_in(scene, requirements, metrics)
    verdict = rules.may_submit_scene(actor, scene, requirements, metrics)
    unverified = not must_be_verified(actor)
    refusal = "" if verdict.reason is None else say(verdict.reason)
    view = CheckView(scene, _steps(), requirements, metrics, gaps, refusal, unverified)
    return page(request, "scenes/check.html", view)


async def draft_of(request: Request) -> Scene:
    """Return the scene of this URL if the actor may edit it now."""
    actor, scene = actor_of(request), await queries.get_scene(request.path_params["scene_id"])
    if scene is None or not rules.may_see_scene(actor, scene):
        raise NotFoundError(_("There is no such page."))
    require(rules.may_edit_scene(actor, scene))
    return scene


def _show_again(request: Request, scene: Scene, step: str, form: Form, *, status_code: int) -> Response:
    columns = {"requirements": forms.REQUIREMENT_COLUMNS, "metrics": forms.METRIC_COLUMNS}
    rows = form.rows_to_show(step, columns[step]) if step in columns else []
    shown_to_save_again = scene.revision if status_code == 409 else form.whole("revision", high=2**31 - 1)  # noqa: PLR2004
    view = StepView(
        scene, step, say(STEP_TITLES[step]), _steps(), form.typed, form.all_of("deployments"), rows,
        shown_to_save_again or scene.revision, form.raw("back"), form.errors,
    )  # fmt: skip
    return page(request, "scenes/edit.html", view, block="form", status_code=status_code)


def _step_of(request: Request) -> str:
    step: str = request.path_params["step"]
    if step not in rules.STEPS:
        raise NotFoundError(_("There is no such page."))
    return step


def _steps() -> Options:
    return [(step, say(title)) for step, title in STEP_TITLES.items()]
