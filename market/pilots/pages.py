"""The list of pilots and one pilot, with the moves that need no form of their own."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.accounts.models import Person
from market.core.errors import NotFoundError
from market.core.files import read_file
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.lifecycle import MilestoneState, PilotState, Role, TrancheState, moves_from
from market.pilots import actions, queries, rules
from market.pilots.drawing import Happening, MetricChart, MilestoneLine, draw_metrics, happenings, lines_of
from market.pilots.forms import pilot_of
from market.pilots.models import Pilot
from market.scenes.queries import metrics_of
from market.web.access import actor_of
from market.web.downloads import stored_file
from market.web.filters import label
from market.web.forms import form_of
from market.web.languages import gettext
from market.web.paging import Pager, pager_of
from market.web.render import page, see_other


@dataclass(frozen=True)
class Tab:
    """One tab above the list."""

    label: str
    href: str
    current: bool
    count: int


@dataclass(frozen=True)
class PilotsView:
    """One page of the list of pilots."""

    rows: list[dict[str, Any]]
    tabs: list[Tab]
    pager: Pager
    role: Role
    any_at_all: bool


@dataclass(frozen=True)
class PilotView:
    """One pilot."""

    pilot: Pilot
    milestones: list[MilestoneLine]
    met: int
    charts: list[MetricChart]
    granted_fen: int
    released_fen: int
    paid_fen: int
    grant_id: int | None
    happenings: list[Happening]
    gaps: list[Text]
    may_start: bool
    may_report: bool
    may_request: bool
    may_judge: bool
    may_fail: bool


async def list_pilots(request: Request) -> Response:
    """Show the actor's pilots, or all of them to staff, by status."""
    actor, asked = actor_of(request), request.query_params.get("state", "")
    state = PilotState(asked) if asked in set(PilotState) else None
    counts = await queries.count_by_state(actor)
    total = counts[state] if state else sum(counts.values())
    pager = pager_of(request, total)
    rows, _count = await queries.pilots_of(actor, state, offset=pager.offset, limit=pager.size)
    tabs = [Tab(gettext("All pilots"), "/pilots", state is None, sum(counts.values()))]
    tabs += [Tab(label(each), f"/pilots?state={each}", state is each, n) for each, n in counts.items() if n]
    return page(request, "pilots/list.html", PilotsView(rows, tabs, pager, actor.role, any(counts.values())))


async def show_pilot(request: Request) -> Response:
    """Show a pilot with its milestones, metrics, money and history."""
    actor, pilot = actor_of(request), await pilot_of(request)
    return page(request, "pilots/show.html", await _pilot_view(actor, pilot))


async def start_pilot(request: Request) -> Response:
    """Start the pilot."""
    pilot = await pilot_of(request)
    async with unit_of_work() as work:
        await actions.start_pilot(pilot, work=work, actor=actor_of(request))
    return see_other(
        request, actions.link_to(pilot), flash=_("The pilot has started. The milestones have their dates.")
    )


async def request_acceptance(request: Request) -> Response:
    """Ask the buyer to accept the pilot."""
    pilot = await pilot_of(request)
    async with unit_of_work() as work:
        await actions.request_acceptance(pilot, work=work, actor=actor_of(request))
    return see_other(request, actions.link_to(pilot), flash=_("The buyer is asked to accept the pilot."))


async def fail_pilot(request: Request) -> Response:
    """End the pilot as failed."""
    form, pilot = await form_of(request), await pilot_of(request)
    async with unit_of_work() as work:
        await actions.fail_pilot(pilot, form.text("reason", longest=2000), work=work, actor=actor_of(request))
    return see_other(request, actions.link_to(pilot), flash=_("The pilot is ended; what was not earned is back."))


async def download_evidence(request: Request) -> Response:
    """Hand out an evidence file to both sides and to staff."""
    pilot = await pilot_of(request)
    file_id = request.path_params["file_id"]
    milestones = await queries.milestones_of(pilot.id)
    known = {row.id for row in await queries.evidence_of([milestone.id for milestone in milestones])}
    if file_id not in known:
        raise NotFoundError(_("There is no such file."))
    return stored_file(*await read_file(file_id))


async def _pilot_view(actor: Actor, pilot: Pilot) -> PilotView:
    milestones, readings = await queries.milestones_of(pilot.id), await queries.readings_of(pilot.id)
    standings = rules.standings_of(await metrics_of(pilot.scene_id), readings)
    ids = [milestone.id for milestone in milestones]
    tranche_ids = [milestone.tranche_id for milestone in milestones if milestone.tranche_id]
    events = await queries.history_of(pilot.id, ids, tranche_ids)
    people = {event.person_id for event in events if event.person_id}
    names = {each.id: each.name for each in await Person.filter(id__in=list(people) or [0])}
    money, grant = await queries.money_of(pilot.award_id), await queries.grant_of(pilot.award_id)
    running = pilot.state is PilotState.RUNNING
    return PilotView(
        pilot=pilot,
        milestones=lines_of(milestones, await queries.evidence_of(ids)),
        met=sum(milestone.state is MilestoneState.MET for milestone in milestones),
        charts=draw_metrics(standings, readings),
        granted_fen=sum(money.values()),
        released_fen=money[TrancheState.RELEASED] + money[TrancheState.PAID],
        paid_fen=money[TrancheState.PAID],
        grant_id=grant.id if grant else None,
        happenings=happenings(events, milestones, names),
        gaps=rules.gaps_before_acceptance(milestones, standings) if running else [],
        may_start=bool(rules.may_start_pilot(actor, pilot)),
        may_report=bool(rules.may_report(actor, pilot)),
        may_request=bool(rules.may_request_acceptance(actor, pilot, milestones, standings)),
        may_judge=bool(rules.may_judge_pilot(actor, pilot)),
        may_fail=actor.role is Role.OFFICER and bool(moves_from(pilot.state, actor.role, among={"fail_pilot"})),
    )
