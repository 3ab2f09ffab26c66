"""What hard constraints are judged by: the few facts of a scene and of a solution that are not a matter of likeness."""

from dataclasses import dataclass

from market.core.vocabulary import DataLevel, Deployment


@dataclass(frozen=True)
class SceneFacts:
    """What a scene demands of whoever serves it. Empty or None: not stated."""

    serves_public: bool = False
    deployments: frozenset[Deployment] = frozenset()
    budget_max_fen: int | None = None
    region: str = ""
    data_level: DataLevel | None = None


@dataclass(frozen=True)
class SolutionFacts:
    """What a solution can serve. Empty or None: not stated; *filed* counts models with an entry in the registry."""

    models: int = 0
    filed: int = 0
    deployments: frozenset[Deployment] = frozenset()
    price_min_fen: int | None = None
    regions: tuple[str, ...] = ()
    max_data_level: DataLevel | None = None


def known_deployments(stored: list[str]) -> frozenset[Deployment]:
    """Read what a row's list of deployment forms holds; words that are none of ours are left out."""
    return frozenset(Deployment(each) for each in stored or [] if each in set(Deployment))
