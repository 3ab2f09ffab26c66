"""What matching stores: catalogues as they were, rankers, feedback, exposure and saved searches."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

from market.core.columns import AddColumns

CHECKS = (
    ("catalogue_entry", "valid_for_a_while", "until > since"),
    ("publication", "number_positive", "number > 0"),
    ("feedback", "known_feedback",
     "kind IN ('shortlist', 'invite', 'dismiss', 'reconsider', 'interested', 'declined', 'award', 'useful', 'useless')"),
    ("impression", "shown_at_a_place", "best_rank > 0 AND views > 0"),
    ("saved_search", "search_has_a_name", "btrim(name) <> ''"),
    ("saved_search", "known_frequency", "frequency IN ('at_once', 'daily', 'weekly')"),
    ("search_alert", "alert_score_in_range", "score >= 0 AND score <= 1"),
    ("catalogue_freeze", "lifted_by_somebody", "(lifted_at IS NULL) = (lifted_by_id IS NULL)"),
)

INDEXES = (
    "CREATE UNIQUE INDEX entry_valid_now ON catalogue_entry (collection, document_id) WHERE until IS NULL",
    "CREATE INDEX entry_of_text ON catalogue_entry (text_id)",
    "CREATE UNIQUE INDEX freeze_in_force ON catalogue_freeze (scene_id) WHERE lifted_at IS NULL",
    "CREATE INDEX activation_of_ranker ON ranker_activation (ranker_id)",
    "CREATE INDEX feedback_of_scene ON feedback (scene_id)",
    "CREATE INDEX feedback_of_solution ON feedback (solution_id)",
    "CREATE INDEX impression_of_solution ON impression (solution_id, day)",
    "CREATE INDEX search_of_organisation ON saved_search (organisation_id)",
    "CREATE INDEX alert_waiting ON search_alert (search_id) WHERE told_at IS NULL",
    *(
        statement
        for table in ("ranker_version", "ranker_activation", "feedback", "catalogue_text", "publication")
        for statement in (
            f"CREATE TRIGGER {table}_never_changes BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        )
    ),
)


class Migration(migrations.Migration):
    dependencies = [('market', '0002_constraints')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CatalogueFreeze',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('scene', fields.ForeignKeyField('market.Scene', source_field='scene_id', db_constraint=True, to_field='id', related_name='freezes', on_delete=OnDelete.RESTRICT)),
                ('publication', fields.IntField()),
                ('reason', fields.TextField(default='', unique=False)),
                ('frozen_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('frozen_by_id', fields.IntField()),
                ('lifted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('lifted_by_id', fields.IntField(null=True)),
            ],
            options={'table': 'catalogue_freeze', 'app': 'market', 'pk_attr': 'id', 'table_description': 'A scene is ranked against the catalogue of one publication until the freeze is lifted.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CatalogueText',
            fields=[
                ('hash', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('content', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'catalogue_text', 'app': 'market', 'pk_attr': 'hash', 'table_description': 'What a document of a catalogue said: its words and the facts it is judged by, named by their hash.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CatalogueEntry',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('collection', fields.CharField(max_length=20)),
                ('document_id', fields.IntField()),
                ('text', fields.ForeignKeyField('market.CatalogueText', source_field='text_id', db_constraint=True, to_field='hash', related_name='entries', on_delete=OnDelete.RESTRICT)),
                ('since', fields.IntField()),
                ('until', fields.IntField(null=True)),
            ],
            options={'table': 'catalogue_entry', 'app': 'market', 'unique_together': (('collection', 'document_id', 'since'),), 'pk_attr': 'id', 'table_description': 'A document said this from publication *since* until before publication *until*; still, where that is empty.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Feedback',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('run', fields.ForeignKeyField('market.MatchRun', source_field='run_id', null=True, db_constraint=True, to_field='id', related_name='feedback', on_delete=OnDelete.RESTRICT)),
                ('scene', fields.ForeignKeyField('market.Scene', source_field='scene_id', db_constraint=True, to_field='id', related_name='feedback', on_delete=OnDelete.RESTRICT)),
                ('solution', fields.ForeignKeyField('market.Solution', source_field='solution_id', db_constraint=True, to_field='id', related_name='feedback', on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharField(max_length=20)),
                ('reason_code', fields.CharField(default='', max_length=30)),
                ('rank', fields.IntField(null=True)),
                ('score', fields.FloatField(null=True)),
                ('features', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('explored', fields.BooleanField(default=False)),
                ('ranker', fields.CharField(default='', max_length=80)),
                ('encoder', fields.CharField(default='', max_length=120)),
                ('catalogue_version', fields.CharField(default='', max_length=80)),
                ('person_id', fields.IntField(null=True)),
                ('at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'feedback', 'app': 'market', 'pk_attr': 'id', 'table_description': 'What somebody did with a ranked pair, with the versions that had ranked it: what a ranker learns from.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Impression',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('day', fields.DateField()),
                ('scene', fields.ForeignKeyField('market.Scene', source_field='scene_id', db_constraint=True, to_field='id', related_name='impressions', on_delete=OnDelete.RESTRICT)),
                ('solution', fields.ForeignKeyField('market.Solution', source_field='solution_id', db_constraint=True, to_field='id', related_name='impressions', on_delete=OnDelete.RESTRICT)),
                ('best_rank', fields.IntField()),
                ('explored', fields.BooleanField(default=False)),
                ('views', fields.IntField(default=1)),
            ],
            options={'table': 'impression', 'app': 'market', 'unique_together': (('day', 'scene', 'solution'),), 'pk_attr': 'id', 'table_description': 'How often a solution was shown for a scene on a day, and where: what exposure is measured by.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Publication',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('collection', fields.CharField(max_length=20)),
                ('number', fields.IntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('snapshot', fields.CharField(max_length=80)),
                ('encoder', fields.CharField(max_length=120)),
                ('documents', fields.IntField()),
                ('details', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'publication', 'app': 'market', 'unique_together': (('collection', 'number'),), 'pk_attr': 'id', 'table_description': 'A published snapshot of a collection: with the entries valid then, the catalogue can be made again from rows.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RankerVersion',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('name', fields.CharField(unique=True, max_length=80)),
                ('content', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('report', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'ranker_version', 'app': 'market', 'pk_attr': 'id', 'table_description': 'A trained ranker, named by the hash of its content; which one is in use is said by the last activation.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RankerActivation',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('ranker', fields.ForeignKeyField('market.RankerVersion', source_field='ranker_id', db_constraint=True, to_field='id', related_name='activations', on_delete=OnDelete.RESTRICT)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('by_id', fields.IntField(null=True)),
                ('reason', fields.TextField(default='', unique=False)),
            ],
            options={'table': 'ranker_activation', 'app': 'market', 'pk_attr': 'id', 'table_description': 'From when on a ranker is used, and why; never changed: going back is another activation.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SavedSearch',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('market.Person', source_field='person_id', db_constraint=True, to_field='id', related_name='searches', on_delete=OnDelete.CASCADE)),
                ('organisation', fields.ForeignKeyField('market.Organisation', source_field='organisation_id', db_constraint=True, to_field='id', related_name='searches', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=100)),
                ('query', fields.CharField(default='', max_length=300)),
                ('filters', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('solution', fields.ForeignKeyField('market.Solution', source_field='solution_id', null=True, db_constraint=True, to_field='id', related_name='searches', on_delete=OnDelete.CASCADE)),
                ('frequency', fields.CharField(default='at_once', max_length=10)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('paused_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('looked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'saved_search', 'app': 'market', 'pk_attr': 'id', 'table_description': 'What somebody wants to hear of: words, filters, or a solution whose scenes are wanted; and how often.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SearchAlert',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('search', fields.ForeignKeyField('market.SavedSearch', source_field='search_id', db_constraint=True, to_field='id', related_name='alerts', on_delete=OnDelete.CASCADE)),
                ('scene', fields.ForeignKeyField('market.Scene', source_field='scene_id', db_constraint=True, to_field='id', related_name='alerts', on_delete=OnDelete.CASCADE)),
                ('solution', fields.ForeignKeyField('market.Solution', source_field='solution_id', null=True, db_constraint=True, to_field='id', related_name='alerts', on_delete=OnDelete.CASCADE)),
                ('score', fields.FloatField()),
                ('found_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('told_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('useful', fields.BooleanField(null=True)),
            ],
            options={'table': 'search_alert', 'app': 'market', 'unique_together': (('search', 'scene'),), 'pk_attr': 'id', 'table_description': 'A scene that a saved search found, once; *told_at* when its owner was told.'},
            bases=['Model'],
        ),
        AddColumns('Match', 'match', {
            'contributions': (fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads),
                              "jsonb NOT NULL DEFAULT '{}'"),
            'explored': (fields.BooleanField(default=False), 'boolean NOT NULL DEFAULT false'),
        }),
        AddColumns('MatchRun', 'match_run', {
            'ranker': (fields.CharField(default='', max_length=80), "varchar(80) NOT NULL DEFAULT ''"),
            'publication': (fields.IntField(null=True), 'integer'),
            'inputs': (fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads),
                       "jsonb NOT NULL DEFAULT '{}'"),
            'outputs': (fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads),
                        "jsonb NOT NULL DEFAULT '[]'"),
            'teams': (fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads),
                      "jsonb NOT NULL DEFAULT '[]'"),
        }),
        AddColumns('Shortlisting', 'shortlisting', {
            'reason_code': (fields.CharField(default='', max_length=30), "varchar(30) NOT NULL DEFAULT ''"),
        }),
        ops.RunSQL([
            *(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule})" for table, name, rule in CHECKS), *INDEXES,
        ]),
    ]
