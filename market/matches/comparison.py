"""Two to four solutions side by side: one row for each thing that matters, one column a solution."""

from dataclasses import dataclass
from typing import Any

from market.core.text import Text, _
from market.matches.cards import Card, Evidence

FEWEST, MOST = 2, 4


@dataclass(frozen=True)
class Cell:
    """What one solution says: a text, a share to be drawn, or an amount; None where it says nothing."""

    kind: str
    value: Any
    note: str = ""


@dataclass(frozen=True)
class Row:
    """One thing compared; *label* is a text of ours, or the buyer's own words."""

    label: Text | str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Comparison:
    """The table: which solutions, and the rows."""

    cards: tuple[Card, ...]
    rows: tuple[Row, ...]


def compare(cards: list[Card]) -> Comparison:
    """Build the comparison of *cards*: score, requirements, then facts."""
    rows = [
        _row(_("Score"), cards, lambda card: Cell("share", card.match.score if card.match else None)),
        *_requirements(cards),
        _row(_("Does not qualify because"), cards, lambda card: Cell("texts", card.unmet)),
        _row(_("Price from"), cards, lambda card: Cell("yuan", card.solution.price_min_fen)),
        _row(_("Price to"), cards, lambda card: Cell("yuan", card.solution.price_max_fen)),
        _row(_("Delivery in weeks"), cards, lambda card: Cell("number", card.solution.delivery_weeks)),
        _row(_("Deployment"), cards, lambda card: Cell("labels", card.solution.deployments or [])),
        _row(_("Most sensitive data"), cards, lambda card: Cell("label", card.solution.max_data_level)),
        _row(_("Regions served"), cards, lambda card: Cell("words", card.solution.regions or [])),
        _row(_("Readiness"), cards, lambda card: Cell("label", card.solution.readiness)),
    ]
    return Comparison(tuple(cards), tuple(rows))


def _row(label: Text | str, cards: list[Card], cell_of: Any) -> Row:
    return Row(label, tuple(cell_of(card) for card in cards))


def _requirements(cards: list[Card]) -> list[Row]:
    asked = {each.requirement: each for card in cards for each in card.evidence}
    return [_row(text or _("Nearest sentence"), cards, _supporting(text)) for text in asked]


def _supporting(requirement: str) -> Any:
    def cell(card: Card) -> Cell:
        found: Evidence | None = next((each for each in card.evidence if each.requirement == requirement), None)
        return Cell("share", found.strength, found.sentence) if found else Cell("share", None)

    return cell
