"""Pairs that seem to be one and the same, what was proposed about them, and how far the search for them has come."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from market.lifecycle import MergeState


class MergeProposal(Model):
    """Two scenes or two solutions that say nearly the same; the lower id is *first*."""

    id = fields.IntField(primary_key=True)
    kind = fields.CharField(max_length=10)
    first_id = fields.IntField()
    second_id = fields.IntField()
    likeness = fields.FloatField()
    shared = fields.FloatField()
    state = fields.CharEnumField(MergeState, max_length=20, default=MergeState.FOUND)
    keep_id = fields.IntField(null=True)
    reason = fields.TextField(default="")
    answer = fields.TextField(default="")
    found_at = fields.DatetimeField()
    proposed_by_id = fields.IntField(null=True)
    proposed_at = fields.DatetimeField(null=True)
    decided_by_id = fields.IntField(null=True)
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "merge_proposal"
        unique_together = (("kind", "first_id", "second_id"),)

    @property
    def give_up_id(self) -> int | None:
        """Which of the two goes, once it is said which one stays."""
        if self.keep_id is None:
            return None
        return self.second_id if self.keep_id == self.first_id else self.first_id

    @property
    def pair(self) -> tuple[int, int]:
        """Both ids."""
        return self.first_id, self.second_id


class DuplicateSearch(Model):
    """The last entry of a collection's catalogue that was compared with the others."""

    id = fields.IntField(primary_key=True)
    collection: Any = fields.CharField(max_length=20, unique=True)
    entry_id = fields.BigIntField()
    looked_at = fields.DatetimeField()

    class Meta:
        table = "duplicate_search"
