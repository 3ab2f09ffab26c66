"""Which parts of a text hold the reader's words; the template marks and escapes them."""

import re
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """A part of a text, to be marked or not."""

    text: str
    marked: bool


def marked(text: str, words: Collection[str]) -> list[Piece]:
    """Cut *text* at the places where *words* stand, whatever their capitals; longer words first."""
    wanted = sorted({word for word in words if word.strip()}, key=lambda word: (-len(word), word))
    if not wanted or not text:
        return [Piece(text, marked=False)] if text else []
    pattern = re.compile("(" + "|".join(_pattern(word) for word in wanted) + ")", re.IGNORECASE)
    return [Piece(part, marked=number % 2 == 1) for number, part in enumerate(pattern.split(text)) if part]


def _pattern(word: str) -> str:
    """Latin words are marked from their beginning: “detect” in “detection”, not “art” in “part”."""
    escaped = re.escape(word)
    return rf"\b{escaped}" if word[0].isascii() and word[0].isalnum() else escaped
