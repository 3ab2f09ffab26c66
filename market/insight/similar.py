"""What is already published and near to a draft: a hint before it is submitted, never a wall."""

import asyncio
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.catalogue.catalogues import SCENES, SOLUTIONS, Collection, catalogue_of
from market.catalogue.encoders import current_encoder
from market.core.errors import NotFoundError
from market.core.permissions import Actor
from market.core.text import _
from market.lifecycle import OPEN_SCENES, SolutionState
from market.scenes.models import Scene
from market.solutions.models import Solution
from market.web.access import actor_of
from market.web.render import page
from matching.encoder import EncoderError
from matching.lookup import LookedUp, look_up
from matching.store import SnapshotError

LEAST_SCORE = 0.5
MOST = 3
_LONGEST = 600


@dataclass(frozen=True)
class SimilarView:
    """The nearest published rows."""

    kind: str
    title: str
    back: str
    rows: list[dict[str, Any]]


async def show_similar_scenes(request: Request) -> Response:
    """Show published scenes that are near to one's own draft."""
    scene = await Scene.get_or_none(id=request.path_params["scene_id"])
    _refuse_strangers(actor_of(request), scene)
    near = await _near(SCENES, f"{scene.title} {scene.problem}"[:_LONGEST], scene.id)  # type: ignore[union-attr]
    rows = await Scene.filter(id__in=near, state__in=list(OPEN_SCENES)).values(
        "id", "title", "title_en", "state", organisation_name="organisation__name"
    )
    return page(request, "insight/similar.html", _view("scene", scene, near, rows), block="found")


async def show_similar_solutions(request: Request) -> Response:
    """Show one's own published solutions that are near to a draft of them."""
    solution = await Solution.get_or_none(id=request.path_params["solution_id"])
    _refuse_strangers(actor_of(request), solution)
    near = await _near(SOLUTIONS, f"{solution.title} {solution.summary}"[:_LONGEST], solution.id)  # type: ignore[union-attr]
    own = Solution.filter(id__in=near, state=SolutionState.PUBLISHED, organisation_id=solution.organisation_id)  # type: ignore[union-attr]
    rows = await own.values("id", "title", "title_en", "state", organisation_name="organisation__name")
    return page(request, "insight/similar.html", _view("solution", solution, near, rows), block="found")


def _refuse_strangers(actor: Actor, row: Any) -> None:
    if row is None or not actor.is_of(row.organisation_id):
        raise NotFoundError(_("There is no such page."))


async def _near(collection: Collection, text: str, own_id: int) -> list[int]:
    """Return the ids of the nearest published rows, best first; nothing where there is no index to ask."""
    try:
        catalogue, encoder = await catalogue_of(collection), await current_encoder()
        if catalogue is None or not catalogue.manifest.documents or not text.strip():
            return []
        found: list[LookedUp] = await asyncio.to_thread(look_up, catalogue, text, encoder, quoted=0)
    except (EncoderError, SnapshotError):
        return []
    near = [each.document_id for each in found if each.score >= LEAST_SCORE and each.document_id != own_id]
    return near[:MOST]


def _view(kind: str, row: Any, near: list[int], rows: list[dict[str, Any]]) -> SimilarView:
    by_id = {each["id"]: each for each in rows}
    return SimilarView(
        kind, row.title, f"/{kind}s/{row.id}/edit/check", [by_id[each] for each in near if each in by_id]
    )
