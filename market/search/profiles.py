"""An organisation as everybody may know it: what it needs, what it offers, what it has won."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.accounts.models import Organisation
from market.awards.models import Award
from market.core.errors import NotFoundError
from market.core.text import _
from market.lifecycle import PUBLIC_SCENES, AwardState, SolutionState
from market.scenes.models import Scene
from market.solutions.models import Solution
from market.web.access import visitor_of
from market.web.render import page

MOST_SHOWN = 30


@dataclass(frozen=True)
class ProfileView:
    """The public side of an organisation."""

    organisation: Organisation
    scenes: list[dict[str, Any]]
    solutions: list[dict[str, Any]]
    won: list[dict[str, Any]]
    may_manage: bool


async def show_profile(request: Request) -> Response:
    """Show an organisation that has published something; any other does not exist for the public."""
    organisation_id, actor = request.path_params["organisation_id"], visitor_of(request)
    organisation = await Organisation.get_or_none(id=organisation_id)
    scenes = await _published(Scene.filter(organisation_id=organisation_id, state__in=list(PUBLIC_SCENES)))
    solutions = await _published(Solution.filter(organisation_id=organisation_id, state=SolutionState.PUBLISHED))
    staff = actor is not None and actor.is_staff
    if organisation is None or not (scenes or solutions or staff):
        raise NotFoundError(_("There is no such page."))
    won = await Award.filter(bid__organisation_id=organisation_id, state=AwardState.CONFIRMED).values(
        "id", title="challenge__title", title_en="challenge__title_en", number="challenge__number"
    )
    return page(request, "search/profile.html", ProfileView(organisation, scenes, solutions, won, staff))


async def _published(rows: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        await rows.order_by("-published_at", "-id").limit(MOST_SHOWN).values("id", "title", "title_en", "state")
    )
    return found
