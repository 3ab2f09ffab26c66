"""The texts of code and templates, and those among them that have no Chinese translation yet.

``make messages`` adds the latter, empty, to the file of their stage; the contract test wants none left.
"""

import io
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

CHECKOUT = Path(__file__).parents[2]
LOCALE = CHECKOUT / "market" / "locale" / "zh_Hans_CN"
SHARED = "shared"
Message = str | tuple[str, ...]  # singular and plural where a text counts
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
JINJA = {
    "extensions": "jinja2.ext.i18n,jinja2.ext.do,jinja2.ext.loopcontrols",
    "silent": "false",
    "newstyle_gettext": "true",
}


def used() -> Iterator[tuple[Path, Message]]:
    """Yield each text and the file that it stands in, relative to the checkout."""
    for folder, pattern, method in (
        ("market", "*.py", "python"),
        ("workers", "*.py", "python"),
        ("templates", "*.*", "jinja2.ext:babel_extract"),
    ):
        for path in sorted((CHECKOUT / folder).rglob(pattern)):
            with path.open("rb") as source:
                found = list(extract(method, source, keywords=KEYWORDS, options=JINJA if folder == "templates" else {}))
            for _line, message, _comments, _context in found:
                if (text := message if isinstance(message, str) else tuple(message[:2])) and text[0]:
                    yield path.relative_to(CHECKOUT), text


def translated() -> set[Message]:
    """Return the texts that have a translation, whichever stage's file holds it."""
    done: set[Message] = set()
    for path in LOCALE.glob("*.po"):
        for message in read_po(io.BytesIO(path.read_bytes()), locale="zh_Hans_CN"):
            texts = (message.string,) if isinstance(message.string, str) else message.string or ("",)
            if message.id and all(texts) and not message.fuzzy:
                done.add(message.id if isinstance(message.id, str) else tuple(message.id))
    return done


def untranslated() -> dict[str, dict[Message, str]]:
    """Return what lacks a translation: by stage, each text and the first file that uses it."""
    done = translated()
    missing: dict[str, dict[Message, str]] = defaultdict(dict)
    for path, text in used():
        if text not in done:
            missing[_stage(path)].setdefault(text, path.as_posix())
    return dict(missing)


def add_empty_entries() -> int:
    """Add what lacks a translation to the file of its stage and return how many texts still wait for one."""
    waiting = 0
    for stage, texts in untranslated().items():
        file = LOCALE / f"{stage}.po"
        catalog = read_po(io.BytesIO(file.read_bytes()), locale="zh_Hans_CN") if file.exists() else _new_catalog(stage)
        for text, path in texts.items():
            catalog.add(text, locations=[] if text in catalog else [(path, 0)])
        written = io.BytesIO()
        write_po(written, catalog, width=120, include_lineno=False)
        file.write_bytes(written.getvalue())
        waiting += len(texts)
    return waiting


def _new_catalog(stage: str) -> Catalog:
    return Catalog("zh_Hans_CN", header_comment=f"# Simplified Chinese: {stage}.", project="Jiebang", fuzzy=False)


def _stage(path: Path) -> str:
    folder = path.parts[1] if len(path.parts) > 2 else SHARED  # noqa: PLR2004  # market/<stage>/<module>
    return folder if path.parts[0] != "workers" and folder not in {"core", "web", "shared", "email"} else SHARED


if __name__ == "__main__":
    count = add_empty_entries()
    sys.stdout.write(f"{count} texts wait for a translation in {LOCALE.relative_to(CHECKOUT)}.\n")
    sys.exit(1 if count else 0)
