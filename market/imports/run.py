"""Imports files: survey, mapping, batches of 500 in a transaction each, report."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

from tortoise.exceptions import IntegrityError, OperationalError

from market.core.errors import InvalidError
from market.core.jobs import Job
from market.core.permissions import Actor
from market.core.text import _
from market.core.work import unit_of_work
from market.imports import filings, scenes, solutions
from market.imports.batches import Outcome, Record, Target, write_batch
from market.imports.cells import Cells
from market.imports.mapping import Survey, guess, require_columns, require_fields, survey
from market.imports.readers import Row, read_rows
from market.imports.report import ColumnUse, FileReport, ImportReport, Reject, Rejects, rejects_of
from market.lifecycle import Role
from market.solutions.actions import link_filings

BATCH = 500
OnProgress = Callable[[int, int], None]
KINDS: dict[str, tuple[Target, Callable[[Cells], Record]]] = {
    "scenes": (scenes.TARGET, scenes.scene_record),
    "solutions": (solutions.TARGET, solutions.solution_record),
    "filings": (filings.TARGET, filings.filing_record),
}
# Whoever may run commands on the server imports for the district office; no person is signed in there.
IMPORTER = Actor(role=Role.OFFICER, name="import")


@dataclass(frozen=True)
class Import:
    """The subject of an audit event: a batch of rows, known by the id of its first row."""

    id: int


@dataclass
class Plan:
    """One file, understood; *seen* keeps the row in which each source id stood first."""

    kind: str
    path: Path
    survey: Survey
    mapping: dict[str, str]
    seen: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: {"created": 0, "updated": 0, "unchanged": 0})


async def import_files(
    kind: str, files: Sequence[Path], *, mapping: Mapping[str, str] | None = None, dry_run: bool = False,
    on_progress: Callable[..., None] | None = None,
) -> ImportReport:  # fmt: skip
    """Import files of one *kind*: scenes, solutions or filings.

    - *mapping* is column → field and goes before what is guessed; ``unused`` leaves a column out
    - imported scenes and solutions are published at once, their organisations unverified
    - a bad row is set aside with its reason; with *dry_run* nothing is written at all
    - raises ``InvalidError`` before anything is written where a file cannot be read or a column is not known
    """
    begin = monotonic()
    given = dict(mapping or {})
    plans = [_plan(kind, Path(path), given) for path in files]
    require_columns(given, list(dict.fromkeys(column for plan in plans for column in plan.survey.columns)))
    total, done = sum(plan.survey.rows for plan in plans), 0
    reports = []
    for plan in plans:
        reports.append(await _import(plan, dry_run=dry_run, on_progress=_shifted(on_progress, done, total)))
        done += plan.survey.rows
    changed = any(report.created or report.updated for report in reports) and not dry_run
    linked = await _finish(kind) if changed else 0
    return ImportReport(kind, dry_run, tuple(reports), linked, round(monotonic() - begin, 2))


def _plan(kind: str, path: Path, given: Mapping[str, str]) -> Plan:
    found = survey(read_rows(path))
    mapping = guess(kind, found.columns, given)
    require_fields(kind, path.name, found.columns, mapping)
    return Plan(kind, path, found, mapping)


def _shifted(on_progress: Callable[..., None] | None, before: int, total: int) -> OnProgress:
    return lambda done, _rows: on_progress(before + done, total) if on_progress else None


async def _import(plan: Plan, *, dry_run: bool, on_progress: OnProgress) -> FileReport:
    begin, done = monotonic(), 0
    with rejects_of(plan.path.name, dry_run=dry_run) as rejects:
        rows = read_rows(plan.path)
        digest = "" if dry_run else _sha256(plan.path)
        while batch := list(islice(rows, BATCH)):
            records = list(_records(plan, batch, rejects))
            await _write(plan, records, rejects, digest=digest, dry_run=dry_run)
            done += len(batch)
            on_progress(done, plan.survey.rows)
    columns = tuple(ColumnUse(name, plan.mapping.get(name), each.sample) for name, each in plan.survey.columns.items())
    return FileReport(
        str(plan.path), plan.survey.rows, **plan.counts, rejected=rejects.count, columns=columns, rejects=rejects.path,
        reasons=tuple(rejects.reasons), seconds=round(monotonic() - begin, 2),
    )  # fmt: skip


def _records(plan: Plan, rows: Iterable[Row], rejects: Rejects) -> Iterator[Record]:
    for row in rows:
        try:
            yield _record(plan, row)
        except InvalidError as error:
            rejects.add(Reject(row.number, error.text, row.values, row.raw))


def _record(plan: Plan, row: Row) -> Record:
    """Return what a row describes; raises ``InvalidError`` with what to do where it describes nothing new."""
    if row.fault is not None:
        raise InvalidError(row.fault)
    _target, record_of = KINDS[plan.kind]
    record = record_of(Cells(row.number, row.values, plan.mapping, plan.path.stem))
    first = plan.seen.setdefault(record.source_id, row.number)
    if first != row.number:
        raise InvalidError(_("The same as row %(first)s. Remove one of them, or give them different ids.", first=first))
    return record


async def _write(plan: Plan, records: Sequence[Record], rejects: Rejects, *, digest: str, dry_run: bool) -> None:
    """Write a batch; one that the database refuses is halved until the bad row stands alone."""
    if not records:
        return
    try:
        outcome = await _in_transaction(plan, records, digest=digest, dry_run=dry_run)
    except (OperationalError, IntegrityError) as error:
        if len(records) == 1:
            text = _("The database refuses the row: %(error)s", error=error)
            rejects.add(Reject(records[0].number, text, records[0].values))
            return
        middle = len(records) // 2
        for half in (records[:middle], records[middle:]):
            await _write(plan, half, rejects, digest=digest, dry_run=dry_run)
        return
    for count in plan.counts:
        plan.counts[count] += len(getattr(outcome, count))
    for record, reason in outcome.refused:
        rejects.add(Reject(record.number, reason, record.values))


async def _in_transaction(plan: Plan, records: Sequence[Record], *, digest: str, dry_run: bool) -> Outcome:
    async with unit_of_work() as work:
        outcome = await write_batch(records, KINDS[plan.kind][0], work.connection, dry_run=dry_run)
        if (outcome.created or outcome.updated) and not dry_run:
            # One event for the batch: thousands of rows would take the lock of the chain thousands of times.
            details: dict[str, Any] = {"kind": plan.kind, "file": plan.path.name, "sha256": digest}
            details |= {"rows": [records[0].number, records[-1].number]}
            details |= {"created": len(outcome.created), "updated": len(outcome.updated)}
            work.record("import_rows", Import(outcome.first_id), actor=IMPORTER, **details)
    return outcome


async def _finish(kind: str) -> int:
    """Link models with filings, and ask once for the index; scenes are ranked on demand and by the sweep."""
    async with unit_of_work() as work:
        linked = await link_filings(work=work) if kind != "scenes" else 0
        if kind != "filings":
            work.after_commit(Job.REFRESH_INDEX)
    return linked


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
