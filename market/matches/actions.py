"""What changes about rankings and shortlists."""

from typing import Any

from market.catalogue import stated
from market.core import clock
from market.core.errors import InvalidError
from market.core.jobs import Job
from market.core.moves import make_move
from market.core.permissions import CLOCK, Actor, require
from market.core.text import Text, _
from market.core.work import Work
from market.lifecycle import ShortlistState
from market.matches import queries, rules
from market.matches.feedback import Kind, Reason, reason_of, record_feedback
from market.matches.models import Match, MatchRun, Shortlisting
from market.matches.pinned import evidence_of, inputs_of, outputs_of, rounded, unmet_of
from market.matches.ranking import Pair, Ranking
from market.scenes.models import Scene
from market.solutions.models import Solution

_EXPLAINED = 10


async def ask_ranking(scene: Scene, *, work: Work, actor: Actor) -> None:
    """Have the scene ranked again soon; while a ranking is already waiting or running, changes nothing."""
    require(rules.may_ask_ranking(actor, scene))
    last = await queries.latest_run(scene.id)
    if last is None or last.finished_at is not None:
        await MatchRun.create(using_db=work.connection, scene_id=scene.id, asked_at=clock.now())
    work.after_commit(Job.MATCH_SCENE, scene_id=scene.id)


async def ask_first_ranking(scene: Scene, *, work: Work) -> None:
    """Have a scene ranked that never was, ahead of the sweep; asked twice while it waits, once is enough."""
    work.after_commit(Job.MATCH_SCENE, scene_id=scene.id)


async def begin_run(scene: Scene, *, work: Work) -> MatchRun:
    """Take up the ranking that was asked for, or begin one that nobody asked for; waiting pages are told."""
    run, now = await queries.latest_run(scene.id), clock.now()
    if run is None or run.finished_at is not None:
        return await MatchRun.create(using_db=work.connection, scene_id=scene.id, asked_at=now, started_at=now)
    await MatchRun.filter(id=run.id).using_db(work.connection).update(started_at=now, error="")
    run.started_at = now
    return run


async def store_ranking(scene: Scene, run: MatchRun, ranking: Ranking, *, work: Work) -> None:
    """Put *ranking* in place of the scene's matches, and finish its run; saved searches look at it next."""
    await Scene.filter(id=scene.id).using_db(work.connection).select_for_update().first()
    await Match.filter(scene_id=scene.id).using_db(work.connection).delete()
    rows = [_row(scene, run, pair, ranking) for pair in ranking.pairs]
    await Match.bulk_create(rows, using_db=work.connection)
    names = await queries.names_of([pair.ranked.document_id for pair in ranking.pairs])
    changes: dict[str, Any] = {
        "finished_at": clock.now(), "error": "", "encoder": ranking.encoder, "snapshot": ranking.snapshot,
        "catalogue_version": ranking.catalogue_version, "weights": ranking.weights, "considered": ranking.considered,
        "ranker": ranking.ranker, "publication": ranking.publication or await queries.publication_of(ranking.snapshot),
        "inputs": inputs_of(ranking), "outputs": outputs_of(ranking, names),
    }  # fmt: skip
    await MatchRun.filter(id=run.id).using_db(work.connection).update(**changes)
    first = [
        {"solution": pair.ranked.document_id, "score": round(pair.ranked.score, 4), "qualifies": pair.qualifies}
        for pair in ranking.pairs
        if pair.rank <= _EXPLAINED
    ]
    work.record(
        "rank_solutions", run, actor=CLOCK, scene_id=scene.id, encoder=ranking.encoder, snapshot=ranking.snapshot,
        catalogue_version=ranking.catalogue_version, ranker=ranking.ranker, first=first,
    )  # fmt: skip
    await _tell_pages(scene.id, work)


async def fail_run(run: MatchRun, problem: str, *, work: Work) -> None:
    """Note why a ranking could not be made; the sweep tries again some minutes later."""
    await MatchRun.filter(id=run.id).using_db(work.connection).update(finished_at=clock.now(), error=problem[:1000])
    await _tell_pages(run.scene_id, work)  # type: ignore[attr-defined]


