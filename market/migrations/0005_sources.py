"""Each entry of a catalogue says which version of its row it was read from: only changed rows are read again."""

from tortoise import fields, migrations

from market.core.columns import AddColumns


class Migration(migrations.Migration):
    dependencies = [("market", "0004_meetings")]

    initial = False

    operations = [
        AddColumns("CatalogueEntry", "catalogue_entry", {
            "source": (fields.CharField(default="", max_length=32), "varchar(32) NOT NULL DEFAULT ''"),
        }),
    ]
