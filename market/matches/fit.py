"""How well the facts of an offer fit those of a need: 0 to 1 each, None where one side says nothing.

A fit moves a solution within the ranking and never refuses one: refusals are ``rules.unmet_musts``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from market.catalogue.facts import SceneFacts, SolutionFacts
from market.core.money import format_yuan
from market.core.text import Text, _
from market.core.vocabulary import LABELS, Field, Readiness
from market.matches.rules import covers_region

LABELS_OF_FITS = {
    "field": _("Field"), "deployment": _("Deployment"), "region": _("Region"), "price": _("Price"),
    "delivery": _("Delivery time"), "readiness": _("Readiness"),
}  # fmt: skip
NAMES = tuple(LABELS_OF_FITS)
READY = {Readiness.PRODUCTION: 1.0, Readiness.PILOT: 0.6, Readiness.PROTOTYPE: 0.2}
_TOO_LATE = 2.0  # delivery in twice the time that there is does not fit at all
_DAYS_A_WEEK = 7


@dataclass(frozen=True)
class Fit:
    """One fact compared, with what it means in words."""

    name: str
    value: float | None
    text: Text

    @property
    def label(self) -> Text:
        """What is compared."""
        return LABELS_OF_FITS[self.name]


class Fits(Mapping[int, Mapping[str, float]]):
    """The fits of a catalogue's solutions to one scene, each worked out when it is asked for.

    Ranking asks for some two hundred candidates of a catalogue of ten thousand.
    """

    def __init__(self, scene: SceneFacts, solutions: Mapping[int, SolutionFacts], today: date) -> None:
        self._scene, self._solutions, self._today = scene, solutions, today

    def __getitem__(self, solution_id: int) -> Mapping[str, float]:
        return fit_values(self._scene, self._solutions[solution_id], self._today)

    def __iter__(self) -> Iterator[int]:
        return iter(self._solutions)

    def __len__(self) -> int:
        return len(self._solutions)


def fit_values(scene: SceneFacts, solution: SolutionFacts, today: date) -> dict[str, float]:
    """Return the fits that can be judged, by name; what is unknown is left out and counts neither way."""
    judged = {name: judge(scene, solution, today) for name, judge in _JUDGES.items()}
    return {name: round(value, 4) for name, value in judged.items() if value is not None}


def explain_fits(scene: SceneFacts, solution: SolutionFacts, today: date) -> list[Fit]:
    """Say for each fact how it fits, or that one side does not state it."""
    values = fit_values(scene, solution, today)
    return [Fit(name, values.get(name), _words(name, values.get(name), scene, solution)) for name in NAMES]


def weeks_there_are(scene: SceneFacts, today: date) -> float | None:
    """Return how many weeks a vendor has: the wished duration, else the time until the wished start."""
    if scene.duration_weeks:
        return float(scene.duration_weeks)
    if scene.start_by is None or scene.start_by <= today:
        return None
    return (scene.start_by - today).days / _DAYS_A_WEEK


def _field(scene: SceneFacts, solution: SolutionFacts, _today: date) -> float | None:
    if scene.field in {None, Field.OTHER} or not solution.fields:
        return None
    return 1.0 if scene.field in solution.fields else 0.0


def _deployment(scene: SceneFacts, solution: SolutionFacts, _today: date) -> float | None:
    if not scene.deployments or not solution.deployments:
        return None
    return len(scene.deployments & solution.deployments) / len(scene.deployments)


def _region(scene: SceneFacts, solution: SolutionFacts, _today: date) -> float | None:
    served = [region for region in solution.regions if region.strip()]
    if not scene.region.strip() or not served:
        return None
    return 1.0 if any(covers_region(region, scene.region) for region in served) else 0.0


def _price(scene: SceneFacts, solution: SolutionFacts, _today: date) -> float | None:
    """Return the share of the offer's price range that lies within the budget."""
    budget, low, high = scene.budget_max_fen, solution.price_min_fen, solution.price_max_fen
    if budget is None or low is None:
        return None
    if low > budget:
        return 0.0
    return 1.0 if high is None or high <= budget else (budget - low) / (high - low)


def _delivery(scene: SceneFacts, solution: SolutionFacts, today: date) -> float | None:
    available = weeks_there_are(scene, today)
    if available is None or not solution.delivery_weeks:
        return None
    over = solution.delivery_weeks / available
    return min(1.0, max(0.0, (_TOO_LATE - over) / (_TOO_LATE - 1)))


def _readiness(_scene: SceneFacts, solution: SolutionFacts, _today: date) -> float | None:
    return None if solution.readiness is None else READY[solution.readiness]


_JUDGES: dict[str, Callable[[SceneFacts, SolutionFacts, date], float | None]] = {
    "field": _field, "deployment": _deployment, "region": _region, "price": _price, "delivery": _delivery,
    "readiness": _readiness,
}  # fmt: skip


def _words(name: str, value: float | None, scene: SceneFacts, solution: SolutionFacts) -> Text:
    if value is None:
        return _UNKNOWN[name]
    if name == "price":
        return _price_words(value, solution)
    if name == "delivery":
        return _("%(weeks)s weeks, in time.", weeks=solution.delivery_weeks) if value >= 1 else _(
            "%(weeks)s weeks, longer than wished.", weeks=solution.delivery_weeks)  # fmt: skip
    if name == "readiness" and solution.readiness is not None:
        return Text(LABELS[solution.readiness])
    if name == "field" and scene.field is not None:
        label = Text(LABELS[scene.field])
        return _("Made for %(field)s.", field=label) if value else _("Not stated to serve %(field)s.", field=label)
    return _FITS[name] if value >= 1 else (_PARTLY[name] if value > 0 else _FAILS[name])


def _price_words(value: float, solution: SolutionFacts) -> Text:
    price = format_yuan(solution.price_min_fen or 0)
    if value >= 1:
        return _("From %(price)s, within the budget.", price=price)
    return _("From %(price)s; its upper price is above the budget.", price=price) if value > 0 else _(
        "From %(price)s, above the budget.", price=price)  # fmt: skip


_FITS = {"deployment": _("Runs wherever the scene may need it."), "region": _("Serves the scene's region.")}
_PARTLY = {"deployment": _("Runs in some of the places that the scene names.")}
_FAILS = {"deployment": _("Runs in none of the places that the scene names."),
          "region": _("Does not serve the scene's region.")}  # fmt: skip
_UNKNOWN = {
    "field": _("Its fields, or the scene's, are not stated."),
    "deployment": _("Where it has to run, or can run, is not stated."),
    "region": _("The scene's region, or the regions served, are not stated."),
    "price": _("The budget or the price is not stated."),
    "delivery": _("The time wished, or the time needed, is not stated."),
    "readiness": _("How far it has come is not stated."),
}
