"""Two to four solutions side by side: sections of rows, one row for each thing that matters, one cell a solution."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from market.core.text import Text, _
from market.core.vocabulary import RequirementKind
from market.matches.cards import Card, Evidence
from market.matches.offers import FiledModel, Offer
from market.matches.rules import Finding, Unmet
from market.matches.scale import WEAK_STRENGTH
from market.solutions.models import Reference

FEWEST, MOST = 2, 4
CONSTRAINTS: dict[str, Text] = {
    "filing": _("Filing of the models"),
    "deployment": _("Where it runs"),
    "price": _("Price within the budget"),
    "region": _("Region"),
    "data_level": _("Sensitivity of the data"),
}


@dataclass(frozen=True)
class Cell:
    """What one solution says.

    *kind* says what *value* is: ``share`` (0 to 1, drawn), ``tag`` (a text, coloured by *tone*), ``yuan``, ``weeks``,
    ``number``, ``label``, ``labels``, ``words``, ``texts``. *note* is a sentence below. *best*: no other is better;
    what does not *count*, as a sentence that says the opposite, is never called so.
    """

    kind: str
    value: Any
    note: Text | str = ""
    tag: Text | None = None
    tone: str = ""
    best: bool = False
    counts: bool = True

    @property
    def said(self) -> Any:
        """What two cells must share to say the same."""
        return (self.value, self.note, self.tag)


@dataclass(frozen=True)
class Row:
    """One thing compared; *label* is a text of ours, or the buyer's own words with their *requirement* kind."""

    label: Text | str
    cells: tuple[Cell, ...]
    requirement: RequirementKind | None = None

    @property
    def differs(self) -> bool:
        """Whether the solutions say different things."""
        return any(cell.said != self.cells[0].said for cell in self.cells)


@dataclass(frozen=True)
class Section:
    """Rows that belong together."""

    slug: str
    title: Text
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Comparison:
    """The table: which solutions, and the rows in sections."""

    cards: tuple[Card, ...]
    sections: tuple[Section, ...]

    @property
    def differing(self) -> int:
        """How many rows differ."""
        return sum(row.differs for section in self.sections for row in section.rows)

    def only_differences(self) -> "Comparison":
        """Return the comparison without the rows in which all say the same."""
        kept = [replace(each, rows=tuple(row for row in each.rows if row.differs)) for each in self.sections]
        return replace(self, sections=tuple(section for section in kept if section.rows))


def compare(
    cards: Sequence[Card], findings: Mapping[int, Mapping[str, Finding]], offers: Mapping[int, Offer]
) -> Comparison:
    """Compare *cards*; *findings* are each solution's constraints that are unmet or cannot be judged, by code."""
    sections = (
        Section("score", _("Score"), _score_rows(cards)),
        Section("requirements", _("Requirements and the sentence that supports each"), _requirement_rows(cards)),
        Section("constraints", _("Hard constraints"), _constraint_rows(cards, findings)),
        Section("facts", _("Price, delivery and operation"), _fact_rows(cards, offers)),
        Section("vendor", _("References and vendor"), _vendor_rows(cards, offers)),
    )
    return Comparison(tuple(cards), tuple(section for section in sections if section.rows))


def _row(label: Text | str, cards: Sequence[Card], cell_of: Callable[[Card], Cell]) -> Row:
    return Row(label, tuple(cell_of(card) for card in cards))


def _best(row: Row, better: Callable[..., Any]) -> Row:
    """Mark the best cells of a row in which the solutions differ; *better* is ``max`` or ``min``."""
    known = [cell.value for cell in row.cells if cell.value is not None]
    if len(set(known)) < FEWEST:
        return row
    top = better((cell.value for cell in row.cells if cell.counts and cell.value is not None), default=None)
    cells = (replace(cell, best=cell.counts and top is not None and cell.value == top) for cell in row.cells)
    return replace(row, cells=tuple(cells))


