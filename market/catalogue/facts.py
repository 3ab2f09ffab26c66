"""What constraints and fits are judged by: facts of a scene and of a solution that are not a matter of likeness.

They are kept with every ranking, so each can be written as plain values and read back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from market.core.vocabulary import DataLevel, Deployment, Field, Readiness


@dataclass(frozen=True)
class SceneFacts:
    """What a scene demands of whoever serves it. Empty or None: not stated."""

    serves_public: bool = False
    deployments: frozenset[Deployment] = frozenset()
    budget_max_fen: int | None = None
    region: str = ""
    data_level: DataLevel | None = None
    field: Field | None = None
    start_by: date | None = None
    duration_weeks: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain values, from which ``from_json`` makes the same facts."""
        return _plain(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "SceneFacts":
        """Read back what ``as_json`` gave."""
        return cls(
            serves_public=stored["serves_public"],
            deployments=known_deployments(stored["deployments"]),
            budget_max_fen=stored["budget_max_fen"],
            region=stored["region"],
            data_level=_member(DataLevel, stored["data_level"]),
            field=_member(Field, stored["field"]),
            start_by=date.fromisoformat(stored["start_by"]) if stored["start_by"] else None,
            duration_weeks=stored["duration_weeks"],
        )


@dataclass(frozen=True)
class SolutionFacts:
    """What a solution can serve. Empty or None: not stated.

    *filed* counts models with an entry in the registry, *unfiled* names those without.
    """

    models: int = 0
    filed: int = 0
    deployments: frozenset[Deployment] = frozenset()
    price_min_fen: int | None = None
    regions: tuple[str, ...] = ()
    max_data_level: DataLevel | None = None
    unfiled: tuple[str, ...] = ()
    fields: frozenset[Field] = frozenset()
    price_max_fen: int | None = None
    delivery_weeks: int | None = None
    readiness: Readiness | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain values, from which ``from_json`` makes the same facts."""
        return _plain(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "SolutionFacts":
        """Read back what ``as_json`` gave."""
        return cls(
            models=stored["models"],
            filed=stored["filed"],
            deployments=known_deployments(stored["deployments"]),
            price_min_fen=stored["price_min_fen"],
            regions=tuple(stored["regions"]),
            max_data_level=_member(DataLevel, stored["max_data_level"]),
            unfiled=tuple(stored["unfiled"]),
            fields=known_fields(stored["fields"]),
            price_max_fen=stored["price_max_fen"],
            delivery_weeks=stored["delivery_weeks"],
            readiness=_member(Readiness, stored["readiness"]),
        )


def known_deployments(stored: list[str]) -> frozenset[Deployment]:
    """Read what a row's list of deployment forms holds; words that are none of ours are left out."""
    return frozenset(Deployment(each) for each in stored or [] if each in _DEPLOYMENTS)


def known_fields(stored: list[str]) -> frozenset[Field]:
    """Read what a row's list of fields holds; words that are none of ours are left out."""
    return frozenset(Field(each) for each in stored or [] if each in _FIELDS)


_DEPLOYMENTS = frozenset(str(each) for each in Deployment)
_FIELDS = frozenset(str(each) for each in Field)


def _member(kind: Any, stored: str | None) -> Any:
    return kind(stored) if stored else None


def _plain(facts: SceneFacts | SolutionFacts) -> dict[str, Any]:
    return {name: _written(value) for name, value in vars(facts).items()}


def _written(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
