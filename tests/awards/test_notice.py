"""Public notice: confirmed once and on time whatever happens to the worker, paused and resumed by objections."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from market.awards import queries, rules
from market.awards.models import Award, Objection
from market.awards.objecting import ObjectionText, dismiss_objection, raise_objection, resume_notice, uphold_objection
from market.bids.models import Bid
from market.challenges.models import Challenge
from market.core import audit, clock
from market.core.errors import InvalidError, NotAllowedError, TooLateError
from market.core.jobs import Job
from market.core.models import AuditEvent, Notification, QueuedJob
from market.core.permissions import Actor
from market.core.work import unit_of_work
from market.lifecycle import AwardState, BidState, ChallengeState, ObjectionState, Role, SceneState
from market.scenes.models import Scene
from tests.decisions import make_award
from tests.factories import make_actor
from workers.awards import confirm_award, confirm_due_awards
from workers.context import Context
from workers.queue import run_queued_job

pytestmark = pytest.mark.usefixtures("db")

SIGNED = ObjectionText("李晓明", "li@example.com", "该单位的业绩材料与事实不符。")


class Prompts:
    """Stands where Redis would, keeping what it was told."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def enqueue_job(self, *arguments: Any, **_more: Any) -> None:
        self.asked.append(arguments)


async def fresh(award: Award) -> Award:
    return await Award.get(id=award.id)


async def object_to(award: Award, actor: Actor, written: ObjectionText = SIGNED) -> Objection:
    async with unit_of_work() as work:
        return await raise_objection(award, written, work=work, actor=actor)


async def dismiss(objection: Objection, officer: Actor) -> None:
    async with unit_of_work() as work:
        await dismiss_objection(await Objection.get(id=objection.id), "经核实，材料属实。", work=work, actor=officer)


def end_of(award: Award) -> Any:
    assert award.notice_ends_at is not None
    return award.notice_ends_at


async def test_the_clock_confirms_everything_in_one_go() -> None:
    award = await make_award()
    clock.fix(end_of(award) - timedelta(microseconds=1))
    await confirm_award(award_id=award.id)
    assert (await fresh(award)).state is AwardState.IN_NOTICE
    clock.fix(end_of(award))
    await confirm_award(award_id=award.id)
    after = await fresh(award)
    assert (after.state, after.confirmed_at) == (AwardState.CONFIRMED, end_of(award))
    assert (await Challenge.get()).state is ChallengeState.AWARDED
    assert (await Scene.get()).state is SceneState.AWARDED
    states = {bid.id: bid.state for bid in await Bid.all()}
    loser = next(bid_id for bid_id in states if bid_id != award.bid_id)
    assert states == {award.bid_id: BidState.WON, loser: BidState.NOT_SELECTED}
    assert await QueuedJob.filter(name=Job.RESERVE_GRANT).values_list("arguments", flat=True) == [
        {"award_id": award.id}
    ]
    told = await Notification.filter(link__endswith="/result").order_by("link").values_list("link", flat=True)
    assert sorted(told) == sorted([f"/bids/{award.bid_id}/result", f"/bids/{loser}/result"])
    assert (await audit.verify_audit()).sound


async def test_twice_is_once_even_at_the_same_moment() -> None:
    award = await make_award()
    clock.fix(end_of(award))
    await asyncio.gather(*(confirm_award(award_id=award.id) for _number in range(4)))
    await confirm_award(award_id=award.id)
    assert await AuditEvent.filter(event="confirm_award").count() == 1
    assert await QueuedJob.filter(name=Job.RESERVE_GRANT).count() == 1
    assert await AuditEvent.filter(event="award_challenge").count() == 1


async def test_the_queued_job_is_not_run_early_and_confirms_on_time() -> None:
    award = await make_award()
    queued = await QueuedJob.get(name=Job.CONFIRM_AWARD)
    assert await run_queued_job({}, queued.id) is False
    clock.fix(end_of(award))
    assert await run_queued_job({}, queued.id) is True
    assert (await fresh(award)).state is AwardState.CONFIRMED


async def test_with_the_worker_killed_and_the_job_lost_the_sweep_confirms_later() -> None:
    award = await make_award()
    await QueuedJob.all().delete()
    prompts = Prompts()
    assert await confirm_due_awards(Context(prompts)) == 0
    clock.fix(end_of(award) + timedelta(hours=3))
    assert await confirm_due_awards(Context(prompts)) == 1
    assert [arguments[1:] for arguments in prompts.asked] == [("confirm_award", {"award_id": award.id})]
    await confirm_award(award_id=award.id)
    assert (await fresh(award)).state is AwardState.CONFIRMED
    assert await confirm_due_awards(Context(prompts)) == 0


async def test_confirming_what_is_not_there_does_nothing() -> None:
    await confirm_award(award_id=4711)
    assert await AuditEvent.all().count() == 0


async def test_an_objection_pauses_and_its_dismissal_keeps_the_remaining_time() -> None:
    award = await make_award(notice_minutes=10)
    officer, vendor = await make_actor(Role.OFFICER), await make_actor(Role.VENDOR)
    clock.fix(end_of(award) - timedelta(minutes=4))
    objection = await object_to(award, vendor)
    assert (await fresh(award)).state is AwardState.PAUSED
    clock.fix(end_of(award) + timedelta(days=2))
    await confirm_award(award_id=award.id)
    assert (await fresh(award)).state is AwardState.PAUSED
    await dismiss(objection, officer)
    resumed = await fresh(award)
    assert resumed.state is AwardState.IN_NOTICE
    assert resumed.notice_ends_at == clock.now() + timedelta(minutes=4)
    assert await QueuedJob.filter(name=Job.CONFIRM_AWARD, due_at=resumed.notice_ends_at).count() == 1
    clock.fix(end_of(resumed))
    await confirm_award(award_id=award.id)
    assert (await fresh(award)).state is AwardState.CONFIRMED


