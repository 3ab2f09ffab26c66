"""The pages on which a pilot is reported and judged: readings, one milestone, acceptance."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from market.core import clock
from market.core.errors import InvalidError
from market.core.permissions import require
from market.core.text import _
from market.core.work import unit_of_work
from market.pilots import actions, queries, rules
from market.pilots.drawing import MetricChart, MilestoneLine, draw_metrics, lines_of
from market.pilots.forms import pilot_of, read_reading, read_uploads
from market.pilots.models import Milestone, Pilot
from market.scenes.models import Metric
from market.scenes.queries import metrics_of
from market.web.access import actor_of
from market.web.forms import FieldError, Form, Typed, form_of
from market.web.render import page, see_other


@dataclass(frozen=True)
class ReadingView:
    """The form of a reading."""

    pilot: Pilot
    metrics: list[Metric]
    today: str
    typed: Typed
    errors: list[FieldError]


@dataclass(frozen=True)
class MilestoneView:
    """One milestone: what was reported, and what may be done about it."""

    pilot: Pilot
    line: MilestoneLine
    may_submit: bool
    may_decide: bool
    typed: Typed
    errors: list[FieldError]


@dataclass(frozen=True)
class AcceptanceView:
    """How each metric stands, and the buyer's decision."""

    pilot: Pilot
    charts: list[MetricChart]
    milestones: list[MilestoneLine]
    unmet: bool
    typed: Typed
    errors: list[FieldError]


async def show_reading_form(request: Request) -> Response:
    """Ask for a metric's value on a day."""
    pilot = await pilot_of(request)
    require(rules.may_report(actor_of(request), pilot))
    chosen = Typed(metric=request.query_params.get("metric", ""))
    return page(request, "pilots/reading.html", await _reading_view(pilot, chosen, []))


async def record_reading(request: Request) -> Response:
    """Record the reading, or correct the one of the same day."""
    form, actor, pilot = await form_of(request), actor_of(request), await pilot_of(request)
    metrics = {str(metric.id): metric for metric in await metrics_of(pilot.scene_id)}
    metric = metrics.get(form.raw("metric"))
    if metric is None:
        form.error("metric", _("Choose a metric."))
    content = read_reading(form)
    if content is not None and metric is not None:
        verdict = rules.may_take_reading(actor, pilot, content.taken_on, today=clock.today())
        if verdict.reason is not None and rules.may_report(actor, pilot):
            form.error("taken_on", verdict.reason)
        else:
            try:
                async with unit_of_work() as work:
                    await actions.record_reading(pilot, metric, content, work=work, actor=actor)
                return see_other(request, actions.link_to(pilot), flash=_("The reading is recorded."))
            except InvalidError as error:
                form.note(error)
    view = await _reading_view(pilot, form.typed, form.errors)
    return page(request, "pilots/reading.html", view, status_code=422)


async def show_milestone(request: Request) -> Response:
    """Show one milestone with its report, evidence and decision."""
    return page(request, "pilots/milestone.html", await _milestone_view(request, Typed(), []))


async def submit_milestone(request: Request) -> Response:
    """Report the milestone as done."""
    form, milestone = await form_of(request), await _milestone_of(request)
    report, uploads = form.text("report"), await read_uploads(form, "files")
    try:
        async with unit_of_work() as work:
            if form.valid:
                await actions.submit_milestone(milestone, report, uploads, work=work, actor=actor_of(request))
    except InvalidError as error:
        form.note(error)
    if not form.valid:
        view = await _milestone_view(request, form.typed, form.errors)
        return page(request, "pilots/milestone.html", view, status_code=422)
    return see_other(request, _address(request), flash=_("Reported. The buyer is asked to confirm it."))


async def meet_milestone(request: Request) -> Response:
    """Confirm the milestone as met."""
    milestone = await _milestone_of(request)
    async with unit_of_work() as work:
        await actions.meet_milestone(milestone, work=work, actor=actor_of(request))
    return see_other(request, _address(request), flash=_("Confirmed as met."))


