"""The only writer of ``state``."""

from typing import Any

from market.core.errors import MarketError, NotAllowedError, StaleStateError, WrongStateError
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.work import Work
from market.lifecycle import Move, find_move


async def make_move(name: str, subject: Any, *, work: Work, actor: Actor, reason: str = "", **changes: Any) -> None:
    """Take *subject* through the move *name*, with *changes* to other fields in the same update.

    - refuses what the table does not have (``WrongStateError``) and roles it does not name (``NotAllowedError``)
    - refuses a move without the reason it needs (``MarketError``)
    - refuses when another transaction moved it first (``StaleStateError``): compare-and-set
    - adds one audit event
    """
    move = _permitted(name, subject, actor, reason)
    moved = (
        await type(subject)
        .filter(id=subject.id, state=move.source)
        .using_db(work.connection)
        .update(state=move.target, **changes)
    )
    if not moved:
        raise StaleStateError(_("Someone else changed this first. Reload the page and try again."))
    subject.update_from_dict({"state": move.target, **changes})
    work.record(
        name, subject, actor=actor, source=str(move.source), target=str(move.target), reason=reason.strip(),
        **{field: str(value) for field, value in changes.items()},
    )  # fmt: skip


def _permitted(name: str, subject: Any, actor: Actor, reason: str) -> Move:
    move = find_move(name, subject.state)
    if move is None:
        raise WrongStateError(_("This is not possible now: its status is “%(state)s”.", state=_label(subject.state)))
    if actor.role not in move.roles:
        raise NotAllowedError(_("Your role may not do this."))
    if move.needs_reason and not reason.strip():
        raise MarketError(_("Give a reason."))
    return move


def _label(state: Any) -> Text:
    return Text(str(state).replace("_", " ").capitalize())
