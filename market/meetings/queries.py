"""Questions about sessions, participants and meetings: reads only."""

from collections.abc import Collection
from datetime import datetime, timedelta

from tortoise import connections
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from market.lifecycle import (
    LIVE_MEETINGS,
    OPEN_SCENES,
    PUBLIC_SESSIONS,
    MatchSessionState,
    ParticipantState,
    Role,
    SolutionState,
)
from market.meetings.models import Interest, MatchSession, Meeting, MeetingNote, Participant, TimetableRun
from market.scenes.models import Scene
from market.solutions.models import Solution

_WITH = ("buyer__organisation", "vendor__organisation", "scene", "solution")


async def find_session(session_id: int) -> MatchSession | None:
    """Return a session."""
    return await MatchSession.get_or_none(id=session_id)


async def hold_session(session_id: int, connection: BaseDBAsyncClient) -> MatchSession | None:
    """Return a session and keep others from changing it until the transaction ends."""
    return await MatchSession.filter(id=session_id).using_db(connection).select_for_update().first()


async def sessions(*, drafts: bool, over: bool) -> list[MatchSession]:
    """Return sessions that are over, newest first, or those still to come, soonest first."""
    ended = Q(state__in=[MatchSessionState.HELD, MatchSessionState.CANCELLED])
    rows = MatchSession.all() if drafts else MatchSession.filter(state__in=PUBLIC_SESSIONS)
    rows = rows.filter(ended) if over else rows.filter(~ended)
    return await rows.order_by("-starts_at" if over else "starts_at", "id").limit(100)


async def count_participants(session_ids: Collection[int]) -> dict[int, dict[Role, int]]:
    """Count who is registered, by session and side."""
    counts: dict[int, dict[Role, int]] = {each: {Role.BUYER: 0, Role.VENDOR: 0} for each in session_ids}
    rows = Participant.filter(session_id__in=list(session_ids), state=ParticipantState.REGISTERED)
    for session_id, side in await rows.values_list("session_id", "side"):
        counts[session_id][side] += 1
    return counts


async def participant_of(
    session_id: int, organisation_id: int | None, *, connection: BaseDBAsyncClient | None = None
) -> Participant | None:
    """Return an organisation's place at a session, registered or withdrawn."""
    if organisation_id is None:
        return None
    rows = Participant.filter(session_id=session_id, organisation_id=organisation_id)
    return await (rows.using_db(connection).select_for_update() if connection else rows).first()


async def participants_of(
    session_id: int, *, words: str = "", state: ParticipantState | None = None
) -> list[Participant]:
    """Return a session's participants with their organisations, by name; with *words* those whose name or code fits."""
    rows = Participant.filter(session_id=session_id)
    if state is not None:
        rows = rows.filter(state=state)
    if words:
        rows = rows.filter(
            Q(organisation__name__icontains=words) | Q(organisation__name_en__icontains=words) | Q(code__iexact=words)
        )
    return await rows.order_by("side", "organisation__name", "id").select_related("organisation")


async def sessions_of(organisation_id: int) -> dict[int, ParticipantState]:
    """Return at which sessions an organisation has a place, and whether it has withdrawn."""
    rows = await Participant.filter(organisation_id=organisation_id).values_list("session_id", "state")
    return {int(session_id): ParticipantState(state) for session_id, state in rows}


async def count_offers(organisation_id: int | None, side: Role, session: MatchSession) -> int:
    """Count what an organisation could meet about: open scenes in the field, or published solutions."""
    if organisation_id is None:
        return 0
    if side is Role.BUYER:
        scenes = Scene.filter(organisation_id=organisation_id, field=session.field, state__in=OPEN_SCENES)
        return await scenes.count()
    return await Solution.filter(organisation_id=organisation_id, state=SolutionState.PUBLISHED).count()


