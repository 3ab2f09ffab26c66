"""How a pilot is shown: a chart for each metric, and its history as lines that people read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from market.core.models import AuditEvent, StoredFile
from market.core.permissions import ROLE_LABELS
from market.core.text import Text, _
from market.grants.models import Tranche
from market.lifecycle import MilestoneState, Role, TrancheState
from market.pilots.models import Milestone, Reading
from market.pilots.rules import Standing
from market.web import plots
from market.web.filters import number
from market.web.languages import gettext, say

# What was read stands in the charts and tables; only a correction is part of the story.
EVENT_LABELS: dict[str, Text] = {
    "prepare_pilot": _("Pilot prepared"),
    "start_pilot": _("Pilot started"),
    "correct_reading": _("Reading corrected"),
    "request_acceptance": _("Acceptance asked for"),
    "accept_pilot": _("Pilot accepted"),
    "send_back_pilot": _("Sent back by the buyer"),
    "fail_pilot": _("Ended as failed"),
    "submit_milestone": _("Milestone reported as done"),
    "meet_milestone": _("Milestone confirmed as met"),
    "partly_meet_milestone": _("Milestone met in part"),
    "miss_milestone": _("Milestone not met"),
    "release_tranche": _("Tranche released"),
    "pay_tranche": _("Tranche paid"),
    "cancel_tranche": _("Tranche cancelled"),
}
_TONES = {
    "accept_pilot": "seal", "meet_milestone": "good", "pay_tranche": "good", "send_back_pilot": "warn",
    "partly_meet_milestone": "warn", "miss_milestone": "bad", "fail_pilot": "bad", "cancel_tranche": "bad",
}  # fmt: skip


@dataclass(frozen=True)
class MetricChart:
    """One metric: how it stands and its readings over time."""

    standing: Standing
    plot: plots.LinePlot | None
    readings: list[Reading]


@dataclass(frozen=True)
class MilestoneLine:
    """A milestone with its money and evidence."""

    milestone: Milestone
    tranche: Tranche | None
    files: list[StoredFile]
    waits_for_acceptance: bool


@dataclass(frozen=True)
class Happening:
    """One line of a history."""

    title: str
    at: datetime
    by: str
    text: str
    tone: str


def draw_metrics(standings: Sequence[Standing], readings: Sequence[Reading]) -> list[MetricChart]:
    """Draw the readings of each metric between its baseline and its target; nothing to draw without a reading."""
    charts = []
    for standing in standings:
        metric, mine = standing.metric, [each for each in readings if each.metric_id == standing.metric.id]
        plot = plots.line(
            [(each.taken_on, float(each.value)) for each in mine],
            baseline=None if metric.baseline is None else float(metric.baseline),
            target=float(metric.target), unit=metric.unit,
        ) if mine else None  # fmt: skip
        charts.append(MetricChart(standing, plot, list(reversed(mine))))
    return charts


def happenings(events: Sequence[AuditEvent], milestones: Sequence[Milestone], names: dict[int, str]) -> list[Happening]:
    """Turn the events of a pilot into lines, newest first, each with what it was about."""
    about = {("Milestone", each.id): each.title for each in milestones}
    about |= {("Tranche", each.tranche_id): each.title for each in milestones if each.tranche_id}
    return [
        Happening(
            title=" · ".join(filter(None, [say(EVENT_LABELS[event.event]),
                                           about.get((event.subject, event.subject_id), "")])),
            at=event.at,
            by=" · ".join(filter(None, [gettext(ROLE_LABELS[Role(event.role)]), names.get(event.person_id or 0, "")])),
            text=_detail(event),
            tone=_TONES.get(event.event, ""),
        )
        for event in reversed(events)
        if event.event in EVENT_LABELS
    ]  # fmt: skip


def lines_of(milestones: list[Milestone], files: list[StoredFile]) -> list[MilestoneLine]:
    """Put each milestone together with its money and evidence; the last tranche waits for acceptance."""
    last = max((t.position for t in map(tranche_of, milestones) if t), default=0)
    return [
        MilestoneLine(
            milestone=each,
            tranche=(tranche := tranche_of(each)),
            files=[row for row in files if row.subject_id == each.id],
            waits_for_acceptance=tranche is not None and tranche.position == last
            and tranche.state is TrancheState.PLANNED and each.state is MilestoneState.MET,
        )
        for each in milestones
    ]  # fmt: skip


def tranche_of(milestone: Milestone) -> Tranche | None:
    """Return the tranche that was loaded with a milestone."""
    tranche: Tranche | None = milestone.tranche if milestone.tranche_id else None
    return tranche


def _detail(event: AuditEvent) -> str:
    details = event.details
    if event.event == "correct_reading":
        before, after = number(details["value_before"]), number(details["value"])
        return f"{details['metric']} · {details['taken_on']} · {before} → {after} · {event.reason}"
    return event.reason or str(details.get("acceptance_note", ""))
