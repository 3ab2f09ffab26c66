"""Tables as an Excel file. Words are written as words: whatever somebody typed, no formula comes from it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from starlette.responses import Response

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_WIDEST = 60


@dataclass(frozen=True)
class Sheet:
    """One table: its name, its headings, and rows of texts and numbers."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]


def workbook(filename: str, sheets: Sequence[Sheet]) -> Response:
    """Answer with *sheets* as a download."""
    body = io.BytesIO()
    with xlsxwriter.Workbook(body, _PLAIN) as book:
        bold, wrapped = book.add_format({"bold": True, "bg_color": "#EEF2F6"}), book.add_format({"text_wrap": True})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name[:31])
            page.freeze_panes(1, 1)
            for column, head in enumerate(sheet.head):
                page.write_string(0, column, head, bold)
                page.set_column(column, column, min(_WIDEST, _width(sheet, column)))
            for number, row in enumerate(sheet.rows, start=1):
                for column, value in enumerate(row):
                    if isinstance(value, int | float):
                        page.write_number(number, column, value)
                    else:
                        page.write_string(number, column, "" if value is None else str(value), wrapped)
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(body.getvalue(), media_type=MEDIA_TYPE, headers=headers)


def _width(sheet: Sheet, column: int) -> int:
    longest = max((len(str(row[column])) for row in sheet.rows), default=0)
    return max(len(sheet.head[column]) * 2, longest, 8) + 2
