"""Drafting by description: paste it, look at what it gives, tick, edit, add; and take it back."""

import logging
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.core.errors import NotFoundError, StaleStateError
from market.core.text import Text, _
from market.core.vocabulary import Direction, RequirementKind
from market.core.work import unit_of_work
from market.scenes import actions, queries
from market.scenes.actions import SceneContent
from market.scenes.describing import Draft, describe
from market.scenes.drafting import draft_of
from market.scenes.language_model import ModelError, ask_model, service_name
from market.scenes.models import Scene
from market.scenes.proposals import MARKS, Proposal, added_to, propose, read_ticked, receipt_of, typed_proposal, without
from market.settings import settings
from market.web import secrets
from market.web.access import actor_of
from market.web.drafts import Options, options_of
from market.web.forms import FieldError, Form, form_of
from market.web.languages import say
from market.web.render import page, see_other

log = logging.getLogger(__name__)

LONGEST_DESCRIPTION = 20_000
UNDO_SECONDS = 24 * 3600
_PURPOSE = "proposal-added"
_HINT_LABELS: dict[str, Text] = {
    "budget_min": _("The least you expect to spend"),
    "budget_max": _("The most you can spend"),
    "duration_weeks": _("Duration"),
    "deployments": _("Where the model may run"),
    "data_level": _("Data level"),
    "data_description": _("Data"),
}


@dataclass(frozen=True)
class DescribeView:
    """The description, and below it what it gives."""

    scene: Scene
    text: str
    proposal: Proposal | None
    service: str | None
    by_model: bool
    problem: Text | None
    errors: list[FieldError]
    revision: int
    kinds: Options = field(default_factory=lambda: options_of(RequirementKind))
    directions: Options = field(default_factory=lambda: options_of(Direction))
    marks: dict[str, str] = field(default_factory=lambda: {name: say(text) for name, text in MARKS.items()})
    hint_labels: dict[str, str] = field(
        default_factory=lambda: {name: say(text) for name, text in _HINT_LABELS.items()}
    )


@dataclass(frozen=True)
class AddedView:
    """What was added, and the way back."""

    scene: Scene
    requirements: int
    metrics: int
    fields: int
    receipt: str


async def show_description(request: Request) -> Response:
    """Offer a place for the description, with what the draft's problem already says."""
    scene = await draft_of(request)
    text = "\n".join(part for part in (scene.problem, scene.outcome) if part)
    return _describing(request, scene, text)


async def propose_rows(request: Request) -> Response:
    """Show what the sentences of a description give; saves nothing."""
    await _count(request)
    scene, form = await draft_of(request), await form_of(request)
    text = form.text("text", missing=_("Paste or write the description first."), longest=LONGEST_DESCRIPTION)
    if not form.valid:
        return _describing(request, scene, text, errors=form.errors)
    return _describing(request, scene, text, proposal=await _beside(describe(text), scene))


async def ask_language_model(request: Request) -> Response:
    """Send the description to the language model that the district has set up; without an answer, do without it."""
    await _count(request)
    scene, form, current = await draft_of(request), await form_of(request), settings()
    if service_name(current) is None:
        raise NotFoundError(_("There is no such page."))
    text = form.text("text", missing=_("Paste or write the description first."), longest=LONGEST_DESCRIPTION)
    if not form.valid:
        return _describing(request, scene, text, errors=form.errors)
    await request.app.state.limiter.count(f"model:{actor_of(request).person_id}", "6/minute")
    try:
        draft, problem = await ask_model(text, current), None
    except ModelError as error:
        log.warning("The language model gave no draft: %s", error)
        draft = describe(text)
        problem = _("The language model did not give a usable answer. Below is what your sentences give without it.")
    proposal = await _beside(draft, scene)
    return _describing(request, scene, text, proposal=proposal, problem=problem, by_model=problem is None)


async def add_rows(request: Request) -> Response:
    """Add what was ticked to the draft; what stood there stays."""
    await _count(request)
    scene, form = await draft_of(request), await form_of(request)
    ticked = read_ticked(form, scene)
    if form.valid and not any(ticked.values()):
        form.error("", _("Tick at least one line, or go back to the draft."))
    if form.valid and (response := await _add(request, scene, ticked, form)):
        return response
    proposal = typed_proposal(form)
    return _describing(request, scene, form.raw("text"), proposal=proposal, errors=form.errors)


async def show_added(request: Request) -> Response:
    """Say what was added, and offer to take it back."""
    scene, receipt = await draft_of(request), request.query_params.get("receipt", "")
    added = _opened(receipt, scene)
    view = AddedView(scene, len(added["requirements"]), len(added["metrics"]), len(added["fields"]), receipt)
    return page(request, "scenes/added.html", view)


async def take_back_rows(request: Request) -> Response:
    """Take back what was added; what was changed by hand since stays."""
    scene, form = await draft_of(request), await form_of(request)
    receipt = _opened(form.raw("receipt"), scene)
    before = without(receipt, scene, await queries.requirements_of(scene.id), await queries.metrics_of(scene.id))
    async with unit_of_work() as work:
        await actions.save_scene(scene, before, work=work, actor=actor_of(request))
    flash = _("Taken back. The draft is as it was before.")
    return see_other(request, f"/scenes/{scene.id}/edit/requirements", flash=flash)


async def _add(request: Request, scene: Scene, ticked: SceneContent, form: Form) -> Response | None:
    requirements, metrics = await queries.requirements_of(scene.id), await queries.metrics_of(scene.id)
    content = added_to(ticked, requirements, metrics)
    receipt = receipt_of(
        ticked
        | SceneContent(
            requirements=content["requirements"][len(requirements) :], metrics=content["metrics"][len(metrics) :]
        )
    )
    try:
        async with unit_of_work() as work:
            revision = form.whole("revision", high=2**31 - 1)
            await actions.save_scene(scene, content, work=work, actor=actor_of(request), revision=revision)
    except StaleStateError as error:
        form.error("", error.text)
        return None
    token = secrets.sign(_PURPOSE, {"scene": scene.id, **receipt})
    return see_other(request, f"/scenes/{scene.id}/describe/added?receipt={token}")


async def _beside(draft: Draft, scene: Scene) -> Proposal:
    return propose(draft, scene, await queries.requirements_of(scene.id), await queries.metrics_of(scene.id))


def _describing(
    request: Request, scene: Scene, text: str, *, proposal: Proposal | None = None, problem: Text | None = None,
    by_model: bool = False, errors: list[FieldError] | None = None,
) -> Response:  # fmt: skip
    view = DescribeView(
        scene, text, proposal, service_name(settings()), by_model, problem, errors or [], scene.revision
    )
    return page(request, "scenes/describe.html", view, status_code=422 if errors else 200)


def _opened(receipt: str, scene: Scene) -> dict[str, Any]:
    added = secrets.unsign(_PURPOSE, receipt, max_age=UNDO_SECONDS)
    if not isinstance(added, dict) or added.get("scene") != scene.id:
        raise NotFoundError(_("There is no such page."))
    return added


async def _count(request: Request) -> None:
    """Refuse who has descriptions read more often than a person writes them (``TooManyError``)."""
    await request.app.state.limiter.count(f"describe:{actor_of(request).person_id}", "30/minute")
