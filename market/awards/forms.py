"""From what officers and objectors typed to values."""

from dataclasses import dataclass

from market.awards.objecting import ObjectionText
from market.core.text import _
from market.web.forms import Form

LONGEST = 5000


@dataclass(frozen=True)
class Proposal:
    """A proposal for an award as typed."""

    bid_id: int
    amount_fen: int
    justification: str
    reason: str


def read_proposal(form: Form) -> Proposal:
    """Read a proposal; what it must not lack is asked by the action."""
    return Proposal(
        bid_id=form.whole("bid", missing=_("Choose a bid."), high=2**31 - 1) or 0,
        amount_fen=form.yuan("amount", missing=_("Enter the amount in yuan, for example 500000.")) or 0,
        justification=form.text("justification", longest=LONGEST),
        reason=form.text("reason", longest=LONGEST),
    )


def read_objection(form: Form) -> ObjectionText:
    """Read an objection; whether it is signed is asked by the action."""
    return ObjectionText(
        form.text("name", longest=100), form.text("contact", longest=200), form.text("text", longest=LONGEST)
    )
