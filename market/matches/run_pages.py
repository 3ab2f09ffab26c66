"""Past rankings of a scene: what was asked, which versions answered, and why each solution stood where it stood."""

from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response

from market.core.errors import MarketError, NotFoundError
from market.core.permissions import Actor
from market.core.text import Text, _
from market.matches import rerunning, runs
from market.matches.breakdown import Breakdown, break_down
from market.matches.cards import Evidence, read_evidence
from market.matches.models import MatchRun
from market.matches.pages import Tab, tabs_of, visible_scene
from market.matches.pinned import PinnedPair, need_asked, pairs_of
from market.matches.scale import fit_of
from market.scenes.models import Scene
from market.web.access import actor_of
from market.web.downloads import attachment
from market.web.paging import Pager, pager_of
from market.web.render import page
from matching.documents import Need


@dataclass(frozen=True)
class RunsView:
    """The rankings of a scene, newest first."""

    scene: Scene
    runs: list[MatchRun]
    pager: Pager
    tabs: list[Tab]


@dataclass(frozen=True)
class Shown:
    """One pair of a past ranking."""

    pair: PinnedPair
    evidence: tuple[Evidence, ...]
    breakdown: Breakdown | None
    fit: tuple[Text, str]


@dataclass(frozen=True)
class RunView:
    """One past ranking, from what was stored with it alone; *again* holds the comparison once it was made again."""

    scene: Scene
    run: MatchRun
    need: Need | None
    qualifying: list[Shown]
    others: list[Shown]
    slots: int
    margin: float
    tabs: list[Tab]
    may_rerun: bool
    again: rerunning.Rerun | None
    problem: Text | None


async def show_runs(request: Request) -> Response:
    """List a scene's rankings."""
    scene = await visible_scene(request, actor_of(request))
    pager = pager_of(request, await runs.count_runs(scene.id))
    found = await runs.runs_of(scene.id, offset=pager.offset, limit=pager.size)
    return page(request, "matches/runs.html", RunsView(scene, found, pager, tabs_of(scene, "matches")))


async def show_run(request: Request) -> Response:
    """Explain one ranking from what was stored with it."""
    actor = actor_of(request)
    scene, run = await _run_of(request, actor)
    return page(request, "matches/run.html", _view(scene, run, actor))


async def rerun(request: Request) -> Response:
    """Make a ranking again with the versions of then and show whether it comes out the same. Changes nothing."""
    actor = actor_of(request)
    await request.app.state.limiter.count(f"rerun:{actor.person_id}", "5/minute")  # it costs seconds of a processor
    scene, run = await _run_of(request, actor)
    try:
        view = _view(scene, run, actor, again=await rerunning.rerun(run))
    except MarketError as error:
        view = _view(scene, run, actor, problem=error.text)
    return page(request, "matches/run.html", view)


async def export_run(request: Request) -> Response:
    """Hand out what was kept of a ranking as JSON: to staff all, to a buyer without other vendors' standings."""
    actor = actor_of(request)
    _scene, run = await _run_of(request, actor)
    data = orjson.dumps(runs.run_as_json(run, for_staff=actor.is_staff), option=orjson.OPT_INDENT_2)
    return attachment(data, f"ranking-{run.id}.json", "application/json")


async def export_pairs(request: Request) -> Response:
    """Hand out a ranking's pairs with their evidence as a table."""
    _scene, run = await _run_of(request, actor_of(request))
    return attachment(runs.run_as_csv(run).encode("utf-8-sig"), f"ranking-{run.id}.csv", "text/csv; charset=utf-8")


async def _run_of(request: Request, actor: Actor) -> tuple[Scene, MatchRun]:
    scene = await visible_scene(request, actor)
    run = await runs.find_run(scene.id, request.path_params["run_id"])
    if run is None:
        raise NotFoundError(_("There is no such page."))
    return scene, run


def _view(
    scene: Scene, run: MatchRun, actor: Actor, *, again: rerunning.Rerun | None = None, problem: Text | None = None
) -> RunView:
    shown = [_shown(pair) for pair in pairs_of(run)]
    exploration = run.inputs.get("exploration", {})
    return RunView(
        scene=scene,
        run=run,
        need=need_asked(run) if run.inputs else None,
        qualifying=[each for each in shown if each.pair.qualifies],
        others=[each for each in shown if not each.pair.qualifies],
        slots=exploration.get("slots", 0),
        margin=exploration.get("margin", 0.0),
        tabs=tabs_of(scene, "matches"),
        may_rerun=actor.is_staff and bool(run.inputs),
        again=again,
        problem=problem,
    )


def _shown(pair: PinnedPair) -> Shown:
    parts = break_down(pair.score, pair.contributions) if pair.contributions else None
    return Shown(pair, read_evidence(pair.evidence), parts, fit_of(pair.score))