async def shortlist_solution(scene: Scene, solution: Solution, *, work: Work, actor: Actor) -> Shortlisting:
    """Put a solution on the scene's shortlist; one that is there stays, one that was dismissed comes back."""
    require(rules.may_shortlist(actor, scene, solution))
    listed = await queries.shortlisting_of(scene.id, solution.id, connection=work.connection)
    if listed is None:
        listed, created = await _list(scene, solution, work, actor)
        if created:
            await record_feedback(scene.id, solution.id, Kind.SHORTLIST, work=work, actor=actor)
        return listed
    if listed.state in {ShortlistState.DISMISSED, ShortlistState.DECLINED}:
        await reconsider_match(listed, scene, solution, work=work, actor=actor)
    return listed


async def invite_vendor(listed: Shortlisting, scene: Scene, solution: Solution, *, work: Work, actor: Actor) -> None:
    """Invite the vendor of a shortlisted solution and tell it.

    Refuses (``NotAllowedError``) while a hard constraint is unmet, and beyond the most open invitations a scene.
    """
    # The lock makes the count true: two invitations at once come one after the other.
    await Scene.filter(id=scene.id).using_db(work.connection).select_for_update().first()
    unmet = await _unmet(scene, solution)
    count = await queries.count_open_invitations(scene.id, connection=work.connection)
    require(rules.may_invite(actor, scene, solution, unmet=unmet, open_invitations=count))
    await make_move("invite_vendor", listed, work=work, actor=actor, invited_at=clock.now(), answered_at=None)
    await record_feedback(scene.id, solution.id, Kind.INVITE, work=work, actor=actor)
    work.tell(
        _("You are invited to the scene “%(scene)s” with your solution “%(solution)s”.", scene=scene.title,
          solution=solution.title),
        pair_url(scene.id, solution.id),
        organisation_id=_organisation_of(solution),
    )  # fmt: skip
    await _tell_pages(scene.id, work)


async def accept_invitation(
    listed: Shortlisting, scene: Scene, solution: Solution, *, work: Work, actor: Actor
) -> None:
    """Say that the vendor is interested, and tell the buyer."""
    require(rules.may_answer(actor, solution))
    await make_move("accept_invitation", listed, work=work, actor=actor, answered_at=clock.now())
    await record_feedback(scene.id, solution.id, Kind.INTERESTED, work=work, actor=actor)
    await _tell_buyer(_("%(vendor)s is interested in your scene “%(scene)s”.", vendor=actor.organisation_name,
                        scene=scene.title), scene, work)  # fmt: skip


async def decline_invitation(
    listed: Shortlisting, scene: Scene, solution: Solution, reason: str, *, work: Work, actor: Actor
) -> None:
    """Decline an invitation with a reason, which the buyer is told."""
    require(rules.may_answer(actor, solution))
    await make_move(
        "decline_invitation", listed, work=work, actor=actor, reason=_given(reason), answered_at=clock.now()
    )
    await _keep_reason(listed, reason, work)
    await record_feedback(scene.id, solution.id, Kind.DECLINED, work=work, actor=actor)
    await _tell_buyer(_("%(vendor)s declined for your scene “%(scene)s”.", vendor=actor.organisation_name,
                        scene=scene.title), scene, work)  # fmt: skip


