"""What changes at the check-in desk of a session."""

from market.core import clock
from market.core.errors import NotFoundError
from market.core.permissions import Actor, require
from market.core.text import _
from market.core.work import Work
from market.lifecycle import Role
from market.meetings import rules
from market.meetings.models import MatchSession, Participant


async def check_in(session: MatchSession, participant: Participant, *, work: Work, actor: Actor) -> None:
    """Note that a participant has come; a second time changes nothing. Only on the day itself (``NotAllowedError``)."""
    _require_officer(actor)
    require(rules.may_check_in(session, clock.today()))
    if participant.arrived_at is None:
        await Participant.filter(id=participant.id).using_db(work.connection).update(arrived_at=clock.now())
        work.record("check_in", participant, actor=actor, session_id=session.id)


async def undo_check_in(session: MatchSession, participant: Participant, *, work: Work, actor: Actor) -> None:
    """Take back a check-in that was a mistake."""
    _require_officer(actor)
    if participant.arrived_at is not None:
        await Participant.filter(id=participant.id).using_db(work.connection).update(arrived_at=None)
        work.record("undo_check_in", participant, actor=actor, session_id=session.id)


def _require_officer(actor: Actor) -> None:
    if actor.role is not Role.OFFICER:
        raise NotFoundError(_("There is no such page."))
