"""Who acts, and every state that a row can have: the words that ``market.lifecycle`` makes its table of."""

from enum import StrEnum


class Role(StrEnum):
    """Who acts. The clock is the worker acting on time; it has no account."""

    BUYER = "buyer"
    VENDOR = "vendor"
    OFFICER = "officer"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
    CLOCK = "clock"


class OrganisationState(StrEnum):
    """An organisation may act once its unified social credit code has been verified."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    SUSPENDED = "suspended"


class SceneState(StrEnum):
    """A need, from the first sentence to an accepted pilot."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PUBLISHED = "published"
    CHALLENGED = "challenged"
    AWARDED = "awarded"
    PILOTING = "piloting"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


class SolutionState(StrEnum):
    """An offer."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class ShortlistState(StrEnum):
    """What a buyer and a vendor decided about one match."""

    SHORTLISTED = "shortlisted"
    INVITED = "invited"
    INTERESTED = "interested"
    DECLINED = "declined"
    DISMISSED = "dismissed"


class MatchSessionState(StrEnum):
    """A match-making session (供需对接会): announced while interest is stated, scheduled once its timetable is out."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    SCHEDULED = "scheduled"
    HELD = "held"
    CANCELLED = "cancelled"


class ParticipantState(StrEnum):
    """An organisation at a session."""

    REGISTERED = "registered"
    WITHDRAWN = "withdrawn"


class MeetingState(StrEnum):
    """One meeting of a buyer and a vendor at a table."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    HELD = "held"
    MISSED = "missed"


class MergeState(StrEnum):
    """What becomes of two rows that seem to be one."""

    FOUND = "found"
    PROPOSED = "proposed"
    MERGED = "merged"
    DECLINED = "declined"
    DISMISSED = "dismissed"


class ChallengeState(StrEnum):
    """A published notice."""

    DRAFT = "draft"
    PUBLISHED = "published"
    IN_REVIEW = "in_review"
    DECIDING = "deciding"
    AWARDED = "awarded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RoundState(StrEnum):
    """One window for bids."""

    PLANNED = "planned"
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class BidState(StrEnum):
    """One vendor's answer in a round."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    OPENED = "opened"
    WON = "won"
    NOT_SELECTED = "not_selected"


class ReviewState(StrEnum):
    """One expert's work on one bid."""

    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    SUBMITTED = "submitted"
    RECUSED = "recused"


class AwardState(StrEnum):
    """The decision on a challenge: proposed, approved, in public notice, confirmed."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    IN_NOTICE = "in_notice"
    PAUSED = "paused"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    REVOKED = "revoked"


class ObjectionState(StrEnum):
    """A written, real-name objection during public notice."""

    RAISED = "raised"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class GrantState(StrEnum):
    """Public money promised to a confirmed award."""

    RESERVED = "reserved"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class TrancheState(StrEnum):
    """One part of a grant, released by a milestone."""

    PLANNED = "planned"
    RELEASED = "released"
    PAID = "paid"
    CANCELLED = "cancelled"


class PilotState(StrEnum):
    """The deployment."""

    PREPARING = "preparing"
    RUNNING = "running"
    IN_ACCEPTANCE = "in_acceptance"
    ACCEPTED = "accepted"
    FAILED = "failed"


class MilestoneState(StrEnum):
    """Progress of one milestone, in the words of the Open Contracting Data Standard."""

    SCHEDULED = "scheduled"
    SUBMITTED = "submitted"
    MET = "met"
    PARTIALLY_MET = "partially_met"
    NOT_MET = "not_met"
