"""Match-making sessions: who takes part, interest, timetables, meetings and what came of them."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from market.core.vocabulary import Field
from market.states import MatchSessionState, MeetingState, ParticipantState, Role
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

SLOTS = "slots BETWEEN 1 AND 48 AND slot_minutes BETWEEN 5 AND 240 AND break_minutes BETWEEN 0 AND 120"

CHECKS = (
    ("match_session", "timetable_has_room", f"{SLOTS} AND tables BETWEEN 1 AND 200 AND most_meetings BETWEEN 1 AND slots"),
    ("match_session", "interest_before_start", "interest_until <= starts_at"),
    ("match_session", "session_has_a_place", "btrim(title) <> '' AND btrim(place) <> ''"),
    ("participant", "buyer_or_vendor", "side IN ('buyer', 'vendor')"),
    ("interest", "known_interest", "level IN ('very', 'interested', 'no')"),
    ("meeting", "place_in_timetable", "slot >= 0 AND table_number >= 0 AND weight > 0 AND fit BETWEEN 0 AND 1"),
    ("meeting", "absent_side", "absent IN ('', 'buyer', 'vendor', 'both')"),
    ("meeting_note", "noting_side", "side IN ('buyer', 'vendor')"),
    ("meeting_note", "known_outcome", "outcome IN ('', 'continue', 'information', 'no_fit', 'not_held')"),
)

LIVE = "WHERE state NOT IN ('declined', 'cancelled')"

# Nobody sits at two tables, no table has two meetings, no pair meets twice, whatever happens at once.
INDEXES = (
    f"CREATE UNIQUE INDEX meeting_one_at_a_table ON meeting (session_id, slot, table_number) {LIVE}",
    f"CREATE UNIQUE INDEX meeting_one_of_a_buyer ON meeting (buyer_id, slot) {LIVE}",
    f"CREATE UNIQUE INDEX meeting_one_of_a_vendor ON meeting (vendor_id, slot) {LIVE}",
    f"CREATE UNIQUE INDEX meeting_one_of_a_pair ON meeting (buyer_id, vendor_id) {LIVE}",
    "CREATE INDEX meeting_of_scene ON meeting (scene_id)",
    "CREATE INDEX meeting_of_solution ON meeting (solution_id)",
    "CREATE INDEX participant_of_organisation ON participant (organisation_id)",
    "CREATE INDEX interest_of_scene ON interest (scene_id)",
    "CREATE INDEX interest_of_solution ON interest (solution_id)",
    "CREATE UNIQUE INDEX timetable_one_waiting ON timetable_run (session_id) WHERE finished_at IS NULL",
)


class Migration(migrations.Migration):
    dependencies = [('market', '0003_matching')]

    initial = False

    operations = [
        ops.CreateModel(
            name='MatchSession',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('title', fields.CharField(max_length=200)),
                ('title_en', fields.CharField(default='', max_length=200)),
                ('field', fields.CharEnumField(description='SMART_MANUFACTURING: smart_manufacturing\nINTEGRATED_CIRCUITS: integrated_circuits\nAUTONOMOUS_DRIVING: autonomous_driving\nROBOTICS: robotics\nLIFE_SCIENCES: life_sciences\nENGINEERING_COMPUTING: engineering_computing\nMETEOROLOGY: meteorology\nGOVERNMENT_SERVICES: government_services\nHEALTHCARE: healthcare\nFINANCE: finance\nEDUCATION: education\nAGRICULTURE: agriculture\nCULTURE_TOURISM: culture_tourism\nCOMMERCE: commerce\nURBAN_GOVERNANCE: urban_governance\nOTHER: other', enum_type=Field, max_length=30)),
                ('about', fields.TextField(default='', unique=False)),
                ('about_en', fields.TextField(default='', unique=False)),
                ('place', fields.CharField(max_length=200)),
                ('place_en', fields.CharField(default='', max_length=200)),
                ('starts_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('slots', fields.IntField()),
                ('slot_minutes', fields.IntField()),
                ('break_minutes', fields.IntField(default=0)),
                ('tables', fields.IntField()),
                ('most_meetings', fields.IntField()),
                ('interest_until', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('state', fields.CharEnumField(default=MatchSessionState.DRAFT, db_index=True, description='DRAFT: draft\nANNOUNCED: announced\nSCHEDULED: scheduled\nHELD: held\nCANCELLED: cancelled', enum_type=MatchSessionState, max_length=20)),
                ('revision', fields.IntField(default=1)),
                ('reason', fields.TextField(default='', unique=False)),
                ('created_by_id', fields.IntField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('announced_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('scheduled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('held_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'match_session', 'app': 'market', 'pk_attr': 'id', 'table_description': 'A match-making session: some hours at which buyers and vendors of a field meet at tables.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Participant',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('session', fields.ForeignKeyField('market.MatchSession', source_field='session_id', db_constraint=True, to_field='id', related_name='participants', on_delete=OnDelete.RESTRICT)),
                ('organisation', fields.ForeignKeyField('market.Organisation', source_field='organisation_id', db_constraint=True, to_field='id', related_name='participations', on_delete=OnDelete.RESTRICT)),
                ('side', fields.CharEnumField(description='BUYER: buyer\nVENDOR: vendor\nOFFICER: officer\nREVIEWER: reviewer\nAUDITOR: auditor\nCLOCK: clock', enum_type=Role, max_length=10)),
                ('state', fields.CharEnumField(default=ParticipantState.REGISTERED, description='REGISTERED: registered\nWITHDRAWN: withdrawn', enum_type=ParticipantState, max_length=20)),
                ('unavailable', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('code', fields.CharField(max_length=12)),
                ('registered_by_id', fields.IntField(null=True)),
                ('registered_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('arrived_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('reminded_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'participant', 'app': 'market', 'unique_together': (('session', 'organisation'), ('session', 'code')), 'pk_attr': 'id', 'table_description': 'An organisation at a session, as buyer or as vendor, with the slots at which it cannot come.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Interest',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('participant', fields.ForeignKeyField('market.Participant', source_field='participant_id', db_constraint=True, to_field='id', related_name='interests', on_delete=OnDelete.RESTRICT)),
                ('scene', fields.ForeignKeyField('market.Scene', source_field='scene_id', db_constraint=True, to_field='id', related_name='interests', on_delete=OnDelete.RESTRICT)),
                ('solution', fields.ForeignKeyField('market.Solution', source_field='solution_id', db_constraint=True, to_field='id', related_name='interests', on_delete=OnDelete.RESTRICT)),
                ('level', fields.CharField(max_length=12)),
                ('stated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'interest', 'app': 'market', 'unique_together': (('participant', 'scene', 'solution'),), 'pk_attr': 'id', 'table_description': 'What one participant says of a pair: very, interested or no. The other side does not see it before scheduling.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Meeting',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('session', fields.ForeignKeyField('market.MatchSession', source_field='session_id', db_constraint=True, to_field='id', related_name='meetings', on_delete=OnDelete.RESTRICT)),
                ('scene', fields.ForeignKeyField('market.Scene', source_field='scene_id', db_constraint=True, to_field='id', related_name='meetings', on_delete=OnDelete.RESTRICT)),
                ('solution', fields.ForeignKeyField('market.Solution', source_field='solution_id', db_constraint=True, to_field='id', related_name='meetings', on_delete=OnDelete.RESTRICT)),
                ('buyer', fields.ForeignKeyField('market.Participant', source_field='buyer_id', db_constraint=True, to_field='id', related_name='as_buyer', on_delete=OnDelete.RESTRICT)),
                ('vendor', fields.ForeignKeyField('market.Participant', source_field='vendor_id', db_constraint=True, to_field='id', related_name='as_vendor', on_delete=OnDelete.RESTRICT)),
                ('slot', fields.IntField()),
                ('table_number', fields.IntField()),
                ('fit', fields.FloatField(null=True)),
                ('weight', fields.IntField()),
                ('state', fields.CharEnumField(default=MeetingState.PROPOSED, db_index=True, description='PROPOSED: proposed\nCONFIRMED: confirmed\nDECLINED: declined\nCANCELLED: cancelled\nHELD: held\nMISSED: missed', enum_type=MeetingState, max_length=20)),
                ('pinned', fields.BooleanField(default=False)),
                ('sequence', fields.IntField(default=0)),
                ('reason', fields.TextField(default='', unique=False)),
                ('absent', fields.CharField(default='', max_length=10)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('published_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('buyer_confirmed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('vendor_confirmed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'meeting', 'app': 'market', 'pk_attr': 'id', 'table_description': 'A buyer with a scene and a vendor with a solution, at a slot and a table; unseen by them until *published_at*.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='MeetingNote',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('meeting', fields.ForeignKeyField('market.Meeting', source_field='meeting_id', db_constraint=True, to_field='id', related_name='notes', on_delete=OnDelete.RESTRICT)),
                ('side', fields.CharEnumField(description='BUYER: buyer\nVENDOR: vendor\nOFFICER: officer\nREVIEWER: reviewer\nAUDITOR: auditor\nCLOCK: clock', enum_type=Role, max_length=10)),
                ('outcome', fields.CharField(default='', max_length=20)),
                ('next_step', fields.TextField(default='', unique=False)),
                ('note', fields.TextField(default='', unique=False)),
                ('person_id', fields.IntField(null=True)),
                ('written_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'meeting_note', 'app': 'market', 'unique_together': (('meeting', 'side'),), 'pk_attr': 'id', 'table_description': 'What one side keeps of a meeting: notes of its own, and the outcome and next step that the district also sees.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TimetableRun',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('session', fields.ForeignKeyField('market.MatchSession', source_field='session_id', db_constraint=True, to_field='id', related_name='timetables', on_delete=OnDelete.RESTRICT)),
                ('asked_by_id', fields.IntField(null=True)),
                ('asked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('applied_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('error', fields.TextField(default='', unique=False)),
                ('asked_from', fields.CharField(default='', max_length=64)),
                ('plan', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('result', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'timetable_run', 'app': 'market', 'pk_attr': 'id', 'table_description': 'One computation of a timetable: what it was computed from, what it proposes and how good that is.'},
            bases=['Model'],
        ),
        ops.RunSQL([
            *(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule})" for table, name, rule in CHECKS),
            *INDEXES,
        ]),
    ]
