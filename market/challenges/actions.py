"""What changes about challenges and their rounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from market.challenges import queries, rules
from market.challenges.models import Challenge, Criterion, Lot, Round
from market.core import clock
from market.core.errors import InvalidError, StaleStateError
from market.core.jobs import Job
from market.core.moves import make_move
from market.core.permissions import Actor, require
from market.core.text import Text, _
from market.core.vocabulary import ChallengeKind
from market.core.work import Work
from market.lifecycle import ChallengeState, RoundState, SceneState
from market.scenes.actions import challenge_scene, release_scene
from market.scenes.models import Metric, Scene


@dataclass(frozen=True)
class CriterionLine:
    """One line of the rubric as typed."""

    name: str
    description: str
    dimension: str
    weight: int


@dataclass(frozen=True)
class Window:
    """When a round opens and closes."""

    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class ChallengeContent:
    """What an officer writes: everything that a draft says."""

    title: str
    kind: ChallengeKind
    summary: str
    grant_fen: int
    rules: rules.ChallengeRules
    title_en: str = ""
    criteria: Sequence[CriterionLine] = ()
    windows: Sequence[Window] = ()


async def create_challenge(scene: Scene, content: ChallengeContent, *, work: Work, actor: Actor) -> Challenge:
    """Begin the draft of a challenge from a published scene; the scene stays free until publication.

    - refuses everybody but officers, and a scene that is not published (``NotAllowedError``)
    """
    require(rules.may_challenge_scene(actor, scene))
    challenge = await Challenge.create(
        using_db=work.connection, number=await queries.next_number(clock.today().year), title=content.title,
        title_en=content.title_en, kind=content.kind, field=scene.field, summary=content.summary,
        rules=content.rules.model_dump(), grant_fen=content.grant_fen, created_by_id=actor.person_id,
    )  # fmt: skip
    await Lot.create(using_db=work.connection, challenge=challenge, scene=scene, position=1)
    await _write_lists(challenge, content, work)
    work.record("create_challenge", challenge, actor=actor, number=challenge.number, scene_id=scene.id)
    return challenge


async def save_challenge(
    challenge: Challenge, content: ChallengeContent, *, revision: int, work: Work, actor: Actor
) -> None:
    """Save a draft; an incomplete one is fine.

    - refuses everybody but officers, and a published challenge (``NotAllowedError``)
    - refuses when somebody saved since *revision* was shown (``StaleStateError``)
    - refuses another amount once a fund is committed to it (``InvalidError``)
    """
    require(rules.may_edit_challenge(actor, challenge))
    if challenge.fund_id is not None and content.grant_fen != challenge.grant_fen:
        text = _("A fund is already committed to this amount. Release it on the fund page before you change it.")
        raise InvalidError(text, fields={"grant": text})
    values = {
        "title": content.title, "title_en": content.title_en, "kind": content.kind, "summary": content.summary,
        "rules": content.rules.model_dump(), "grant_fen": content.grant_fen, "revision": revision + 1,
    }  # fmt: skip
    drafts = Challenge.filter(id=challenge.id, revision=revision, state=ChallengeState.DRAFT)
    if content.grant_fen != challenge.grant_fen:
        drafts = drafts.filter(fund_id__isnull=True)  # a fund may be committed at this very moment
    if not await drafts.using_db(work.connection).update(**values):
        raise StaleStateError(_("Somebody else saved this challenge while you were editing it."))
    challenge.update_from_dict(values)
    await _write_lists(challenge, content, work)


async def publish_challenge(challenge: Challenge, *, work: Work, actor: Actor) -> None:
    """Publish the notice: its scenes are taken, its rounds scheduled, buyers and fitting vendors told.

    - refuses where anything of ``rules.readiness`` is missing (``NotAllowedError``)
    - asks for ``Job.OPEN_ROUND`` and ``Job.CLOSE_ROUND`` at their times
    """
    # The lock keeps a colleague from saving between the check and the move.
    locked = await Challenge.filter(id=challenge.id).using_db(work.connection).select_for_update().get()
    challenge.update_from_dict({"state": locked.state, "fund_id": locked.fund_id, "grant_fen": locked.grant_fen})
    rounds, scenes = await queries.rounds_of(challenge.id), await queries.scenes_of(challenge.id)
    if challenge.state is ChallengeState.DRAFT:
        require(rules.may_publish_challenge(actor, challenge, await _readiness(challenge, rounds, scenes)))
    await make_move("publish_challenge", challenge, work=work, actor=actor, published_at=clock.now())
    for scene in scenes:
        await challenge_scene(scene, work=work, actor=actor)
    for each in rounds:
        await make_move("schedule_round", each, work=work, actor=actor)
        work.after_commit(Job.OPEN_ROUND, at=each.opens_at, round_id=each.id)
        work.after_commit(Job.CLOSE_ROUND, at=each.closes_at, round_id=each.id)
    text = _("New challenge for a scene that fits you: %(title)s", title=challenge.title)
    for organisation_id in sorted(await queries.vendors_interested_in([scene.id for scene in scenes])):
        work.tell(text, link_to(challenge), organisation_id=organisation_id)


async def open_round(bidding_round: Round, *, work: Work, actor: Actor) -> None:
    """Open a round for bids."""
    await make_move("open_round", bidding_round, work=work, actor=actor, opened_at=clock.now())


async def close_round(bidding_round: Round, *, at: datetime, work: Work, actor: Actor) -> None:
    """Close a round; *at* is the database's time, read while the round was locked."""
    await make_move("close_round", bidding_round, work=work, actor=actor, closed_at=at)


