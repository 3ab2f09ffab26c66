"""Public money: funds, the ledger through which every fen moves, grants and their tranches."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from market.lifecycle import GrantState, TrancheState


class AccountKind(StrEnum):
    """Where the money of a fund stands, from the treasury to the receiver."""

    SOURCE = "source"
    AVAILABLE = "available"
    COMMITTED = "committed"
    RESERVED = "reserved"
    PAYABLE = "payable"
    PAID = "paid"


class Fund(Model):
    """An envelope of public money with caps."""

    id = fields.IntField(primary_key=True)
    code = fields.CharField(max_length=30, unique=True)
    name = fields.CharField(max_length=200)
    name_en = fields.CharField(max_length=200, default="")
    policy_basis = fields.TextField(default="")
    project_cap_fen = fields.BigIntField()
    organisation_cap_fen = fields.BigIntField()
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "fund"


class Account(Model):
    """A place in a fund where money stands. The database keeps the balance and refuses one below zero."""

    id = fields.IntField(primary_key=True)
    fund_id: int
    fund: Any = fields.ForeignKeyField("market.Fund", related_name="accounts", on_delete=fields.RESTRICT)
    kind = fields.CharField(max_length=20)
    balance_fen = fields.BigIntField(default=0)

    class Meta:
        table = "account"
        unique_together = (("fund", "kind"),)


class Transaction(Model):
    """Money that moved: its entries sum to zero. Chained by hash; the database refuses to change or delete it."""

    id = fields.IntField(primary_key=True)
    number = fields.BigIntField(unique=True)
    at = fields.DatetimeField()
    kind = fields.CharField(max_length=30)
    memo = fields.TextField(default="")
    subject = fields.CharField(max_length=40)
    subject_id = fields.IntField()
    person_id = fields.IntField(null=True)
    entries_json: Any = fields.JSONField()
    previous_hash = fields.CharField(max_length=64)
    hash = fields.CharField(max_length=64, unique=True)

    class Meta:
        table = "ledger_transaction"
        unique_together = (("kind", "subject", "subject_id"),)


class Entry(Model):
    """One side of a transaction: plus comes in, minus goes out."""

    id = fields.BigIntField(primary_key=True)
    transaction_id: int
    transaction: Any = fields.ForeignKeyField("market.Transaction", related_name="entries", on_delete=fields.RESTRICT)
    account_id: int
    account: Any = fields.ForeignKeyField("market.Account", related_name="entries", on_delete=fields.RESTRICT)
    amount_fen = fields.BigIntField()

    class Meta:
        table = "ledger_entry"


class Grant(Model):
    """What a confirmed award releases."""

    id = fields.IntField(primary_key=True)
    award_id: int
    award: Any = fields.OneToOneField("market.Award", related_name="grant", on_delete=fields.RESTRICT)
    fund_id: int
    fund: Any = fields.ForeignKeyField("market.Fund", related_name="grants", on_delete=fields.RESTRICT)
    organisation_id: int
    organisation: Any = fields.ForeignKeyField("market.Organisation", related_name="grants", on_delete=fields.RESTRICT)
    amount_fen = fields.BigIntField()
    state = fields.CharEnumField(GrantState, max_length=20, default=GrantState.RESERVED)
    reserved_at = fields.DatetimeField()

    class Meta:
        table = "grant_award"


class Tranche(Model):
    """One part of a grant, released when its milestone is met or the pilot is accepted."""

    id = fields.IntField(primary_key=True)
    grant_id: int
    grant: Any = fields.ForeignKeyField("market.Grant", related_name="tranches", on_delete=fields.RESTRICT)
    position = fields.IntField()
    title = fields.CharField(max_length=200)
    due_week = fields.IntField(default=0)
    percent = fields.IntField()
    amount_fen = fields.BigIntField()
    state = fields.CharEnumField(TrancheState, max_length=20, default=TrancheState.PLANNED)
    released_at = fields.DatetimeField(null=True)
    paid_at = fields.DatetimeField(null=True)
    payment_reference = fields.CharField(max_length=80, default="")

    class Meta:
        table = "tranche"
        unique_together = (("grant", "position"),)
