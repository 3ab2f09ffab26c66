"""The command line: what it offers, its exit codes, and that it works on servers of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from stdnum.cn import uscc
from typer.testing import CliRunner

from market.cli import app

PROMISED = {
    "serve", "web", "worker", "migrate", "demo", "import scenes", "import solutions", "import filings", "match",
    "index build", "index status", "index merge", "index verify", "evaluate", "train",
    "ranker list", "ranker show", "ranker use", "ranker rollback", "search", "verify audit",
    "verify ledger", "users add", "doctor",
}  # fmt: skip
WITH_JSON = PROMISED - {"serve", "web", "worker", "ranker use", "ranker rollback"}


def commands() -> dict[str, list[str]]:
    """Return every command and its options."""
    found: dict[str, list[str]] = {}

    def walk(command: object, name: str) -> None:
        if subcommands := getattr(command, "commands", None):
            for word, subcommand in subcommands.items():
                walk(subcommand, f"{name} {word}".strip())
        else:
            found[name] = [option for parameter in command.params for option in parameter.opts]  # type: ignore[attr-defined]

    walk(typer.main.get_command(app), "")
    return found


def jiebang(*words: str, data_dir: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the real program, away from this run's servers."""
    ours = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "market.cli", *words],
        env={**ours, "JIEBANG_DATA_DIR": str(data_dir), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_promised_command_exists() -> None:
    assert set(commands()) - PROMISED == {"prepare"}
    assert PROMISED - set(commands()) == set()


def test_every_command_with_results_prints_json() -> None:
    assert [name for name in sorted(WITH_JSON) if "--json" not in commands()[name]] == []


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_help(name: str) -> None:
    result = CliRunner().invoke(app, [*name.split(), "--help"])
    assert (result.exit_code, "Usage: jiebang " + name in result.output) == (0, True)


@pytest.mark.parametrize(
    "words", [["nonsense"], ["match"], ["import", "scenes"], ["import", "scenes", "no such file"], ["index", "burn"]]
)
def test_wrong_usage_is_2(words: list[str]) -> None:
    assert CliRunner().invoke(app, words).exit_code == 2


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys, market.cli; print([m for m in ('torch', 'numpy', 'tortoise', 'starlette') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "[]\n"


def test_commands_bring_up_their_own_servers_and_stop_them(tmp_path: Path) -> None:
    first = jiebang("migrate", "--json", data_dir=tmp_path)
    assert first.returncode == 0
    assert json.loads(first.stdout)["applied"][0] == "0001_initial"
    assert json.loads(jiebang("migrate", "--json", data_dir=tmp_path).stdout) == {"applied": []}
    proof = jiebang("verify", "audit", "--json", data_dir=tmp_path)
    assert (proof.returncode, json.loads(proof.stdout)["sound"]) == (0, True)
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


def test_people_are_added_and_the_export_of_their_history_is_proven_elsewhere(tmp_path: Path) -> None:
    body = "91310000MA1FL0000"
    words = ["users", "add", "officer@example.org", "--name", "王工", "--organisation", "临江区办"]
    words += ["--role", "officer", "--uscc", body + uscc.calc_check_digit(body), "--json"]
    added = jiebang(*words, data_dir=tmp_path, JIEBANG_PASSWORD="a long password")
    assert json.loads(added.stdout)["role"] == "officer"
    refused = jiebang(*words, data_dir=tmp_path, JIEBANG_PASSWORD="short")
    assert (refused.returncode, refused.stderr) == (1, "Choose a password of at least 10 characters.\n")

    export = tmp_path / "audit.jsonl"
    assert jiebang("verify", "audit", "--save", str(export), data_dir=tmp_path).returncode == 0
    elsewhere = jiebang("verify", "audit", str(export), "--json", data_dir=tmp_path / "elsewhere")
    assert (json.loads(elsewhere.stdout)["sound"], json.loads(elsewhere.stdout)["checked"]) == (True, 2)

    export.write_text(export.read_text(encoding="utf-8").replace("add_user", "add_boss"), encoding="utf-8")
    changed = jiebang("verify", "audit", str(export), data_dir=tmp_path / "elsewhere")
    assert (changed.returncode, changed.stdout) == (1, "")
    assert changed.stderr == "Broken at number 2: event 2 was changed after it was written\n"


def test_the_doctor_names_what_fails_and_tells_no_secret(tmp_path: Path) -> None:
    closed = {"DATABASE_URL": "postgresql://me:geheim@127.0.0.1:1/x", "REDIS_URL": "redis://:geheim@127.0.0.1:1/0"}
    seen = jiebang("doctor", "--json", data_dir=tmp_path, JIEBANG_SECRET_KEY="geheim", **closed)
    states = {finding["what"]: finding["state"] for finding in json.loads(seen.stdout)}
    assert seen.returncode == 1
    assert (states["database"], states["redis"], states["secret key"]) == ("fail", "fail", "ok")
    assert "geheim" not in seen.stdout + seen.stderr


def test_a_wrong_setting_is_one_line(tmp_path: Path) -> None:
    told = jiebang("doctor", data_dir=tmp_path, JIEBANG_PORT="many")
    assert told.returncode == 1
    assert told.stderr.strip().splitlines() == [
        "Wrong setting: port: Input should be a valid integer, unable to parse string as an integer"
    ]