async def test_two_objections_both_need_an_answer_and_a_second_pause_counts_anew() -> None:
    award = await make_award(notice_minutes=10)
    officer = await make_actor(Role.OFFICER)
    clock.fix(end_of(award) - timedelta(minutes=6))
    one = await object_to(award, await make_actor(Role.VENDOR))
    clock.fix(clock.now() + timedelta(minutes=1))
    two = await object_to(award, await make_actor(Role.BUYER))
    await dismiss(one, officer)
    assert (await fresh(award)).state is AwardState.PAUSED
    with pytest.raises(NotAllowedError, match="Answer every objection first"):
        async with unit_of_work() as work:
            await resume_notice(await fresh(award), work=work, actor=officer)
    await dismiss(two, officer)
    resumed = await fresh(award)
    assert end_of(resumed) - clock.now() == timedelta(minutes=6)
    clock.fix(clock.now() + timedelta(minutes=5))
    three = await object_to(award, await make_actor(Role.VENDOR))
    await dismiss(three, officer)
    assert end_of(await fresh(award)) - clock.now() == timedelta(minutes=1)


async def test_an_upheld_objection_revokes_and_bars_the_bid() -> None:
    award = await make_award()
    officer = await make_actor(Role.OFFICER)
    objection = await object_to(award, await make_actor(Role.VENDOR))
    async with unit_of_work() as work:
        await uphold_objection(objection, "材料确有不实。", work=work, actor=officer)
    assert (await fresh(award)).state is AwardState.REVOKED
    first, second = await queries.places_of(award.challenge_id)
    assert str(rules.may_win(first).reason) == "The award to this bid was revoked after an objection."
    assert rules.expected_place([first, second]) == second
    assert (await Challenge.get()).state is ChallengeState.DECIDING
    clock.fix(end_of(award) + timedelta(days=9))
    await confirm_award(award_id=award.id)
    assert (await fresh(award)).state is AwardState.REVOKED


@pytest.mark.parametrize(
    ("written", "refusals"),
    [
        (ObjectionText("匿名", "li@example.com", "x"), {"name": "Enter your real name. Anonymous objections cannot be "
                                                      "handled; your name is kept confidential."}),
        (ObjectionText("", "", ""), {
            "name": "Enter your real name. Anonymous objections cannot be handled; your name is kept confidential.",
            "contact": "Enter an e-mail address or a telephone number at which we can reach you.",
            "text": "Say what you object to and which facts support it.",
        }),
        (ObjectionText("李晓明", "找我", "x"), {
            "contact": "Enter an e-mail address or a telephone number at which we can reach you."
        }),
    ],
)  # fmt: skip
async def test_an_unsigned_objection_is_refused(written: ObjectionText, refusals: dict[str, str]) -> None:
    award = await make_award()
    with pytest.raises(InvalidError) as refused:
        await object_to(award, await make_actor(Role.VENDOR), written)
    assert {field: str(text) for field, text in refused.value.fields.items()} == refusals
    assert (await fresh(award)).state is AwardState.IN_NOTICE


async def test_a_telephone_number_is_a_contact() -> None:
    award = await make_award()
    objection = await object_to(award, await make_actor(Role.VENDOR), ObjectionText("李晓明", "021-5555 0101", "x"))
    assert objection.contact == "021-5555 0101"


async def test_an_objection_after_the_end_is_too_late_although_the_worker_is_late_too() -> None:
    award = await make_award()
    clock.fix(end_of(award))
    with pytest.raises(TooLateError, match="The public notice ended on"):
        await object_to(award, await make_actor(Role.VENDOR))
    assert await Objection.all().count() == 0


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR])
async def test_staff_do_not_object(role: Role) -> None:
    award = await make_award()
    with pytest.raises(NotAllowedError, match="District staff answer objections"):
        await object_to(award, await make_actor(role))


async def test_one_person_objects_once() -> None:
    award = await make_award()
    vendor, officer = await make_actor(Role.VENDOR), await make_actor(Role.OFFICER)
    await dismiss(await object_to(award, vendor), officer)
    with pytest.raises(NotAllowedError, match="You have already objected"):
        await object_to(award, vendor)


async def test_who_objects_stays_out_of_messages_and_of_the_awards_own_history() -> None:
    award = await make_award()
    vendor = await make_actor(Role.VENDOR)
    objection = await object_to(award, vendor)
    events = await AuditEvent.filter(subject="Award", subject_id=award.id).values("person_id", "organisation_id")
    assert vendor.person_id not in {event["person_id"] for event in events}
    assert vendor.organisation_id not in {event["organisation_id"] for event in events}
    texts = str(await Notification.all().values("text", "link"))
    assert SIGNED.name not in texts
    assert vendor.name not in texts
    assert SIGNED.name not in str(await AuditEvent.all().values("details", "reason"))
    assert objection.state is ObjectionState.RAISED


async def test_an_objection_and_the_confirmation_at_one_moment_have_one_order() -> None:
    """Before the end the objection wins, whoever takes the row first; both are decided under the award's lock."""
    award = await make_award()
    vendor = await make_actor(Role.VENDOR)
    clock.fix(end_of(award) - timedelta(microseconds=1))
    await asyncio.gather(object_to(award, vendor), confirm_award(award_id=award.id))
    assert (await fresh(award)).state is AwardState.PAUSED
