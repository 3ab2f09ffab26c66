"""The pages of money on its way: the fund of a challenge, and one grant with its tranches."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from market.challenges.models import Challenge
from market.challenges.queries import get_challenge
from market.core.errors import InvalidError, NotFoundError
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.grants import actions, queries, rules
from market.grants.drawing import Happening, happenings
from market.grants.models import AccountKind, Fund, Grant, Tranche
from market.lifecycle import Role, TrancheState, moves_from
from market.web import plots
from market.web.access import actor_of
from market.web.filters import label, yuan
from market.web.forms import FieldError, Typed, form_of
from market.web.languages import gettext
from market.web.render import page, see_other

_SHOWN = (TrancheState.PAID, TrancheState.RELEASED, TrancheState.PLANNED, TrancheState.CANCELLED)


@dataclass(frozen=True)
class FundChoice:
    """A fund that could be committed, or the reason why not."""

    fund: Fund
    available_fen: int
    refusal: Text | None


@dataclass(frozen=True)
class ChallengeFundView:
    """The choice of a fund for a challenge."""

    challenge: Challenge
    choices: list[FundChoice]
    fund: Fund | None
    committed_fen: int
    may_release: bool
    may_manage: bool


@dataclass(frozen=True)
class GrantView:
    """One grant."""

    grant: Grant
    tranches: list[Tranche]
    payable: list[Tranche]
    plot: plots.StackPlot
    shown: list[str]
    happenings: list[Happening]
    is_staff: bool
    may_cancel: bool
    typed: Typed
    errors: list[FieldError]


async def show_challenge_fund(request: Request) -> Response:
    """Show each fund with what it has available and why it may not be chosen."""
    actor, challenge = actor_of(request), await get_challenge(request.path_params["challenge_id"])
    funds = await queries.funds()
    balances = await queries.balances_of([fund.id for fund in funds])
    available = {fund.id: balances[fund.id][AccountKind.AVAILABLE] for fund in funds}
    choices = [
        FundChoice(
            fund, available[fund.id], rules.may_commit_fund(actor, challenge, fund, available[fund.id]).reason
        )
        for fund in funds
    ]  # fmt: skip
    committed = await queries.commitment_of(challenge.id)
    awaited = await queries.is_awaited(challenge.id)
    view = ChallengeFundView(
        challenge=challenge,
        choices=choices,
        fund=next((fund for fund in funds if fund.id == challenge.fund_id), None),
        committed_fen=committed,
        may_release=committed > 0 and bool(rules.may_release_commitment(actor, challenge, awaited=awaited)),
        may_manage=bool(rules.may_manage_funds(actor)),
    )
    return page(request, "grants/challenge_fund.html", view)


async def commit_fund(request: Request) -> Response:
    """Set the money of a challenge aside in the chosen fund."""
    form, challenge = await form_of(request), await get_challenge(request.path_params["challenge_id"])
    fund = await queries.get_fund(form.whole("fund", high=2**31 - 1) or 0)
    async with unit_of_work() as work:
        await actions.commit_fund(challenge, fund, work=work, actor=actor_of(request))
    return see_other(request, f"/challenges/{challenge.id}", flash=_("The money is committed to this challenge."))


async def release_commitment(request: Request) -> Response:
    """Give back what is committed to a challenge."""
    challenge = await get_challenge(request.path_params["challenge_id"])
    async with unit_of_work() as work:
        await actions.release_commitment(challenge, work=work, actor=actor_of(request))
    return see_other(request, f"/challenges/{challenge.id}/fund", flash=_("The money is back in the fund."))


async def show_grant(request: Request) -> Response:
    """Show one grant with its tranches, payments and history."""
    return page(request, "grants/grant.html", await _grant_view(request, Typed(), []))


async def pay_tranche(request: Request) -> Response:
    """Record the payment of a tranche."""
    form, grant = await form_of(request), await _grant_of(request)
    tranche = await Tranche.get_or_none(id=request.path_params["tranche_id"], grant_id=grant.id)
    if tranche is None:
        raise NotFoundError(_("There is no such page."))
    name = f"reference-{tranche.id}"
    try:
        async with unit_of_work() as work:
            reference = form.text(name, longest=80)
            if form.valid:
                await actions.pay_tranche(tranche, reference, work=work, actor=actor_of(request))
    except InvalidError as error:
        form.error(name, error.text)
    if not form.valid:
        return page(request, "grants/grant.html", await _grant_view(request, form.typed, form.errors), status_code=422)
    return see_other(request, actions.link_to(grant), flash=_("The payment is recorded."))


async def cancel_grant(request: Request) -> Response:
    """End a grant with a reason."""
    form, grant = await form_of(request), await _grant_of(request)
    async with unit_of_work() as work:
        await actions.cancel_grant(grant, form.text("reason", longest=2000), work=work, actor=actor_of(request))
    return see_other(request, actions.link_to(grant), flash=_("The grant is cancelled; the rest is back in the fund."))


async def _grant_of(request: Request) -> Grant:
    grant = await queries.get_grant(request.path_params["grant_id"])
    buyers = await queries.buyers_of(grant.award.challenge_id)
    if not rules.may_see_grant(actor_of(request), grant, buyers):
        raise NotFoundError(_("There is no such page."))
    return grant


async def _grant_view(request: Request, typed: Typed, errors: list[FieldError]) -> GrantView:
    actor, grant = actor_of(request), await _grant_of(request)
    tranches = await queries.tranches_of(grant.id)
    sums = {state: sum(t.amount_fen for t in tranches if t.state is state) for state in _SHOWN}
    parts = [state for state in _SHOWN if sums[state] or state is not TrancheState.CANCELLED]
    events = await queries.history_of(grant.id, [tranche.id for tranche in tranches])
    officer = actor.role is Role.OFFICER
    return GrantView(
        grant=grant,
        tranches=tranches,
        payable=[t for t in tranches if rules.may_pay_tranche(actor, t)],
        plot=plots.stack([(_label_of(state), sums[state]) for state in parts]),
        shown=[yuan(sums[state]) for state in parts],
        happenings=happenings(events, {tranche.id: tranche.title for tranche in tranches}),
        is_staff=actor.is_staff,
        may_cancel=officer and bool(moves_from(grant.state, actor.role, among={"cancel_grant"})),
        typed=typed,
        errors=errors,
    )


def _label_of(state: TrancheState) -> str:
    return gettext("Waits for its milestone") if state is TrancheState.PLANNED else label(state)
