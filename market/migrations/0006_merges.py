"""Pairs that seem to be one, and to which row a merged one leads."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from market.core.columns import AddColumns
from market.lifecycle import MergeState

CHECKS = (
    ("merge_proposal", "two_rows_in_order", "first_id < second_id"),
    ("merge_proposal", "known_kind", "kind IN ('scene', 'solution')"),
    ("merge_proposal", "one_of_the_two_stays", "keep_id IN (first_id, second_id)"),
    ("merge_proposal", "proposed_has_a_side",
     "state IN ('found', 'dismissed') OR (keep_id IS NOT NULL AND proposed_by_id IS NOT NULL)"),
    ("scene", "scene_merged_elsewhere", "merged_into_id <> id"),
    ("solution", "solution_merged_elsewhere", "merged_into_id <> id"),
)


class Migration(migrations.Migration):
    dependencies = [("market", "0005_sources")]

    initial = False

    operations = [
        ops.CreateModel(
            name="MergeProposal",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=10)),
                ("first_id", fields.IntField()),
                ("second_id", fields.IntField()),
                ("likeness", fields.FloatField()),
                ("shared", fields.FloatField()),
                ("state", fields.CharEnumField(default=MergeState.FOUND, enum_type=MergeState, max_length=20)),
                ("keep_id", fields.IntField(null=True)),
                ("reason", fields.TextField(default="", unique=False)),
                ("answer", fields.TextField(default="", unique=False)),
                ("found_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("proposed_by_id", fields.IntField(null=True)),
                ("proposed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("decided_by_id", fields.IntField(null=True)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "merge_proposal", "app": "market",
                     "unique_together": (("kind", "first_id", "second_id"),), "pk_attr": "id",
                     "table_description": "Two scenes or two solutions that say nearly the same; the lower id is *first*."},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DuplicateSearch",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("collection", fields.CharField(unique=True, max_length=20)),
                ("entry_id", fields.BigIntField()),
                ("looked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "duplicate_search", "app": "market", "pk_attr": "id",
                     "table_description": "The last entry of a collection's catalogue that was compared with the others."},
            bases=["Model"],
        ),
        AddColumns("Scene", "scene", {"merged_into_id": (fields.IntField(null=True), "integer")}),
        AddColumns("Solution", "solution", {"merged_into_id": (fields.IntField(null=True), "integer")}),
        ops.RunSQL([f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule})" for table, name, rule in CHECKS]),
    ]
