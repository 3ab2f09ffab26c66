"""One line of an answer, whatever it is about: where it leads, what it is called, and why it was found."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from market.core.text import Text, _
from market.search.highlighting import Piece, marked
from market.web.filters import label, titled

KINDS = ("scene", "solution", "challenge", "organisation", "filing")
LABELS: dict[str, Text] = {
    "scene": _("Scenes"),
    "solution": _("Solutions"),
    "challenge": _("Challenges"),
    "organisation": _("Organisations"),
    "filing": _("Model registry"),
}
_EXCERPT = 140


@dataclass(frozen=True)
class Result:
    """A found row; *score* orders a kind's results, *by_meaning* says that none of the words stand in it."""

    kind: str
    id: int
    href: str
    title: list[Piece]
    excerpt: list[Piece]
    score: float
    about: tuple[str, ...] = ()
    state: StrEnum | None = None
    fields: tuple[str, ...] = ()
    by_meaning: bool = False
    number: str = ""


def result_of(
    kind: str,
    row: dict[str, Any],
    words: Collection[str],
    *,
    score: float,
    sentence: str = "",
    by_meaning: bool = False,
) -> Result:
    """Return the line for *row* of that kind, its title and best text with *words* marked."""
    return _MAKERS[kind](row, words, score, sentence, by_meaning)


def _scene(row: dict[str, Any], words: Collection[str], score: float, sentence: str, by_meaning: bool) -> Result:
    return Result(
        "scene", row["id"], f"/scenes/{row['id']}", marked(titled(row), words),
        marked(_excerpt(sentence or row["problem"], words), words), score, about=_owner(row), state=row["state"],
        fields=(str(row["field"]),), by_meaning=by_meaning,
    )  # fmt: skip


def _solution(row: dict[str, Any], words: Collection[str], score: float, sentence: str, by_meaning: bool) -> Result:
    return Result(
        "solution", row["id"], f"/solutions/{row['id']}", marked(titled(row), words),
        marked(_excerpt(sentence or row["summary"], words), words), score, about=_owner(row), state=row["state"],
        fields=tuple(row["fields_served"] or ()), by_meaning=by_meaning,
    )  # fmt: skip


def _challenge(row: dict[str, Any], words: Collection[str], score: float, _sentence: str, _meaning: bool) -> Result:
    return Result(
        "challenge", row["id"], f"/challenges/{row['id']}", marked(titled(row), words),
        marked(_excerpt(row["summary"], words), words), score, about=(row["number"],), state=row["state"],
        fields=(str(row["field"]),), number=row["number"],
    )  # fmt: skip


def _organisation(row: dict[str, Any], words: Collection[str], score: float, _sentence: str, _meaning: bool) -> Result:
    return Result(
        "organisation", row["id"], f"/profiles/{row['id']}", marked(titled(row), words),
        marked(_excerpt(row["intro"], words), words), score,
        about=tuple(filter(None, (label(row["kind"]), row["region"]))),
    )  # fmt: skip


def _filing(row: dict[str, Any], words: Collection[str], score: float, _sentence: str, _meaning: bool) -> Result:
    about = tuple(filter(None, (row["entity"], row["filing_number"], row["jurisdiction"])))
    return Result(
        "filing", row["id"], f"/filings?{urlencode({'q': row['filing_number'] or row['model']})}",
        marked(row["model"], words), [], score, about=about, number=row["filing_number"],
    )  # fmt: skip


_MAKERS = {
    "scene": _scene, "solution": _solution, "challenge": _challenge, "organisation": _organisation, "filing": _filing,
}  # fmt: skip


def _owner(row: dict[str, Any]) -> tuple[str, ...]:
    name = titled({"name": row["organisation__name"] or "", "name_en": row["organisation__name_en"] or ""})
    return (name,) if name else ()


def _excerpt(text: str, words: Collection[str]) -> str:
    """Return a part of *text* around the first of *words* in it."""
    plain = " ".join(text.split())
    if len(plain) <= _EXCERPT:
        return plain
    lower = plain.lower()
    at = min((place for word in words if (place := lower.find(word)) >= 0), default=0)
    start = max(0, min(at - _EXCERPT // 4, len(plain) - _EXCERPT))
    return (
        ("…" if start else "")
        + plain[start : start + _EXCERPT].strip()
        + ("…" if start + _EXCERPT < len(plain) else "")
    )
