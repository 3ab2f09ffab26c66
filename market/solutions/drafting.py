"""Drafting a solution: three steps, saved while typing, then checked and published."""

from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from market.accounts.rules import must_be_verified
from market.core.errors import NotFoundError, StaleStateError
from market.core.permissions import require
from market.core.text import Text, _
from market.core.vocabulary import DataLevel, Deployment, Field, Readiness
from market.core.work import unit_of_work
from market.solutions import actions, forms, queries, rules
from market.solutions.models import Capability, ModelUse, Reference, Solution
from market.web.access import actor_of
from market.web.drafts import NewView, Options, options_of, saved_line
from market.web.forms import FieldError, Form, Typed, form_of
from market.web.languages import say
from market.web.render import page, see_other

STEP_TITLES: dict[str, Text] = {
    "what": _("What it does"),
    "delivery": _("How it is delivered"),
    "models": _("Models and references"),
    "check": _("Check your answers"),
}
_STALE = 409
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class StepView:
    """One step of a draft, as saved or as typed."""

    solution: Solution
    step: str
    title: str
    steps: Options
    typed: Typed
    ticked: dict[str, list[str]]
    rows: dict[str, Rows]
    revision: int
    back: str
    errors: list[FieldError] = field(default_factory=list)
    fields: Options = field(default_factory=lambda: options_of(Field))
    deployments: Options = field(default_factory=lambda: options_of(Deployment))
    data_levels: Options = field(default_factory=lambda: options_of(DataLevel))
    readinesses: Options = field(default_factory=lambda: options_of(Readiness))


@dataclass(frozen=True)
class CheckView:
    """All answers, what is missing, and whether the solution may be published."""

    solution: Solution
    steps: Options
    capabilities: list[Capability]
    models: list[ModelUse]
    references: list[Reference]
    gaps: list[rules.Gap]
    refusal: str
    needs_verification: bool


async def show_new_solution(request: Request) -> Response:
    """Ask for a title: a draft then exists and is saved from there on."""
    require(rules.may_create_solution(actor_of(request)))
    return page(request, "solutions/new.html", NewView(Typed(), []))


async def create_solution(request: Request) -> Response:
    """Begin a draft and go to its first step."""
    form, actor = await form_of(request), actor_of(request)
    content = forms.read_title(form)
    if not form.valid:
        return page(request, "solutions/new.html", NewView(form.typed, form.errors), status_code=422)
    async with unit_of_work() as work:
        solution = await actions.create_solution(content, work=work, actor=actor)
    return see_other(request, f"/solutions/{solution.id}/edit/what")


async def continue_draft(request: Request) -> Response:
    """Go to the first step that lacks something, or to the check."""
    solution = await draft_of(request)
    gaps = rules.gaps_in(solution, await queries.capabilities_of(solution.id))
    return see_other(request, f"/solutions/{solution.id}/edit/{gaps[0].step if gaps else 'check'}")


async def show_step(request: Request) -> Response:
    """Show one step of a draft as it was saved."""
    solution, step = await draft_of(request), _step_of(request)
    rows: dict[str, Rows] = {}
    if step == "what":
        rows["capabilities"] = forms.rows_of("capabilities", await queries.capabilities_of(solution.id))
    elif step == "models":
        rows["models"] = forms.rows_of("models", await queries.models_of(solution.id))
        rows["references"] = forms.rows_of("references", await queries.references_of(solution.id))
    ticked = {"fields_served": solution.fields_served, "deployments": solution.deployments}
    back = "check" if request.query_params.get("back") == "check" else ""
    view = StepView(
        solution, step, say(STEP_TITLES[step]), _steps(), forms.typed_solution(solution), ticked, rows,
        solution.revision, back,
    )  # fmt: skip
    return page(request, "solutions/edit.html", view)


async def save_step(request: Request) -> Response:
    """Save one step and go on; show it again where something cannot be read or somebody else saved first."""
    solution, step, form = await draft_of(request), _step_of(request), await form_of(request)
    if form.wants_rows:
        return _show_again(request, solution, step, form, status_code=200)
    content = forms.read_step(step, form)
    if not form.valid:
        return _show_again(request, solution, step, form, status_code=422)
    try:
        async with unit_of_work() as work:
            revision = form.whole("revision", high=2**31 - 1)
            await actions.save_solution(solution, content, work=work, actor=actor_of(request), revision=revision)
    except StaleStateError as error:
        form.error("", error.text)
        form.error("", _("What you typed is still here. Save again to keep yours instead of theirs."))
        return _show_again(request, solution, step, form, status_code=_STALE)
    if form.raw("later"):
        return see_other(request, f"/solutions/{solution.id}", flash=_("Saved. You can go on at any time."))
    after = "check" if form.raw("back") else [*rules.STEPS, "check"][rules.STEPS.index(step) + 1]
    return see_other(request, f"/solutions/{solution.id}/edit/{after}")


async def autosave_step(request: Request) -> Response:
    """Save what can be read of a step while it is being typed, and say so in one line."""
    solution, step, form = await draft_of(request), _step_of(request), await form_of(request)
    content = forms.read_step(step, form)
    revision = form.whole("revision", high=2**31 - 1)
    try:
        async with unit_of_work() as work:
            await actions.save_solution(
                solution, content, work=work, actor=actor_of(request), revision=revision, keep=False
            )
    except StaleStateError as error:
        return PlainTextResponse(say(error.text))
    return saved_line(form)


async def show_check(request: Request) -> Response:
    """Show all answers, each with a link to change it, what the registry says, and what is missing."""
    solution, actor = await draft_of(request), actor_of(request)
    capabilities = await queries.capabilities_of(solution.id)
    verdict = rules.may_publish_solution(actor, solution, capabilities)
    view = CheckView(
        solution=solution,
        steps=_steps(),
        capabilities=capabilities,
        models=await queries.models_of(solution.id),
        references=await queries.references_of(solution.id),
        gaps=rules.gaps_in(solution, capabilities),
        refusal="" if verdict.reason is None else say(verdict.reason),
        needs_verification=not must_be_verified(actor),
    )
    return page(request, "solutions/check.html", view)


async def draft_of(request: Request) -> Solution:
    """Return the solution of this URL if the actor may edit it now."""
    actor, solution = actor_of(request), await queries.get_solution(request.path_params["solution_id"])
    if solution is None or not rules.may_see_solution(actor, solution):
        raise NotFoundError(_("There is no such page."))
    require(rules.may_edit_solution(actor, solution))
    return solution


def _show_again(request: Request, solution: Solution, step: str, form: Form, *, status_code: int) -> Response:
    rows = {name: form.rows_to_show(name, columns) for name, columns in forms.COLUMNS.items()}
    ticked = {name: form.all_of(name) for name in ("fields_served", "deployments")}
    revision = None if status_code == _STALE else form.whole("revision", high=2**31 - 1)
    view = StepView(
        solution, step, say(STEP_TITLES[step]), _steps(), form.typed, ticked, rows, revision or solution.revision,
        form.raw("back"), form.errors,
    )  # fmt: skip
    return page(request, "solutions/edit.html", view, block="form", status_code=status_code)


def _step_of(request: Request) -> str:
    step: str = request.path_params["step"]
    if step not in rules.STEPS:
        raise NotFoundError(_("There is no such page."))
    return step


def _steps() -> Options:
    return [(step, say(title)) for step, title in STEP_TITLES.items()]