async def partly_meet_milestone(request: Request) -> Response:
    """Say that the milestone was met in part."""
    milestone, reason = await _milestone_of(request), _reason_in(await form_of(request))
    async with unit_of_work() as work:
        await actions.partly_meet_milestone(milestone, reason, work=work, actor=actor_of(request))
    return see_other(request, _address(request), flash=_("Noted as met in part. The vendor can report it again."))


async def miss_milestone(request: Request) -> Response:
    """Say that the milestone was not met."""
    milestone, reason = await _milestone_of(request), _reason_in(await form_of(request))
    async with unit_of_work() as work:
        await actions.miss_milestone(milestone, reason, work=work, actor=actor_of(request))
    return see_other(request, _address(request), flash=_("Noted as not met. The vendor can report it again."))


async def show_acceptance(request: Request) -> Response:
    """Show the buyer each metric against its target."""
    pilot = await pilot_of(request)
    require(rules.may_judge_pilot(actor_of(request), pilot))
    return page(request, "pilots/acceptance.html", await _acceptance_view(pilot, Typed(), []))


async def accept_pilot(request: Request) -> Response:
    """Accept the pilot."""
    form, actor, pilot = await form_of(request), actor_of(request), await pilot_of(request)
    require(rules.may_judge_pilot(actor, pilot))
    note = form.text("note")
    standings = rules.standings_of(await metrics_of(pilot.scene_id), await queries.readings_of(pilot.id))
    verdict = rules.may_accept_pilot(actor, pilot, standings, note)
    if verdict.reason is not None:
        form.error("note", verdict.reason)
    if not form.valid:
        view = await _acceptance_view(pilot, form.typed, form.errors)
        return page(request, "pilots/acceptance.html", view, status_code=422)
    async with unit_of_work() as work:
        await actions.accept_pilot(pilot, note, work=work, actor=actor)
    return see_other(request, actions.link_to(pilot), flash=_("The pilot is accepted."))


async def send_back_pilot(request: Request) -> Response:
    """Send the pilot back to the vendor."""
    pilot, reason = await pilot_of(request), _reason_in(await form_of(request))
    async with unit_of_work() as work:
        await actions.send_back_pilot(pilot, reason, work=work, actor=actor_of(request))
    return see_other(request, actions.link_to(pilot), flash=_("Sent back to the vendor with your reason."))


async def _reading_view(pilot: Pilot, typed: Typed, errors: list[FieldError]) -> ReadingView:
    return ReadingView(pilot, await metrics_of(pilot.scene_id), clock.today().isoformat(), typed, errors)


async def _milestone_view(request: Request, typed: Typed, errors: list[FieldError]) -> MilestoneView:
    actor, pilot, milestone = actor_of(request), await pilot_of(request), await _milestone_of(request)
    lines = lines_of(await queries.milestones_of(pilot.id), await queries.evidence_of([milestone.id]))
    return MilestoneView(
        pilot=pilot,
        line=next(line for line in lines if line.milestone.id == milestone.id),
        may_submit=bool(rules.may_submit_milestone(actor, pilot, milestone)),
        may_decide=bool(rules.may_decide_milestone(actor, pilot, milestone)),
        typed=typed,
        errors=errors,
    )


async def _acceptance_view(pilot: Pilot, typed: Typed, errors: list[FieldError]) -> AcceptanceView:
    readings, milestones = await queries.readings_of(pilot.id), await queries.milestones_of(pilot.id)
    standings = rules.standings_of(await metrics_of(pilot.scene_id), readings)
    files = await queries.evidence_of([milestone.id for milestone in milestones])
    unmet = any(not standing.met for standing in standings)
    return AcceptanceView(pilot, draw_metrics(standings, readings), lines_of(milestones, files), unmet, typed, errors)


async def _milestone_of(request: Request) -> Milestone:
    pilot = await pilot_of(request)
    return await queries.get_milestone(pilot.id, request.path_params["milestone_id"])


def _address(request: Request) -> str:
    return f"/pilots/{request.path_params['pilot_id']}/milestones/{request.path_params['milestone_id']}"


def _reason_in(form: Form) -> str:
    return form.text("reason", longest=2000)
