"""The containers run the parts that ``jiebang serve`` runs, with the same files and settings."""

import json
from pathlib import Path
from typing import Any

import typer
import yaml

from market.cli import app
from market.web.assets import FILES
from tests.contracts.test_settings import setting_names

CHECKOUT = Path(__file__).parents[2]
UVICORN = {"FORWARDED_ALLOW_IPS"}  # the web server reads it by itself
PARTS = {"migrate": ["prepare", "--data"], "web": ["web"], "worker": ["worker"]}


def services() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker" / "compose.yaml").read_text(encoding="utf-8"))
    return loaded["services"]


def test_compose_runs_the_commands_that_serve_runs() -> None:
    assert {name: services()[name]["command"] for name in PARTS} == PARTS
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert [command[0] for command in PARTS.values() if command[0] not in known] == []


def test_compose_sets_only_settings_that_exist() -> None:
    for name in PARTS:
        environment = set(services()[name]["environment"])
        assert environment - UVICORN <= set(setting_names())
        assert {"DATABASE_URL", "REDIS_URL", "JIEBANG_SECRET_KEY"} <= environment


def test_web_and_worker_wait_for_the_one_shot() -> None:
    for name in ("web", "worker"):
        assert services()[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


def test_the_image_has_every_front_end_file_and_no_root() -> None:
    dockerfile = (CHECKOUT / "docker" / "Dockerfile").read_text(encoding="utf-8")
    for name, source in FILES.items():
        assert f"/app/node_modules/{source} market/web/static/vendor/{name}\n" in dockerfile
    assert [line for line in dockerfile.splitlines() if line.startswith("USER")] == ["USER jiebang"]


def test_the_lock_file_pins_exactly_and_names_no_registry() -> None:
    package = json.loads((CHECKOUT / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((CHECKOUT / "package-lock.json").read_text(encoding="utf-8"))
    locked = {path.removeprefix("node_modules/"): entry for path, entry in lock["packages"].items() if path}
    assert {name: entry["version"] for name, entry in locked.items()} == package["dependencies"]
    assert all("integrity" in entry and "resolved" not in entry for entry in locked.values())
