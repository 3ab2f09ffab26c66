"""A bid: what a vendor drafts, and each version as it was submitted."""

from tortoise import fields
from tortoise.models import Model

from market.lifecycle import BidState


class Bid(Model):
    """One vendor's answer in a round. Until the round has closed only the vendor may read it."""

    id = fields.IntField(primary_key=True)
    round = fields.ForeignKeyField("market.Round", related_name="bids", on_delete=fields.RESTRICT)
    organisation = fields.ForeignKeyField("market.Organisation", related_name="bids", on_delete=fields.RESTRICT)
    solution = fields.ForeignKeyField("market.Solution", related_name="bids", null=True, on_delete=fields.RESTRICT)
    approach = fields.TextField(default="")
    team = fields.TextField(default="")
    price_fen = fields.BigIntField(null=True)
    delivery_weeks = fields.IntField(null=True)
    pledge = fields.BooleanField(default=False)
    state = fields.CharEnumField(BidState, max_length=20, default=BidState.DRAFT, db_index=True)
    revision = fields.IntField(default=1)
    created_by_id = fields.IntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    submitted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "bid"
        unique_together = (("round", "organisation"),)


class BidMilestone(Model):
    """What the vendor will deliver, by when, for which share of the subsidy."""

    id = fields.IntField(primary_key=True)
    bid = fields.ForeignKeyField("market.Bid", related_name="milestones")
    position = fields.IntField()
    title = fields.CharField(max_length=200)
    due_week = fields.IntField()
    percent = fields.IntField()

    class Meta:
        table = "bid_milestone"
        unique_together = (("bid", "position"),)


class Submission(Model):
    """A bid exactly as it was submitted. The database refuses to change or delete it."""

    id = fields.IntField(primary_key=True)
    bid = fields.ForeignKeyField("market.Bid", related_name="submissions", on_delete=fields.RESTRICT)
    version = fields.IntField()
    reference = fields.CharField(max_length=40, unique=True)
    content = fields.JSONField()
    sha256 = fields.CharField(max_length=64)
    submitted_by_id = fields.IntField(null=True)
    submitted_at = fields.DatetimeField()

    class Meta:
        table = "submission"
        unique_together = (("bid", "version"),)
