"""Facts that a solution could have, each judged by really asking again which scenes would then take it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from market.catalogue.facts import SceneFacts, SolutionFacts
from market.core.money import format_yuan
from market.core.text import Text, _
from market.core.vocabulary import LABELS, DataLevel, Deployment
from market.matches.rules import unmet_musts, unstated

# Half the price is no longer the same offer.
_LOWEST_SHARE = 0.5
_NATIONWIDE = "全国"
MOST_ALIKE = 3
_NAMED_ONCE = frozenset({"price", "data_level"})


@dataclass(frozen=True)
class Change:
    """One fact changed: the scenes whose limit it would meet, and those that it alone would open."""

    code: str
    advice: Text
    asked: tuple[int, ...]
    opens: tuple[int, ...]


@dataclass(frozen=True)
class Silence:
    """A fact that the solution does not state, and the scenes that cannot be judged for it."""

    code: str
    advice: Text
    scenes: tuple[int, ...]


Scenes = Mapping[int, SceneFacts]


def changes_for(scenes: Scenes, offered: SolutionFacts) -> tuple[tuple[Change, ...], int]:
    """Return the changes that would meet a limit of at least one scene, and how many scenes take the solution today.

    What opens most scenes comes first; of prices and levels one is named, of regions and forms at most ``MOST_ALIKE``.
    """
    unmet = {scene_id: _codes(scene, offered) for scene_id, scene in scenes.items()}
    found = []
    for code, advice, changed in _possible(scenes, offered):
        after = {scene_id: _codes(scenes[scene_id], changed) for scene_id, codes in unmet.items() if code in codes}
        asked = tuple(scene_id for scene_id, codes in after.items() if code not in codes)
        opens = tuple(scene_id for scene_id in asked if not after[scene_id])
        if asked:
            found.append(Change(code, advice, asked, opens))
    ordered = sorted(found, key=lambda each: (-len(each.opens), -len(each.asked)))
    return tuple(_first_of_each(ordered)), sum(not codes for codes in unmet.values())


def silences_of(scenes: Scenes, offered: SolutionFacts) -> tuple[Silence, ...]:
    """Return what the solution leaves open, for each the scenes that state their side of it."""
    told = replace(
        offered, models=offered.models or 1, filed=offered.filed or 1, deployments=frozenset(Deployment),
        price_min_fen=0, regions=(_NATIONWIDE,), max_data_level=list(DataLevel)[-1],
    )  # fmt: skip
    found = []
    for code, missing, advice in (
        ("deployment", not offered.deployments, _("State how it can be deployed.")),
        ("price", offered.price_min_fen is None, _("State its lowest price.")),
        ("region", not offered.regions, _("State which regions you serve.")),
        ("data_level", offered.max_data_level is None, _("State up to which level of data it is fit.")),
        ("filing", not offered.models, _("Name the models it uses, with their filing numbers.")),
    ):
        if missing:
            asking = tuple(
                scene_id for scene_id, scene in scenes.items()
                if code in _questions(scene, offered) and code not in _questions(scene, told)
            )  # fmt: skip
            if asking:
                found.append(Silence(code, advice, asking))
    return tuple(sorted(found, key=lambda each: -len(each.scenes)))


def _first_of_each(ordered: list[Change]) -> Iterator[Change]:
    seen: Counter[str] = Counter()
    for each in ordered:
        seen[each.code] += 1
        if seen[each.code] <= (1 if each.code in _NAMED_ONCE else MOST_ALIKE):
            yield each


def _possible(scenes: Scenes, offered: SolutionFacts) -> Iterator[tuple[str, Text, SolutionFacts]]:
    yield (
        "filing",
        _("If a model of it is filed or registered, enter the number. If not, file one or build on a filed model."),
        _filed(offered),
    )
    for form in Deployment:
        if form not in offered.deployments:
            changed = replace(offered, deployments=offered.deployments | {form})
            yield "deployment", _("If it also runs as “%(form)s”, say so.", form=Text(LABELS[form])), changed
    yield from _regions(scenes, offered)
    yield from _levels(offered)
    yield from _prices(scenes, offered)


def _filed(offered: SolutionFacts) -> SolutionFacts:
    return replace(offered, models=max(offered.models, 1), filed=max(offered.filed, 1), unfiled=())


def _regions(scenes: Scenes, offered: SolutionFacts) -> Iterator[tuple[str, Text, SolutionFacts]]:
    for region in sorted({scene.region.strip() for scene in scenes.values()} - {""}):
        changed = replace(offered, regions=(*offered.regions, region))
        yield "region", _("If you can also serve %(region)s, add it.", region=region), changed
    changed = replace(offered, regions=(*offered.regions, _NATIONWIDE))
    yield "region", _("If you serve the whole country, say so."), changed


def _levels(offered: SolutionFacts) -> Iterator[tuple[str, Text, SolutionFacts]]:
    known = offered.max_data_level
    for level in DataLevel:
        if known is not None and level.rank > known.rank:
            text = _("If it is fit for “%(level)s”, say so and be ready to prove it.", level=Text(LABELS[level]))
            yield "data_level", text, replace(offered, max_data_level=level)


def _prices(scenes: Scenes, offered: SolutionFacts) -> Iterator[tuple[str, Text, SolutionFacts]]:
    price = offered.price_min_fen
    if price is None:
        return
    budgets = {scene.budget_max_fen for scene in scenes.values() if scene.budget_max_fen is not None}
    for budget in sorted((each for each in budgets if price * _LOWEST_SHARE <= each < price), reverse=True):
        text = _("If a smaller package pays at %(price)s or less, offer it.", price=format_yuan(budget))
        yield "price", text, replace(offered, price_min_fen=budget)


def _codes(scene: SceneFacts, offered: SolutionFacts) -> set[str]:
    return {each.code for each in unmet_musts(scene, offered)}


def _questions(scene: SceneFacts, offered: SolutionFacts) -> set[str]:
    return {each.code for each in unstated(scene, offered)}
