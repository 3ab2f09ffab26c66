"""Ranked pairs with their evidence, what produced them, and what people decided about them."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from market.lifecycle import ShortlistState


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
    # What makes the ranking repeatable: the ranker's name, the catalogue's publication, the need and the facts as they
    # were, and every pair with the parts of its score.
    ranker = fields.CharField(max_length=80, default="")
    publication = fields.IntField(null=True)
    inputs: Any = fields.JSONField(default=dict)
    outputs: Any = fields.JSONField(default=list)
    teams: Any = fields.JSONField(default=list)

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
    # What each part of the ranker adds to the score, by name; whether the place was given to show an unknown vendor.
    contributions: Any = fields.JSONField(default=dict)
    explored = fields.BooleanField(default=False)

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
    reason_code = fields.CharField(max_length=30, default="")
    created_by_id = fields.IntField(null=True)
    created_at = fields.DatetimeField()
    invited_at = fields.DatetimeField(null=True)
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "shortlisting"
        unique_together = (("scene", "solution"),)


class CatalogueFreeze(Model):
    """A scene is ranked against the catalogue of one publication until the freeze is lifted."""

    id = fields.IntField(primary_key=True)
    scene_id: int
    scene = fields.ForeignKeyField("market.Scene", related_name="freezes", on_delete=fields.RESTRICT)
    publication = fields.IntField()
    reason = fields.TextField(default="")
    frozen_at = fields.DatetimeField()
    frozen_by_id = fields.IntField()
    lifted_at = fields.DatetimeField(null=True)
    lifted_by_id = fields.IntField(null=True)

    class Meta:
        table = "catalogue_freeze"


class RankerVersion(Model):
    """A trained ranker, named by the hash of its content; which one is in use is said by the last activation."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=80, unique=True)
    content: Any = fields.JSONField()
    report: Any = fields.JSONField(default=dict)
    created_at = fields.DatetimeField()

    class Meta:
        table = "ranker_version"


class RankerActivation(Model):
    """From when on a ranker is used, and why; never changed: going back is another activation."""

    id = fields.IntField(primary_key=True)
    ranker_id: int
    ranker = fields.ForeignKeyField("market.RankerVersion", related_name="activations", on_delete=fields.RESTRICT)
    at = fields.DatetimeField()
    by_id = fields.IntField(null=True)
    reason = fields.TextField(default="")

    class Meta:
        table = "ranker_activation"


class Feedback(Model):
    """What somebody did with a ranked pair, with the versions that had ranked it: what a ranker learns from."""

    id = fields.BigIntField(primary_key=True)
    run_id: int
    run = fields.ForeignKeyField("market.MatchRun", related_name="feedback", null=True, on_delete=fields.RESTRICT)
    scene_id: int
    scene = fields.ForeignKeyField("market.Scene", related_name="feedback", on_delete=fields.RESTRICT)
    solution_id: int
    solution = fields.ForeignKeyField("market.Solution", related_name="feedback", on_delete=fields.RESTRICT)
    kind = fields.CharField(max_length=20)
    reason_code = fields.CharField(max_length=30, default="")
    rank = fields.IntField(null=True)
    score = fields.FloatField(null=True)
    features: Any = fields.JSONField(default=dict)
    explored = fields.BooleanField(default=False)
    ranker = fields.CharField(max_length=80, default="")
    encoder = fields.CharField(max_length=120, default="")
    catalogue_version = fields.CharField(max_length=80, default="")
    person_id = fields.IntField(null=True)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "feedback"


class Impression(Model):
    """How often a solution was shown for a scene on a day, and where: what exposure is measured by."""

    id = fields.BigIntField(primary_key=True)
    day = fields.DateField()
    scene_id: int
    scene = fields.ForeignKeyField("market.Scene", related_name="impressions", on_delete=fields.RESTRICT)
    solution_id: int
    solution = fields.ForeignKeyField("market.Solution", related_name="impressions", on_delete=fields.RESTRICT)
    best_rank = fields.IntField()
    explored = fields.BooleanField(default=False)
    views = fields.IntField(default=1)
    readers: Any = fields.JSONField(default=list)  # whom: each is counted once

    class Meta:
        table = "impression"
        unique_together = (("day", "scene", "solution"),)
