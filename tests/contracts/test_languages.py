"""Every text that a person reads exists in Chinese and English."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from market import lifecycle
from market.core.permissions import ROLE_LABELS
from market.core.vocabulary import LABELS
from market.web.languages import chinese

ROOT = Path(__file__).parent.parent.parent
PO_FILES = sorted((ROOT / "market/locale/zh_Hans_CN").glob("*.po"))
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {
    "**.html": {"extensions": "jinja2.ext.i18n,jinja2.ext.do,jinja2.ext.loopcontrols", "encoding": "utf-8",
                "trim_blocks": "true", "lstrip_blocks": "true"},
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def messages_of(folder: str) -> Iterator[tuple[tuple[str, ...], str]]:
    found = extract_from_dir(ROOT / folder, METHODS, OPTIONS, keywords={"_": None, "gettext": None, "ngettext": (1, 2)})
    for file, line, message, _comments, _context in found:
        forms = tuple(form for form in (message if isinstance(message, tuple) else (message,)) if form)
        if forms:
            yield forms, f"{folder}/{file}:{line}"


@pytest.mark.parametrize("folder", ["market", "templates"])
def test_every_message_has_a_chinese_translation(folder: str) -> None:
    assert {forms[0]: place for forms, place in messages_of(folder) if not is_translated(forms)} == {}


def is_translated(forms: tuple[str, ...]) -> bool:
    """Whether a message has a translation; one that counts has two forms in English."""
    if len(forms) > 1:
        return chinese().ngettext(forms[0], forms[1], 2) != forms[1]
    return chinese().gettext(forms[0]) != forms[0]


def test_every_label_and_state_has_a_chinese_word() -> None:
    states = {
        str(member).replace("_", " ").capitalize()
        for name in dir(lifecycle)
        if name.endswith("State")
        for member in getattr(lifecycle, name)
    }
    wanted = states | set(LABELS.values()) | set(ROLE_LABELS.values()) | {move.label for move in lifecycle.MOVES}
    assert sorted(word for word in wanted if chinese().gettext(word) == word) == []


@pytest.mark.parametrize("path", PO_FILES, ids=lambda path: path.stem)
def test_a_translation_keeps_the_values_and_is_chinese(path: Path) -> None:
    for message in read_po(io.BytesIO(path.read_bytes()), locale="zh_Hans_CN"):
        if not message.id or isinstance(message.id, tuple):
            continue
        assert set(PLACEHOLDER.findall(message.id)) == set(PLACEHOLDER.findall(message.string)), message.id


def test_no_message_is_translated_in_two_ways() -> None:
    seen: dict[str, tuple[str, str]] = {}
    conflicts = []
    for path in PO_FILES:
        for message in read_po(io.BytesIO(path.read_bytes()), locale="zh_Hans_CN"):
            if not message.id or not message.string or isinstance(message.id, tuple):
                continue
            first = seen.setdefault(message.id, (message.string, path.stem))
            if first[0] != message.string:
                conflicts.append((message.id, first, (message.string, path.stem)))
    assert conflicts == []
