"""What an import did, for people and for programs; and the file of rows that were set aside."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from market.core.text import Text
from market.settings import settings
from market.web.languages import chinese

_REASONS_SHOWN = 5


@dataclass(frozen=True)
class ColumnUse:
    """How one column was understood; no field: unused."""

    column: str
    field: str | None
    sample: str


@dataclass(frozen=True)
class Reject:
    """A row that was set aside, and what to do about it."""

    row: int
    reason: Text
    values: dict[str, Any] = field(default_factory=dict)
    raw: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the row as it was, with the reason in both languages."""
        reasons = {"row": self.row, "reason": str(self.reason), "reason_zh": self.reason.translate(chinese().gettext)}
        return reasons | ({"raw": self.raw} if self.raw else {"values": self.values})


@dataclass(frozen=True)
class FileReport:
    """What became of one file; created + updated + unchanged + rejected are its rows."""

    file: str
    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    columns: tuple[ColumnUse, ...]
    rejects: str | None
    reasons: tuple[dict[str, Any], ...]
    seconds: float

    @property
    def mapping(self) -> dict[str, str]:
        """Column → field."""
        return {use.column: use.field for use in self.columns if use.field}

    @property
    def unused(self) -> list[str]:
        """The columns that were left out."""
        return [use.column for use in self.columns if not use.field]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self) | {"mapping": self.mapping, "unused": self.unused}


@dataclass(frozen=True)
class ImportReport:
    """What an import did, file by file."""

    kind: str
    dry_run: bool
    files: tuple[FileReport, ...]
    filings_linked: int
    seconds: float

    def total(self, count: str) -> int:
        """Add up one count over all files."""
        return sum(getattr(each, count) for each in self.files)

    def as_json(self) -> dict[str, Any]:
        """Return plain values: totals, then the files."""
        totals = {count: self.total(count) for count in ("rows", "created", "updated", "unchanged", "rejected")}
        return {
            "kind": self.kind, "dry_run": self.dry_run, **totals, "filings_linked": self.filings_linked,
            "seconds": self.seconds, "files": [each.as_json() for each in self.files],
        }  # fmt: skip

    def __str__(self) -> str:
        lines = [line for each in self.files for line in _lines_of(each, dry_run=self.dry_run)]
        if self.filings_linked:
            lines.append(f"{self.filings_linked} models linked with their filing.")
        if self.dry_run:
            lines.append("Dry run: nothing was written.")
        return "\n".join(lines)


def _lines_of(report: FileReport, *, dry_run: bool) -> Iterator[str]:
    yield f"{report.file}: {report.rows} rows, {report.seconds:.1f} s"
    width = max((len(use.column) for use in report.columns if use.field), default=0)
    for use in report.columns:
        if use.field:
            yield f"  {use.column:<{width}} → {use.field:<18} {use.sample}"
    if report.unused:
        yield f"  unused: {', '.join(report.unused)}"
    would = "would be " if dry_run else ""
    yield (
        f"  {report.created} {would}created, {report.updated} {would}updated, {report.unchanged} unchanged, "
        f"{report.rejected} rejected"
    )
    for reason in report.reasons:
        yield f"  row {reason['row']}: {reason['reason']}"
    if report.rejected > len(report.reasons):
        yield f"  … and {report.rejected - len(report.reasons)} more"
    if report.rejects:
        yield f"  rejected rows: {report.rejects}"


class Rejects:
    """Collects what is set aside: the first reasons for the report, all of it for the file."""

    def __init__(self, path: Path | None) -> None:
        self.count = 0
        self.reasons: list[dict[str, Any]] = []
        self._path = path
        self._file: TextIO | None = None

    def add(self, reject: Reject) -> None:
        """Set a row aside; the first one opens the file."""
        self.count += 1
        values = reject.as_json()
        if len(self.reasons) < _REASONS_SHOWN:
            self.reasons.append({name: values[name] for name in ("row", "reason", "reason_zh")})
        if self._path is None:
            return
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("w", encoding="utf-8", errors="backslashreplace")
        self._file.write(json.dumps(values, ensure_ascii=False, default=str) + "\n")

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()

    @property
    def path(self) -> str | None:
        """Where the rows are kept, if any are."""
        return str(self._path) if self._file is not None else None


@contextmanager
def rejects_of(name: str, *, dry_run: bool) -> Iterator[Rejects]:
    """Collect the rejected rows of an import; a dry run writes none, and the file of an earlier import goes."""
    path = settings().data_dir / "imports" / f"{name}.rejects.jsonl"
    if not dry_run:
        path.unlink(missing_ok=True)
    rejects = Rejects(None if dry_run else path)
    try:
        yield rejects
    finally:
        rejects.close()
