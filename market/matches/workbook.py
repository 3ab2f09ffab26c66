"""The comparison as an Excel file: the table, the evidence, and the versions with how to read it."""

import io
from collections.abc import Sequence

import xlsxwriter

from market.core.text import Text, _
from market.core.vocabulary import RequirementKind
from market.matches.comparison import Cell, Comparison, Row
from market.matches.models import MatchRun
from market.scenes.models import Scene
from market.web.filters import label, moment, titled
from market.web.languages import current, say

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LABEL_WIDTH, _CELL_WIDTH = 34, 44
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


class _Sheet:
    """A worksheet written row by row. People's words are written as strings, so that no formula can come from them."""

    def __init__(self, book: xlsxwriter.Workbook, name: str, widths: Sequence[int]) -> None:
        self._sheet = book.add_worksheet(name)
        self._wrap = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#BBBBBB"}
        self._text = book.add_format(self._wrap)
        self._head = book.add_format({**self._wrap, "bold": True, "bg_color": "#EEF2F6"})
        self._formats = {
            "share": book.add_format({**self._wrap, "num_format": "0%"}),
            "yuan": book.add_format({**self._wrap, "num_format": "¥#,##0.00"}),
            "weeks": self._text,
            "number": self._text,
        }
        self._at = 0
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)
        for column, width in enumerate(widths):
            self._sheet.set_column(column, column, width)

    def head(self, texts: Sequence[str]) -> None:
        """Write a row of headings."""
        for column, text in enumerate(texts):
            self._sheet.write_string(self._at, column, text, self._head)
        self._at += 1

    def row(self, texts: Sequence[str | Cell]) -> None:
        """Write a row of texts and cells."""
        for column, value in enumerate(texts):
            if isinstance(value, str):
                self._sheet.write_string(self._at, column, value, self._head if column == 0 else self._text)
            else:
                self._cell(column, value)
        self._at += 1

    def freeze(self) -> None:
        """Keep the headings and the first column in sight, on paper too."""
        self._sheet.freeze_panes(self._at, 1)
        self._sheet.repeat_rows(0, self._at - 1)

    def _cell(self, column: int, cell: Cell) -> None:
        if cell.kind in self._formats and cell.value is not None:
            number = cell.value / 100 if cell.kind == "yuan" else cell.value
            self._sheet.write_number(self._at, column, number, self._formats[cell.kind])
        else:
            self._sheet.write_string(self._at, column, plain(cell), self._text)


def plain(cell: Cell) -> str:
    """Return what a cell says as text in the reader's language."""
    if cell.kind == "tag":
        return "\n".join(part for part in (_say(cell.tag or ""), _say(cell.note)) if part)
    if cell.kind in {"labels", "words", "texts"}:
        read = label if cell.kind == "labels" else _say
        joiner = "\n" if cell.kind == "texts" else "、" if current.get() == "zh" else ", "
        return joiner.join(read(each) for each in cell.value) or say(_("Not stated"))
    if cell.kind == "label":
        return label(cell.value)
    return say(_("Not stated")) if cell.value is None else str(cell.value)


def workbook_of(comparison: Comparison, scene: Scene, run: MatchRun | None) -> bytes:
    """Return the file's bytes, in the language of the reader."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, _PLAIN)
    book.set_properties({"title": titled(scene)})
    _compare(book, comparison)
    _quote(book, comparison)
    _explain(book, comparison, scene, run)
    book.close()
    return buffer.getvalue()


def _compare(book: xlsxwriter.Workbook, comparison: Comparison) -> None:
    widths = (_LABEL_WIDTH, *(_CELL_WIDTH for _card in comparison.cards))
    sheet = _Sheet(book, say(_("Comparison")), widths)
    sheet.head([say(_("Compared")), *(titled(card.solution) for card in comparison.cards)])
    sheet.row([say(_("Vendor")), *(titled(card.vendor) if card.vendor else "" for card in comparison.cards)])
    sheet.freeze()
    for section in comparison.sections:
        sheet.head([say(section.title), *("" for _card in comparison.cards)])
        for row in section.rows:
            sheet.row([_label(row), *row.cells])


def _quote(book: xlsxwriter.Workbook, comparison: Comparison) -> None:
    sheet = _Sheet(book, say(_("Evidence sentences")), (40, 10, 30, 60, 12, 24))
    sheet.head([
        say(each) for each in (_("Requirement"), _("Must or wish"), _("Solution"), _("Sentence"), _("Support"),
                               _("In words"))
    ])  # fmt: skip
    sheet.freeze()
    rows = next((each.rows for each in comparison.sections if each.slug == "requirements"), ())
    for row in rows:
        for card, cell in zip(comparison.cards, row.cells, strict=True):
            sheet.row([
                _say(row.label), label(row.requirement) if row.requirement else "", titled(card.solution),
                _say(cell.note) or say(_("Nothing stated")), cell, _say(cell.tag or ""),
            ])  # fmt: skip


def _explain(book: xlsxwriter.Workbook, comparison: Comparison, scene: Scene, run: MatchRun | None) -> None:
    sheet = _Sheet(book, say(_("How to read this")), (30, 100))
    sheet.row([say(_("Scene")), f"{titled(scene)} (#{scene.id})"])
    sheet.row([say(_("Solutions")), "\n".join(f"{titled(c.solution)} (#{c.solution.id})" for c in comparison.cards)])
    for name, value in versions_of(run):
        sheet.row([say(name), value])
    for text in reading_notes():
        sheet.row(["", say(text)])


def versions_of(run: MatchRun | None) -> list[tuple[Text, str]]:
    """Return what produced the numbers."""
    if run is None:
        return []
    return [
        (_("Ranked at"), moment(run.finished_at)),
        (_("Ranking"), f"#{run.id} {run.ranker}".strip()),
        (_("Model"), run.encoder),
        (_("Catalogue"), run.catalogue_version),
        (_("Index"), run.snapshot),
    ]


def reading_notes() -> list[Text]:
    """Return how to read the comparison."""
    return [
        _("Support says how near a sentence comes to saying what the requirement asks. It is likeness, not proof."),
        _("Hard constraints are judged by today's facts; “not known” means that one side has not stated it: ask."),
        _("The best value of a row is marked where the solutions differ."),
    ]


def _label(row: Row) -> str:
    text = _say(row.label)
    return f"{text} ({label(row.requirement)})" if isinstance(row.requirement, RequirementKind) else text


def _say(text: Text | str) -> str:
    return say(text) if isinstance(text, Text) else text
