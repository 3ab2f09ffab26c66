"""What a search would have found: shown before it is saved, so that nobody waits for messages that never come."""

from dataclasses import dataclass

from market.core import clock
from market.core.text import Text
from market.fitting import alerts
from market.fitting.models import SavedSearch
from market.matches.actions import pair_url
from market.matches.scale import fit_of
from market.scenes.models import Scene
from matching.encoder import EncoderError
from matching.store import SnapshotError

_SHOWN = 20


@dataclass(frozen=True)
class Tried:
    """An open scene that a search would have found."""

    scene: Scene
    href: str
    fit: tuple[Text, str]
    score: float


@dataclass(frozen=True)
class Trial:
    """The best scenes of the last *days* that a search finds, of *total*; *waits* while some cannot be searched yet."""

    scenes: list[Tried]
    days: int
    total: int
    waits: bool


async def try_search(search: SavedSearch) -> Trial:
    """Look at the scenes of the last weeks as *search* would; nothing is stored and nobody is told."""
    try:
        seen = await alerts.look(search, published_since=clock.now() - alerts.TRIED)
    except (EncoderError, SnapshotError):
        return Trial([], alerts.TRIED.days, 0, waits=True)
    first = seen.found[:_SHOWN]
    scenes = await Scene.filter(id__in=[each.scene_id for each in first]).select_related("organisation")
    by_id = {scene.id: scene for scene in scenes}
    shown = [
        Tried(by_id[each.scene_id], scene_link(each.scene_id, each.solution_id), fit_of(each.score), each.score)
        for each in first
    ]
    return Trial(shown, alerts.TRIED.days, len(seen.found), waits=not seen.complete)


def scene_link(scene_id: int, solution_id: int | None) -> str:
    """Return where a vendor reads about a scene: the pair's page, or the scene's own where no solution is ranked."""
    return f"/scenes/{scene_id}" if solution_id is None else pair_url(scene_id, solution_id)
