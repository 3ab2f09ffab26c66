"""A review: one expert's scores on one bid."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from market.lifecycle import ReviewState


class Review(Model):
    """An expert assigned to a bid."""

    id = fields.IntField(primary_key=True)
    bid_id: int
    bid: Any = fields.ForeignKeyField("market.Bid", related_name="reviews", on_delete=fields.RESTRICT)
    reviewer_id: int
    reviewer: Any = fields.ForeignKeyField("market.Person", related_name="reviews", on_delete=fields.RESTRICT)
    state = fields.CharEnumField(ReviewState, max_length=20, default=ReviewState.ASSIGNED, db_index=True)
    comment = fields.TextField(default="")
    conflict_reason = fields.TextField(default="")
    revision = fields.IntField(default=1)
    assigned_by_id = fields.IntField(null=True)
    assigned_at = fields.DatetimeField()
    submitted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "review"
        unique_together = (("bid", "reviewer"),)


class Score(Model):
    """Points (0 to 100) on one criterion."""

    id = fields.IntField(primary_key=True)
    review_id: int
    review: Any = fields.ForeignKeyField("market.Review", related_name="scores")
    criterion_id: int
    criterion: Any = fields.ForeignKeyField("market.Criterion", related_name="scores")
    points = fields.IntField()
    comment = fields.TextField(default="")

    class Meta:
        table = "score"
        unique_together = (("review", "criterion"),)
