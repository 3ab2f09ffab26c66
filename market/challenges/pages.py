"""Public pages of challenges: the list and the notice, with the moves that officers make there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.challenges import actions, freezing, queries, rules
from market.challenges.freezing import Freezes, freezes_of
from market.challenges.models import Challenge, Criterion, Round
from market.challenges.rules import ChallengeRules, Check
from market.core import clock
from market.core.errors import NotFoundError
from market.core.text import Text, _
from market.core.vocabulary import Field
from market.core.work import unit_of_work
from market.lifecycle import ChallengeState, Move, Role, moves_from
from market.scenes.models import Metric, Requirement, Scene
from market.web import plots
from market.web.access import actor_of, visitor_of
from market.web.filters import label
from market.web.forms import form_of
from market.web.languages import gettext, say
from market.web.paging import Pager, pager_of
from market.web.render import page, see_other

OFFICER_MOVES = ("cancel_challenge", "fail_challenge")
OPENED = (ChallengeState.IN_REVIEW, ChallengeState.DECIDING)
_GROUP_LABELS = {
    "open": _("Open now"),
    "upcoming": _("Upcoming"),
    "deciding": _("In review"),
    "over": _("Ended"),
    "draft": _("Drafts"),
}
_EMPTY = {
    "open": _("No round is open now. See what is upcoming."),
    "upcoming": _("No challenge is announced. Look at the published scenes meanwhile."),
    "deciding": _("Nothing is in review."),
    "over": _("No challenge has ended yet."),
    "draft": _("No drafts. Begin one from a published scene."),
}
_EVENTS = {
    "publish_challenge": _("The challenge was published"),
    "open_round": _("The round opened"),
    "close_round": _("The round closed and its bids were opened"),
    "cancel_round": _("The round was cancelled"),
    "begin_review": _("The review began"),
    "finish_review": _("The review was closed"),
    "award_challenge": _("The challenge was awarded"),
    "fail_challenge": _("The challenge was closed without an award"),
    "cancel_challenge": _("The challenge was cancelled"),
}
_TONES = {"awarded": "seal", "failed": "bad", "cancelled": "bad", "published": "good", "open": "good"}


@dataclass(frozen=True)
class Tab:
    """A group of challenges with its number."""

    label: str
    href: str
    current: bool
    count: int


@dataclass(frozen=True)
class ListView:
    """The public list."""

    challenges: list[dict[str, Any]]
    tabs: list[Tab]
    group: str
    empty: str
    words: str
    field: str
    fields: list[tuple[str, str]]
    pager: Pager
    now: datetime
    clear_href: str


@dataclass(frozen=True)
class LotView:
    """A scene of the notice with what is asked of it."""

    scene: Scene
    requirements: list[Requirement]
    metrics: list[Metric]


@dataclass(frozen=True)
class Event:
    """A line of the timeline."""

    title: str
    at: datetime
    text: str
    tone: str


@dataclass(frozen=True)
class NoticeView:
    """The notice."""

    challenge: Challenge
    rules: ChallengeRules
    lots: list[LotView]
    criteria: list[Criterion]
    rubric: plots.BarPlot
    rounds: list[Round]
    waiting: Round | None
    events: list[Event]
    checks: list[Check]
    may_edit: bool
    may_publish: bool
    publish_problem: Text | None
    moves: list[Move]
    is_staff: bool
    is_vendor: bool
    is_over: bool
    freezes: Freezes | None
    now: datetime
    live: tuple[str, int]


async def list_challenges(request: Request) -> Response:
    """Show the challenges of a group: open now, upcoming, in review, closed; officers also drafts."""
    actor, asked = visitor_of(request), request.query_params
    words = asked.get("q", "").strip()[:100]
    field = Field(asked["field"]) if asked.get("field") in set(Field) else None
    groups = queries.GROUPS if actor and actor.is_staff else queries.GROUPS[:-1]
    counts = await queries.count_groups(words, field, groups=groups)
    group = asked.get("group", "")
    if group not in groups:  # nothing chosen: the first that has something
        group = next((name for name in groups if counts[name]), groups[0])
    pager = pager_of(request, counts[group])
    query = "".join(f"&{name}={asked[name]}" for name in ("q", "field") if asked.get(name))
    view = ListView(
        challenges=await queries.challenges_in(group, words, field, offset=pager.offset, limit=pager.size),
        tabs=[Tab(say(_GROUP_LABELS[name]), f"/challenges?group={name}{query}", name == group, counts[name])
              for name in groups],
        group=group, empty=say(_EMPTY[group]), words=words, field=str(field or ""),
        fields=[(str(member), label(member)) for member in Field], pager=pager, now=clock.now(),
        clear_href=f"/challenges?group={group}",
    )  # fmt: skip
    return page(request, "challenges/list.html", view)


async def show_challenge(request: Request) -> Response:
    """Show the notice: what is asked, by which rules, until when; staff also what is missing."""
    challenge, actor = await _visible(request), visitor_of(request)
    rounds, lots = await queries.rounds_of(challenge.id), await _lots_of(challenge)
    criteria = await queries.criteria_of(challenge.id)
    metrics = [metric for lot in lots for metric in lot.metrics]
    scenes = [lot.scene for lot in lots]
    checks = rules.readiness(challenge, criteria, rounds, scenes, metrics, now=clock.now())
    may_edit = actor is not None and bool(rules.may_edit_challenge(actor, challenge))
    publishing = rules.may_publish_challenge(actor, challenge, checks) if actor else None
    waiting = next((each for each in rounds if each.state in queries.WAITING_ROUNDS), None)
    view = NoticeView(
        challenge=challenge, rules=rules.rules_of(challenge), lots=lots, criteria=criteria,
        rubric=plots.bars([(line.name, line.weight) for line in criteria], unit=gettext("points")),
        rounds=rounds, waiting=waiting, events=await _events(challenge, rounds),
        checks=checks if actor and actor.is_staff and challenge.state is ChallengeState.DRAFT else [],
        may_edit=may_edit, may_publish=bool(publishing),
        publish_problem=publishing.reason if publishing is not None else None,
        moves=_moves(challenge, actor.role) if actor else [],
        is_staff=actor is not None and actor.is_staff, is_vendor=actor is not None and actor.role is Role.VENDOR,
        is_over=challenge.state in queries.OVER,
        freezes=await freezes_of(scenes, actor) if actor and actor.is_staff else None, now=clock.now(),
        live=("Round", waiting.id) if waiting else ("Challenge", challenge.id),
    )  # fmt: skip
    return page(request, "challenges/show.html", view)


async def publish_challenge(request: Request) -> Response:
    """Publish the notice."""
    challenge = await _visible(request)
    async with unit_of_work() as work:
        await actions.publish_challenge(challenge, work=work, actor=actor_of(request))
    return see_other(request, actions.link_to(challenge), flash=_("The challenge is published."))


async def cancel_challenge(request: Request) -> Response:
    """Cancel the challenge with a reason."""
    return await _do(request, actions.cancel_challenge, _("The challenge is cancelled. Its scenes are free again."))


async def fail_challenge(request: Request) -> Response:
    """Close the challenge without an award, with a reason; once bids are opened, on the page of its ranking."""
    challenge = await _visible(request)
    if challenge.state in OPENED:
        flash = _("The bids have been opened: close the challenge here, where no award can be overlooked.")
        return see_other(request, f"/challenges/{challenge.id}/ranking", flash=flash, kind="notice")
    return await _do(request, actions.fail_challenge, _("The challenge is closed. Its scenes are free again."))


async def freeze_catalogue(request: Request) -> Response:
    """Freeze the catalogue for all scenes of the challenge, with a reason."""
    flash = _("Frozen. The scenes are ranked against today's catalogue.")
    return await _do(request, freezing.freeze_catalogue, flash)


async def lift_freeze(request: Request) -> Response:
    """Lift the freeze of all scenes of the challenge, with a reason."""
    return await _do(
        request, freezing.lift_freeze, _("Lifted. The scenes are ranked against the catalogue of the day.")
    )


def _moves(challenge: Challenge, role: Role) -> list[Move]:
    return [] if challenge.state in OPENED else moves_from(challenge.state, role, among=OFFICER_MOVES)


async def _do(request: Request, action: Callable[..., Awaitable[object]], flash: Text) -> Response:
    challenge, form = await _visible(request), await form_of(request)
    async with unit_of_work() as work:
        await action(challenge, form.raw("reason"), work=work, actor=actor_of(request))
    return see_other(request, actions.link_to(challenge), flash=flash)


async def _visible(request: Request) -> Challenge:
    challenge = await queries.get_challenge(request.path_params["challenge_id"])
    verdict = rules.may_see_challenge(visitor_of(request), challenge)
    if verdict.reason is not None:
        raise NotFoundError(verdict.reason)
    return challenge


async def _lots_of(challenge: Challenge) -> list[LotView]:
    scenes = await queries.scenes_of(challenge.id)
    ids = [scene.id for scene in scenes]
    requirements, metrics = await queries.requirements_in(ids), await queries.metrics_in(ids)
    return [
        LotView(
            scene,
            [requirement for requirement in requirements if requirement.scene_id == scene.id],
            [metric for metric in metrics if metric.scene_id == scene.id],
        )
        for scene in scenes
    ]


async def _events(challenge: Challenge, rounds: list[Round]) -> list[Event]:
    numbers = {each.id: each.number for each in rounds}
    found = await queries.events_of(challenge.id, list(numbers))
    return [
        Event(_event_title(row, numbers, len(rounds)), row["at"], row["reason"], _TONES.get(row["target"], ""))
        for row in reversed(found)
        if row["event"] in _EVENTS
    ]


def _event_title(row: dict[str, Any], numbers: dict[int, int], rounds: int) -> str:
    label = say(_EVENTS[row["event"]])
    if row["subject"] == "Round" and rounds > 1:
        return say(_("Round %(number)s: %(event)s", number=numbers[row["subject_id"]], event=label))
    return label
