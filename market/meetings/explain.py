"""Why a timetable is as it is: what it reaches, who has how many meetings, and who has none and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from market.core.text import Text, _
from market.lifecycle import Role
from market.meetings import queries
from market.meetings.models import MatchSession, Meeting, Participant
from market.meetings.pairs import Mutual, mutual_pairs


@dataclass(frozen=True)
class Share:
    """What the timetable gives one participant."""

    participant: Participant
    meetings: tuple[Meeting, ...]
    named: int
    mutual: int
    reason: Text | None


async def shares_of(
    session: MatchSession, participants: Sequence[Participant], meetings: Sequence[Meeting]
) -> list[Share]:
    """Return each participant's share; who has none is told why from the stored interests and slots."""
    wanted = await mutual_pairs(session.id)
    interests = await queries.interests_of(session.id)
    places = {each.id: each for each in participants}
    named = Counter(each.participant_id for each in interests if each.level != "no")
    shares = []
    for each in participants:
        own = tuple(meeting for meeting in meetings if each.id in {meeting.buyer_id, meeting.vendor_id})
        mutual = [pair for pair in wanted if each.id in {pair.buyer_id, pair.vendor_id}]
        reason = None if own else _reason(session, each, places, mutual, named[each.id])
        both = {(pair.scene_id, pair.solution_id) for pair in mutual}
        both |= {(meeting.scene_id, meeting.solution_id) for meeting in own}  # its scene may be taken meanwhile
        shares.append(Share(each, own, named[each.id], len(both), reason))
    return shares


def _reason(
    session: MatchSession,
    participant: Participant,
    places: dict[int, Participant],
    mutual: Sequence[Mutual],
    named: int,
) -> Text:
    if not named:
        return _("It has not said whom it wants to meet.")
    if not mutual:
        return _("It named %(count)s pairs, but no partner named it in return.", count=named)
    free = set(range(session.slots)) - set(participant.unavailable)
    partners = [places[each.vendor_id if participant.side is Role.BUYER else each.buyer_id] for each in mutual]
    if not any(free - set(partner.unavailable) for partner in partners):
        return _("It has no slot in common with the partners that want to meet it.")
    return _("Its slots in common with those partners are taken: their meetings or the tables are full.")


def spread(shares: Sequence[Share]) -> list[tuple[int, int]]:
    """Return how many participants have how many meetings: (meetings, participants), fewest first."""
    return sorted(Counter(len(each.meetings) for each in shares).items())
