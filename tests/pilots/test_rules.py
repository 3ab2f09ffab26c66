"""Every refusal says why."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from market.core.permissions import Actor
from market.core.vocabulary import Direction
from market.lifecycle import MilestoneState, PilotState, Role
from market.pilots import rules
from market.pilots.models import Milestone, Pilot, Reading
from market.scenes.models import Metric

BUYER, VENDOR = Actor(Role.BUYER, "甲", 1, 10), Actor(Role.VENDOR, "乙", 2, 20)
OFFICER, STRANGER = Actor(Role.OFFICER, "丙", 3, 30), Actor(Role.VENDOR, "丁", 4, 40)
STARTED = datetime(2026, 11, 2, 4, tzinfo=UTC)


def pilot(state: PilotState = PilotState.RUNNING) -> Pilot:
    return Pilot(id=1, award_id=1, scene_id=1, buyer_id=10, vendor_id=20, state=state, started_at=STARTED)


def milestone(state: MilestoneState) -> Milestone:
    return Milestone(id=1, pilot_id=1, position=1, title="上线", state=state)


def metric(direction: Direction = Direction.LOWER) -> Metric:
    return Metric(id=1, scene_id=1, position=1, name="漏检率", target=Decimal(1), direction=direction)


def reading(value: str) -> Reading:
    return Reading(id=1, pilot_id=1, metric_id=1, taken_on=date(2026, 11, 3), value=Decimal(value))


@pytest.mark.parametrize(
    ("actor", "sees"),
    [(BUYER, True), (VENDOR, True), (OFFICER, True), (STRANGER, False), (Actor(Role.REVIEWER, "戊", 5, 20), False)],
)
def test_both_sides_and_staff_see_a_pilot(actor: Actor, sees: bool) -> None:
    assert rules.may_see_pilot(actor, pilot()).allowed is sees


@pytest.mark.parametrize(
    ("actor", "state", "reason"),
    [
        (BUYER, PilotState.PREPARING, None),
        (VENDOR, PilotState.PREPARING, None),
        (OFFICER, PilotState.PREPARING, "Only the buyer or the vendor starts the pilot."),
        (BUYER, PilotState.RUNNING, "The pilot has started already."),
    ],
)
def test_who_may_start(actor: Actor, state: PilotState, reason: str | None) -> None:
    assert said(rules.may_start_pilot(actor, pilot(state)).reason) == reason


@pytest.mark.parametrize(
    ("actor", "state", "day", "reason"),
    [
        (VENDOR, PilotState.RUNNING, date(2026, 11, 2), None),
        (VENDOR, PilotState.RUNNING, date(2026, 11, 10), None),
        (VENDOR, PilotState.RUNNING, date(2026, 11, 11), "This day has not come yet."),
        (VENDOR, PilotState.RUNNING, date(2026, 11, 1), "This day was before the pilot started."),
        (VENDOR, PilotState.PREPARING, date(2026, 11, 5), "Start the pilot first."),
        (VENDOR, PilotState.IN_ACCEPTANCE, date(2026, 11, 5), "The pilot is not running: nothing can be reported now."),
        (BUYER, PilotState.RUNNING, date(2026, 11, 5), "Only the vendor of this pilot reports on it."),
    ],
)
def test_who_may_take_a_reading(actor: Actor, state: PilotState, day: date, reason: str | None) -> None:
    verdict = rules.may_take_reading(actor, pilot(state), day, today=date(2026, 11, 10))
    assert said(verdict.reason) == reason


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (MilestoneState.SCHEDULED, None),
        (MilestoneState.PARTIALLY_MET, None),
        (MilestoneState.NOT_MET, None),
        (MilestoneState.SUBMITTED, "This milestone was reported already."),
        (MilestoneState.MET, "This milestone was reported already."),
    ],
)
def test_which_milestone_may_be_reported(state: MilestoneState, reason: str | None) -> None:
    assert said(rules.may_submit_milestone(VENDOR, pilot(), milestone(state)).reason) == reason


@pytest.mark.parametrize(
    ("actor", "pilot_state", "state", "reason"),
    [
        (BUYER, PilotState.RUNNING, MilestoneState.SUBMITTED, None),
        (VENDOR, PilotState.RUNNING, MilestoneState.SUBMITTED,
         "Only the buyer of this pilot decides on its milestones."),
        (BUYER, PilotState.RUNNING, MilestoneState.SCHEDULED, "The vendor has not reported this milestone yet."),
        (BUYER, PilotState.FAILED, MilestoneState.SUBMITTED, "The pilot is not running: nothing can be decided now."),
    ],
)  # fmt: skip
def test_who_may_decide(actor: Actor, pilot_state: PilotState, state: MilestoneState, reason: str | None) -> None:
    assert said(rules.may_decide_milestone(actor, pilot(pilot_state), milestone(state)).reason) == reason


def test_acceptance_is_asked_for_when_nothing_is_open() -> None:
    unread, read = rules.standings_of([metric()], []), rules.standings_of([metric()], [reading("0.8")])
    met, reported = milestone(MilestoneState.MET), milestone(MilestoneState.SUBMITTED)
    assert rules.may_request_acceptance(VENDOR, pilot(), [met], read)
    refusal = rules.may_request_acceptance(VENDOR, pilot(), [reported], unread)
    assert said(refusal.reason) == "Milestone 1, “上线”, is not confirmed as met."
    assert said(rules.may_request_acceptance(VENDOR, pilot(), [met], unread).reason) == "“漏检率” has no reading."
    assert [str(gap) for gap in rules.gaps_before_acceptance([reported], unread)] == [
        "Milestone 1, “上线”, is not confirmed as met.",
        "“漏检率” has no reading.",
    ]


@pytest.mark.parametrize(
    ("direction", "value", "met"),
    [(Direction.LOWER, "1", True), (Direction.LOWER, "1.0001", False), (Direction.HIGHER, "1", True),
     (Direction.HIGHER, "0.9999", False)],
)  # fmt: skip
def test_a_metric_reaches_its_target(direction: Direction, value: str, met: bool) -> None:
    assert rules.standings_of([metric(direction)], [reading(value)])[0].met is met


def test_a_metric_below_target_is_accepted_only_with_a_note() -> None:
    standings, waiting = rules.standings_of([metric()], [reading("2")]), pilot(PilotState.IN_ACCEPTANCE)
    assert said(rules.may_accept_pilot(BUYER, waiting, standings, " ").reason) == (
        "“漏检率” has not reached its target. Say in the note why you accept the pilot anyway."
    )
    assert rules.may_accept_pilot(BUYER, waiting, standings, "季节因素，下季复测")
    assert said(rules.may_accept_pilot(VENDOR, waiting, standings, "好").reason) == (
        "Only the buyer of this pilot accepts it."
    )
    assert said(rules.may_accept_pilot(BUYER, pilot(), standings, "好").reason) == (
        "The vendor has not asked for acceptance."
    )


def said(reason: object) -> str | None:
    return None if reason is None else str(reason)
