"""The pilot: milestones, metric readings, acceptance."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from market.lifecycle import MilestoneState, PilotState


class Pilot(Model):
    """The deployment of a winning bid at the buyer's."""

    id = fields.IntField(primary_key=True)
    award_id: int
    award: Any = fields.OneToOneField("market.Award", related_name="pilot", on_delete=fields.RESTRICT)
    scene_id: int
    scene: Any = fields.ForeignKeyField("market.Scene", related_name="pilots", on_delete=fields.RESTRICT)
    buyer_id: int | None
    buyer: Any = fields.ForeignKeyField(
        "market.Organisation", related_name="pilots_bought", null=True, on_delete=fields.RESTRICT
    )
    vendor_id: int
    vendor: Any = fields.ForeignKeyField("market.Organisation", related_name="pilots_run", on_delete=fields.RESTRICT)
    state = fields.CharEnumField(PilotState, max_length=20, default=PilotState.PREPARING)
    prepared_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    accepted_at = fields.DatetimeField(null=True)
    acceptance_note = fields.TextField(default="")

    class Meta:
        table = "pilot"


class Milestone(Model):
    """A promised delivery; meeting it releases its tranche."""

    id = fields.IntField(primary_key=True)
    pilot_id: int
    pilot: Any = fields.ForeignKeyField("market.Pilot", related_name="milestones")
    tranche_id: int | None
    tranche: Any = fields.OneToOneField(
        "market.Tranche", related_name="milestone", null=True, on_delete=fields.RESTRICT
    )
    position = fields.IntField()
    title = fields.CharField(max_length=200)
    due_on = fields.DateField(null=True)
    state = fields.CharEnumField(MilestoneState, max_length=20, default=MilestoneState.SCHEDULED)
    report = fields.TextField(default="")
    decided_at = fields.DatetimeField(null=True)
    decision_note = fields.TextField(default="")

    class Meta:
        table = "milestone"
        unique_together = (("pilot", "position"),)


class Reading(Model):
    """A metric's value on a day."""

    id = fields.IntField(primary_key=True)
    pilot_id: int
    pilot: Any = fields.ForeignKeyField("market.Pilot", related_name="readings", on_delete=fields.RESTRICT)
    metric_id: int
    metric: Any = fields.ForeignKeyField("market.Metric", related_name="readings", on_delete=fields.RESTRICT)
    taken_on = fields.DateField()
    value = fields.DecimalField(max_digits=18, decimal_places=4)
    note = fields.CharField(max_length=300, default="")
    recorded_by_id = fields.IntField(null=True)
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "reading"
        unique_together = (("pilot", "metric", "taken_on"),)
