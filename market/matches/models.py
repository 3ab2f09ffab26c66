"""Ranked pairs with their evidence, what produced them, and what people decided about them."""

from tortoise import fields
from tortoise.models import Model

from market.lifecycle import ShortlistState


class TextVector(Model):
    """The vector of a text under a model, so that a changed scene embeds only what changed."""

    id = fields.BigIntField(primary_key=True)
    model = fields.CharField(max_length=120)
    text_hash = fields.CharField(max_length=64)
    vector = fields.BinaryField()

    class Meta:
        table = "text_vector"
        unique_together = (("model", "text_hash"),)


class MatchRun(Model):
    """One ranking of the catalogue for a scene, with the versions that explain it."""

    id = fields.IntField(primary_key=True)
    scene = fields.ForeignKeyField("market.Scene", related_name="runs", on_delete=fields.RESTRICT)
    asked_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    error = fields.TextField(default="")
    encoder = fields.CharField(max_length=120, default="")
    snapshot = fields.CharField(max_length=80, default="")
    catalogue_version = fields.CharField(max_length=80, default="")
    weights = fields.JSONField(default=dict)
    considered = fields.IntField(default=0)

    class Meta:
        table = "match_run"


class Match(Model):
    """A scene–solution pair: score, evidence for each requirement, and the musts that are not met."""

    id = fields.IntField(primary_key=True)
    run = fields.ForeignKeyField("market.MatchRun", related_name="matches")
    scene = fields.ForeignKeyField("market.Scene", related_name="matches")
    solution = fields.ForeignKeyField("market.Solution", related_name="matches")
    rank = fields.IntField()
    score = fields.FloatField()
    dense = fields.FloatField()
    lexical = fields.FloatField()
    coverage = fields.FloatField()
    evidence = fields.JSONField(default=list)
    unmet = fields.JSONField(default=list)
    qualifies = fields.BooleanField()

    class Meta:
        table = "match"
        unique_together = (("scene", "solution"),)


class Shortlisting(Model):
    """What a buyer and a vendor decided about a pair."""

    id = fields.IntField(primary_key=True)
    scene = fields.ForeignKeyField("market.Scene", related_name="shortlistings", on_delete=fields.RESTRICT)
    solution = fields.ForeignKeyField("market.Solution", related_name="shortlistings", on_delete=fields.RESTRICT)
    state = fields.CharEnumField(ShortlistState, max_length=20, default=ShortlistState.SHORTLISTED)
    reason = fields.TextField(default="")
    created_by_id = fields.IntField(null=True)
    created_at = fields.DatetimeField()
    invited_at = fields.DatetimeField(null=True)
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "shortlisting"
        unique_together = (("scene", "solution"),)
