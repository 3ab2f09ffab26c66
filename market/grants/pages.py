"""The pages of funds: the list with what is to be paid, and one fund with its ledger."""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from market.challenges.models import Challenge
from market.core import clock
from market.core.errors import InvalidError
from market.core.money import FEN_PER_YUAN, format_yuan
from market.core.permissions import Actor
from market.core.text import _
from market.core.work import unit_of_work
from market.grants import actions, forms, ledger, queries, rules
from market.grants.drawing import ACCOUNT_LABELS, FundDrawing, LedgerLine, draw_fund, kind_of, ledger_lines
from market.grants.models import AccountKind, Fund, Transaction
from market.web.access import actor_of
from market.web.downloads import attachment, spreadsheet_text
from market.web.forms import FieldError, Typed, form_of
from market.web.languages import say
from market.web.paging import Pager, pager_of
from market.web.render import page, see_other


@dataclass(frozen=True)
class FundCard:
    """A fund in the list."""

    fund: Fund
    available_fen: int
    drawing: FundDrawing


@dataclass(frozen=True)
class FundsView:
    """The funds, all of them drawn as one, and what waits to be paid."""

    cards: list[FundCard]
    total: FundDrawing
    payable: list[dict[str, Any]]
    may_manage: bool


@dataclass(frozen=True)
class NewFundView:
    """The form of a new fund."""

    typed: Typed
    errors: list[FieldError]


@dataclass(frozen=True)
class FundView:
    """One fund."""

    fund: Fund
    balances: dict[str, int]
    drawing: FundDrawing
    challenges: list[Challenge]
    grants: list[dict[str, Any]]
    grants_count: int
    lines: list[LedgerLine]
    pager: Pager
    may_manage: bool
    nth: int
    caps: tuple[str, str]
    typed: Typed
    errors: list[FieldError]


async def list_funds(request: Request) -> Response:
    """Show the funds, where their money stands, and the tranches to pay."""
    funds = await queries.funds()
    balances = await queries.balances_of([fund.id for fund in funds])
    cards = [FundCard(f, balances[f.id][AccountKind.AVAILABLE], draw_fund(balances[f.id])) for f in funds]
    total = {kind: sum(balances[fund.id][kind] for fund in funds) for kind in AccountKind}
    may_manage = bool(rules.may_manage_funds(actor_of(request)))
    view = FundsView(cards, draw_fund(total), await queries.payable_tranches(), may_manage)
    return page(request, "grants/funds.html", view)


async def show_new_fund(request: Request) -> Response:
    """Ask for what a fund needs."""
    return page(request, "grants/new_fund.html", NewFundView(Typed(), []))


async def create_fund(request: Request) -> Response:
    """Create the fund."""
    form, actor = await form_of(request), actor_of(request)
    content = forms.read_fund(form)
    if content is not None:
        try:
            async with unit_of_work() as work:
                fund = await actions.create_fund(content, work=work, actor=actor)
            return see_other(request, f"/funds/{fund.id}", flash=_("The fund is created. Add its budget next."))
        except InvalidError as error:
            form.note(error)
    return page(request, "grants/new_fund.html", NewFundView(form.typed, form.errors), status_code=422)


async def show_fund(request: Request) -> Response:
    """Show one fund with its balances, caps, grants and ledger."""
    return page(request, "grants/fund.html", await _fund_view(request, Typed(), []))


async def add_budget(request: Request) -> Response:
    """Add money from the treasury."""
    form, actor, fund = await form_of(request), actor_of(request), await _fund_of(request)
    budget, nth = forms.read_budget(form), form.whole("nth", low=1)
    if budget is None or nth is None:
        return page(request, "grants/fund.html", await _fund_view(request, form.typed, form.errors), status_code=422)
    async with unit_of_work() as work:
        await actions.add_budget(fund, *budget, nth=nth, work=work, actor=actor)
    return see_other(request, f"/funds/{fund.id}", flash=_("The budget is added."))


async def change_caps(request: Request) -> Response:
    """Change what one project or organisation may get."""
    form, actor, fund = await form_of(request), actor_of(request), await _fund_of(request)
    caps = forms.read_caps(form)
    reason = form.text("caps_reason", missing=_("Name the decision that changes the caps."), longest=500)
    if caps is None or not form.valid:
        return page(request, "grants/fund.html", await _fund_view(request, form.typed, form.errors), status_code=422)
    async with unit_of_work() as work:
        await actions.change_caps(fund, *caps, reason, work=work, actor=actor)
    return see_other(request, f"/funds/{fund.id}", flash=_("The caps are changed."))


async def export_fund(request: Request) -> Response:
    """Hand out the ledger of a fund as a table, oldest first."""
    fund = await _fund_of(request)
    rows, _count = await queries.transactions_of(fund.id, offset=0, limit=None)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["number", "at", "kind", "memo", "subject", "subject_id", "account", "amount_yuan", "hash"])
    writer.writerows(line for row in reversed(rows) for line in _csv_lines(row))
    return attachment(text.getvalue().encode("utf-8-sig"), f"ledger-{fund.code}.csv", "text/csv; charset=utf-8")


async def export_ledger(request: Request) -> Response:  # noqa: ARG001
    """Send the whole ledger as JSON lines, which ``jiebang verify ledger FILE`` proves on another machine."""

    async def lines() -> AsyncIterator[bytes]:
        async for transaction in ledger.export_ledger():
            yield orjson.dumps(transaction) + b"\n"

    headers = {"Content-Disposition": f'attachment; filename="ledger-{clock.today().isoformat()}.jsonl"'}
    return StreamingResponse(lines(), media_type="application/jsonl", headers=headers)


def _csv_lines(row: Transaction) -> Iterator[list[object]]:
    at = row.at.astimezone(clock.SHANGHAI).isoformat(timespec="seconds")
    memo = spreadsheet_text(row.memo)
    for side in row.entries_json:
        yuan, fen = divmod(abs(side["amount_fen"]), FEN_PER_YUAN)
        amount = f"{'-' if side['amount_fen'] < 0 else ''}{yuan}.{fen:02d}"
        account = say(ACCOUNT_LABELS[AccountKind(side["account"])])
        yield [row.number, at, kind_of(row), memo, row.subject, row.subject_id, account, amount, row.hash]


async def _fund_view(request: Request, typed: Typed, errors: list[FieldError]) -> FundView:
    actor: Actor = actor_of(request)
    fund = await _fund_of(request)
    _none, count = await queries.transactions_of(fund.id, offset=0, limit=1)
    pager = pager_of(request, count)
    transactions, _count = await queries.transactions_of(fund.id, offset=pager.offset, limit=pager.size)
    tranches = {each.subject_id for each in transactions if each.subject == "Tranche"}
    grants, grants_count = await queries.grants_of(fund.id, offset=0, limit=pager.size)
    balances = (await queries.balances_of([fund.id]))[fund.id]
    return FundView(
        fund=fund,
        balances={str(kind): fen for kind, fen in balances.items()},
        drawing=draw_fund(balances),
        challenges=await queries.challenges_on(fund.id),
        grants=grants,
        grants_count=grants_count,
        lines=ledger_lines(transactions, await queries.grants_behind(tranches)),
        pager=pager,
        may_manage=bool(rules.may_manage_funds(actor)),
        nth=1 + await queries.times_posted("add_budget", "Fund", fund.id),
        caps=(format_yuan(fund.project_cap_fen)[1:], format_yuan(fund.organisation_cap_fen)[1:]),
        typed=typed,
        errors=errors,
    )


async def _fund_of(request: Request) -> Fund:
    return await queries.get_fund(request.path_params["fund_id"])
