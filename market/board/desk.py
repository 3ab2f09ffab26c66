"""What waits for each role: one line a kind of work, counted, with the page where it is done."""

from collections.abc import Callable
from dataclasses import dataclass

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from market.awards.models import Award, Objection
from market.bids.models import Bid
from market.challenges.models import Challenge, Round
from market.core.models import QueuedJob
from market.core.permissions import Actor
from market.core.text import Text, _
from market.grants.models import Tranche
from market.lifecycle import (
    AwardState,
    BidState,
    ChallengeState,
    MatchSessionState,
    MeetingState,
    MilestoneState,
    ObjectionState,
    PilotState,
    ReviewState,
    Role,
    RoundState,
    SceneState,
    ShortlistState,
    SolutionState,
    TrancheState,
)
from market.matches.models import Match, Shortlisting
from market.meetings.models import MatchSession, Meeting
from market.pilots.models import Milestone, Pilot
from market.reviews.models import Review
from market.scenes.models import Scene
from market.solutions.models import Solution


@dataclass(frozen=True)
class Task:
    """A kind of work: how much of it there is, where it is done, and whether it waits for the reader."""

    label: Text
    count: int
    href: str
    waiting: bool


Line = tuple[Text, "QuerySet", str, bool]


async def tasks_for(actor: Actor) -> list[Task]:
    """Return what there is to do for *actor*: what waits for them first."""
    lines = _LINES[actor.role](actor)
    tasks = [Task(label, await rows.count(), href, waiting) for label, rows, href, waiting in lines]
    return sorted(tasks, key=lambda task: not (task.waiting and task.count))


def _buyer(actor: Actor) -> list[Line]:
    own = actor.organisation_id
    scenes = Scene.filter(organisation_id=own)
    pilots = Pilot.filter(buyer_id=own)
    return [
        (_("Drafts to finish"), scenes.filter(state=SceneState.DRAFT), "/scenes?mine=1&state=draft", True),
        (_("Returned with comments"), scenes.filter(state=SceneState.RETURNED), "/scenes?mine=1&state=returned", True),
        (_("Waiting for the district office"), scenes.filter(state=SceneState.SUBMITTED),
         "/scenes?mine=1&state=submitted", False),
        (_("Published scenes: see who fits"), scenes.filter(state=SceneState.PUBLISHED),
         "/scenes?mine=1&state=published", False),
        (_("Vendors who are interested"),
         Shortlisting.filter(scene__organisation_id=own, state=ShortlistState.INTERESTED), "/scenes?mine=1", False),
        (_("Meetings to confirm"), _unanswered("buyer", own), "/sessions", True),
        (_("Milestones to confirm"), Milestone.filter(pilot__buyer_id=own, state=MilestoneState.SUBMITTED),
         "/pilots", True),
        (_("Pilots to accept"), pilots.filter(state=PilotState.IN_ACCEPTANCE), "/pilots", True),
        (_("Pilots under way"), pilots.filter(state=PilotState.RUNNING), "/pilots", False),
    ]  # fmt: skip


def _vendor(actor: Actor) -> list[Line]:
    own = actor.organisation_id
    bids = Bid.filter(organisation_id=own)
    pilots = Pilot.filter(vendor_id=own)
    mine = Solution.filter(organisation_id=own)
    return [
        (_("Invitations to answer"),
         Shortlisting.filter(solution__organisation_id=own, state=ShortlistState.INVITED), "/matches", True),
        (_("Meetings to confirm"), _unanswered("vendor", own), "/sessions", True),
        (_("Bids to finish"),
         bids.filter(state__in=[BidState.DRAFT, BidState.WITHDRAWN], round__state=RoundState.OPEN), "/bids", True),
        (_("Bids submitted"), bids.filter(state=BidState.SUBMITTED), "/bids", False),
        (_("Bids in review"), bids.filter(state=BidState.OPENED), "/bids", False),
        (_("Scenes that fit my solutions"),
         Match.filter(solution__organisation_id=own, qualifies=True, scene__state=SceneState.PUBLISHED), "/matches",
         False),
        (_("Solutions to finish"), mine.filter(state=SolutionState.DRAFT), "/solutions?mine=1", True),
        (_("Published solutions"), mine.filter(state=SolutionState.PUBLISHED), "/solutions?mine=1", False),
        (_("Pilots to start"), pilots.filter(state=PilotState.PREPARING), "/pilots", True),
        (_("Pilots under way"), pilots.filter(state=PilotState.RUNNING), "/pilots", False),
    ]  # fmt: skip


def _officer(actor: Actor) -> list[Line]:
    others = ~Q(proposed_by_id=actor.person_id)
    return [
        (_("Scenes to check and publish"), Scene.filter(state=SceneState.SUBMITTED), "/scenes?state=submitted", True),
        (_("Match-making sessions to plan"), MatchSession.filter(state=MatchSessionState.DRAFT), "/sessions", True),
        (_("Challenges being drafted"), Challenge.filter(state=ChallengeState.DRAFT), "/challenges?state=draft", True),
        (_("Rounds open now"), Round.filter(state=RoundState.OPEN), "/challenges", False),
        (_("Challenges in review"), Challenge.filter(state=ChallengeState.IN_REVIEW), "/challenges?state=in_review",
         True),
        (_("Challenges to decide"), Challenge.filter(state=ChallengeState.DECIDING), "/challenges?state=deciding",
         True),
        (_("Awards for you to approve"), Award.filter(others, state=AwardState.PROPOSED), "/awards", True),
        (_("Awards in public notice"), Award.filter(state=AwardState.IN_NOTICE), "/awards", False),
        (_("Objections to answer"), Objection.filter(state=ObjectionState.RAISED), "/awards", True),
        (_("Tranches to pay"), Tranche.filter(state=TrancheState.RELEASED), "/funds", True),
        (_("Jobs that failed"), QueuedJob.filter(failed_at__isnull=False), "/audit", False),
    ]  # fmt: skip


def _unanswered(side: str, organisation_id: int | None) -> "QuerySet":
    """Meetings of a published timetable that one side has neither confirmed nor declined."""
    mine = {f"{side}__organisation_id": organisation_id, f"{side}_confirmed_at__isnull": True}
    return Meeting.filter(state=MeetingState.PROPOSED, published_at__isnull=False, **mine)


def _reviewer(actor: Actor) -> list[Line]:
    mine = Review.filter(reviewer_id=actor.person_id)
    return [
        (_("Assignments to answer"), mine.filter(state=ReviewState.ASSIGNED), "/reviews", True),
        (_("Bids to score"), mine.filter(state=ReviewState.ACCEPTED), "/reviews", True),
        (_("Reviews submitted"), mine.filter(state=ReviewState.SUBMITTED), "/reviews", False),
    ]


def _auditor(_actor: Actor) -> list[Line]:
    return [
        (_("Awards decided"), Award.all(), "/awards", False),
        (_("Tranches paid"), Tranche.filter(state=TrancheState.PAID), "/funds", False),
        (_("Objections"), Objection.all(), "/awards", False),
        (_("Pilots accepted"), Pilot.filter(state=PilotState.ACCEPTED), "/pilots", False),
        (_("Jobs that failed"), QueuedJob.filter(failed_at__isnull=False), "/audit", False),
    ]


_LINES: dict[Role, Callable[[Actor], list[Line]]] = {
    Role.BUYER: _buyer,
    Role.VENDOR: _vendor,
    Role.OFFICER: _officer,
    Role.REVIEWER: _reviewer,
    Role.AUDITOR: _auditor,
}
