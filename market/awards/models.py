"""The decision on a challenge: the ranking, the award and objections to it."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from market.lifecycle import AwardState, ObjectionState


class Ranking(Model):
    """A bid's place when review closed, with the numbers that explain it."""

    id = fields.IntField(primary_key=True)
    challenge_id: int
    challenge: Any = fields.ForeignKeyField("market.Challenge", related_name="rankings", on_delete=fields.RESTRICT)
    bid_id: int
    bid: Any = fields.OneToOneField("market.Bid", related_name="ranking", on_delete=fields.RESTRICT)
    rank = fields.IntField()
    score = fields.DecimalField(max_digits=7, decimal_places=3)
    explanation: Any = fields.JSONField(default=dict)
    computed_at = fields.DatetimeField()

    class Meta:
        table = "ranking"
        unique_together = (("challenge", "rank"),)


class Award(Model):
    """Proposed by one officer, approved by another, held through public notice, confirmed by the clock."""

    id = fields.IntField(primary_key=True)
    challenge_id: int
    challenge: Any = fields.ForeignKeyField("market.Challenge", related_name="awards", on_delete=fields.RESTRICT)
    bid_id: int
    bid: Any = fields.ForeignKeyField("market.Bid", related_name="awards", on_delete=fields.RESTRICT)
    amount_fen = fields.BigIntField()
    justification = fields.TextField(default="")
    state = fields.CharEnumField(AwardState, max_length=20, default=AwardState.PROPOSED, db_index=True)
    proposed_by_id = fields.IntField()
    proposed_at = fields.DatetimeField()
    approved_by_id = fields.IntField(null=True)
    approved_at = fields.DatetimeField(null=True)
    notice_starts_at = fields.DatetimeField(null=True)
    notice_ends_at = fields.DatetimeField(null=True)
    confirmed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "award"


class Objection(Model):
    """A written objection with a real name and a contact; who objects is confidential."""

    id = fields.IntField(primary_key=True)
    award_id: int
    award: Any = fields.ForeignKeyField("market.Award", related_name="objections", on_delete=fields.RESTRICT)
    name = fields.CharField(max_length=100)
    contact = fields.CharField(max_length=200)
    text = fields.TextField()
    state = fields.CharEnumField(ObjectionState, max_length=20, default=ObjectionState.RAISED)
    answer = fields.TextField(default="")
    raised_by_id = fields.IntField(null=True)
    raised_at = fields.DatetimeField()
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "objection"
