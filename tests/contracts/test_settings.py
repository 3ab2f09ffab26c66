"""Every setting is explained where people look for it."""

import re
from pathlib import Path

import pytest

from market.settings import Settings

CHECKOUT = Path(__file__).parents[2]


def setting_names() -> list[str]:
    """Return the environment variables that Settings reads, in order."""
    prefix = Settings.model_config["env_prefix"]
    return [
        field.validation_alias if isinstance(field.validation_alias, str) else f"{prefix}{name}".upper()
        for name, field in Settings.model_fields.items()
    ]


def example_lines() -> list[tuple[str, str]]:
    text = (CHECKOUT / ".env.example").read_text(encoding="utf-8")
    return re.findall(r"^([A-Z_]+)=(.*)$", text, flags=re.MULTILINE)


def test_the_example_lists_every_setting_once_in_order() -> None:
    assert [name for name, _ in example_lines()] == setting_names()


def test_the_example_shows_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)
    defaults = Settings(_env_file=None)
    for name, value in example_lines():
        monkeypatch.setenv(name, value)
    assert Settings(_env_file=None) == defaults


def test_the_readme_has_a_row_for_every_setting() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    assert [name for name in setting_names() if not re.search(rf"^\| `{name}` \|", readme, flags=re.MULTILINE)] == []
