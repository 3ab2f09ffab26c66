"""What vendors want to hear of, and what was found for them."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class SavedSearch(Model):
    """What somebody wants to hear of: words, filters, or a solution whose scenes are wanted; and how often."""

    id = fields.IntField(primary_key=True)
    person_id: int
    person = fields.ForeignKeyField("market.Person", related_name="searches", on_delete=fields.CASCADE)
    organisation_id: int
    organisation = fields.ForeignKeyField("market.Organisation", related_name="searches", on_delete=fields.CASCADE)
    name = fields.CharField(max_length=100)
    query = fields.CharField(max_length=300, default="")
    filters: Any = fields.JSONField(default=dict)
    solution_id: int | None
    solution = fields.ForeignKeyField("market.Solution", related_name="searches", null=True, on_delete=fields.CASCADE)
    frequency = fields.CharField(max_length=10, default="at_once")
    created_at = fields.DatetimeField()
    paused_at = fields.DatetimeField(null=True)
    looked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "saved_search"


class SearchAlert(Model):
    """A scene that a saved search found, once; *told_at* when its owner was told."""

    id = fields.IntField(primary_key=True)
    search_id: int
    search = fields.ForeignKeyField("market.SavedSearch", related_name="alerts", on_delete=fields.CASCADE)
    scene_id: int
    scene = fields.ForeignKeyField("market.Scene", related_name="alerts", on_delete=fields.CASCADE)
    solution_id: int | None
    solution = fields.ForeignKeyField("market.Solution", related_name="alerts", null=True, on_delete=fields.CASCADE)
    score = fields.FloatField()
    found_at = fields.DatetimeField()
    told_at = fields.DatetimeField(null=True)
    useful = fields.BooleanField(null=True)

    class Meta:
        table = "search_alert"
        unique_together = (("search", "scene"),)
