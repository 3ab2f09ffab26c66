"""A solution: the offer, what it can do, the models it uses and their filings."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from market.core.vocabulary import DataLevel, Readiness
from market.lifecycle import SolutionState


class Filing(Model):
    """An entry of the national or a local registry of generative-AI services (备案 / 登记)."""

    id = fields.IntField(primary_key=True)
    kind = fields.CharField(max_length=20)
    number = fields.CharField(max_length=40, default="")
    jurisdiction = fields.CharField(max_length=60, default="")
    model = fields.CharField(max_length=200)
    entity = fields.CharField(max_length=200, default="")
    filed_on = fields.DateField(null=True)
    filing_number = fields.CharField(max_length=120, default="", db_index=True)
    note = fields.TextField(default="")
    source = fields.CharField(max_length=300, default="")
    source_id = fields.CharField(max_length=200, unique=True)

    class Meta:
        table = "filing"


class Solution(Model):
    """A vendor's offer."""

    id = fields.IntField(primary_key=True)
    organisation_id: int | None
    organisation: Any = fields.ForeignKeyField(
        "market.Organisation", related_name="solutions", null=True, on_delete=fields.RESTRICT
    )
    created_by_id = fields.IntField(null=True)
    title = fields.CharField(max_length=300)
    title_en = fields.CharField(max_length=300, default="")
    summary = fields.TextField(default="")
    fields_served: Any = fields.JSONField(default=list)
    deployments: Any = fields.JSONField(default=list)
    max_data_level = fields.CharEnumField(DataLevel, max_length=20, null=True)
    regions: Any = fields.JSONField(default=list)
    price_min_fen = fields.BigIntField(null=True)
    price_max_fen = fields.BigIntField(null=True)
    delivery_weeks = fields.IntField(null=True)
    readiness = fields.CharEnumField(Readiness, max_length=20, null=True)
    state = fields.CharEnumField(SolutionState, max_length=20, default=SolutionState.DRAFT, db_index=True)
    revision = fields.IntField(default=1)
    source = fields.CharField(max_length=300, default="")
    source_id = fields.CharField(max_length=200, null=True, unique=True)
    merged_into_id = fields.IntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)
    published_at = fields.DatetimeField(null=True, db_index=True)

    class Meta:
        table = "solution"


class Capability(Model):
    """One checkable sentence about what the solution does: a candidate for evidence."""

    id = fields.IntField(primary_key=True)
    solution_id: int
    solution: Any = fields.ForeignKeyField("market.Solution", related_name="capabilities")
    position = fields.IntField()
    text = fields.TextField()

    class Meta:
        table = "capability"
        unique_together = (("solution", "position"),)


class ModelUse(Model):
    """A model that the solution uses, and its filing where the registry has one."""

    id = fields.IntField(primary_key=True)
    solution_id: int
    solution: Any = fields.ForeignKeyField("market.Solution", related_name="models")
    position = fields.IntField()
    name = fields.CharField(max_length=200)
    filing_number = fields.CharField(max_length=120, default="")
    filing_id: int | None
    filing: Any = fields.ForeignKeyField("market.Filing", related_name="uses", null=True, on_delete=fields.SET_NULL)

    class Meta:
        table = "model_use"
        unique_together = (("solution", "position"),)


class Reference(Model):
    """A place where the solution already works, and what came of it."""

    id = fields.IntField(primary_key=True)
    solution_id: int
    solution: Any = fields.ForeignKeyField("market.Solution", related_name="references")
    position = fields.IntField()
    client = fields.CharField(max_length=200)
    year = fields.IntField(null=True)
    result = fields.TextField(default="")

    class Meta:
        table = "reference"
        unique_together = (("solution", "position"),)
