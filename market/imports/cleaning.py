"""Cells → values that the database takes: texts, lists, dates, requirements, and the id that knows a row again."""

import hashlib
import json
import re
from datetime import date
from typing import Any

from market.core.vocabulary import RequirementKind

LONGEST_TITLE = 300
LONGEST_ID = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NOTHING = frozenset({"", "n/a", "na", "none", "null", "nan", "/", "-", "无", "暂无", "not specified"})
_MUST = re.compile(r"(?<!无)(?<!不)须|(?<!不)必须|(?<![a-z])(?:shall|must)(?![a-z])", re.IGNORECASE)
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_BULLET = re.compile(r"^\s*(?:[-*•·●]|[(（]?\d{1,2}[)）.、．](?!\d)|[(（]?[一二三四五六七八九十]{1,3}[)）、])\s*")


def text_of(value: Any, *, separator: str = "\n") -> str:
    """Return a cell as text: lists a line each, objects as ``key: value``; what databases refuse is left out."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, str):
        plain = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
        return "" if plain.lower() in _NOTHING else plain
    if isinstance(value, dict):
        parts = ((name, text_of(each, separator=", ")) for name, each in value.items())
        return separator.join(f"{name}: {text}" for name, text in parts if text)
    if isinstance(value, list):
        return separator.join(filter(None, (text_of(each, separator=", ") for each in value)))
    return str(value)


def line_of(value: Any, limit: int) -> str:
    """Return a cell as one line of at most *limit* characters."""
    plain = " ".join(text_of(value, separator=", ").split())
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"


def opened(value: Any) -> Any:
    """Return a list or object that a CSV or spreadsheet keeps as JSON in a cell; anything else as it is."""
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def sentences_of(value: Any) -> list[str]:
    """Return the sentences of a list, or the lines of a text without their numbering, each once."""
    if isinstance(value, list):
        found = [_joined(each) for each in value]
    elif isinstance(value, dict):
        found = text_of(value).split("\n")
    else:
        found = [_BULLET.sub("", line) for line in re.split(r"[\n;；]+", text_of(value))]
    return list(dict.fromkeys(text for text in (each.strip() for each in found) if text))


def kind_of(sentence: str) -> RequirementKind:
    """A must only where the words say so: a must refuses solutions, and nobody here can ask the buyer."""
    return RequirementKind.MUST if _MUST.search(sentence) else RequirementKind.WISH


def date_of(value: Any) -> date | None:
    """Return the last full date that a cell names, or None: a month or a year alone is no date."""
    for match in reversed(list(_DATE.finditer(str(value or "")))):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            continue
    return None


def source_id_of(kind: str, file: str, row_id: str, *identity: str) -> str:
    """Return what knows a row again: its own id, else a hash of what identifies it.

    A bare number is an id only within its file, so the file's name is part of it.
    """
    if row_id.isdecimal():
        name = f"{kind}:{file}#{row_id}"
    elif row_id:
        name = f"{kind}:{row_id}"
    else:
        name = f"{kind}:{_digest(*identity)}"
    return name if len(name) <= LONGEST_ID else f"{kind}:{_digest(name)}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _joined(value: Any) -> str:
    """An object in a list is one sentence of its values: ``{"phase": "…", "text": null}``."""
    if isinstance(value, dict):
        return " ".join(filter(None, (text_of(each, separator=", ") for each in value.values())))
    return text_of(value, separator=", ")
