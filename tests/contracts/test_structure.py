"""Promises about the repository itself."""

import ast
import re
from pathlib import Path

import pytest

from market import lifecycle
from market.core.jobs import Job
from market.web.access import GuardedRoute

ROOT = Path(__file__).parent.parent.parent
CODE = [
    path
    for folder in ("market", "matching", "workers")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
]
# The only URLs without a declared access: files everybody may have, and the health of the process.
OPEN_TO_ALL = {"/static", "/livez", "/readyz"}


def test_no_module_is_over_300_lines() -> None:
    long = {str(path.relative_to(ROOT)): n for path in CODE if (n := len(path.read_text().splitlines())) > 300}
    assert long == {}


def test_every_route_declares_who_may_enter() -> None:
    from market.routes import all_routes

    undeclared = {route.path for route in all_routes() if not isinstance(route, GuardedRoute)}
    assert undeclared <= OPEN_TO_ALL


def test_no_two_routes_share_a_method_and_a_path() -> None:
    from market.routes import all_routes

    seen = [(route.path, method) for route in all_routes() for method in sorted(route.methods - {"HEAD"})]
    assert sorted({pair for pair in seen if seen.count(pair) > 1}) == []


def test_every_job_name_has_a_worker() -> None:
    from workers.jobs import HANDLERS

    assert set(HANDLERS) == set(Job)


def test_only_moves_writes_state() -> None:
    """Nothing but ``make_move`` updates a state; a row may be created in one."""
    writers = {}
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            is_update = isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"update", "update_or_create"}
            if is_update and any(keyword.arg == "state" for keyword in node.keywords):
                writers.setdefault(str(path.relative_to(ROOT)), []).append(node.lineno)
            if isinstance(node, ast.Assign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(isinstance(t, ast.Attribute) and t.attr == "state" for t in targets):
                    writers.setdefault(str(path.relative_to(ROOT)), []).append(node.lineno)
    writers.pop("market/core/moves.py")
    allowed = {"market/app.py"}  # the application's own state, not a row's
    assert {path: lines for path, lines in writers.items() if path not in allowed} == {}


@pytest.mark.parametrize("name", sorted({move.name for move in lifecycle.MOVES}))
def test_every_move_is_made_in_one_place(name: str) -> None:
    pattern = re.compile(rf"""["']{name}["']""")
    places = [
        path
        for path in CODE
        if path.name != "lifecycle.py" and "make_move" in path.read_text() and pattern.search(path.read_text())
        and path.name not in {"pages.py", "rules.py", "queries.py"}
    ]  # fmt: skip
    assert places, f"nothing makes the move {name}"


def test_every_made_move_is_in_the_table() -> None:
    names = {move.name for move in lifecycle.MOVES}
    made = set()
    for path in CODE:
        made |= set(re.findall(r"""make_move\(\s*["'](\w+)["']""", path.read_text()))
    assert made <= names


def test_nothing_names_a_path_of_somebodys_machine() -> None:
    suspicious = re.compile(r"/(?:home/\w+|Users/\w+|root|work)/")
    text_files = [p for p in ROOT.rglob("*") if p.suffix in {".py", ".md", ".html", ".toml", ".yaml", ".js", ".css"}]
    skipped = {".venv", "node_modules", "var", ".git", "vendor", "build"}
    named = [
        str(path.relative_to(ROOT))
        for path in text_files
        if not skipped & set(path.relative_to(ROOT).parts) and path != Path(__file__) and path.is_file()
        and suspicious.search(path.read_text())
    ]  # fmt: skip
    assert named == []
