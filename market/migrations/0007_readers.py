"""Who was shown a pair on a day is known, so that nobody is counted twice."""

from tortoise import fields, migrations

from market.core.columns import AddColumns


class Migration(migrations.Migration):
    dependencies = [("market", "0006_merges")]

    initial = False

    operations = [
        AddColumns("Impression", "impression", {
            "readers": (fields.JSONField(default=list), "jsonb NOT NULL DEFAULT '[]'"),
        }),
    ]
