"""The vendor's list of scenes that fit: why, what is missing, until when; narrowed, ordered, and put away."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from market.core.errors import NotFoundError
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.fitting import fitting, verdicts
from market.fitting.fitting import Fit, Narrowed
from market.fitting.vendor_tabs import Tab, tabs_at
from market.lifecycle import OPEN_SCENES
from market.matches import queries
from market.matches.actions import pair_url
from market.matches.cards import Evidence, evidence_of
from market.matches.models import Shortlisting
from market.matches.scale import SOME_SCORE, WEAK_STRENGTH, fit_of
from market.scenes.models import Scene
from market.web.access import actor_of
from market.web.drafts import Options
from market.web.filters import label, titled
from market.web.forms import Typed, form_of
from market.web.languages import say
from market.web.paging import Pager, pager_of
from market.web.render import page, see_other

PATH = "/matches"
MOST_SHOWN = 3
SORT_NAMES = {"fit": _("Best fit first"), "newest": _("Newest first"), "deadline": _("Deadline first")}
_BANDS = {
    "small": _("under ¥500,000"), "medium": _("¥500,000 to ¥2 million"), "large": _("¥2 million and more"),
    "unknown": _("not stated"),
}  # fmt: skip
_DUES = {"bidding": _("Bids are being taken"), "soon": _("Within 30 days")}


@dataclass(frozen=True)
class Fitting:
    """A scene that fits, as the list shows it."""

    fit: Fit
    href: str
    words: tuple[Text, str]
    unmet: tuple[Text, ...]
    supported: tuple[Evidence, ...]
    missing: tuple[Evidence, ...]
    asked: int
    met: int


@dataclass(frozen=True)
class FittingView:
    """Scenes that fit me."""

    tabs: list[Tab]
    invitations: list[Shortlisting]
    scenes: list[Fitting]
    nearest: list[Fitting]
    hidden: list[Fitting]
    pager: Pager
    typed: Typed
    options: dict[str, Options]
    sorts: Options
    reasons: Options
    least: float
    narrowed: bool
    has_solutions: bool
    just_hidden: Scene | None


async def show_fitting_scenes(request: Request) -> Response:
    """Show a vendor the open scenes that fit its solutions, invitations first."""
    actor = actor_of(request)
    organisation = actor.organisation_id or 0
    typed = Typed({name: request.query_params.get(name, "") for name in (*fitting.FACETS, "sort", "put_away")})
    chosen = {facet: typed[facet] for facet in fitting.FACETS}
    fits = await fitting.fits_of(organisation)
    found = fitting.narrow(fits.fitting, chosen, typed["sort"])
    pager = pager_of(request, len(found.fits))
    view = FittingView(
        tabs=tabs_at(PATH),
        invitations=await queries.invitations_for(organisation),
        scenes=[_shown(fit) for fit in found.fits[pager.offset : pager.offset + pager.size]],
        nearest=[_shown(fit) for fit in fits.nearest],
        hidden=[_shown(fit) for fit in fits.put_away],
        pager=pager,
        typed=typed,
        options=_options(found, fits.fitting),
        sorts=[(name, say(text)) for name, text in SORT_NAMES.items()],
        reasons=verdicts.options(),
        least=SOME_SCORE,
        narrowed=any(chosen.values()),
        has_solutions=await queries.has_published_solution(organisation),
        just_hidden=_just_hidden(typed["put_away"], fits.put_away),
    )
    return page(request, "matches/fitting.html", view)


async def hide_scene(request: Request) -> Response:
    """Put a scene away: not for us. The list offers to take it back."""
    actor, form = actor_of(request), await form_of(request)
    scene = await _open_scene(request)
    async with unit_of_work() as work:
        await verdicts.hide_scene(scene, form.raw("reason_code"), work=work, actor=actor)
    return see_other(request, f"{PATH}?put_away={scene.id}")


async def show_scene(request: Request) -> Response:
    """Take a scene back into the list."""
    actor = actor_of(request)
    scene = await _open_scene(request)
    async with unit_of_work() as work:
        await verdicts.show_scene(scene, work=work, actor=actor)
    return see_other(request, PATH, flash=_("“%(scene)s” is back in your list.", scene=scene.title))


async def _open_scene(request: Request) -> Scene:
    scene = await queries.find_scene(request.path_params["scene_id"])
    if scene is None or scene.state not in OPEN_SCENES:
        raise NotFoundError(_("There is no such page."))
    return scene


def _shown(fit: Fit) -> Fitting:
    evidence = [each for each in evidence_of(fit.match) if each.requirement]
    supported = sorted((each for each in evidence if each.strength >= WEAK_STRENGTH), key=lambda each: -each.strength)
    missing = [each for each in evidence if each.strength < WEAK_STRENGTH]
    if not evidence:
        supported = [each for each in evidence_of(fit.match) if each.sentence]
    return Fitting(
        fit=fit,
        href=pair_url(fit.match.scene.id, fit.match.solution.id),
        words=fit_of(fit.match.score),
        unmet=tuple(Text.from_json(each["reason"]) for each in fit.match.unmet),
        supported=tuple(supported[:MOST_SHOWN]),
        missing=tuple(missing[:MOST_SHOWN]),
        asked=len(evidence),
        met=len(evidence) - len(missing),
    )


def _options(found: Narrowed, fits: list[Fit]) -> dict[str, Options]:
    solutions = {str(fit.match.solution.id): titled(fit.match.solution) for fit in fits}
    names = {"budget": {key: say(text) for key, text in _BANDS.items()},
             "due": {key: say(text) for key, text in _DUES.items()}, "solution": solutions}  # fmt: skip
    options: dict[str, Options] = {}
    for facet, counts in found.counts.items():
        name = names.get(facet, {})
        plain = (lambda value: value) if facet == "region" else label
        listed = [(value, f"{name.get(value) or plain(value)} ({count})") for value, count in counts.most_common()]
        options[facet] = listed
    return options


def _just_hidden(asked: str, hidden: list[Fit]) -> Scene | None:
    return next((fit.match.scene for fit in hidden if str(fit.match.scene.id) == asked), None)
