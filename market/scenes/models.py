"""A scene: the need, its requirements and its acceptance metrics."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from market.core.vocabulary import DataLevel, Direction, Field, RequirementKind
from market.lifecycle import SceneState


class Scene(Model):
    """A real problem that a model could solve."""

    id = fields.IntField(primary_key=True)
    organisation_id: int | None
    organisation: Any = fields.ForeignKeyField(
        "market.Organisation", related_name="scenes", null=True, on_delete=fields.RESTRICT
    )
    created_by_id = fields.IntField(null=True)
    title = fields.CharField(max_length=300)
    title_en = fields.CharField(max_length=300, default="")
    field = fields.CharEnumField(Field, max_length=30, default=Field.OTHER)
    problem = fields.TextField(default="")
    outcome = fields.TextField(default="")
    data_description = fields.TextField(default="")
    data_level = fields.CharEnumField(DataLevel, max_length=20, default=DataLevel.INTERNAL)
    data_access = fields.TextField(default="")
    deployments: Any = fields.JSONField(default=list)
    serves_public = fields.BooleanField(default=False)
    region = fields.CharField(max_length=60, default="")
    acceptance_test = fields.TextField(default="")
    budget_min_fen = fields.BigIntField(null=True)
    budget_max_fen = fields.BigIntField(null=True)
    start_by = fields.DateField(null=True)
    duration_weeks = fields.IntField(null=True)
    state = fields.CharEnumField(SceneState, max_length=20, default=SceneState.DRAFT, db_index=True)
    officer_comment = fields.TextField(default="")
    revision = fields.IntField(default=1)
    source = fields.CharField(max_length=300, default="")
    source_id = fields.CharField(max_length=200, null=True, unique=True)
    merged_into_id = fields.IntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)
    submitted_at = fields.DatetimeField(null=True)
    published_at = fields.DatetimeField(null=True, db_index=True)

    class Meta:
        table = "scene"


class Requirement(Model):
    """One checkable sentence of a scene; a must refuses, a wish ranks."""

    id = fields.IntField(primary_key=True)
    scene_id: int
    scene: Any = fields.ForeignKeyField("market.Scene", related_name="requirements")
    position = fields.IntField()
    text = fields.TextField()
    kind = fields.CharEnumField(RequirementKind, max_length=10)

    class Meta:
        table = "requirement"
        unique_together = (("scene", "position"),)


class Metric(Model):
    """One number by which the pilot will be accepted."""

    id = fields.IntField(primary_key=True)
    scene_id: int
    scene: Any = fields.ForeignKeyField("market.Scene", related_name="metrics")
    position = fields.IntField()
    name = fields.CharField(max_length=200)
    baseline = fields.DecimalField(max_digits=18, decimal_places=4, null=True)
    target = fields.DecimalField(max_digits=18, decimal_places=4)
    unit = fields.CharField(max_length=40, default="")
    direction = fields.CharEnumField(Direction, max_length=10, default=Direction.HIGHER)

    class Meta:
        table = "metric"
        unique_together = (("scene", "position"),)
