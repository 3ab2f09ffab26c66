"""The models and the migrations agree, and the database refuses what the migrations say it refuses."""

from tortoise import Tortoise
from tortoise.migrations.autodetector import MigrationAutodetector

from market.core import database


async def test_no_model_has_changed_without_a_migration(db: object) -> None:
    """What ``makemigrations`` would write: nothing."""
    detector = MigrationAutodetector(Tortoise.apps, database.orm_config("postgresql://unused/x")["apps"])
    missing = [operation.describe() for writer in await detector.changes() for operation in writer.operations]
    assert missing == []


async def test_migrating_again_applies_nothing(db: object) -> None:
    connection = await database.connect(db.database_url)
    names = await database.applied_migrations(connection)
    await connection.close()
    assert names[:2] == ["0001_initial", "0002_constraints"]
