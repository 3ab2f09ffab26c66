"""What a score is made of, in words and as one bar: what adds to it, and what was taken away."""

from collections.abc import Mapping
from dataclasses import dataclass

from market.core.text import Text, _
from market.matches.fit import LABELS_OF_FITS
from market.web.plots import TONES

WIDTH = 100.0  # a score of 1
LABELS = LABELS_OF_FITS | {
    "meaning": _("Meaning"), "likeness": _("Same subject"), "words": _("Shared words"),
    "coverage": _("Requirements supported"), "reranker": _("Second reading"),
}  # fmt: skip
_SMALLEST = 0.0005  # what would be written as 0.0 is not worth a line


@dataclass(frozen=True)
class Piece:
    """One part of a score; *value* is negative where it takes away."""

    name: str
    label: Text
    value: float
    x: float
    length: float
    tone: int


@dataclass(frozen=True)
class Breakdown:
    """The parts of a score, which add up to it; *taken* is how much of the bar's end was taken away."""

    score: float
    pieces: tuple[Piece, ...]
    taken_x: float
    taken: float


def break_down(score: float, contributions: Mapping[str, float]) -> Breakdown:
    """Cut *score* into what each part adds or takes away, the largest first; parts that add nothing are left out."""
    parts = sorted(contributions.items(), key=lambda part: (-part[1], part[0]))
    pieces, before = [], 0.0
    for tone, (name, value) in enumerate((part for part in parts if abs(part[1]) >= _SMALLEST), start=1):
        length = max(value, 0.0) * WIDTH
        label = LABELS.get(name, Text(name))
        pieces.append(Piece(name, label, value, round(before, 2), round(length, 2), (tone - 1) % TONES + 1))
        before += length
    end = min(max(score, 0.0), 1.0) * WIDTH
    return Breakdown(score, tuple(pieces), round(min(end, before), 2), round(max(before - end, 0.0), 2))
