"""Objections during public notice: raising one pauses the award, the answer lets it go on or revokes it."""

from dataclasses import dataclass
from datetime import timedelta

from market.awards import queries, rules
from market.awards.models import Award, Objection
from market.awards.outcome import tell_of_award
from market.challenges.models import Challenge
from market.challenges.rules import rules_of
from market.core import clock
from market.core.errors import InvalidError, NotAllowedError, NotFoundError, TooLateError
from market.core.jobs import Job
from market.core.moves import make_move
from market.core.permissions import CLOCK, Actor, require
from market.core.text import Text, _
from market.core.work import Work
from market.lifecycle import AwardState, Role


@dataclass(frozen=True)
class ObjectionText:
    """What somebody writes who objects: signed, with a contact."""

    name: str
    contact: str
    text: str


async def raise_objection(award: Award, written: ObjectionText, *, work: Work, actor: Actor) -> Objection:
    """Object to an award in public notice, which pauses it.

    - refuses what is not signed with a real name and a contact (``InvalidError``)
    - refuses staff, a second objection and awards that are not in notice (``NotAllowedError``)
    - refuses when the notice has ended by the database's clock (``TooLateError``)
    - tells officers and vendor, never who objected
    """
    award = await _locked(award.id, work)
    require(rules.may_object(actor, award, own=await queries.objection_by(actor.person_id, award.id)))
    now = await clock.database_now(work.connection)
    if award.state is AwardState.IN_NOTICE and award.notice_ends_at is not None and now >= award.notice_ends_at:
        raise TooLateError(rules.too_late(award.notice_ends_at))
    _refuse_unsigned(written)
    objection = await Objection.create(
        using_db=work.connection, award_id=award.id, name=written.name.strip(), contact=written.contact.strip(),
        text=written.text.strip(), raised_by_id=actor.person_id, raised_at=now,
    )  # fmt: skip
    work.record("raise_objection", objection, actor=actor, award_id=award.id)
    if award.state is AwardState.IN_NOTICE:
        await pause_award(award, work=work)
    work.tell(_("An objection to an award waits for its answer."), f"/awards/{award.id}", role=Role.OFFICER)
    return objection


def _refuse_unsigned(written: ObjectionText) -> None:
    gaps: dict[str, Text] = {}
    for field, verdict in (
        ("name", rules.is_real_name(written.name)),
        ("contact", rules.is_contact(written.contact)),
    ):
        if verdict.reason is not None:
            gaps[field] = verdict.reason
    if not written.text.strip():
        gaps["text"] = _("Say what you object to and which facts support it.")
    if gaps:
        raise InvalidError(_("Complete the objection."), fields=gaps)


async def uphold_objection(objection: Objection, answer: str, *, work: Work, actor: Actor) -> None:
    """Uphold an objection with an answer, which revokes the award; another bid may then be proposed."""
    require(rules.may_answer(actor, objection))
    award = await _locked(objection.award_id, work)
    await _answer("uphold_objection", objection, answer, work=work, actor=actor)
    if award.state in rules.OPEN_TO_OBJECTION:
        await revoke_award(award, answer, work=work, actor=actor)


async def dismiss_objection(objection: Objection, answer: str, *, work: Work, actor: Actor) -> None:
    """Dismiss an objection with an answer; the notice goes on when no other objection waits."""
    require(rules.may_answer(actor, objection))
    award = await _locked(objection.award_id, work)
    await _answer("dismiss_objection", objection, answer, work=work, actor=actor)
    if award.state is AwardState.PAUSED and not await queries.has_open_objection(award.id):
        await resume_notice(award, work=work, actor=actor)


async def pause_award(award: Award, *, work: Work) -> None:
    """Stop a notice's time. The clock does it, so that nothing public says who objected."""
    await make_move("pause_award", award, work=work, actor=CLOCK)
    text = _("An objection pauses the award. The public notice goes on after its answer.")
    await tell_of_award(award, text, work=work)


async def revoke_award(award: Award, reason: str, *, work: Work, actor: Actor) -> None:
    """Take back an award that is in notice or paused; its bid cannot be proposed again."""
    await make_move("revoke_award", award, work=work, actor=actor, reason=reason)
    await tell_of_award(award, _("The award was revoked: an objection was upheld."), work=work)


async def resume_notice(award: Award, *, work: Work, actor: Actor) -> None:
    """Let a paused notice go on for at least the time that was left; asks again for ``Job.CONFIRM_AWARD``.

    Refuses while an objection waits for its answer (``NotAllowedError``).
    """
    if await queries.has_open_objection(award.id):
        raise NotAllowedError(_("Answer every objection first."))
    challenge = await Challenge.get(id=award.challenge_id)
    paused_at, now = await queries.paused_at(award.id), clock.now()
    left = award.notice_ends_at - paused_at if award.notice_ends_at and paused_at else timedelta(0)
    ends_at = rules.end_after_pause(now, left, rules_of(challenge))
    await make_move("resume_notice", award, work=work, actor=actor, notice_ends_at=ends_at)
    work.after_commit(Job.CONFIRM_AWARD, at=ends_at, award_id=award.id)
    await tell_of_award(award, _("The objection was answered and the public notice goes on."), work=work)


async def _answer(move: str, objection: Objection, answer: str, *, work: Work, actor: Actor) -> None:
    await make_move(
        move, objection, work=work, actor=actor, reason=answer, answer=answer.strip(), answered_at=clock.now()
    )
    if objection.raised_by_id is not None:
        work.tell(_("Your objection has been answered."), f"/notices/{objection.award_id}",
                  person_id=objection.raised_by_id)  # fmt: skip


async def _locked(award_id: int, work: Work) -> Award:
    award = await Award.filter(id=award_id).using_db(work.connection).select_for_update().first()
    if award is None:
        raise NotFoundError(_("There is no such page."))
    return award
