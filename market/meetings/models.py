"""Sessions, who takes part, what they are interested in, timetables that were computed, and meetings."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from market.core.vocabulary import Field
from market.lifecycle import MatchSessionState, MeetingState, ParticipantState, Role


class MatchSession(Model):
    """A match-making session: some hours at which buyers and vendors of a field meet at tables."""

    id = fields.IntField(primary_key=True)
    title = fields.CharField(max_length=200)
    title_en = fields.CharField(max_length=200, default="")
    field = fields.CharEnumField(Field, max_length=30)
    about = fields.TextField(default="")
    about_en = fields.TextField(default="")
    place = fields.CharField(max_length=200)
    place_en = fields.CharField(max_length=200, default="")
    starts_at = fields.DatetimeField(db_index=True)
    slots = fields.IntField()
    slot_minutes = fields.IntField()
    break_minutes = fields.IntField(default=0)
    tables = fields.IntField()
    most_meetings = fields.IntField()
    interest_until = fields.DatetimeField()
    state = fields.CharEnumField(MatchSessionState, max_length=20, default=MatchSessionState.DRAFT, db_index=True)
    revision = fields.IntField(default=1)
    reason = fields.TextField(default="")
    created_by_id = fields.IntField(null=True)
    created_at = fields.DatetimeField()
    announced_at = fields.DatetimeField(null=True)
    scheduled_at = fields.DatetimeField(null=True)
    held_at = fields.DatetimeField(null=True)

    class Meta:
        table = "match_session"


class Participant(Model):
    """An organisation at a session, as buyer or as vendor, with the slots at which it cannot come."""

    id = fields.IntField(primary_key=True)
    session_id: int
    session: Any = fields.ForeignKeyField(
        "market.MatchSession", related_name="participants", on_delete=fields.RESTRICT
    )  # fmt: skip
    organisation_id: int
    organisation: Any = fields.ForeignKeyField(
        "market.Organisation", related_name="participations", on_delete=fields.RESTRICT
    )
    side = fields.CharEnumField(Role, max_length=10)
    state = fields.CharEnumField(ParticipantState, max_length=20, default=ParticipantState.REGISTERED)
    unavailable: Any = fields.JSONField(default=list)
    code = fields.CharField(max_length=12)
    registered_by_id = fields.IntField(null=True)
    registered_at = fields.DatetimeField()
    arrived_at = fields.DatetimeField(null=True)
    reminded_at = fields.DatetimeField(null=True)

    class Meta:
        table = "participant"
        unique_together = (("session", "organisation"), ("session", "code"))


class Interest(Model):
    """What one participant says of a pair: very, interested or no. The other side does not see it before scheduling."""

    id = fields.IntField(primary_key=True)
    participant_id: int
    participant: Any = fields.ForeignKeyField("market.Participant", related_name="interests", on_delete=fields.RESTRICT)
    scene_id: int
    scene: Any = fields.ForeignKeyField("market.Scene", related_name="interests", on_delete=fields.RESTRICT)
    solution_id: int
    solution: Any = fields.ForeignKeyField("market.Solution", related_name="interests", on_delete=fields.RESTRICT)
    level = fields.CharField(max_length=12)
    stated_at = fields.DatetimeField()

    class Meta:
        table = "interest"
        unique_together = (("participant", "scene", "solution"),)


class TimetableRun(Model):
    """One computation of a timetable: what it was computed from, what it proposes and how good that is."""

    id = fields.IntField(primary_key=True)
    session_id: int
    session: Any = fields.ForeignKeyField("market.MatchSession", related_name="timetables", on_delete=fields.RESTRICT)
    asked_by_id = fields.IntField(null=True)
    asked_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)
    applied_at = fields.DatetimeField(null=True)
    error = fields.TextField(default="")
    asked_from = fields.CharField(max_length=64, default="")
    plan: Any = fields.JSONField(default=list)
    result: Any = fields.JSONField(default=dict)

    class Meta:
        table = "timetable_run"


class Meeting(Model):
    """A buyer with a scene and a vendor with a solution, at a slot and a table; unseen by them until *published_at*."""

    id = fields.IntField(primary_key=True)
    session_id: int
    session: Any = fields.ForeignKeyField("market.MatchSession", related_name="meetings", on_delete=fields.RESTRICT)
    scene_id: int
    scene: Any = fields.ForeignKeyField("market.Scene", related_name="meetings", on_delete=fields.RESTRICT)
    solution_id: int
    solution: Any = fields.ForeignKeyField("market.Solution", related_name="meetings", on_delete=fields.RESTRICT)
    buyer_id: int
    buyer: Any = fields.ForeignKeyField("market.Participant", related_name="as_buyer", on_delete=fields.RESTRICT)
    vendor_id: int
    vendor: Any = fields.ForeignKeyField("market.Participant", related_name="as_vendor", on_delete=fields.RESTRICT)
    slot = fields.IntField()
    table_number = fields.IntField()
    fit = fields.FloatField(null=True)
    weight = fields.IntField()
    state = fields.CharEnumField(MeetingState, max_length=20, default=MeetingState.PROPOSED, db_index=True)
    pinned = fields.BooleanField(default=False)
    sequence = fields.IntField(default=0)
    reason = fields.TextField(default="")
    absent = fields.CharField(max_length=10, default="")
    created_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)
    buyer_confirmed_at = fields.DatetimeField(null=True)
    vendor_confirmed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "meeting"


class MeetingNote(Model):
    """What one side keeps of a meeting: notes of its own, and the outcome and next step that the district also sees."""

    id = fields.IntField(primary_key=True)
    meeting_id: int
    meeting: Any = fields.ForeignKeyField("market.Meeting", related_name="notes", on_delete=fields.RESTRICT)
    side = fields.CharEnumField(Role, max_length=10)
    outcome = fields.CharField(max_length=20, default="")
    next_step = fields.TextField(default="")
    note = fields.TextField(default="")
    person_id = fields.IntField(null=True)
    written_at = fields.DatetimeField()

    class Meta:
        table = "meeting_note"
        unique_together = (("meeting", "side"),)
