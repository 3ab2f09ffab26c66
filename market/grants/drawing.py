"""How money is shown: a fund cut into its parts, and ledger transactions as lines that people read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from market.core.models import AuditEvent
from market.core.money import format_yuan
from market.core.permissions import ROLE_LABELS
from market.core.text import Text, _
from market.grants.models import AccountKind, Transaction
from market.grants.queries import Balances
from market.lifecycle import Role
from market.web import plots
from market.web.filters import yuan
from market.web.languages import gettext, say

ACCOUNT_LABELS: dict[AccountKind, Text] = {
    AccountKind.SOURCE: _("Treasury"),
    AccountKind.AVAILABLE: _("Available"),
    AccountKind.COMMITTED: _("Committed to challenges"),
    AccountKind.RESERVED: _("Reserved for winners"),
    AccountKind.PAYABLE: _("Waiting to be paid"),
    AccountKind.PAID: _("Already paid"),
}
KIND_LABELS: dict[str, Text] = {
    "add_budget": _("Budget added"),
    "commit_fund": _("Committed to a challenge"),
    "release_commitment": _("Commitment given back"),
    "reserve_grant": _("Reserved for a winner"),
    "release_tranche": _("Tranche released"),
    "pay_tranche": _("Tranche paid"),
    "cancel_grant": _("Grant cancelled"),
}
EVENT_LABELS: dict[str, Text] = {
    "reserve_grant": _("Reserved for a winner"),
    "release_tranche": _("Tranche released"),
    "pay_tranche": _("Tranche paid"),
    "cancel_tranche": _("Tranche cancelled"),
    "complete_grant": _("Everything is paid"),
    "cancel_grant": _("Grant cancelled"),
}
_TONES = {"pay_tranche": "good", "complete_grant": "seal", "cancel_grant": "bad", "cancel_tranche": "bad"}
_NTH = re.compile(r"_\d+$")
SHOWN = tuple(kind for kind in AccountKind if kind is not AccountKind.SOURCE)


@dataclass(frozen=True)
class FundDrawing:
    """Where the money of a fund stands: the plot and the amounts beside it."""

    plot: plots.StackPlot
    shown: list[str]


@dataclass(frozen=True)
class Side:
    """One account of a transaction and what came in or went out there."""

    account: str
    amount: str


@dataclass(frozen=True)
class LedgerLine:
    """One transaction as people read it."""

    number: int
    at: datetime
    title: str
    memo: str
    href: str
    sides: list[Side]


@dataclass(frozen=True)
class Happening:
    """One line of a history."""

    title: str
    at: datetime
    by: str
    text: str
    tone: str


def draw_fund(balances: Balances) -> FundDrawing:
    """Cut everything that the fund ever had into what became of it."""
    plot = plots.stack([(say(ACCOUNT_LABELS[kind]), balances[kind]) for kind in SHOWN])
    return FundDrawing(plot, [yuan(balances[kind]) for kind in SHOWN])


def kind_of(transaction: Transaction) -> str:
    """Return why money moved, without the number of the repetition."""
    return _NTH.sub("", transaction.kind)


def ledger_lines(transactions: Sequence[Transaction], grants: dict[int, int]) -> list[LedgerLine]:
    """Turn transactions into lines; *grants* names the grant of each tranche."""
    return [
        LedgerLine(
            number=each.number,
            at=each.at,
            title=say(KIND_LABELS[kind_of(each)]),
            memo=each.memo,
            href=_address(each, grants),
            sides=[
                Side(
                    say(ACCOUNT_LABELS[AccountKind(side["account"])]),
                    ("+" if side["amount_fen"] > 0 else "−") + format_yuan(abs(side["amount_fen"])),
                )
                for side in each.entries_json
            ],
        )
        for each in transactions
    ]


def happenings(events: Sequence[AuditEvent], titles: dict[int, str]) -> list[Happening]:
    """Turn the events of a grant into lines, newest first; *titles* are those of its tranches."""
    return [
        Happening(
            title=" · ".join(filter(None, [say(EVENT_LABELS[event.event]), _tranche(event, titles)])),
            at=event.at,
            by=gettext(ROLE_LABELS[Role(event.role)]),
            text=event.reason or event.details.get("payment_reference", ""),
            tone=_TONES.get(event.event, ""),
        )
        for event in reversed(events)
        if event.event in EVENT_LABELS
    ]


def _tranche(event: AuditEvent, titles: dict[int, str]) -> str:
    return titles.get(event.subject_id, "") if event.subject == "Tranche" else ""


def _address(transaction: Transaction, grants: dict[int, int]) -> str:
    about = transaction.subject_id
    if transaction.subject == "Tranche":
        return f"/grants/{grants[about]}"
    folder = {"Fund": "funds", "Challenge": "challenges", "Award": "awards", "Grant": "grants"}[transaction.subject]
    return f"/{folder}/{about}"
