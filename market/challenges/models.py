"""A challenge: the notice, its lots, rubric and rounds."""

from tortoise import fields
from tortoise.models import Model

from market.core.vocabulary import ChallengeKind, Field
from market.lifecycle import ChallengeState, RoundState


class Challenge(Model):
    """A published notice. What varies from one to the next is data in ``rules``."""

    id = fields.IntField(primary_key=True)
    number = fields.CharField(max_length=30, unique=True)
    title = fields.CharField(max_length=300)
    title_en = fields.CharField(max_length=300, default="")
    kind = fields.CharEnumField(ChallengeKind, max_length=20, default=ChallengeKind.BEST_ONE)
    field = fields.CharEnumField(Field, max_length=30, default=Field.OTHER)
    summary = fields.TextField(default="")
    rules = fields.JSONField(default=dict)
    grant_fen = fields.BigIntField(default=0)
    fund_id = fields.IntField(null=True)
    state = fields.CharEnumField(ChallengeState, max_length=20, default=ChallengeState.DRAFT, db_index=True)
    revision = fields.IntField(default=1)
    created_by_id = fields.IntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    published_at = fields.DatetimeField(null=True)

    class Meta:
        table = "challenge"


class Lot(Model):
    """A scene inside a challenge."""

    id = fields.IntField(primary_key=True)
    challenge = fields.ForeignKeyField("market.Challenge", related_name="lots")
    scene = fields.ForeignKeyField("market.Scene", related_name="lots")
    position = fields.IntField(default=1)

    class Meta:
        table = "lot"
        unique_together = (("challenge", "scene"),)


class Criterion(Model):
    """One line of the rubric; the weights of a challenge add up to 100."""

    id = fields.IntField(primary_key=True)
    challenge = fields.ForeignKeyField("market.Challenge", related_name="criteria")
    position = fields.IntField()
    name = fields.CharField(max_length=120)
    description = fields.TextField(default="")
    dimension = fields.CharField(max_length=20, default="performance")
    weight = fields.IntField()

    class Meta:
        table = "criterion"
        unique_together = (("challenge", "position"),)


class Round(Model):
    """One window for bids."""

    id = fields.IntField(primary_key=True)
    challenge = fields.ForeignKeyField("market.Challenge", related_name="rounds", on_delete=fields.RESTRICT)
    number = fields.IntField(default=1)
    opens_at = fields.DatetimeField()
    closes_at = fields.DatetimeField()
    opened_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    state = fields.CharEnumField(RoundState, max_length=20, default=RoundState.PLANNED, db_index=True)

    class Meta:
        table = "round"
        unique_together = (("challenge", "number"),)
