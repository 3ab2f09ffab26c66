"""Every state, every move, and who may make it: the process as data.

Silence means refusal: a move that is not in the table cannot happen. ``market.core.moves.make_move`` is the only
code that changes a state, and it asks this table first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from market.states import (
    AwardState,
    BidState,
    ChallengeState,
    GrantState,
    MatchSessionState,
    MeetingState,
    MergeState,
    MilestoneState,
    ObjectionState,
    OrganisationState,
    ParticipantState,
    PilotState,
    ReviewState,
    Role,
    RoundState,
    SceneState,
    ShortlistState,
    SolutionState,
    TrancheState,
)

__all__ = [
    "LIVE_BIDS",
    "LIVE_MEETINGS",
    "MOVES",
    "OPEN_SCENES",
    "PUBLIC_AWARDS",
    "PUBLIC_CHALLENGES",
    "PUBLIC_SCENES",
    "PUBLIC_SESSIONS",
    "READABLE_BIDS",
    "AwardState",
    "BidState",
    "ChallengeState",
    "GrantState",
    "MatchSessionState",
    "MeetingState",
    "MergeState",
    "MilestoneState",
    "Move",
    "ObjectionState",
    "OrganisationState",
    "ParticipantState",
    "PilotState",
    "ReviewState",
    "Role",
    "RoundState",
    "SceneState",
    "ShortlistState",
    "SolutionState",
    "TrancheState",
    "find_move",
    "moves_from",
]


def _(text: str) -> str:
    """Mark a label for translation; templates translate it when they show it."""
    return text


@dataclass(frozen=True)
class Move:
    """One cell row of the table: *name* takes *subject* from *source* to *target*, if *role* asks."""

    subject: str
    name: str
    source: StrEnum
    target: StrEnum
    roles: frozenset[Role]
    label: str
    needs_reason: bool = False


def _move(
    name: str, sources: StrEnum | tuple[StrEnum, ...], target: StrEnum, roles: Role | tuple[Role, ...], label: str, *,
    reason: bool = False,
) -> tuple[Move, ...]:  # fmt: skip
    subject = type(target).__name__.removesuffix("State")
    sources = sources if isinstance(sources, tuple) else (sources,)
    who = frozenset(roles if isinstance(roles, tuple) else (roles,))
    return tuple(Move(subject, name, source, target, who, label, needs_reason=reason) for source in sources)


_O, _S, _L, _H = OrganisationState, SceneState, SolutionState, ShortlistState
_C, _R, _B, _V, _A, _J = ChallengeState, RoundState, BidState, ReviewState, AwardState, ObjectionState
_G, _T, _P, _M = GrantState, TrancheState, PilotState, MilestoneState
_E, _N, _K, _D = MatchSessionState, ParticipantState, MeetingState, MergeState
_BUYER, _VENDOR, _OFFICER, _REVIEWER, _CLOCK = Role.BUYER, Role.VENDOR, Role.OFFICER, Role.REVIEWER, Role.CLOCK
_SIDES = (Role.BUYER, Role.VENDOR)
_MEMBERS = (Role.BUYER, Role.VENDOR, Role.REVIEWER, Role.OFFICER)

MOVES: tuple[Move, ...] = (
    *_move("verify_organisation", _O.UNVERIFIED, _O.VERIFIED, _MEMBERS, _("Verify the organisation")),
    *_move("suspend_organisation", _O.VERIFIED, _O.SUSPENDED, _OFFICER, _("Suspend"), reason=True),
    *_move("reinstate_organisation", _O.SUSPENDED, _O.VERIFIED, _OFFICER, _("Reinstate"), reason=True),
    # 1 scenes
    *_move("submit_scene", (_S.DRAFT, _S.RETURNED), _S.SUBMITTED, _BUYER, _("Submit for publication")),
    *_move("recall_scene", _S.SUBMITTED, _S.DRAFT, _BUYER, _("Take back to edit")),
    *_move("return_scene", _S.SUBMITTED, _S.RETURNED, _OFFICER, _("Return with comments"), reason=True),
    *_move("publish_scene", _S.SUBMITTED, _S.PUBLISHED, _OFFICER, _("Publish the scene")),
    *_move("withdraw_scene", (_S.DRAFT, _S.SUBMITTED, _S.RETURNED, _S.PUBLISHED), _S.WITHDRAWN,
           (_BUYER, _CLOCK), _("Withdraw the scene"), reason=True),
    *_move("restore_scene", _S.WITHDRAWN, _S.DRAFT, _BUYER, _("Restore as a draft")),
    *_move("challenge_scene", _S.PUBLISHED, _S.CHALLENGED, _OFFICER, _("Put into a challenge")),
    *_move("release_scene", _S.CHALLENGED, _S.PUBLISHED, (_OFFICER, _CLOCK), _("Take out of the challenge")),
    *_move("award_scene", _S.CHALLENGED, _S.AWARDED, (_OFFICER, _CLOCK), _("Award")),
    *_move("start_scene_pilot", _S.AWARDED, _S.PILOTING, (_OFFICER, _BUYER, _VENDOR, _CLOCK), _("Start the pilot")),
    *_move("accept_scene", _S.PILOTING, _S.ACCEPTED, (_BUYER, _OFFICER), _("Accept")),
    # 2 solutions
    *_move("publish_solution", _L.DRAFT, _L.PUBLISHED, _VENDOR, _("Publish the solution")),
    *_move("unpublish_solution", _L.PUBLISHED, _L.DRAFT, _VENDOR, _("Take back to edit")),
    *_move("retire_solution", (_L.DRAFT, _L.PUBLISHED), _L.RETIRED, (_VENDOR, _CLOCK), _("Retire the solution")),
    *_move("restore_solution", _L.RETIRED, _L.DRAFT, _VENDOR, _("Restore as a draft")),
    # 3 matches
    *_move("invite_vendor", _H.SHORTLISTED, _H.INVITED, _BUYER, _("Invite")),
    *_move("accept_invitation", _H.INVITED, _H.INTERESTED, _VENDOR, _("We are interested")),
    *_move("decline_invitation", _H.INVITED, _H.DECLINED, _VENDOR, _("Decline"), reason=True),
    *_move("dismiss_match", (_H.SHORTLISTED, _H.INVITED), _H.DISMISSED, _BUYER, _("Dismiss"), reason=True),
    *_move("reconsider_match", (_H.DISMISSED, _H.DECLINED), _H.SHORTLISTED, _BUYER, _("Put back on the shortlist")),
    # match-making sessions
    *_move("announce_session", _E.DRAFT, _E.ANNOUNCED, _OFFICER, _("Announce the session")),
    *_move("publish_timetable", _E.ANNOUNCED, _E.SCHEDULED, _OFFICER, _("Publish the timetable")),
    *_move("close_session", _E.SCHEDULED, _E.HELD, _OFFICER, _("Close the session")),
    *_move("cancel_session", (_E.DRAFT, _E.ANNOUNCED, _E.SCHEDULED), _E.CANCELLED, _OFFICER,
           _("Cancel the session"), reason=True),
    *_move("withdraw_participant", _N.REGISTERED, _N.WITHDRAWN, (*_SIDES, _OFFICER), _("Withdraw from the session")),
    *_move("return_participant", _N.WITHDRAWN, _N.REGISTERED, _SIDES, _("Register again")),
    *_move("confirm_meeting", _K.PROPOSED, _K.CONFIRMED, _SIDES, _("Confirm the meeting")),
    *_move("decline_meeting", (_K.PROPOSED, _K.CONFIRMED), _K.DECLINED, _SIDES, _("Decline the meeting"), reason=True),
    *_move("cancel_meeting", (_K.PROPOSED, _K.CONFIRMED), _K.CANCELLED, (*_SIDES, _OFFICER), _("Cancel the meeting"),
           reason=True),
    *_move("hold_meeting", (_K.PROPOSED, _K.CONFIRMED, _K.MISSED), _K.HELD, (*_SIDES, _OFFICER),
           _("The meeting took place")),
    *_move("miss_meeting", (_K.PROPOSED, _K.CONFIRMED, _K.HELD), _K.MISSED, (*_SIDES, _OFFICER),
           _("The meeting did not happen")),
    # near-duplicates
    *_move("propose_merge", _D.FOUND, _D.PROPOSED, _OFFICER, _("Propose to merge"), reason=True),
    *_move("recall_merge", _D.PROPOSED, _D.FOUND, _OFFICER, _("Take the proposal back")),
    *_move("accept_merge", _D.PROPOSED, _D.MERGED, (*_SIDES, _OFFICER), _("Merge")),
    *_move("decline_merge", _D.PROPOSED, _D.DECLINED, _SIDES, _("Keep both"), reason=True),
    *_move("dismiss_duplicate", _D.FOUND, _D.DISMISSED, _OFFICER, _("Not duplicates"), reason=True),
    # 4 challenges and rounds
    *_move("publish_challenge", _C.DRAFT, _C.PUBLISHED, _OFFICER, _("Publish the challenge")),
    *_move("begin_review", _C.PUBLISHED, _C.IN_REVIEW, _CLOCK, _("Begin review")),
    *_move("finish_review", _C.IN_REVIEW, _C.DECIDING, (_OFFICER, _CLOCK), _("Close review")),
    *_move("award_challenge", _C.DECIDING, _C.AWARDED, (_OFFICER, _CLOCK), _("Award the challenge")),
    *_move("fail_challenge", (_C.PUBLISHED, _C.IN_REVIEW, _C.DECIDING), _C.FAILED, (_OFFICER, _CLOCK),
           _("Close without an award"), reason=True),
    *_move("cancel_challenge", (_C.DRAFT, _C.PUBLISHED), _C.CANCELLED, _OFFICER, _("Cancel the challenge"),
           reason=True),
    *_move("schedule_round", _R.PLANNED, _R.SCHEDULED, _OFFICER, _("Schedule the round")),
    *_move("open_round", _R.SCHEDULED, _R.OPEN, _CLOCK, _("Open the round")),
    *_move("close_round", _R.OPEN, _R.CLOSED, _CLOCK, _("Close the round")),
    *_move("cancel_round", (_R.PLANNED, _R.SCHEDULED, _R.OPEN), _R.CANCELLED, _OFFICER, _("Cancel"), reason=True),
    # 5 bids
    *_move("submit_bid", (_B.DRAFT, _B.WITHDRAWN), _B.SUBMITTED, _VENDOR, _("Submit the bid")),
    *_move("withdraw_bid", _B.SUBMITTED, _B.WITHDRAWN, _VENDOR, _("Withdraw the bid")),
    *_move("open_bid", _B.SUBMITTED, _B.OPENED, _CLOCK, _("Open the bid")),
    *_move("win_bid", _B.OPENED, _B.WON, (_OFFICER, _CLOCK), _("Win")),
    *_move("pass_over_bid", _B.OPENED, _B.NOT_SELECTED, (_OFFICER, _CLOCK), _("Not selected")),
    # 6 reviews
    *_move("accept_assignment", _V.ASSIGNED, _V.ACCEPTED, _REVIEWER, _("No conflict: start reviewing")),
    *_move("recuse", (_V.ASSIGNED, _V.ACCEPTED, _V.SUBMITTED), _V.RECUSED, (_REVIEWER, _OFFICER),
           _("Declare a conflict"), reason=True),
    *_move("submit_review", _V.ACCEPTED, _V.SUBMITTED, _REVIEWER, _("Submit scores")),
    # 7 awards
    *_move("approve_award", _A.PROPOSED, _A.APPROVED, _OFFICER, _("Approve")),
    *_move("reject_award", _A.PROPOSED, _A.REJECTED, _OFFICER, _("Reject"), reason=True),
    *_move("start_notice", _A.APPROVED, _A.IN_NOTICE, (_OFFICER, _CLOCK), _("Start public notice")),
    *_move("pause_award", _A.IN_NOTICE, _A.PAUSED, (_OFFICER, _CLOCK), _("Pause")),
    *_move("resume_notice", _A.PAUSED, _A.IN_NOTICE, _OFFICER, _("Resume public notice")),
    *_move("confirm_award", _A.IN_NOTICE, _A.CONFIRMED, _CLOCK, _("Confirm")),
    *_move("revoke_award", (_A.IN_NOTICE, _A.PAUSED), _A.REVOKED, _OFFICER, _("Revoke"), reason=True),
    *_move("uphold_objection", _J.RAISED, _J.UPHELD, _OFFICER, _("Uphold"), reason=True),
    *_move("dismiss_objection", _J.RAISED, _J.DISMISSED, _OFFICER, _("Dismiss"), reason=True),
    # 8 grants
    *_move("release_tranche", _T.PLANNED, _T.RELEASED, (_OFFICER, _BUYER, _CLOCK), _("Release")),
    *_move("pay_tranche", _T.RELEASED, _T.PAID, _OFFICER, _("Record payment")),
    *_move("cancel_tranche", _T.PLANNED, _T.CANCELLED, _OFFICER, _("Cancel"), reason=True),
    *_move("complete_grant", _G.RESERVED, _G.COMPLETED, (_OFFICER, _CLOCK), _("Complete")),
    *_move("cancel_grant", _G.RESERVED, _G.CANCELLED, _OFFICER, _("Cancel the grant"), reason=True),
    # 9 pilots
    *_move("start_pilot", _P.PREPARING, _P.RUNNING, (_BUYER, _VENDOR), _("Start the pilot")),
    *_move("request_acceptance", _P.RUNNING, _P.IN_ACCEPTANCE, _VENDOR, _("Ask for acceptance")),
    *_move("accept_pilot", _P.IN_ACCEPTANCE, _P.ACCEPTED, _BUYER, _("Accept the pilot")),
    *_move("send_back_pilot", _P.IN_ACCEPTANCE, _P.RUNNING, _BUYER, _("Send back"), reason=True),
    *_move("fail_pilot", (_P.PREPARING, _P.RUNNING, _P.IN_ACCEPTANCE), _P.FAILED, _OFFICER, _("End as failed"),
           reason=True),
    *_move("submit_milestone", (_M.SCHEDULED, _M.PARTIALLY_MET, _M.NOT_MET), _M.SUBMITTED, _VENDOR,
           _("Report as done")),
    *_move("meet_milestone", _M.SUBMITTED, _M.MET, _BUYER, _("Confirm as met")),
    *_move("partly_meet_milestone", _M.SUBMITTED, _M.PARTIALLY_MET, _BUYER, _("Partly met"), reason=True),
    *_move("miss_milestone", _M.SUBMITTED, _M.NOT_MET, _BUYER, _("Not met"), reason=True),
)  # fmt: skip

OPEN_SCENES = frozenset({SceneState.PUBLISHED, SceneState.CHALLENGED})
PUBLIC_SCENES = OPEN_SCENES | {SceneState.AWARDED, SceneState.PILOTING, SceneState.ACCEPTED}
PUBLIC_CHALLENGES = frozenset(ChallengeState) - {ChallengeState.DRAFT}
PUBLIC_SESSIONS = frozenset(MatchSessionState) - {MatchSessionState.DRAFT}
LIVE_MEETINGS = frozenset(MeetingState) - {MeetingState.DECLINED, MeetingState.CANCELLED}
LIVE_BIDS = frozenset({BidState.SUBMITTED, BidState.OPENED, BidState.WON})
READABLE_BIDS = frozenset({BidState.OPENED, BidState.WON, BidState.NOT_SELECTED})
PUBLIC_AWARDS = frozenset({AwardState.IN_NOTICE, AwardState.PAUSED, AwardState.CONFIRMED, AwardState.REVOKED})

_BY_CELL = {(move.name, move.source): move for move in MOVES}


def find_move(name: str, source: StrEnum) -> Move | None:
    """Return the move *name* from *source*, or None: silence in the table means refusal."""
    return _BY_CELL.get((name, source))


def moves_from(state: StrEnum, role: Role, *, among: Iterable[str] | None = None) -> list[Move]:
    """List the moves *role* may make from *state*, in the table's order: what a page offers as buttons."""
    wanted = None if among is None else frozenset(among)
    return [
        move
        for move in MOVES
        if move.source is state and role in move.roles and (wanted is None or move.name in wanted)
    ]
