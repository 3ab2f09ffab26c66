"""Files → rows: JSON Lines, CSV and spreadsheets, one row at a time. A broken line is a row with a fault, no crash."""

import codecs
import csv
import json
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from market.core.errors import InvalidError
from market.core.text import Text, _

JSON_LINES = frozenset({".jsonl", ".ndjson", ".json"})
CSV = frozenset({".csv", ".tsv", ".txt"})
SPREADSHEETS = frozenset({".xlsx", ".xls", ".xlsb", ".ods"})
_LONGEST_CELL = 16 * 1024 * 1024
_CHUNK = 1024 * 1024


class Row(NamedTuple):
    """One row by its number: the line of JSON Lines, the row that a spreadsheet program shows of the others."""

    number: int
    values: dict[str, Any]
    fault: Text | None = None
    raw: str = ""


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file; empty ones are left out.

    Raises ``InvalidError`` where the file as a whole cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix in JSON_LINES:
        return _json_lines(path)
    if suffix in CSV:
        return _csv(path)
    if suffix in SPREADSHEETS:
        return _spreadsheet(path)
    raise InvalidError(
        _("%(file)s: this kind of file cannot be imported. Save it as .jsonl, .csv or .xlsx.", file=path.name)
    )


def _json_lines(path: Path) -> Iterator[Row]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            plain = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            if plain.strip():
                yield _json_row(number, plain)


def _json_row(number: int, line: bytes) -> Row:
    try:
        text = line.decode("utf-8").rstrip()
    except UnicodeDecodeError:
        fault = _("The line is not UTF-8. Save the file as UTF-8 and import it again.")
        return Row(number, {}, fault, line.decode("utf-8", "replace"))
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = getattr(error, "colno", 1)
        return Row(number, {}, _("Not valid JSON from character %(place)s on. Correct the line.", place=where), text)
    if not isinstance(value, dict):
        return Row(number, {}, _('The line must be one JSON object, for example {"title": "…"}.'), text)
    return Row(number, value)


def _csv(path: Path) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_CELL)
    with path.open(encoding=_encoding_of(path), errors="replace", newline="") as text:
        head = next((line for line in islice(text, 50) if line.strip()), "")
        text.seek(0)
        yield from _table(csv.reader(text, delimiter=_delimiter_of(head)))


def _encoding_of(path: Path) -> str:
    """UTF-16 where its mark says so, UTF-8 where every byte fits, else what Chinese Windows writes."""
    with path.open("rb") as file:
        if file.read(2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8-sig"


def _delimiter_of(head: str) -> str:
    bare = "".join(part for index, part in enumerate(head.split('"')) if index % 2 == 0)
    return max(",;\t|", key=bare.count)


def _spreadsheet(path: Path) -> Iterator[Row]:
    """Read the first sheet that has more than a heading."""
    try:
        book = CalamineWorkbook.from_path(path)
        sheets = [book.get_sheet_by_index(index) for index in range(len(book.sheet_names))]
    except PasswordError as error:
        raise InvalidError(_("%(file)s has a password. Remove it and import again.", file=path.name)) from error
    except (CalamineError, ValueError) as error:
        text = _("%(file)s cannot be read as a spreadsheet. Save it as .xlsx or .csv again.", file=path.name)
        raise InvalidError(text) from error
    sheet = next((each for each in sheets if each.height > 1), None)
    if sheet is None:
        return
    top = sheet.start[0] if sheet.start else 0
    yield from _table(([_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=True)), first=top + 1)


def _plain(cell: Any) -> Any:
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else cell


def _table(lines: Iterator[list[Any]], *, first: int = 1) -> Iterator[Row]:
    """The first line that is not empty names the columns."""
    columns: list[str] = []
    number = first - 1
    while True:
        number += 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(number, {}, _("The line cannot be read: %(error)s. Check its quotation marks.", error=error))
            continue
        if all(str(cell).strip() == "" for cell in cells):
            continue
        if not columns:
            columns = _named(cells)
        else:
            yield _row(number, columns, cells)


def _row(number: int, columns: list[str], cells: list[Any]) -> Row:
    spare = [cell for cell in cells[len(columns) :] if str(cell).strip()]
    values = {column: cell for column, cell in zip(columns, cells, strict=False) if cell != ""}
    if not spare:
        return Row(number, values)
    fault = _(
        "The row has more cells than the heading has columns. Put quotation marks around text that contains the "
        "separator, or remove the last cells."
    )
    return Row(number, values, fault)


def _named(cells: list[Any]) -> list[str]:
    """Name every column once: a repeated name gets a number, an empty one its position."""
    names: list[str] = []
    for position, cell in enumerate(cells, start=1):
        name = " ".join(str(cell).split()) or f"column {position}"
        names.append(name if name not in names else f"{name} ({position})")
    return names
