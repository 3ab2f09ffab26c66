"""Ranked pairs with their evidence, what produced them, and what people decided about them."""

from typing import Any

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

    class Meta:
        table = "impression"
        unique_together = (("day", "scene", "solution"),)


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
