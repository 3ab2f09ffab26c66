"""What changes about pilots: preparing, reporting, deciding, accepting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from market.awards.models import Award
from market.core import clock
from market.core.errors import InvalidError
from market.core.files import Upload, store_file
from market.core.moves import make_move
from market.core.permissions import Actor, require
from market.core.text import Text, _
from market.core.work import Work
from market.grants.actions import cancel_grant, release_tranche
from market.grants.models import Tranche
from market.grants.queries import promised_milestones, tranches_of
from market.lifecycle import GrantState, Role, SceneState, TrancheState
from market.pilots import queries, rules
from market.pilots.models import Milestone, Pilot, Reading
from market.scenes.actions import accept_scene, start_scene_pilot
from market.scenes.models import Metric, Scene
from market.scenes.queries import metrics_of
from market.settings import settings

MOST_FILES = 10


@dataclass(frozen=True)
class ReadingContent:
    """One value of a metric as typed."""

    taken_on: date
    value: Decimal
    note: str = ""


async def prepare_pilot(award: Award, *, work: Work, actor: Actor) -> Pilot | None:
    """Set up the pilot of a confirmed award by what its bid promised, and tell both sides; None where there is one.

    Each milestone knows its tranche; its date follows when the pilot starts.
    """
    award = await Award.filter(id=award.id).using_db(work.connection).select_for_update().get()
    if await Pilot.exists(award_id=award.id):
        return None
    bid, scene = await award.bid, await queries.scene_of_award(award)
    promised, tranches = await promised_milestones(bid.id), await queries.tranches_by_position(award.id)
    pilot = await Pilot.create(
        using_db=work.connection, award_id=award.id, scene_id=scene.id, buyer_id=scene.organisation_id,
        vendor_id=bid.organisation_id, prepared_at=clock.now(),
    )  # fmt: skip
    milestones = [
        Milestone(
            pilot_id=pilot.id, position=each["position"], title=each["title"], tranche_id=tranches.get(each["position"])
        )
        for each in promised
    ]
    await Milestone.bulk_create(milestones, using_db=work.connection)
    work.record("prepare_pilot", pilot, actor=actor, award_id=award.id)
    _tell_sides(pilot, _("The pilot of “%(title)s” is ready to start.", title=scene.title), work)
    return pilot


async def start_pilot(pilot: Pilot, *, work: Work, actor: Actor) -> None:
    """Start the pilot: the milestones get their dates, the scene is being piloted, the other side is told."""
    await _hold(pilot, work)
    require(rules.may_start_pilot(actor, pilot))
    await make_move("start_pilot", pilot, work=work, actor=actor, started_at=clock.now())
    award = await Award.get(id=pilot.award_id)
    for each in await promised_milestones(award.bid_id):
        due_on = clock.today() + timedelta(weeks=each["due_week"])
        rows = Milestone.filter(pilot_id=pilot.id, position=each["position"])
        await rows.using_db(work.connection).update(due_on=due_on)
    # A race has several pilots of one scene: the first to start moves it.
    scene = await Scene.filter(id=pilot.scene_id).using_db(work.connection).select_for_update().get()
    if scene.state is SceneState.AWARDED:
        await start_scene_pilot(scene, work=work, actor=actor)
    _tell_other(pilot, actor, _("The pilot of “%(title)s” has started.", title=scene.title), work)


async def record_reading(pilot: Pilot, metric: Metric, content: ReadingContent, *, work: Work, actor: Actor) -> Reading:
    """Record a metric's value on a day, or correct the one of the same day; the old value stays in the audit log.

    - refuses everybody but the vendor, and days outside of the pilot (``NotAllowedError``)
    - refuses a correction without a note (``InvalidError``)
    """
    await _hold(pilot, work)
    require(rules.may_take_reading(actor, pilot, content.taken_on, today=clock.today()))
    facts = {"metric": metric.name, "taken_on": content.taken_on.isoformat(), "value": str(content.value)}
    values = {
        "value": content.value, "note": content.note, "recorded_by_id": actor.person_id, "recorded_at": clock.now()
    }  # fmt: skip
    known = await Reading.get_or_none(pilot_id=pilot.id, metric_id=metric.id, taken_on=content.taken_on)
    if known is None:
        row = await Reading.create(
            using_db=work.connection, pilot_id=pilot.id, metric_id=metric.id, taken_on=content.taken_on, **values
        )
        work.record("record_reading", pilot, actor=actor, **facts)
        return row
    if not content.note.strip():
        text = _("There is already a reading of this day: %(value)s. To correct it, say in the note what was wrong.",
                 value=f"{known.value.normalize():f}")  # fmt: skip
        raise InvalidError(text, fields={"note": text})
    before = str(known.value)
    await Reading.filter(id=known.id).using_db(work.connection).update(**values)
    work.record("correct_reading", pilot, actor=actor, reason=content.note, value_before=before, **facts)
    return known.update_from_dict(values)


async def submit_milestone(
    milestone: Milestone, report: str, uploads: Sequence[Upload] = (), *, work: Work, actor: Actor
) -> None:
    """Report a milestone as done, with what was done and evidence files, and tell the buyer.

    - refuses everybody but the vendor, and a milestone that was reported already (``NotAllowedError``)
    - refuses an empty report and files that are not accepted (``InvalidError``)
    """
    pilot = await _hold_pilot_of(milestone, work)
    require(rules.may_submit_milestone(actor, pilot, milestone))
    if not report.strip():
        text = _("Say what was done and how it can be checked.")
        raise InvalidError(text, fields={"report": text})
    await _keep_files(milestone, uploads, work, actor)
    await make_move("submit_milestone", milestone, work=work, actor=actor, report=report.strip())
    text = _("“%(title)s” was reported as done. Confirm it or say what is missing.", title=milestone.title)
    _tell(pilot.buyer_id, text, link_to(pilot, milestone), work)
    await _wake(pilot, work)


async def meet_milestone(milestone: Milestone, *, work: Work, actor: Actor) -> None:
    """Confirm a milestone as met, and release its tranche; the last tranche waits for the acceptance of the pilot."""
    pilot = await _decide("meet_milestone", milestone, "", work=work, actor=actor)
    tranche = await Tranche.get_or_none(id=milestone.tranche_id or 0)
    if tranche is None or tranche.state is not TrancheState.PLANNED:
        return
    last = await queries.last_tranche_of(tranche.grant_id)
    if last is None or last.id != tranche.id:
        await release_tranche(tranche, work=work, actor=actor)
    await _wake(pilot, work)


async def partly_meet_milestone(milestone: Milestone, reason: str, *, work: Work, actor: Actor) -> None:
    """Say that a milestone was met in part; the vendor can report it again."""
    await _decide("partly_meet_milestone", milestone, reason, work=work, actor=actor)


async def miss_milestone(milestone: Milestone, reason: str, *, work: Work, actor: Actor) -> None:
    """Say that a milestone was not met; the vendor can report it again."""
    await _decide("miss_milestone", milestone, reason, work=work, actor=actor)


async def request_acceptance(pilot: Pilot, *, work: Work, actor: Actor) -> None:
    """Ask the buyer to accept the pilot; refused while a milestone is open or a metric unread (``NotAllowedError``)."""
    await _hold(pilot, work)
    standings = await _standings(pilot)
    require(rules.may_request_acceptance(actor, pilot, await queries.milestones_of(pilot.id), standings))
    await make_move("request_acceptance", pilot, work=work, actor=actor)
    _tell(pilot.buyer_id, _("The vendor asks you to accept the pilot."), f"{link_to(pilot)}/acceptance", work)


async def accept_pilot(pilot: Pilot, note: str, *, work: Work, actor: Actor) -> None:
    """Accept the pilot: what is left of the grant is released, and the scene ends accepted.

    - refuses a metric below its target without a note (``NotAllowedError``)
    """
    await _hold(pilot, work)
    require(rules.may_accept_pilot(actor, pilot, await _standings(pilot), note))
    await make_move(
        "accept_pilot", pilot, work=work, actor=actor, accepted_at=clock.now(), acceptance_note=note.strip()
    )  # fmt: skip
    scene = await Scene.filter(id=pilot.scene_id).using_db(work.connection).select_for_update().get()
    if scene.state is SceneState.PILOTING:
        await accept_scene(scene, work=work, actor=actor)
    _tell(pilot.vendor_id, _("The pilot of “%(title)s” was accepted.", title=scene.title), link_to(pilot), work)
    work.tell(_("The pilot of “%(title)s” was accepted.", title=scene.title), link_to(pilot), role=Role.OFFICER)
    if grant := await queries.grant_of(pilot.award_id):
        for tranche in await tranches_of(grant.id):
            if tranche.state is TrancheState.PLANNED:
                await release_tranche(tranche, work=work, actor=actor)


async def send_back_pilot(pilot: Pilot, reason: str, *, work: Work, actor: Actor) -> None:
    """Send the pilot back to the vendor with the reason: it runs on."""
    await _hold(pilot, work)
    require(rules.may_judge_pilot(actor, pilot))
    await make_move("send_back_pilot", pilot, work=work, actor=actor, reason=reason)
    _tell(pilot.vendor_id, _("The buyer did not accept the pilot yet: %(reason)s", reason=reason), link_to(pilot), work)


async def fail_pilot(pilot: Pilot, reason: str, *, work: Work, actor: Actor) -> None:
    """End a pilot as failed, with a reason: what no milestone has earned goes back to the fund."""
    await _hold(pilot, work)
    await make_move("fail_pilot", pilot, work=work, actor=actor, reason=reason)
    grant = await queries.grant_of(pilot.award_id)
    if grant is not None and grant.state is GrantState.RESERVED:
        await cancel_grant(grant, reason, work=work, actor=actor)
    _tell_sides(pilot, _("The district office ended the pilot as failed: %(reason)s", reason=reason), work)


def link_to(pilot: Pilot, milestone: Milestone | None = None) -> str:
    """Return the address of a pilot, or of one of its milestones."""
    return f"/pilots/{pilot.id}" + (f"/milestones/{milestone.id}" if milestone else "")


async def _decide(name: str, milestone: Milestone, reason: str, *, work: Work, actor: Actor) -> Pilot:
    pilot = await _hold_pilot_of(milestone, work)
    require(rules.may_decide_milestone(actor, pilot, milestone))
    changes = {"decided_at": clock.now(), "decision_note": reason.strip()}
    await make_move(name, milestone, work=work, actor=actor, reason=reason, **changes)
    text = _("“%(title)s”: the buyer decided “%(state)s”.", title=milestone.title,
             state=Text(str(milestone.state).replace("_", " ").capitalize()))  # fmt: skip
    _tell(pilot.vendor_id, text, link_to(pilot, milestone), work)
    await _wake(pilot, work)
    return pilot


async def _keep_files(milestone: Milestone, uploads: Sequence[Upload], work: Work, actor: Actor) -> None:
    kept = len(await queries.evidence_of([milestone.id]))
    if kept + len(uploads) > MOST_FILES:
        text = _("A milestone takes at most %(most)s files; it has %(kept)s.", most=MOST_FILES, kept=kept)
        raise InvalidError(text, fields={"files": text})
    for upload in uploads:
        try:
            await store_file(upload, subject=queries.EVIDENCE, subject_id=milestone.id, work=work, actor=actor,
                             limit_mb=settings().max_upload_mb)  # fmt: skip
        except InvalidError as error:
            text = _("%(name)s: %(problem)s", name=upload.name, problem=error.text)
            raise InvalidError(text, fields={"files": text}) from error


async def _standings(pilot: Pilot) -> list[rules.Standing]:
    return rules.standings_of(await metrics_of(pilot.scene_id), await queries.readings_of(pilot.id))


async def _hold(pilot: Pilot, work: Work) -> None:
    # Both sides and the district act on a pilot: one at a time, each on what the one before left.
    locked = await Pilot.filter(id=pilot.id).using_db(work.connection).select_for_update().get()
    pilot.update_from_dict({"state": locked.state, "started_at": locked.started_at})


async def _hold_pilot_of(milestone: Milestone, work: Work) -> Pilot:
    pilot = await Pilot.get(id=milestone.pilot_id)
    await _hold(pilot, work)
    await milestone.refresh_from_db(fields=["state"], using_db=work.connection)
    return pilot


async def _wake(pilot: Pilot, work: Work) -> None:
    # A milestone's own event wakes nobody: it is the pilot's page that waits.
    await work.connection.execute_query("SELECT pg_notify('moved', $1)", [f"Pilot:{pilot.id}"])


def _tell(organisation_id: int | None, text: Text, link: str, work: Work) -> None:
    if organisation_id is not None:  # an imported scene has no buyer to tell
        work.tell(text, link, organisation_id=organisation_id)


def _tell_sides(pilot: Pilot, text: Text, work: Work) -> None:
    for organisation_id in (pilot.buyer_id, pilot.vendor_id):
        _tell(organisation_id, text, link_to(pilot), work)


def _tell_other(pilot: Pilot, actor: Actor, text: Text, work: Work) -> None:
    _tell(pilot.vendor_id if rules.is_buyer(actor, pilot) else pilot.buyer_id, text, link_to(pilot), work)
