"""What becomes of two rows that seem to be one: an officer proposes, the owner of the one that would go decides."""

from typing import Any

from market.core import clock
from market.core.errors import InvalidError
from market.core.moves import make_move
from market.core.permissions import ALLOWED, Actor, Verdict, refuse, require
from market.core.text import Text, _
from market.core.work import Work
from market.insight.models import MergeProposal
from market.insight.sides import Side, give_up, is_open, sides_of, waiting_invitations
from market.lifecycle import Role


async def propose_merge(found: MergeProposal, keep_id: int, reason: str, *, work: Work, actor: Actor) -> None:
    """Propose which row stays, and tell the owner of the other.

    Refuses while either is in a challenge or gone, and while somebody waits for an answer about the one that would go.
    A row without an account behind it is merged by ``accept_merge`` of an officer.
    """
    if keep_id not in found.pair:
        raise InvalidError(_("Choose which of the two stays."), fields={"keep": _("Choose which of the two stays.")})
    keep, goes = await _both(found, keep_id)
    require(await _may_go(found.kind, keep, goes))
    await make_move(
        "propose_merge", found, work=work, actor=actor, reason=reason, keep_id=keep_id,
        proposed_by_id=actor.person_id, proposed_at=clock.now(),
    )  # fmt: skip
    await MergeProposal.filter(id=found.id).using_db(work.connection).update(reason=reason.strip())
    if goes.claimed:
        text = _("The district proposes to merge “%(goes)s” into “%(keep)s”. You decide.", goes=goes.row.title,
                 keep=keep.row.title)  # fmt: skip
        work.tell(text, f"/merges/{found.id}", organisation_id=goes.organisation_id)


async def recall_merge(found: MergeProposal, *, work: Work, actor: Actor) -> None:
    """Take a proposal back before it is answered, and tell its owner."""
    _keep, goes = await _both(found, found.keep_id)
    await make_move("recall_merge", found, work=work, actor=actor)
    if goes.claimed:
        work.tell(_("The proposal to merge “%(title)s” was taken back.", title=goes.row.title), goes.href,
                  organisation_id=goes.organisation_id)  # fmt: skip


async def accept_merge(found: MergeProposal, *, work: Work, actor: Actor) -> None:
    """Merge: the one row goes by its own move, its address leads to the other, and the officers hear of it."""
    keep, goes = await _both(found, found.keep_id)
    require(may_decide(actor, goes))
    require(await _may_go(found.kind, keep, goes))
    await make_move(
        "accept_merge", found, work=work, actor=actor, decided_by_id=actor.person_id, decided_at=clock.now()
    )
    into = f"→ {keep.row.title} ({keep.href})"
    await give_up(found.kind, goes.row, keep.row, into, work=work, actor=actor)
    work.tell(_("“%(goes)s” was merged into “%(keep)s”.", goes=goes.row.title, keep=keep.row.title), keep.href,
              role=Role.OFFICER)  # fmt: skip


async def decline_merge(found: MergeProposal, reason: str, *, work: Work, actor: Actor) -> None:
    """Keep both, with a reason that the officers read; the pair is not proposed again."""
    _keep, goes = await _both(found, found.keep_id)
    require(may_decide(actor, goes))
    await make_move(
        "decline_merge", found, work=work, actor=actor, reason=reason, decided_by_id=actor.person_id,
        decided_at=clock.now(),
    )  # fmt: skip
    await MergeProposal.filter(id=found.id).using_db(work.connection).update(answer=reason.strip())
    work.tell(_("“%(title)s” will not be merged: %(reason)s", title=goes.row.title, reason=reason.strip()),
              f"/merges/{found.id}", role=Role.OFFICER)  # fmt: skip


async def dismiss_duplicate(found: MergeProposal, reason: str, *, work: Work, actor: Actor) -> None:
    """Remember that two rows are not one; they are not found again."""
    await make_move(
        "dismiss_duplicate", found, work=work, actor=actor, reason=reason, decided_by_id=actor.person_id,
        decided_at=clock.now(),
    )  # fmt: skip
    await MergeProposal.filter(id=found.id).using_db(work.connection).update(reason=reason.strip())


def may_decide(actor: Actor, goes: Side) -> Verdict:
    """Say whether *actor* decides: the owner of the row that would go; an officer where nobody here owns it."""
    if goes.claimed and actor.is_of(goes.organisation_id) and actor.role in {Role.BUYER, Role.VENDOR}:
        return ALLOWED
    if not goes.claimed and actor.role is Role.OFFICER:
        return ALLOWED
    return refuse(_("Only the owner of the one that would go decides."))


async def _both(found: MergeProposal, keep_id: int | None) -> tuple[Side, Side]:
    sides: dict[int, Any] = await sides_of(found.kind, found.pair)
    if keep_id is None or len(sides) < len(found.pair):
        raise InvalidError(_("One of the two is gone."))
    keep = sides[keep_id]
    return keep, next(side for each, side in sides.items() if each != keep_id)


async def _may_go(kind: str, keep: Side, goes: Side) -> Verdict:
    for side in (keep, goes):
        if not await is_open(kind, side.row):
            return refuse(_("“%(title)s” is in a challenge, or not published any more.", title=side.row.title))
    if waiting := await waiting_invitations(kind, goes.row.id):
        return refuse(_waiting_text(waiting, goes))
    return ALLOWED


def _waiting_text(waiting: int, goes: Side) -> Text:
    return _("%(count)s invitations about “%(title)s” are still open. Answer or take them back first.", count=waiting,
             title=goes.row.title)  # fmt: skip
