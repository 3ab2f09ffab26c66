"""Facets of a ranking: what can be chosen, how many pairs each choice leaves, and which pairs those are.

Within a facet choices widen (edge or cloud), across facets they narrow (edge, and filed). The order is always the rank.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from market.catalogue.facts import SolutionFacts
from market.core.text import Text, _
from market.core.vocabulary import LABELS, Deployment, Field, Readiness, Size

UNSTATED = "unstated"
FEN_PER_YUAN = 100
# Lower bounds of the price bands, in yuan; the lowest price of an offer decides.
BANDS = ((2_000_000, "from_2m"), (500_000, "from_500k"), (0, "below_500k"))

Choices = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Line:
    """A ranked pair as facets see it: *values* holds for each facet the values under which it is found."""

    match_id: int
    solution_id: int
    rank: int
    score: float
    qualifies: bool
    values: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Value:
    """One choice of a facet; *share* of the largest count of its facet is drawn as a bar."""

    value: str
    label: Text
    count: int
    share: float
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """One thing to choose by."""

    name: str
    label: Text
    values: tuple[Value, ...]


def _labels(kind: Any) -> dict[str, Text]:
    return {str(member): Text(LABELS[member]) for member in kind}


_STATED = {UNSTATED: _("Not stated")}
FACETS: dict[str, tuple[Text, dict[str, Text]]] = {
    "field": (_("Field"), _labels(Field) | _STATED),
    "filing": (_("Filing"), {"filed": _("A model is filed"), "unfiled": _("No model is filed"), **_STATED}),
    "deployment": (_("Deployment"), _labels(Deployment) | _STATED),
    "price": (_("Price from"), {"below_500k": _("Below ¥500,000"), "from_500k": _("¥500,000 to ¥2,000,000"),
                                "from_2m": _("¥2,000,000 and more"), **_STATED}),
    "readiness": (_("Readiness"), _labels(Readiness) | _STATED),
    "size": (_("Size of the vendor"), _labels(Size) | _STATED),
    "record": (_("Record here"), {"newcomer": _("Never won before"), "winner": _("Has won before")}),
}  # fmt: skip


def values_of(facts: SolutionFacts, size: Size | None, *, won: int) -> dict[str, frozenset[str]]:
    """Return the values of each facet under which an offer with these facts is found."""
    filing = "filed" if facts.filed else "unfiled" if facts.models else UNSTATED
    return {
        "field": _some(facts.fields),
        "filing": frozenset({filing}),
        "deployment": _some(facts.deployments),
        "price": frozenset({_band(facts.price_min_fen)}),
        "readiness": frozenset({str(facts.readiness or UNSTATED)}),
        "size": frozenset({str(size or UNSTATED)}),
        "record": frozenset({"winner" if won else "newcomer"}),
    }


def choices_of(asked: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Read what was chosen from the address; names and values that no facet has are left out."""
    chosen: dict[str, set[str]] = {}
    for name, value in asked:
        if name in FACETS and value in FACETS[name][1]:
            chosen.setdefault(name, set()).add(value)
    return {name: frozenset(values) for name, values in chosen.items()}


def matching_lines(lines: Iterable[Line], chosen: Choices, *, but: str = "") -> list[Line]:
    """Return the lines that meet every chosen facet except *but*, in their order."""
    return [line for line in lines if all(line.values[name] & values for name, values in chosen.items() if name != but)]


def facets_of(lines: Sequence[Line], chosen: Choices) -> list[Facet]:
    """Count for each choice the pairs that it would show beside what is chosen in other facets.

    Values without pairs are left out unless chosen; a facet that cannot tell pairs apart is left out too.
    """
    facets = [_facet(name, matching_lines(lines, chosen, but=name), chosen.get(name, frozenset())) for name in FACETS]
    return [facet for facet in facets if len(facet.values) > 1 or chosen.get(facet.name)]


def _facet(name: str, lines: Sequence[Line], chosen: frozenset[str]) -> Facet:
    label, values = FACETS[name]
    counts = {value: sum(value in line.values[name] for line in lines) for value in values}
    most = max(counts.values(), default=0) or 1
    return Facet(name, label, tuple(
        Value(value, text, counts[value], counts[value] / most, value in chosen)
        for value, text in values.items() if counts[value] or value in chosen
    ))  # fmt: skip


def _some(stated: Iterable[Any]) -> frozenset[str]:
    return frozenset(str(each) for each in stated) or frozenset({UNSTATED})


def _band(price_min_fen: int | None) -> str:
    if price_min_fen is None:
        return UNSTATED
    return next(name for low, name in BANDS if price_min_fen >= low * FEN_PER_YUAN)
