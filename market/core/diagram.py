"""Draws the lifecycle table: ``python -m market.core.diagram`` writes docs/lifecycle.md and the README's picture."""

import re
from collections.abc import Iterable
from pathlib import Path

from market.lifecycle import MOVES, Move

ROOT = Path(__file__).parent.parent.parent
_PICTURE = re.compile(r"(?<=<!-- lifecycle -->\n).*?(?=<!-- /lifecycle -->)", re.DOTALL)


def mermaid(subject: str) -> str:
    """Return the moves of one subject as a Mermaid state diagram."""
    moves = [move for move in MOVES if move.subject == subject]
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {moves[0].source}"]
    lines += [f"    {m.source} --> {m.target}: {m.name}" for m in moves]
    return "\n".join([*lines, "```"]) + "\n"


def document() -> str:
    """Return the page that shows every subject: a picture, and a table of who may make which move."""
    origin = "Drawn from `market/lifecycle.py` by `python -m market.core.diagram`. What is not in it cannot happen.\n"
    parts = ["# Lifecycle\n", origin]
    for subject in dict.fromkeys(move.subject for move in MOVES):
        parts += [f"## {subject}\n", mermaid(subject), _table(move for move in MOVES if move.subject == subject)]
    return "\n".join(parts)


def _table(moves: Iterable[Move]) -> str:
    rows = ["| move | from | to | who | reason |", "|---|---|---|---|---|"]
    for move in moves:
        who = ", ".join(sorted(move.roles))
        rows.append(f"| `{move.name}` | {move.source} | {move.target} | {who} | {'yes' if move.needs_reason else ''} |")
    return "\n".join(rows) + "\n"


def with_picture(readme: str) -> str:
    """Return the README's text with its picture drawn anew."""
    return _PICTURE.sub(lambda _old: mermaid("Scene"), readme)


def main() -> None:
    """Write both."""
    (ROOT / "docs/lifecycle.md").write_text(document(), encoding="utf-8")
    readme = ROOT / "README.md"
    readme.write_text(with_picture(readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
