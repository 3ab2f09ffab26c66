"""The comparison as an Excel file: the table, the evidence, and the versions with how to read it."""

from market.core.text import Text, _
from market.core.vocabulary import RequirementKind
from market.matches.comparison import Cell, Comparison, Row
from market.matches.models import MatchRun
from market.scenes.models import Scene
from market.web.filters import label, moment, titled
from market.web.languages import current, say
from market.web.workbooks import Figure, Workbook

_LABEL_WIDTH, _CELL_WIDTH = 34, 44


def figure_of(cell: Cell) -> str | Figure:
    """Return what a cell says: a share, an amount or a number as such, anything else as text."""
    if cell.value is None or cell.kind not in {"share", "yuan", "weeks", "number"}:
        return plain(cell)
    if cell.kind == "yuan":
        return Figure(cell.value / 100, "yuan")
    return Figure(cell.value, "share" if cell.kind == "share" else "number")


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
    book = Workbook(titled(scene))
    _compare(book, comparison)
    _quote(book, comparison)
    _explain(book, comparison, scene, run)
    return book.finish()


def _compare(book: Workbook, comparison: Comparison) -> None:
    widths = (_LABEL_WIDTH, *(_CELL_WIDTH for _card in comparison.cards))
    sheet = book.sheet(say(_("Comparison")), widths)
    sheet.head([say(_("Compared")), *(titled(card.solution) for card in comparison.cards)])
    sheet.row([say(_("Vendor")), *(titled(card.vendor) if card.vendor else "" for card in comparison.cards)])
    sheet.freeze()
    for section in comparison.sections:
        sheet.head([say(section.title), *("" for _card in comparison.cards)])
        for row in section.rows:
            sheet.row([_label(row), *(figure_of(cell) for cell in row.cells)])


def _quote(book: Workbook, comparison: Comparison) -> None:
    sheet = book.sheet(say(_("Evidence sentences")), (40, 10, 30, 60, 12, 24))
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
                _say(cell.note) or say(_("Nothing stated")), figure_of(cell), _say(cell.tag or ""),
            ])  # fmt: skip


def _explain(book: Workbook, comparison: Comparison, scene: Scene, run: MatchRun | None) -> None:
    sheet = book.sheet(say(_("How to read this")), (30, 100))
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
