"""What is allowed in a pilot, and how its metrics stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from market.core.clock import SHANGHAI
from market.core.permissions import ALLOWED, Actor, Verdict, refuse
from market.core.text import Text, _
from market.core.vocabulary import Direction
from market.lifecycle import MilestoneState, PilotState, Role, find_move
from market.pilots.models import Milestone, Pilot, Reading
from market.scenes.models import Metric


@dataclass(frozen=True)
class Standing:
    """A metric with its last reading, and whether that reaches the target; None without a reading."""

    metric: Metric
    last: Reading | None
    met: bool | None


def may_see_pilot(actor: Actor, pilot: Pilot) -> Verdict:
    """Say whether *actor* may see the pilot and its evidence: both sides and staff."""
    if actor.is_staff or is_buyer(actor, pilot) or is_vendor(actor, pilot):
        return ALLOWED
    return refuse(_("There is no such page."))


def is_buyer(actor: Actor, pilot: Pilot) -> bool:
    """Whether *actor* acts for the buyer of this pilot."""
    return actor.role is Role.BUYER and actor.is_of(pilot.buyer_id)


def is_vendor(actor: Actor, pilot: Pilot) -> bool:
    """Whether *actor* acts for the vendor of this pilot."""
    return actor.role is Role.VENDOR and actor.is_of(pilot.vendor_id)


def may_start_pilot(actor: Actor, pilot: Pilot) -> Verdict:
    """Say whether *actor* may start the pilot: either side."""
    if not (is_buyer(actor, pilot) or is_vendor(actor, pilot)):
        return refuse(_("Only the buyer or the vendor starts the pilot."))
    if pilot.state is not PilotState.PREPARING:
        return refuse(_("The pilot has started already."))
    return ALLOWED


def may_report(actor: Actor, pilot: Pilot) -> Verdict:
    """Say whether *actor* may record readings and report milestones: the vendor, while the pilot runs."""
    if not is_vendor(actor, pilot):
        return refuse(_("Only the vendor of this pilot reports on it."))
    if pilot.state is PilotState.PREPARING:
        return refuse(_("Start the pilot first."))
    if pilot.state is not PilotState.RUNNING:
        return refuse(_("The pilot is not running: nothing can be reported now."))
    return ALLOWED


def may_take_reading(actor: Actor, pilot: Pilot, taken_on: date, *, today: date) -> Verdict:
    """Say whether a reading of this day may be recorded: no earlier than the start, no later than today."""
    if not (verdict := may_report(actor, pilot)):
        return verdict
    if taken_on > today:
        return refuse(_("This day has not come yet."))
    if pilot.started_at is not None and taken_on < pilot.started_at.astimezone(SHANGHAI).date():
        return refuse(_("This day was before the pilot started."))
    return ALLOWED


def may_submit_milestone(actor: Actor, pilot: Pilot, milestone: Milestone) -> Verdict:
    """Say whether *actor* may report the milestone as done."""
    if not (verdict := may_report(actor, pilot)):
        return verdict
    if find_move("submit_milestone", milestone.state) is None:
        return refuse(_("This milestone was reported already."))
    return ALLOWED


def may_decide_milestone(actor: Actor, pilot: Pilot, milestone: Milestone) -> Verdict:
    """Say whether *actor* may say how far the milestone was met: the buyer, once it was reported."""
    if not is_buyer(actor, pilot):
        return refuse(_("Only the buyer of this pilot decides on its milestones."))
    if pilot.state is not PilotState.RUNNING:
        return refuse(_("The pilot is not running: nothing can be decided now."))
    if milestone.state is not MilestoneState.SUBMITTED:
        return refuse(_("The vendor has not reported this milestone yet."))
    return ALLOWED


def may_request_acceptance(
    actor: Actor, pilot: Pilot, milestones: Sequence[Milestone], standings: Sequence[Standing]
) -> Verdict:
    """Say whether *actor* may ask for acceptance; the first gap is the reason why not."""
    if not (verdict := may_report(actor, pilot)):
        return verdict
    gaps = gaps_before_acceptance(milestones, standings)
    return refuse(gaps[0]) if gaps else ALLOWED


def gaps_before_acceptance(milestones: Sequence[Milestone], standings: Sequence[Standing]) -> list[Text]:
    """List what must happen before acceptance can be asked for."""
    gaps = [
        _("Milestone %(position)s, “%(title)s”, is not confirmed as met.", position=each.position, title=each.title)
        for each in milestones
        if each.state is not MilestoneState.MET
    ]
    return gaps + [
        _("“%(metric)s” has no reading.", metric=each.metric.name) for each in standings if each.last is None
    ]


def may_judge_pilot(actor: Actor, pilot: Pilot) -> Verdict:
    """Say whether *actor* may accept the pilot or send it back: the buyer, once acceptance was asked for."""
    if not is_buyer(actor, pilot):
        return refuse(_("Only the buyer of this pilot accepts it."))
    if pilot.state is not PilotState.IN_ACCEPTANCE:
        return refuse(_("The vendor has not asked for acceptance."))
    return ALLOWED


def may_accept_pilot(actor: Actor, pilot: Pilot, standings: Sequence[Standing], note: str) -> Verdict:
    """Say whether *actor* may accept; a metric below its target needs a note that says why it is accepted anyway."""
    if not (verdict := may_judge_pilot(actor, pilot)):
        return verdict
    unmet = [each for each in standings if not each.met]
    if unmet and not note.strip():
        return refuse(_("“%(metric)s” has not reached its target. Say in the note why you accept the pilot anyway.",
                        metric=unmet[0].metric.name))  # fmt: skip
    return ALLOWED


def standings_of(metrics: Sequence[Metric], readings: Sequence[Reading]) -> list[Standing]:
    """Say how each metric stands by its last reading; *readings* are in order of time."""
    last = {reading.metric_id: reading for reading in readings}
    return [Standing(metric, last.get(metric.id), _reaches(metric, last.get(metric.id))) for metric in metrics]


def _reaches(metric: Metric, reading: Reading | None) -> bool | None:
    if reading is None:
        return None
    if metric.direction is Direction.HIGHER:
        return bool(reading.value >= metric.target)
    return bool(reading.value <= metric.target)
