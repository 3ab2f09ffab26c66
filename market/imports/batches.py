"""Writes records, a batch in a transaction: what is new is created, what differs updated, the rest left alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import F
from tortoise.models import Model

from market.accounts.models import Organisation
from market.core import clock
from market.core.text import Text, _
from market.core.vocabulary import OrganisationKind
from market.imports.cleaning import source_id_of

# Two imports of one file at once: the second waits and then finds the rows of the first.
_LOCK = 7_241_010
LONGEST_NAME = 200
# What of a list is compared; a model's filing is found afterwards.
LIST_COLUMNS = {"requirements": ("text", "kind"), "capabilities": ("text",), "models": ("name", "filing_number")}


@dataclass(frozen=True)
class Record:
    """One row as the database will have it; *lists* are rows of their own, by name and in their order."""

    number: int
    source_id: str
    columns: dict[str, Any]
    organisation: str = ""
    organisation_region: str = ""
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Target:
    """Where records of one kind go."""

    model: type[Any]
    organisation_kind: OrganisationKind | None = None
    parent: str = ""
    lists: Mapping[str, type[Any]] = field(default_factory=dict)
    state: Any = None
    """The state in which rows are created, and the only one in which a file may change them."""


@dataclass
class Outcome:
    """What happened to a batch; *refused* are records that people have moved on."""

    created: list[Record] = field(default_factory=list)
    updated: list[Record] = field(default_factory=list)
    unchanged: list[Record] = field(default_factory=list)
    refused: list[tuple[Record, Text]] = field(default_factory=list)
    first_id: int = 0


async def write_batch(
    records: Sequence[Record], target: Target, connection: BaseDBAsyncClient, *, dry_run: bool
) -> Outcome:
    """Write *records* through *connection*, a transaction; with *dry_run* only say what would happen."""
    await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [_LOCK])
    owners = await _organisations(records, target, connection, dry_run=dry_run)
    stored = await _stored(records, target, connection)
    outcome = Outcome()
    changed: list[tuple[int, Record]] = []
    for record in records:
        row = stored.get(record.source_id)
        if row is None:
            outcome.created.append(record)
        elif row["content"] == _content(record, owners, target):
            outcome.unchanged.append(record)
        elif target.state is not None and row["state"] != target.state:
            outcome.refused.append((record, _moved_on(row["state"])))
        else:
            outcome.updated.append(record)
            changed.append((row["id"], record))
    if not dry_run:
        await _update(changed, owners, target, connection)
        ids = await _create(outcome.created, owners, target, connection)
        outcome.first_id = min([*ids.values(), *(row_id for row_id, _record in changed)], default=0)
    return outcome


def owner_id_of(kind: OrganisationKind, name: str) -> str:
    """Return by which an imported organisation is known: one for each name and kind."""
    return source_id_of(str(kind), "", name)


async def _organisations(
    records: Sequence[Record], target: Target, connection: BaseDBAsyncClient, *, dry_run: bool
) -> dict[str, int]:
    """Return the ids of the organisations by name, unverified ones created where they are missing."""
    kind = target.organisation_kind
    named = {record.organisation: record for record in reversed(records) if record.organisation}
    if kind is None or not named:
        return {}
    keys = {owner_id_of(kind, name): name for name in named}
    rows = Organisation.filter(source_id__in=list(keys)).using_db(connection)
    known = {keys[str(key)]: row_id for key, row_id in await rows.values_list("source_id", "id")}
    missing = [
        Organisation(name=name, kind=kind, region=named[name].organisation_region, source_id=key)
        for key, name in keys.items()
        if name not in known
    ]
    if not missing or dry_run:
        return known
    await Organisation.bulk_create(missing, using_db=connection)
    return {keys[str(key)]: row_id for key, row_id in await rows.values_list("source_id", "id")}


async def _stored(
    records: Sequence[Record], target: Target, connection: BaseDBAsyncClient
) -> dict[str, dict[str, Any]]:
    """Return the rows that are there, by source id, with what of them is compared."""
    names = list(records[0].columns) if records else []
    fixed = ["state"] if target.state is not None else []
    owner = ["organisation_id"] if target.organisation_kind else []
    rows = await (
        target.model.filter(source_id__in=[record.source_id for record in records])
        .using_db(connection)
        .values("id", "source_id", *fixed, *owner, *names)
    )
    lists = await _lists([row["id"] for row in rows], target, connection)
    for row in rows:
        row["content"] = ({each: row[each] for each in names}, row.get("organisation_id"), lists[row["id"]])
    return {row["source_id"]: row for row in rows}


async def _lists(
    ids: list[int], target: Target, connection: BaseDBAsyncClient
) -> dict[int, dict[str, list[dict[str, Any]]]]:
    """Return what is compared of the lists of these rows, by row and name, in their order."""
    found: dict[int, dict[str, list[dict[str, Any]]]] = {row_id: {name: [] for name in target.lists} for row_id in ids}
    for name, model in target.lists.items():
        compared = LIST_COLUMNS[name]
        rows = model.filter(**{f"{target.parent}__in": ids}).using_db(connection).order_by("position")
        for row in await rows.values(target.parent, *compared):
            found[row[target.parent]][name].append({column: row[column] for column in compared})
    return found


def _content(record: Record, owners: dict[str, int], target: Target) -> tuple[Any, ...]:
    # An organisation that a dry run did not create has no id: -1 is nobody's.
    owner = owners.get(record.organisation, -1) if record.organisation and target.organisation_kind else None
    return record.columns, owner, {name: record.lists.get(name, []) for name in target.lists}


async def _update(
    changed: list[tuple[int, Record]], owners: dict[str, int], target: Target, connection: BaseDBAsyncClient
) -> None:
    for row_id, record in changed:
        values = _columns(record, owners, target)
        if target.state is not None:
            values |= {"revision": F("revision") + 1, "updated_at": clock.now()}
        await target.model.filter(id=row_id).using_db(connection).update(**values)
    ids = [row_id for row_id, _record in changed]
    for model in target.lists.values() if ids else ():
        await model.filter(**{f"{target.parent}__in": ids}).using_db(connection).delete()
    await _create_lists(changed, target, connection)


async def _create(
    records: Sequence[Record], owners: dict[str, int], target: Target, connection: BaseDBAsyncClient
) -> dict[str, int]:
    """Create rows in their published state; return their ids by source id."""
    if not records:
        return {}
    begin = {"state": target.state, "published_at": clock.now()} if target.state is not None else {}
    rows: list[Model] = [
        target.model(source_id=record.source_id, **begin, **_columns(record, owners, target)) for record in records
    ]
    await target.model.bulk_create(rows, using_db=connection)
    wanted = target.model.filter(source_id__in=[record.source_id for record in records]).using_db(connection)
    ids: dict[str, int] = dict(await wanted.values_list("source_id", "id"))
    await _create_lists([(ids[record.source_id], record) for record in records], target, connection)
    return ids


async def _create_lists(placed: Sequence[tuple[int, Record]], target: Target, connection: BaseDBAsyncClient) -> None:
    for name, model in target.lists.items():
        rows = [
            model(**{target.parent: row_id}, position=position, **line)
            for row_id, record in placed
            for position, line in enumerate(record.lists.get(name, []), start=1)
        ]
        if rows:
            await model.bulk_create(rows, using_db=connection)


def _columns(record: Record, owners: dict[str, int], target: Target) -> dict[str, Any]:
    if target.organisation_kind is None:
        return dict(record.columns)
    return record.columns | {"organisation_id": owners.get(record.organisation)}


def _moved_on(state: Any) -> Text:
    label = Text(str(state).replace("_", " ").capitalize())
    return _("It differs from the file, but its status here is “%(state)s”: change it on its page.", state=label)