async def begin_review(challenge: Challenge, *, work: Work, actor: Actor) -> None:
    """Go on to review: the last round has closed."""
    await make_move("begin_review", challenge, work=work, actor=actor)


async def finish_review(challenge: Challenge, *, work: Work, actor: Actor) -> None:
    """End review: the scores are in and the ranking stands."""
    await make_move("finish_review", challenge, work=work, actor=actor)


async def award_challenge(challenge: Challenge, *, work: Work, actor: Actor) -> None:
    """Note that the challenge has its winners; the scenes are moved by who confirms the award."""
    await make_move("award_challenge", challenge, work=work, actor=actor)


async def fail_challenge(challenge: Challenge, reason: str, *, work: Work, actor: Actor) -> None:
    """End a challenge without an award: rounds that wait are cancelled, its scenes are free again."""
    await make_move("fail_challenge", challenge, work=work, actor=actor, reason=reason)
    await _end(challenge, reason, _("“%(title)s” ended without an award.", title=challenge.title), work, actor)


async def cancel_challenge(challenge: Challenge, reason: str, *, work: Work, actor: Actor) -> None:
    """Cancel a draft or a notice that is out: rounds are cancelled, scenes free, vendors with a bid told."""
    await make_move("cancel_challenge", challenge, work=work, actor=actor, reason=reason)
    await _end(challenge, reason, _("“%(title)s” was cancelled.", title=challenge.title), work, actor)


def link_to(challenge: Challenge) -> str:
    """Return the address of a challenge's notice."""
    return f"/challenges/{challenge.id}"


async def _end(challenge: Challenge, reason: str, text: Text, work: Work, actor: Actor) -> None:
    for each in await queries.rounds_of(challenge.id):
        if each.state in {RoundState.PLANNED, *queries.WAITING_ROUNDS}:
            await make_move("cancel_round", each, work=work, actor=actor, reason=reason)
    for scene in await queries.scenes_of(challenge.id):
        # A draft holds no scene: the scene may be in another challenge.
        if challenge.published_at is not None and scene.state is SceneState.CHALLENGED:
            await release_scene(scene, work=work, actor=actor)
    for organisation_id in sorted(await queries.organisations_with_bids(challenge.id)):
        work.tell(text, link_to(challenge), organisation_id=organisation_id)
    if challenge.fund_id is not None:
        work.after_commit(Job.CLOSE_GRANT, challenge_id=challenge.id)


async def _readiness(challenge: Challenge, rounds: list[Round], scenes: list[Scene]) -> list[rules.Check]:
    criteria = await queries.criteria_of(challenge.id)
    metrics: list[Metric] = await queries.metrics_in([scene.id for scene in scenes])
    return rules.readiness(challenge, criteria, rounds, scenes, metrics, now=clock.now())


async def _write_lists(challenge: Challenge, content: ChallengeContent, work: Work) -> None:
    await Criterion.filter(challenge_id=challenge.id).using_db(work.connection).delete()
    await Criterion.bulk_create(
        [
            Criterion(challenge_id=challenge.id, position=position, **vars(line))
            for position, line in enumerate(content.criteria, start=1)
        ],
        using_db=work.connection,
    )
    await Round.filter(challenge_id=challenge.id, state=RoundState.PLANNED).using_db(work.connection).delete()
    await Round.bulk_create(
        [
            Round(challenge_id=challenge.id, number=number, **vars(window))
            for number, window in enumerate(content.windows, start=1)
        ],
        using_db=work.connection,
    )
