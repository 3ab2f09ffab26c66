"""People, the organisations they act for, and their sessions."""

from tortoise import fields
from tortoise.models import Model

from market.core.vocabulary import OrganisationKind, Size
from market.lifecycle import OrganisationState, Role


class Organisation(Model):
    """A buyer, vendor, district office, expert or audit body, known by its unified social credit code."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=200)
    name_en = fields.CharField(max_length=200, default="")
    kind = fields.CharEnumField(OrganisationKind, max_length=20)
    uscc = fields.CharField(max_length=18, null=True, unique=True)
    size = fields.CharEnumField(Size, max_length=10, null=True)
    region = fields.CharField(max_length=60, default="")
    intro = fields.TextField(default="")
    state = fields.CharEnumField(OrganisationState, max_length=20, default=OrganisationState.UNVERIFIED)
    verified_at = fields.DatetimeField(null=True)
    source_id = fields.CharField(max_length=200, null=True, unique=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "organisation"


class Person(Model):
    """Somebody who can sign in."""

    id = fields.IntField(primary_key=True)
    email = fields.CharField(max_length=254, unique=True)
    name = fields.CharField(max_length=100)
    password_hash = fields.CharField(max_length=200)
    locale = fields.CharField(max_length=5, default="zh")
    created_at = fields.DatetimeField(auto_now_add=True)
    disabled_at = fields.DatetimeField(null=True)
    notifications_seen_at = fields.DatetimeField(null=True)

    class Meta:
        table = "person"


class Membership(Model):
    """A person's role for an organisation."""

    id = fields.IntField(primary_key=True)
    person = fields.ForeignKeyField("market.Person", related_name="memberships")
    organisation = fields.ForeignKeyField("market.Organisation", related_name="memberships")
    role = fields.CharEnumField(Role, max_length=20)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "membership"
        unique_together = (("person", "organisation", "role"),)


class Session(Model):
    """A signed-in browser. The cookie holds a random token; the row holds only its hash."""

    id = fields.CharField(max_length=64, primary_key=True)
    person = fields.ForeignKeyField("market.Person", related_name="sessions")
    membership = fields.ForeignKeyField("market.Membership", related_name="sessions", null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "session"