async def dismiss_match(
    scene: Scene, solution: Solution, reason: str, *, code: Reason = Reason.OTHER, work: Work, actor: Actor
) -> None:
    """Dismiss a solution with a reason, shortlisted or only ranked; a vendor that was invited is told.

    The vendor reads the buyer's own words, never the reason of the list: that is for the buyer and for later rankings.
    Refuses “another reason” without words (``InvalidError``): nobody could learn from it.
    """
    require(rules.may_shortlist(actor, scene, solution))
    words = _given(reason) if code is Reason.OTHER else reason.strip()
    listed = await queries.shortlisting_of(scene.id, solution.id, connection=work.connection)
    if listed is None:
        listed, _created = await _list(scene, solution, work, actor)
    invited = listed.state is ShortlistState.INVITED
    said = reason_of(code, words)
    await make_move("dismiss_match", listed, work=work, actor=actor, reason=str(said))
    await _keep_reason(listed, words, work, code)
    await record_feedback(scene.id, solution.id, Kind.DISMISS, work=work, actor=actor, reason=code)
    if invited:
        work.tell(
            _("The invitation to the scene “%(scene)s” was taken back: %(reason)s", scene=scene.title, reason=words)
            if words
            else _("The invitation to the scene “%(scene)s” was taken back.", scene=scene.title),
            pair_url(scene.id, solution.id),
            organisation_id=_organisation_of(solution),
        )


async def reconsider_match(listed: Shortlisting, scene: Scene, solution: Solution, *, work: Work, actor: Actor) -> None:
    """Put a dismissed solution, or one whose vendor declined, back on the shortlist."""
    require(rules.may_shortlist(actor, scene, solution))
    await make_move("reconsider_match", listed, work=work, actor=actor)
    await record_feedback(scene.id, solution.id, Kind.RECONSIDER, work=work, actor=actor)


def pair_url(scene_id: int, solution_id: int) -> str:
    """Return the address of a pair's page, to which messages lead."""
    return f"/matches/{scene_id}/{solution_id}"


async def _list(scene: Scene, solution: Solution, work: Work, actor: Actor) -> tuple[Shortlisting, bool]:
    listed, created = await Shortlisting.get_or_create(
        using_db=work.connection, scene_id=scene.id, solution_id=solution.id,
        defaults={"created_by_id": actor.person_id, "created_at": clock.now()},
    )  # fmt: skip
    if created:
        work.record("shortlist_solution", listed, actor=actor, scene_id=scene.id, solution_id=solution.id)
    return listed, created


async def _unmet(scene: Scene, solution: Solution) -> list[Text]:
    facts = (await stated.facts_of_solutions([solution.id]))[solution.id]
    return [each.reason for each in rules.unmet_musts(stated.facts_of_scene(scene), facts)]


async def _tell_buyer(text: Text, scene: Scene, work: Work) -> None:
    if (buyer := scene.organisation_id) is not None:
        work.tell(text, f"/scenes/{scene.id}/shortlist", organisation_id=buyer)


async def _tell_pages(scene_id: int, work: Work) -> None:
    """Let pages that wait for this scene load again, once the transaction is committed."""
    await work.connection.execute_query("SELECT pg_notify('moved', $1)", [f"Scene:{scene_id}"])


async def _keep_reason(listed: Shortlisting, reason: str, work: Work, code: Reason | None = None) -> None:
    listed.reason, listed.reason_code = reason.strip(), code or ""
    await (
        Shortlisting.filter(id=listed.id)
        .using_db(work.connection)
        .update(reason=listed.reason, reason_code=listed.reason_code)
    )


def _row(scene: Scene, run: MatchRun, pair: Pair, ranking: Ranking) -> Match:
    ranked = pair.ranked
    return Match(
        run_id=run.id, scene_id=scene.id, solution_id=ranked.document_id, rank=pair.rank,
        score=min(max(ranked.score, 0.0), 1.0), dense=ranked.dense, lexical=ranked.lexical, coverage=ranked.coverage,
        evidence=evidence_of(ranking, pair), qualifies=pair.qualifies, unmet=unmet_of(pair), explored=pair.explored,
        contributions=rounded(ranked.contributions),
    )  # fmt: skip


def _given(reason: str) -> str:
    if not reason.strip():
        raise InvalidError(_("Give a reason."), fields={"reason": _("Give a reason.")})
    return reason.strip()


def _organisation_of(solution: Solution) -> int | None:
    organisation_id: int | None = solution.organisation_id
    return organisation_id
