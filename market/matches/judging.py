"""What each solution does not meet, judged when somebody asks: of ten thousand, a ranking looks at some hundreds."""

from collections.abc import Iterator, Mapping

from market.catalogue.facts import SceneFacts, SolutionFacts
from market.matches.rules import Unmet, unmet_musts


class Judgements(Mapping[int, tuple[Unmet, ...]]):
    """The unmet hard constraints of each solution by id, each solution judged once."""

    def __init__(self, scene: SceneFacts, solutions: Mapping[int, SolutionFacts]) -> None:
        self._scene, self._solutions = scene, solutions
        self._judged: dict[int, tuple[Unmet, ...]] = {}

    def __getitem__(self, solution_id: int) -> tuple[Unmet, ...]:
        if solution_id not in self._judged:
            self._judged[solution_id] = tuple(unmet_musts(self._scene, self._solutions[solution_id]))
        return self._judged[solution_id]

    def __iter__(self) -> Iterator[int]:
        return iter(self._solutions)

    def __len__(self) -> int:
        return len(self._solutions)

    def qualifying(self) -> set[int]:
        """The solutions that meet every constraint, or do not say; judges all."""
        return {solution_id for solution_id in self._solutions if not self[solution_id]}
