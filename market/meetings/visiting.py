"""Who stands before which session: what every page about one begins with."""

from starlette.requests import Request

from market.core.errors import NotFoundError
from market.core.permissions import Actor
from market.core.text import _
from market.lifecycle import ParticipantState
from market.meetings import queries, rules
from market.meetings.models import MatchSession, Meeting, Participant
from market.web.access import visitor_of


async def visible_session(request: Request) -> MatchSession:
    """Return the session of the address; who may not know of it is told that there is none."""
    session = await queries.find_session(request.path_params["session_id"])
    if session is None or not rules.may_see_session(visitor_of(request), session):
        raise NotFoundError(_("There is no such page."))
    return session


async def place_of(session: MatchSession, actor: Actor) -> Participant | None:
    """Return the actor's place at a session, or None where it is not registered."""
    there = await queries.participant_of(session.id, actor.organisation_id)
    if there is None or there.state is not ParticipantState.REGISTERED or there.side is not actor.role:
        return None
    return there


async def own_place(session: MatchSession, actor: Actor) -> Participant:
    """Return the actor's place at a session; who is not registered is told to register."""
    there = await place_of(session, actor)
    if there is None:
        raise NotFoundError(_("Your organisation is not registered for this session."))
    return there


async def visible_meeting(request: Request, session: MatchSession, actor: Actor) -> Meeting:
    """Return the meeting of the address; to everybody but its sides and staff it is not there."""
    meeting = await queries.find_meeting(session.id, request.path_params["meeting_id"])
    if meeting is None or not rules.may_see_meeting(actor, meeting):
        raise NotFoundError(_("There is no such page."))
    return meeting
