import asyncio
from datetime import UTC, datetime

import orjson
from tortoise import connections

from market.core import audit, clock
from market.core.models import AuditEvent
from market.core.permissions import CLOCK
from market.core.work import unit_of_work
from market.scenes.models import Scene


async def record(count: int) -> Scene:
    scene = await Scene.create(title="x")
    for number in range(count):
        async with unit_of_work() as work:
            work.record(f"event_{number}", scene, actor=CLOCK, amount=number)
    return scene


async def export() -> list[bytes]:
    return [orjson.dumps(event) async for event in audit.export_events()]


async def test_the_chain_holds_and_ends_in_its_last_hash(db: object) -> None:
    await record(3)
    report = await audit.verify_audit()
    last = await AuditEvent.all().order_by("-number").first()
    assert last is not None
    assert (report.sound, report.checked, report.last_hash) == (True, 3, last.hash)


async def test_an_empty_log_is_sound(db: object) -> None:
    assert await audit.verify_audit() == audit.ChainReport(0, audit.GENESIS)


async def test_a_changed_event_is_found_by_number_even_past_the_trigger(db: object) -> None:
    await record(3)
    await connections.get("default").execute_script(
        "SET session_replication_role = replica; UPDATE audit_event SET reason = 'forged' WHERE number = 2;"
        " SET session_replication_role = DEFAULT"
    )
    report = await audit.verify_audit()
    assert (report.sound, report.bad_number) == (False, 2)
    assert report.problem == "event 2 was changed after it was written"


async def test_a_missing_event_is_found_in_an_export(db: object) -> None:
    await record(3)
    lines = await export()
    report = audit.verify_export([lines[0], lines[2]])
    assert (report.bad_number, report.problem) == (2, "event 2 is missing")


async def test_an_export_proves_itself_without_a_database(db: object) -> None:
    await record(4)
    assert audit.verify_export(await export()).sound


async def test_many_at_once_make_one_chain_without_gaps(db: object) -> None:
    scene = await Scene.create(title="x")

    async def one(number: int) -> None:
        async with unit_of_work() as work:
            work.record(f"event_{number}", scene, actor=CLOCK)

    await asyncio.gather(*(one(number) for number in range(20)))
    report = await audit.verify_audit()
    assert (report.sound, report.checked) == (True, 20)


async def test_the_hash_does_not_depend_on_the_zone_in_which_a_time_is_written(db: object) -> None:
    clock.fix(datetime(2026, 11, 2, 4, 0, tzinfo=UTC))
    await record(1)
    row = (await AuditEvent.all().values())[0]
    shanghai = row | {"at": row["at"].astimezone(clock.SHANGHAI)}
    assert audit.hash_of(shanghai) == row["hash"]