async def find_meeting(
    session_id: int, meeting_id: int, *, connection: BaseDBAsyncClient | None = None
) -> Meeting | None:
    """Return a meeting of a session with both sides, its scene and its solution."""
    if connection is not None:
        await Meeting.filter(id=meeting_id).using_db(connection).select_for_update().first()
    rows = Meeting.filter(id=meeting_id, session_id=session_id)
    return await (rows.using_db(connection) if connection else rows).select_related(*_WITH).first()


async def meetings_of(
    session_id: int, *, participant_id: int | None = None, live: bool = True, published: bool = False,
    connection: BaseDBAsyncClient | None = None,
) -> list[Meeting]:  # fmt: skip
    """Return a session's meetings with both sides, scene and solution, by slot and table."""
    rows = Meeting.filter(session_id=session_id)
    if participant_id is not None:
        rows = rows.filter(Q(buyer_id=participant_id) | Q(vendor_id=participant_id))
    if live:
        rows = rows.filter(state__in=LIVE_MEETINGS)
    if published:
        rows = rows.filter(published_at__isnull=False)
    rows = rows.using_db(connection) if connection else rows
    return await rows.order_by("slot", "table_number", "id").select_related(*_WITH)


async def notes_of(meeting_ids: Collection[int]) -> dict[tuple[int, Role], MeetingNote]:
    """Return what each side keeps of these meetings, by meeting and side."""
    rows = await MeetingNote.filter(meeting_id__in=list(meeting_ids))
    return {(row.meeting_id, row.side): row for row in rows}


async def latest_run(session_id: int) -> TimetableRun | None:
    """Return the timetable that was asked for last."""
    return await TimetableRun.filter(session_id=session_id).order_by("-id").first()


async def interests_of(session_id: int) -> list[Interest]:
    """Return every interest stated by who is still registered, with participants."""
    rows = Interest.filter(participant__session_id=session_id, participant__state=ParticipantState.REGISTERED)
    return await rows.order_by("id").select_related("participant")


async def ids_of_sessions_to_remind(now: datetime) -> list[int]:
    """Return the scheduled sessions of the next day with participants who have not been reminded."""
    rows = Participant.filter(
        state=ParticipantState.REGISTERED, reminded_at__isnull=True, session__state=MatchSessionState.SCHEDULED,
        session__starts_at__gt=now, session__starts_at__lte=now + timedelta(days=1),
    )  # fmt: skip
    return sorted(set(await rows.values_list("session_id", flat=True)))  # type: ignore[arg-type]


async def invited_organisations(session: MatchSession) -> list[tuple[int, int]]:
    """Return whom a session concerns, and how many partners the stored matches suggest to each: (organisation, count).

    Buyers with an open scene in the field, vendors with a published solution for it; only verified ones with people.
    """
    rows = await connections.get("default").execute_query_dict(_INVITED, [session.field.value])
    return [(int(row["id"]), int(row["partners"])) for row in rows]


_INVITED = """
WITH concerned AS (
    SELECT organisation_id, id AS scene_id, NULL::int AS solution_id FROM scene
    WHERE field = $1 AND state IN ('published', 'challenged') AND organisation_id IS NOT NULL
    UNION ALL
    SELECT organisation_id, NULL, id FROM solution
    WHERE state = 'published' AND organisation_id IS NOT NULL AND fields_served @> jsonb_build_array($1::text)
)
SELECT o.id,
       count(DISTINCT CASE WHEN c.scene_id IS NULL THEN sc.organisation_id ELSE so.organisation_id END) AS partners
FROM concerned c JOIN organisation o ON o.id = c.organisation_id AND o.state = 'verified'
LEFT JOIN match m ON m.qualifies AND m.rank <= 20 AND (m.scene_id = c.scene_id OR m.solution_id = c.solution_id)
LEFT JOIN scene sc ON sc.id = m.scene_id AND sc.field = $1 AND sc.state IN ('published', 'challenged')
LEFT JOIN solution so ON so.id = m.solution_id AND so.state = 'published'
WHERE EXISTS (SELECT 1 FROM membership WHERE membership.organisation_id = o.id)
GROUP BY o.id ORDER BY o.id
"""