def _score_rows(cards: Sequence[Card]) -> tuple[Row, ...]:
    def score(card: Card) -> Cell:
        return Cell("share", card.match.score, tag=card.fit[0], tone=card.fit[1]) if card.match else Cell("share", None)

    def part(name: str) -> Callable[[Card], Cell]:
        return lambda card: Cell("share", getattr(card.match, name) if card.match else None)

    rows = [
        _row(_("Score"), cards, score),
        _row(_("Meaning"), cards, part("dense")),
        _row(_("Shared words"), cards, part("lexical")),
        _row(_("Requirements supported"), cards, part("coverage")),
    ]
    return (*(_best(row, max) for row in rows), _row(_("Place in the ranking"), cards, _place))


def _place(card: Card) -> Cell:
    if card.match is None or not card.match.qualifies:
        return Cell("tag", "", tag=_("Does not qualify") if card.match else _("Not ranked"), tone="quiet")
    return Cell("number", card.match.rank)


def _requirement_rows(cards: Sequence[Card]) -> tuple[Row, ...]:
    asked = {each.requirement: each.kind for card in cards for each in card.evidence}
    return tuple(
        replace(_best(_row(text or _("Nearest sentence"), cards, _supporting(text)), max), requirement=kind)
        for text, kind in asked.items()
    )


def _supporting(requirement: str) -> Callable[[Card], Cell]:
    def cell(card: Card) -> Cell:
        found: Evidence | None = next((each for each in card.evidence if each.requirement == requirement), None)
        if found is None:
            return Cell("share", None)
        tag, tone = found.support
        carries = found.strength >= WEAK_STRENGTH and not found.contradictions
        return Cell("share", found.strength, found.sentence, tag=tag, tone=tone, counts=carries)

    return cell


def _constraint_rows(cards: Sequence[Card], findings: Mapping[int, Mapping[str, Finding]]) -> tuple[Row, ...]:
    def judged(code: str) -> Callable[[Card], Cell]:
        def cell(card: Card) -> Cell:
            finding = findings[card.solution.id].get(code)
            if finding is None:
                return Cell("tag", "met", tag=_("met"), tone="good")
            if isinstance(finding, Unmet):
                return Cell("tag", "unmet", finding.reason, tag=_("not met"), tone="bad")
            return Cell("tag", "unknown", finding.question, tag=_("not known"), tone="quiet")

        return cell

    return tuple(_row(label, cards, judged(code)) for code, label in CONSTRAINTS.items())


def _fact_rows(cards: Sequence[Card], offers: Mapping[int, Offer]) -> tuple[Row, ...]:
    return (
        _best(_row(_("Price from"), cards, lambda card: Cell("yuan", card.solution.price_min_fen)), min),
        _row(_("Price to"), cards, lambda card: Cell("yuan", card.solution.price_max_fen)),
        _best(_row(_("Delivery"), cards, lambda card: Cell("weeks", card.solution.delivery_weeks)), min),
        _row(_("Deployment"), cards, lambda card: Cell("labels", card.solution.deployments or [])),
        _row(_("Most sensitive data"), cards, lambda card: Cell("label", card.solution.max_data_level)),
        _row(_("Regions served"), cards, lambda card: Cell("words", card.solution.regions or [])),
        _row(_("Readiness"), cards, lambda card: Cell("label", card.solution.readiness)),
        _row(_("Models and filings"), cards, lambda card: Cell("texts", _models(offers[card.solution.id].models))),
    )


def _vendor_rows(cards: Sequence[Card], offers: Mapping[int, Offer]) -> tuple[Row, ...]:
    def record(card: Card) -> Cell:
        won = offers[card.solution.id].won
        return Cell("texts", [_("Awards won here: %(count)s", count=won) if won else _("Has not won here yet")])

    def references(card: Card) -> Cell:
        return Cell("texts", [_reference(each) for each in offers[card.solution.id].references])

    return (
        _row(_("References"), cards, references),
        _row(_("Size of the vendor"), cards, lambda card: Cell("label", offers[card.solution.id].size)),
        _row(_("Awards here"), cards, record),
    )


def _models(models: Sequence[FiledModel]) -> list[Text | str]:
    return [
        _("%(model)s: %(kind)s %(number)s", model=each.name, kind=each.kind, number=each.filing)
        if each.filing or each.kind
        else _("%(model)s: no entry in the registry found", model=each.name)
        for each in models
    ]


def _reference(row: Reference) -> str:
    client = f"{row.client} ({row.year})" if row.year else row.client
    return f"{client}: {row.result}" if row.result else client
