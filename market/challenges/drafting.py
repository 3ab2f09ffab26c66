"""Pages on which officers write a challenge: begun from a scene, edited until it is published."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.challenges import actions, queries, rules
from market.challenges.forms import CRITERIA, DIMENSIONS, as_typed, read_challenge, round_columns
from market.challenges.models import Challenge
from market.core import clock
from market.core.errors import InvalidError, NotAllowedError, NotFoundError, StaleStateError
from market.core.money import FEN_PER_YUAN
from market.core.text import _
from market.core.vocabulary import ChallengeKind
from market.core.work import unit_of_work
from market.scenes.models import Scene
from market.scenes.queries import get_scene
from market.scenes.rules import may_see_scene
from market.settings import settings
from market.web.access import actor_of
from market.web.forms import FieldError, Form, Typed, form_of
from market.web.languages import say
from market.web.render import page, see_other

_SUGGESTED = (("performance", 40), ("safety", 20), ("ethics", 15), ("adaptation", 25))


@dataclass(frozen=True)
class DraftView:
    """The form of a challenge: a new one has no number yet."""

    action: str
    number: str
    back_href: str
    scenes: list[Scene]
    typed: Typed
    criteria: list[dict[str, Any]]
    rounds: list[dict[str, Any]]
    kinds: list[tuple[str, ChallengeKind]]
    dimensions: list[tuple[str, str]]
    errors: list[FieldError]
    revision: int
    weight: int
    demonstration: bool
    fund_committed: bool


async def show_new_challenge(request: Request) -> Response:
    """Offer a challenge prefilled from its scene."""
    scene = await _scene_of(request)
    return _form_page(
        request, scene=[scene], typed=_prefilled(scene), criteria=_suggested_rubric(), rounds=_suggested()
    )


async def create_challenge(request: Request) -> Response:
    """Begin the draft."""
    scene, form = await _scene_of(request), await form_of(request)
    content = None if form.wants_rows else read_challenge(form)
    if content is None:
        return _again(request, form, scene=[scene])
    async with unit_of_work() as work:
        challenge = await actions.create_challenge(scene, content, work=work, actor=actor_of(request))
    return see_other(request, actions.link_to(challenge), flash=_("The draft is saved. See below what it still needs."))


async def show_challenge_form(request: Request) -> Response:
    """Show the draft for editing."""
    challenge = await _draft_of(request)
    scenes = await queries.scenes_of(challenge.id)
    criteria = [
        {name: getattr(line, name) for name in CRITERIA} for line in await queries.criteria_of(challenge.id)
    ]  # fmt: skip
    rounds: list[dict[str, Any]] = [
        dict.fromkeys(round_columns(), "") | {"opens_at": as_typed(w.opens_at), "closes_at": as_typed(w.closes_at)}
        for w in await queries.rounds_of(challenge.id)
    ]
    return _form_page(
        request, scene=scenes, challenge=challenge, typed=_typed_of(challenge), criteria=criteria, rounds=rounds
    )


async def save_challenge(request: Request) -> Response:
    """Save the draft; what needs correcting is shown with everything that was typed."""
    challenge, form = await _draft_of(request), await form_of(request)
    scenes = await queries.scenes_of(challenge.id)
    content = None if form.wants_rows else read_challenge(form)
    if content is None:
        return _again(request, form, scene=scenes, challenge=challenge)
    try:
        revision = int(form.raw("revision")) if form.raw("revision").isdecimal() else 0
        async with unit_of_work() as work:
            await actions.save_challenge(challenge, content, revision=revision, work=work, actor=actor_of(request))
    except InvalidError as error:
        form.note(error)
        return _again(request, form, scene=scenes, challenge=challenge)
    except StaleStateError as error:
        form.error("", error.text)
        return _again(request, form, scene=scenes, challenge=challenge, status_code=409)
    return see_other(request, actions.link_to(challenge), flash=_("The draft is saved. See below what it still needs."))


async def _scene_of(request: Request) -> Scene:
    scene, actor = await get_scene(request.path_params["scene_id"]), actor_of(request)
    if scene is None or not may_see_scene(actor, scene):
        raise NotFoundError(_("There is no such page."))
    verdict = rules.may_challenge_scene(actor, scene)
    if verdict.reason is not None:
        raise NotAllowedError(verdict.reason)
    return scene


async def _draft_of(request: Request) -> Challenge:
    challenge = await queries.get_challenge(request.path_params["challenge_id"])
    verdict = rules.may_edit_challenge(actor_of(request), challenge)
    if verdict.reason is not None:
        raise NotAllowedError(verdict.reason)
    return challenge


def _again(
    request: Request, form: Form, *, scene: list[Scene], challenge: Challenge | None = None, status_code: int = 422
) -> Response:
    rows = {
        "criteria": form.rows_to_show("criteria", CRITERIA),
        "rounds": form.rows_to_show("rounds", round_columns()),
    }
    if form.wants_rows:
        status_code = 200
    return _form_page(
        request, scene=scene, challenge=challenge, typed=form.typed, errors=form.errors, status_code=status_code, **rows
    )  # fmt: skip


def _form_page(
    request: Request, *, scene: list[Scene], typed: Typed, criteria: list[dict[str, Any]],
    rounds: list[dict[str, Any]], challenge: Challenge | None = None, errors: list[FieldError] | None = None,
    status_code: int = 200,
) -> Response:  # fmt: skip
    weights = [str(row["weight"]) for row in criteria]
    view = DraftView(
        action=f"/challenges/{challenge.id}/edit" if challenge else f"/scenes/{scene[0].id}/challenge",
        number=challenge.number if challenge else "",
        back_href=actions.link_to(challenge) if challenge else f"/scenes/{scene[0].id}",
        scenes=scene, typed=typed, criteria=criteria, rounds=rounds,
        kinds=[(str(kind), kind) for kind in ChallengeKind], dimensions=[(name, name) for name in DIMENSIONS],
        errors=errors or [], revision=challenge.revision if challenge else 1,
        weight=sum(int(weight) for weight in weights if weight.isdecimal()),
        demonstration=settings().demonstration, fund_committed=bool(challenge and challenge.fund_id is not None),
    )  # fmt: skip
    return page(request, "challenges/edit.html", view, block="form", status_code=status_code)


def _prefilled(scene: Scene) -> Typed:
    rules_now = rules.ChallengeRules()
    grant = (scene.budget_max_fen or 0) // 4 // FEN_PER_YUAN
    summary = "\n\n".join(part.strip() for part in (scene.problem, scene.outcome) if part.strip())
    return Typed(
        title=scene.title, title_en=scene.title_en, kind=str(ChallengeKind.BEST_ONE), summary=summary[:10_000],
        grant=str(grant) if grant else "", notice_working_days=str(rules_now.notice_working_days),
        panel_size=str(rules_now.panel_size), minimum_score=str(rules_now.minimum_score), winners="",
        eligibility=say(_("A legal person registered in mainland China, verified here, without a serious breach of "
                          "trust on record. No minimum age of the company; no title or degree asked of the lead.")),
        policy_basis="", notice_minutes="",
    )  # fmt: skip


def _typed_of(challenge: Challenge) -> Typed:
    stored = rules.rules_of(challenge)
    yuan, fen = divmod(challenge.grant_fen, FEN_PER_YUAN)
    return Typed(
        title=challenge.title, title_en=challenge.title_en, kind=str(challenge.kind), summary=challenge.summary,
        grant=(f"{yuan}.{fen:02d}" if fen else str(yuan)) if challenge.grant_fen else "",
        notice_working_days=str(stored.notice_working_days), panel_size=str(stored.panel_size),
        minimum_score=str(stored.minimum_score), winners=str(stored.winners) if stored.winners > 1 else "",
        eligibility=stored.eligibility, policy_basis=stored.policy_basis,
        notice_minutes=str(stored.notice_minutes or ""),
    )  # fmt: skip


def _suggested_rubric() -> list[dict[str, Any]]:
    texts = {
        "performance": (_("Performance"), _("How far the metrics of the scene are met, and on which evidence.")),
        "safety": (_("Safety"), _("Protection of data, robustness, what happens when the model is wrong.")),
        "ethics": (_("Ethics"), _("Fairness, explanations, the filing of the models, people who stay in charge.")),
        "adaptation": (_("Adaptation"), _("Fit with the buyer's systems and staff, the team, the plan, the price.")),
    }
    return [
        {"name": say(texts[name][0]), "description": say(texts[name][1]), "dimension": name, "weight": weight}
        for name, weight in _SUGGESTED
    ]


def _suggested() -> list[dict[str, Any]]:
    blank = dict.fromkeys(round_columns(), "")
    if settings().demonstration:
        return [blank | {"opens_in": "0", "closes_in": "10"}]
    start = (clock.now() + timedelta(days=1)).astimezone(clock.SHANGHAI).replace(hour=9, minute=0)
    end = (start + timedelta(days=30)).replace(hour=17, minute=0)
    return [blank | {"opens_at": as_typed(start), "closes_at": as_typed(end)}]
