"""The officers' page of a challenge's panels: who reviews which bid, how far they are, who is out."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.challenges.models import Challenge
from market.challenges.queries import get_challenge
from market.core.errors import NotFoundError
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.lifecycle import ReviewState
from market.reviews import actions, queries, rules
from market.reviews.forms import read_assignment
from market.reviews.models import Review
from market.reviews.queries import Expert, Panel
from market.web.access import actor_of
from market.web.forms import FieldError, Typed, form_of
from market.web.render import page, see_other

HUNDREDTHS = 100


@dataclass(frozen=True)
class Cell:
    """One expert's place on one bid; the total only when every review is in."""

    review_id: int
    state: ReviewState
    total: Decimal | None


@dataclass(frozen=True)
class Row:
    """One bid with the places of every expert who sits on any panel, in the order of the columns."""

    bid_id: int
    vendor: str
    cells: list[Cell | None]
    vacant: int
    submitted: int
    size: int


@dataclass(frozen=True)
class Out:
    """Somebody who cannot sit on the panels, and why."""

    name: str
    body: str
    reason: Text


@dataclass(frozen=True)
class PanelView:
    """The panels of a challenge."""

    challenge: Challenge
    columns: list[Expert]
    rows: list[Row]
    recused: list[dict[str, Any]]
    candidates: list[Expert]
    refused: list[Out]
    seats: list[dict[str, Any]]
    submitted: int
    needed: int
    size: int
    all_in: bool
    problem: Text | None
    may_form: bool
    typed: Typed
    errors: list[FieldError]


async def show_panels(request: Request) -> Response:
    """Show who reviews which bid and how far they are."""
    challenge = await get_challenge(request.path_params["challenge_id"])
    return page(request, "reviews/panels.html", await _view(request, challenge, Typed(), []))


async def assign_reviewer(request: Request) -> Response:
    """Ask an expert to review one bid or all of them."""
    challenge, form = await get_challenge(request.path_params["challenge_id"]), await form_of(request)
    person_id, bid_id = read_assignment(form)
    if not form.valid:
        view = await _view(request, challenge, form.typed, form.errors)
        return page(request, "reviews/panels.html", view, status_code=422)
    async with unit_of_work() as work:
        made = await actions.assign_reviewer(challenge, person_id, bid_id=bid_id, work=work, actor=actor_of(request))
    flash = _("Asked to review %(count)s bid(s).", count=len(made))
    return see_other(request, f"/challenges/{challenge.id}/reviews", flash=flash)


async def draw_panels(request: Request) -> Response:
    """Fill the free seats by lot."""
    challenge = await get_challenge(request.path_params["challenge_id"])
    async with unit_of_work() as work:
        vacant = await actions.draw_panels(challenge, work=work, actor=actor_of(request))
    flash = _("Every seat is filled. The draw is in the audit log.")
    if vacant:
        flash = _("%(count)s seat(s) stay empty: there are not enough experts without a conflict.", count=vacant)
    return see_other(request, f"/challenges/{challenge.id}/reviews", flash=flash)


async def recuse_reviewer(request: Request) -> Response:
    """Take a reviewer off a bid for a conflict that the district learned of."""
    challenge, form = await get_challenge(request.path_params["challenge_id"]), await form_of(request)
    review = await Review.get_or_none(id=request.path_params["review_id"], bid__round__challenge_id=challenge.id)
    if review is None:
        raise NotFoundError(_("There is no such page."))
    async with unit_of_work() as work:
        await actions.recuse(review, form.raw("reason"), work=work, actor=actor_of(request))
    flash = _("The reviewer is off this bid. Fill the seat again.")
    return see_other(request, f"/challenges/{challenge.id}/reviews", flash=flash)


async def _view(request: Request, challenge: Challenge, typed: Typed, errors: list[FieldError]) -> PanelView:
    panels, experts = await queries.panels_of(challenge), await queries.experts()
    all_in = bool(panels) and all(panel.complete for panel in panels)
    shown = rules.may_see_scores(actor_of(request), all_in=all_in)
    totals = await queries.totals_of(challenge.id) if shown else {}
    columns = _columns(panels, experts)
    reviews = await queries.reviews_of_challenge(challenge.id)
    verdict = rules.may_form_panels(actor_of(request), challenge.state)
    joining = [(expert, rules.may_join(expert, panels)) for expert in experts] if verdict else []
    return PanelView(
        challenge=challenge, columns=columns, rows=[_row(panel, columns, totals) for panel in panels],
        recused=[_line(each) for each in reviews if each.state is ReviewState.RECUSED],
        candidates=[expert for expert, may in joining if may],
        refused=[Out(expert.name, expert.body, may.reason) for expert, may in joining if may.reason],
        seats=[_line(each) for each in reviews if each.state is not ReviewState.RECUSED],
        submitted=sum(panel.submitted for panel in panels), needed=sum(panel.size for panel in panels),
        size=panels[0].size if panels else 0, all_in=all_in, problem=verdict.reason, may_form=verdict.allowed,
        typed=typed, errors=errors,
    )  # fmt: skip


def _columns(panels: list[Panel], experts: list[Expert]) -> list[Expert]:
    """Return everybody with an active seat, in the order in which they were first assigned."""
    seated = dict.fromkeys(seat.person_id for panel in panels for seat in panel.active)
    known = {expert.person_id: expert for expert in experts}
    names = {seat.person_id: seat.name for panel in panels for seat in panel.active}
    nobody: frozenset[int] = frozenset()
    return [known.get(each) or Expert(each, names[each], "", nobody, nobody) for each in seated]


def _row(panel: Panel, columns: list[Expert], totals: dict[int, int]) -> Row:
    seats = {seat.person_id: seat for seat in panel.active}
    cells: list[Cell | None] = []
    for expert in columns:
        seat = seats.get(expert.person_id)
        total = Decimal(totals[seat.review_id]) / HUNDREDTHS if seat and seat.review_id in totals else None
        cells.append(Cell(seat.review_id, seat.state, total) if seat else None)
    return Row(panel.bid_id, panel.vendor, cells, panel.vacant, panel.submitted, panel.size)


def _line(review: Review) -> dict[str, Any]:
    return {
        "id": review.id,
        "name": review.reviewer.name,
        "vendor": review.bid.organisation.name,
        "state": review.state,
        "reason": review.conflict_reason,
        "at": review.submitted_at or review.assigned_at,
    }
