"""The README says what is there."""

import re
from pathlib import Path

from market.core import diagram

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOT_OURS = {"__pycache__", "services"}


def test_it_is_at_most_150_lines() -> None:
    assert len(README.splitlines()) <= 150


def test_its_picture_is_drawn_from_the_table() -> None:
    assert diagram.with_picture(README) == README
    assert (ROOT / "docs/lifecycle.md").read_text(encoding="utf-8") == diagram.document()


def test_its_tree_names_every_folder_of_the_market_and_no_other() -> None:
    tree = README.split("```text")[1].split("```")[0].split("matching/")[0]
    named = set(re.findall(r"(?<![\w/])(\w+)/", tree)) - {"market"}
    there = {path.name for path in (ROOT / "market").iterdir() if path.is_dir()} - NOT_OURS
    assert named == there


def test_every_file_it_names_exists() -> None:
    named = re.findall(r"`((?:market|matching|workers|docker|templates)/[\w./]+\.\w+)(?:::\w+)?`", README)
    assert [name for name in named if not (ROOT / name).exists()] == []
