"""Tables as an Excel file. Words are written as words: whatever somebody typed, no formula comes from it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import xlsxwriter

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_FORMS = {"number": "General", "share": "0%", "yuan": "¥#,##0.00"}
_LONGEST_NAME = 31
_A4 = 9


@dataclass(frozen=True)
class Figure:
    """A cell that Excel can reckon with: a number, a share of 0..1, or an amount of yuan."""

    value: float
    form: Literal["number", "share", "yuan"] = "number"


class Sheet:
    """A worksheet written row by row, on A4 across, as wide as the paper."""

    def __init__(self, book: xlsxwriter.Workbook, name: str, widths: Sequence[int]) -> None:
        self._sheet = book.add_worksheet(name[:_LONGEST_NAME])
        frame = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#BBBBBB"}
        self._text = book.add_format(frame)
        self._head = book.add_format({**frame, "bold": True, "bg_color": "#EEF2F6"})
        self._figures = {form: book.add_format({**frame, "num_format": shown}) for form, shown in _FORMS.items()}
        self._at = 0
        self._sheet.set_landscape()
        self._sheet.set_paper(_A4)
        self._sheet.fit_to_pages(1, 0)
        for column, width in enumerate(widths):
            self._sheet.set_column(column, column, width)

    def head(self, texts: Sequence[str]) -> None:
        """Write a row of headings."""
        for column, text in enumerate(texts):
            self._sheet.write_string(self._at, column, text, self._head)
        self._at += 1

    def row(self, cells: Sequence[str | Figure]) -> None:
        """Write a row of texts and figures; a text in the first column is the row's heading."""
        for column, cell in enumerate(cells):
            if isinstance(cell, Figure):
                self._sheet.write_number(self._at, column, cell.value, self._figures[cell.form])
            else:
                self._sheet.write_string(self._at, column, cell, self._text if column else self._head)
        self._at += 1

    def freeze(self) -> None:
        """Keep what is written so far and the first column in sight, on paper too."""
        self._sheet.freeze_panes(self._at, 1)
        self._sheet.repeat_rows(0, self._at - 1)


class Workbook:
    """An Excel file in memory; ``finish`` gives its bytes."""

    def __init__(self, title: str) -> None:
        self._buffer = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._buffer, _PLAIN)
        self._book.set_properties({"title": title})

    def sheet(self, name: str, widths: Sequence[int]) -> Sheet:
        """Begin a worksheet with columns of these widths."""
        return Sheet(self._book, name, widths)

    def finish(self) -> bytes:
        """Close the file and return it, for an ``attachment`` of ``MEDIA_TYPE``."""
        self._book.close()
        return self._buffer.getvalue()
