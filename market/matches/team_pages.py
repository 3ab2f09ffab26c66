"""The page of teams: which solutions together cover every must of a scene, and one button to shortlist them all."""

from collections.abc import Collection
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from market.core.errors import InvalidError
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.lifecycle import SolutionState
from market.matches import actions, queries, rules
from market.matches.models import MatchRun
from market.matches.pages import Tab, tabs_of, visible_scene
from market.matches.scale import support_of
from market.matches.teams import Covering, Member, Proposal, Proposed, read_proposal
from market.matches.withdrawn import as_shown
from market.scenes.models import Scene
from market.solutions.models import Solution
from market.web.access import actor_of
from market.web.forms import form_of
from market.web.render import page, see_other


@dataclass(frozen=True)
class Place:
    """A must in a team's table: who covers it, with which sentence."""

    must: str
    covering: Covering
    member: Solution
    support: tuple[Text, str]


@dataclass(frozen=True)
class MemberView:
    """A member as the page shows it."""

    solution: Solution
    is_lead: bool
    covers: int
    alternatives: list[Solution]
    open_point: Text | None


@dataclass(frozen=True)
class TeamView:
    """A team as the page shows it; *gone* if somebody in it is no longer published."""

    members: list[MemberView]
    places: list[Place]
    proposed: Proposed
    gone: bool
    ids: str


@dataclass(frozen=True)
class TeamsView:
    """The teams of a scene, or why there are none; who is not *ranked* has no page of its match."""

    scene: Scene
    tabs: list[Tab]
    run: MatchRun | None
    proposal: Proposal | None
    teams: list[TeamView]
    uncovered: list[str]
    ranked: frozenset[int]
    may_shortlist: bool


async def show_teams(request: Request) -> Response:
    """Show the smallest teams that cover every must, who covers what, and what holds for whom."""
    actor = actor_of(request)
    scene = await visible_scene(request, actor)
    run = await queries.finished_run(scene.id)
    proposal = read_proposal(run)
    named = await _named(scene.id, proposal, actor)
    teams = [_team(each, proposal.musts, named) for each in proposal.teams] if proposal else []
    published = [each for team in teams for each in team.members]
    view = TeamsView(
        scene=scene,
        tabs=tabs_of(scene, "teams"),
        run=run,
        proposal=proposal,
        teams=teams,
        uncovered=[proposal.musts[at] for at in proposal.uncovered] if proposal else [],
        ranked=frozenset(await queries.matches_with(scene.id, named)),
        may_shortlist=bool(published) and bool(rules.may_shortlist(actor, scene, published[0].solution)),
    )
    return page(request, "matches/teams.html", view)


async def shortlist_team(request: Request) -> Response:
    """Put every member of a team on the shortlist, all or none; inviting each is the next step there."""
    actor = actor_of(request)
    scene = await visible_scene(request, actor)
    ids = _ids((await form_of(request)).raw("solutions"))
    solutions = {each.id: each for each in await _proposed_for(scene.id, ids)}
    if not ids or set(ids) != set(solutions):
        raise InvalidError(_("This team is not among those proposed for the scene. Load the page of teams again."))
    async with unit_of_work() as work:
        for each in ids:
            await actions.shortlist_solution(scene, solutions[each], work=work, actor=actor)
    text = _("The whole team is on the shortlist. Invite each vendor from here.")
    return see_other(request, f"/scenes/{scene.id}/shortlist", flash=text)


async def _named(scene_id: int, proposal: Proposal | None, actor: Actor) -> dict[int, Solution]:
    """Return the solutions that a proposal names as *actor* may read them, with their organisations."""
    members = [member for team in proposal.teams for member in team.members] if proposal else []
    ids = {each for member in members for each in (member.solution_id, *member.alternatives)}
    found = await Solution.filter(id__in=list(ids)).select_related("organisation") if ids else []
    return await as_shown(scene_id, found, actor)


async def _proposed_for(scene_id: int, ids: Collection[int]) -> list[Solution]:
    """Return the members with these ids where they are in one team that was proposed for the scene."""
    proposal = read_proposal(await queries.finished_run(scene_id))
    teams = [{member.solution_id for member in team.members} for team in proposal.teams] if proposal else []
    if not any(set(ids) <= team for team in teams):
        return []
    return await Solution.filter(id__in=list(ids)).select_related("organisation")


def _team(proposed: Proposed, musts: Collection[str], named: dict[int, Solution]) -> TeamView:
    words = list(musts)
    members = [_member(each, named, is_lead=at == 0) for at, each in enumerate(proposed.members)]
    places = [
        Place(words[covering.must], covering, named[member.solution_id], support_of(covering.strength))
        for member in proposed.members
        for covering in member.covers
    ]
    return TeamView(
        members=members,
        places=sorted(places, key=lambda each: each.covering.must),
        proposed=proposed,
        gone=any(each.solution.state is not SolutionState.PUBLISHED for each in members),
        ids=",".join(str(each.solution_id) for each in proposed.members),
    )


def _member(member: Member, named: dict[int, Solution], *, is_lead: bool) -> MemberView:
    solution = named[member.solution_id]
    alternatives = [named[each] for each in member.alternatives if named[each].state is SolutionState.PUBLISHED]
    unclaimed = _("Its vendor has no account here yet: ask the district office to contact it.")
    open_point = unclaimed if rules.is_unclaimed(solution) else None
    return MemberView(solution, is_lead, len(member.covers), alternatives, open_point)


def _ids(typed: str) -> list[int]:
    return list(dict.fromkeys(int(each) for each in typed.split(",") if each.isdecimal() and len(each) < 10))  # noqa: PLR2004
