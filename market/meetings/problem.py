"""From a session's rows to the question that a timetable answers, with a digest that tells whether it still is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from market.lifecycle import MeetingState, ParticipantState
from market.meetings import queries
from market.meetings.models import MatchSession, Meeting, Participant
from market.meetings.pairs import Mutual, mutual_pairs
from market.meetings.rules import slots_of
from matching.wishes import Placed, Problem, Wish


@dataclass(frozen=True)
class Question:
    """The problem, with the pair behind each wish's key."""

    problem: Problem
    pairs: tuple[Mutual, ...]
    live: tuple[Meeting, ...]

    @property
    def digest(self) -> str:
        """A hash of everything that the answer depends on."""
        plain = asdict(self.problem)
        plain["unavailable"] = sorted((who, sorted(slots)) for who, slots in self.problem.unavailable.items())
        plain["closed"] = sorted(self.problem.closed)
        plain["pairs"] = [[pair.scene_id, pair.solution_id] for pair in self.pairs]
        return sha256(orjson.dumps(plain)).hexdigest()


async def question_of(session: MatchSession, now: datetime, *, connection: BaseDBAsyncClient | None = None) -> Question:
    """Return what a timetable for *session* has to answer now.

    Stays where it is: what a side has confirmed, what an officer has pinned, what has begun. Stays if it can: what
    was published. A pair that was declined or called off is not proposed again.
    """
    meetings = await queries.meetings_of(session.id, live=False, connection=connection)
    live = [each for each in meetings if each.state not in {MeetingState.DECLINED, MeetingState.CANCELLED}]
    begun = frozenset(slot.index for slot in slots_of(session) if slot.starts_at <= now)
    pairs = _wanted(await mutual_pairs(session.id, connection=connection), meetings, live)
    numbers = {(pair.scene_id, pair.solution_id): key for key, pair in enumerate(pairs)}
    fixed = [each for each in live if is_fixed(each) or each.slot in begun]
    kept = [each for each in live if each.published_at is not None and each not in fixed]

    def placed(rows: Sequence[Meeting]) -> tuple[Placed, ...]:
        return tuple(
            Placed(numbers[row.scene_id, row.solution_id], row.slot, row.table_number)
            for row in sorted(rows, key=lambda row: row.id)
        )

    rows = Participant.filter(session_id=session.id, state=ParticipantState.REGISTERED).order_by("id")
    registered = await (rows.using_db(connection) if connection else rows)
    problem = Problem(
        slots=session.slots, tables=session.tables, most=session.most_meetings,
        wishes=tuple(Wish(key, pair.buyer_id, pair.vendor_id, pair.weight) for key, pair in enumerate(pairs)),
        unavailable={each.id: frozenset(each.unavailable) for each in registered if each.unavailable},
        fixed=placed(fixed), kept=placed(kept), closed=begun,
    )  # fmt: skip
    return Question(problem, tuple(pairs), tuple(live))


def is_fixed(meeting: Meeting) -> bool:
    """Whether nothing may move a meeting: a side has confirmed it, an officer has pinned it, or it is over."""
    answered = meeting.buyer_confirmed_at or meeting.vendor_confirmed_at
    return meeting.pinned or answered is not None or meeting.state is not MeetingState.PROPOSED


def _wanted(mutual: list[Mutual], meetings: Sequence[Meeting], live: Sequence[Meeting]) -> list[Mutual]:
    """Return the mutual pairs that may still be proposed, and those of live meetings whatever became of their wish."""
    called_off = {(each.scene_id, each.solution_id) for each in meetings} - {
        (each.scene_id, each.solution_id) for each in live
    }
    wanted = {
        (pair.scene_id, pair.solution_id): pair
        for pair in mutual
        if (pair.scene_id, pair.solution_id) not in called_off
    }
    for each in live:
        if is_fixed(each) or each.published_at is not None:
            pair = Mutual(each.scene_id, each.solution_id, each.buyer_id, each.vendor_id, each.fit, each.weight)
            wanted.setdefault((each.scene_id, each.solution_id), pair)
    return [wanted[key] for key in sorted(wanted)]
