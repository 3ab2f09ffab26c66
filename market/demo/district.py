"""What has been made so far, by key: filled by the first steps, used by the later ones."""

from dataclasses import dataclass, field

from market.demo.people import Cast
from market.grants.models import Fund
from market.scenes.models import Scene
from market.solutions.models import Solution


@dataclass
class District:
    """Rows of the demonstration."""

    scenes: dict[str, Scene] = field(default_factory=dict)
    solutions: dict[str, Solution] = field(default_factory=dict)
    founded: tuple[Cast, Fund] | None = None

    @property
    def cast(self) -> Cast:
        """Who acts."""
        return self._founded[0]

    @property
    def fund(self) -> Fund:
        """Where the grants come from."""
        return self._founded[1]

    @property
    def _founded(self) -> tuple[Cast, Fund]:
        assert self.founded is not None  # noqa: S101  # the first step founds it
        return self.founded
