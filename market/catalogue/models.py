"""Vectors of texts, and every catalogue that was published: what each document said from when until when."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class TextVector(Model):
    """The vector of a text under a model, so that a changed scene embeds only what changed."""

    id = fields.BigIntField(primary_key=True)
    model = fields.CharField(max_length=120)
    text_hash = fields.CharField(max_length=64)
    vector = fields.BinaryField()

    class Meta:
        table = "text_vector"
        unique_together = (("model", "text_hash"),)


class CatalogueText(Model):
    """What a document of a catalogue said: its words and the facts it is judged by, named by their hash."""

    hash = fields.CharField(max_length=64, primary_key=True)
    content: Any = fields.JSONField()

    class Meta:
        table = "catalogue_text"


class CatalogueEntry(Model):
    """A document said this from publication *since* until before publication *until*; still, where that is empty."""

    id = fields.BigIntField(primary_key=True)
    collection = fields.CharField(max_length=20)
    document_id = fields.IntField()
    text_id: str
    text = fields.ForeignKeyField("market.CatalogueText", related_name="entries", on_delete=fields.RESTRICT)
    since = fields.IntField()
    until = fields.IntField(null=True)
    source = fields.CharField(max_length=32, default="")  # the version of the row that it was read from last

    class Meta:
        table = "catalogue_entry"
        unique_together = (("collection", "document_id", "since"),)


class Publication(Model):
    """A published snapshot of a collection: with the entries valid then, the catalogue can be made again from rows."""

    id = fields.IntField(primary_key=True)
    collection = fields.CharField(max_length=20)
    number = fields.IntField()
    at = fields.DatetimeField()
    snapshot = fields.CharField(max_length=80)
    encoder = fields.CharField(max_length=120)
    documents = fields.IntField()
    details: Any = fields.JSONField(default=dict)

    class Meta:
        table = "publication"
        unique_together = (("collection", "number"),)
