"""Rows that every stage stands on: the audit log, queued jobs, messages and files."""

from tortoise import fields
from tortoise.models import Model


class AuditEvent(Model):
    """One thing that happened. Chained by hash; the database refuses to change or delete it."""

    id = fields.BigIntField(primary_key=True)
    number = fields.BigIntField(unique=True)
    at = fields.DatetimeField()
    role = fields.CharField(max_length=20)
    person_id = fields.IntField(null=True)
    organisation_id = fields.IntField(null=True)
    subject = fields.CharField(max_length=40)
    subject_id = fields.IntField()
    event = fields.CharField(max_length=60)
    source = fields.CharField(max_length=30, default="")
    target = fields.CharField(max_length=30, default="")
    reason = fields.TextField(default="")
    details = fields.JSONField(default=dict)
    previous_hash = fields.CharField(max_length=64)
    hash = fields.CharField(max_length=64, unique=True)

    class Meta:
        table = "audit_event"
        indexes = [("subject", "subject_id")]


class QueuedJob(Model):
    """A job asked for in the transaction that needs it: the truth about what is still to be done."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=60)
    arguments = fields.JSONField(default=dict)
    asked_at = fields.DatetimeField()
    due_at = fields.DatetimeField(db_index=True)
    lease_until = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    done_at = fields.DatetimeField(null=True)
    failed_at = fields.DatetimeField(null=True)
    error = fields.TextField(default="")

    class Meta:
        table = "queued_job"


class Notification(Model):
    """A message for one person, for everybody in an organisation, or for everybody in a role."""

    id = fields.BigIntField(primary_key=True)
    person_id = fields.IntField(null=True, db_index=True)
    organisation_id = fields.IntField(null=True, db_index=True)
    role = fields.CharField(max_length=20, default="")
    text = fields.JSONField()
    link = fields.CharField(max_length=200)
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "notification"


class StoredFile(Model):
    """An uploaded file: what it is and who may be asked about it. Its bytes are in FileContent."""

    id = fields.IntField(primary_key=True)
    subject = fields.CharField(max_length=40)
    subject_id = fields.IntField()
    name = fields.CharField(max_length=200)
    media_type = fields.CharField(max_length=100)
    size = fields.IntField()
    sha256 = fields.CharField(max_length=64)
    organisation_id = fields.IntField(null=True)
    uploaded_by = fields.IntField(null=True)
    uploaded_at = fields.DatetimeField()

    class Meta:
        table = "stored_file"
        indexes = [("subject", "subject_id")]


class FileContent(Model):
    """The bytes of a stored file, kept apart so that lists never load them."""

    id = fields.IntField(primary_key=True)
    file = fields.OneToOneField("market.StoredFile", related_name="content")
    data = fields.BinaryField()

    class Meta:
        table = "file_content"
