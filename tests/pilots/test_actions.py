"""A pilot from the confirmed award to the accepted scene, with its money."""

import asyncio
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from market.awards.models import Award
from market.core import clock, database
from market.core.errors import InvalidError, MarketError, NotAllowedError
from market.core.files import Upload
from market.core.models import AuditEvent, Notification
from market.core.permissions import Actor
from market.core.servers import Servers
from market.core.work import unit_of_work
from market.grants import ledger
from market.grants.models import Grant, Tranche
from market.lifecycle import GrantState, MilestoneState, PilotState, Role, SceneState, TrancheState
from market.pilots import actions, queries
from market.pilots.models import Milestone, Pilot, Reading
from market.scenes.models import Metric, Scene
from tests.factories import make_actor, make_award, make_funded, make_grant, make_pilot
from workers import pilots as worker

PDF = b"%PDF-1.7 evidence"


@pytest.fixture
async def buyer(db: object, noon: datetime) -> Actor:
    return await make_actor(Role.BUYER)


@pytest.fixture
async def vendor(db: object) -> Actor:
    return await make_actor(Role.VENDOR)


async def report(milestone: Milestone, vendor: Actor, *uploads: Upload) -> None:
    async with unit_of_work() as work:
        await actions.submit_milestone(milestone, "已部署并连续运行两周", uploads, work=work, actor=vendor)


async def meet(milestone: Milestone, buyer: Actor) -> None:
    async with unit_of_work() as work:
        await actions.meet_milestone(milestone, work=work, actor=buyer)


async def read(pilot: Pilot, vendor: Actor, value: str, day: date, note: str = "") -> Reading:
    metric = await Metric.get(scene_id=pilot.scene_id)
    async with unit_of_work() as work:
        content = actions.ReadingContent(day, Decimal(value), note)
        return await actions.record_reading(pilot, metric, content, work=work, actor=vendor)


async def tranche_states(pilot: Pilot) -> list[TrancheState]:
    rows = await Tranche.filter(grant__award_id=pilot.award_id).order_by("position")
    return [row.state for row in rows]


async def bring_to_acceptance(pilot: Pilot, buyer: Actor, vendor: Actor, value: str = "0.8") -> None:
    for milestone in await queries.milestones_of(pilot.id):
        await report(milestone, vendor)
        await meet(milestone, buyer)
    await read(pilot, vendor, value, clock.today())
    async with unit_of_work() as work:
        await actions.request_acceptance(pilot, work=work, actor=vendor)


async def test_prepare_pilot_takes_over_what_the_bid_promised(buyer: Actor, vendor: Actor) -> None:
    grant = await make_grant(buyer=buyer, vendor=vendor)
    assert await queries.ids_of_awards_to_pilot() == [grant.award_id]
    await asyncio.gather(*(worker.prepare_pilot(award_id=grant.award_id) for _ in range(2)))
    pilot = await Pilot.get(award_id=grant.award_id)
    assert (pilot.buyer_id, pilot.vendor_id) == (buyer.organisation_id, vendor.organisation_id)
    milestones = await queries.milestones_of(pilot.id)
    assert [(m.title, m.due_on, m.tranche.amount_fen) for m in milestones] == [
        ("上线", None, 36_000_000), ("验收", None, 54_000_000)
    ]  # fmt: skip
    assert await queries.ids_of_awards_to_pilot() == []
    told = await Notification.filter(text__contains={"message": "The pilot of “%(title)s” is ready to start."})
    assert {row.organisation_id for row in told} == {buyer.organisation_id, vendor.organisation_id}


async def test_no_pilot_before_its_money(buyer: Actor, vendor: Actor) -> None:
    award = await make_award(await make_funded(), buyer=buyer, vendor=vendor)
    await worker.prepare_pilot(award_id=award.id)
    assert await Pilot.all().count() == 0
    await Award.filter(id=award.id).update(amount_fen=0)
    await worker.prepare_pilot(award_id=award.id)
    milestones = await Milestone.all().order_by("position")
    assert [(m.title, m.tranche_id) for m in milestones] == [("上线", None), ("验收", None)]


async def test_start_pilot_sets_the_dates_and_moves_the_scene(buyer: Actor, vendor: Actor) -> None:
    pilot = await make_pilot(buyer, vendor, start=False)
    with pytest.raises(NotAllowedError, match="Only the buyer or the vendor starts the pilot"):
        async with unit_of_work() as work:
            await actions.start_pilot(pilot, work=work, actor=await make_actor(Role.VENDOR))
    async with unit_of_work() as work:
        await actions.start_pilot(pilot, work=work, actor=buyer)
    assert [m.due_on for m in await queries.milestones_of(pilot.id)] == [
        clock.today() + timedelta(weeks=8), clock.today() + timedelta(weeks=20)
    ]  # fmt: skip
    assert (await Scene.get(id=pilot.scene_id)).state is SceneState.PILOTING


async def test_both_sides_start_at_once_and_it_starts_once(buyer: Actor, vendor: Actor) -> None:
    pilot = await make_pilot(buyer, vendor, start=False)

    async def start(actor: Actor) -> None:
        async with unit_of_work() as work:
            await actions.start_pilot(await Pilot.get(id=pilot.id), work=work, actor=actor)

    results = await asyncio.gather(start(buyer), start(vendor), return_exceptions=True)
    assert [str(result) for result in results if result is not None] == ["The pilot has started already."]


async def test_a_reading_is_corrected_with_a_note_that_stays(buyer: Actor, vendor: Actor) -> None:
    pilot = await make_pilot(buyer, vendor)
    await read(pilot, vendor, "3.2", clock.today())
    with pytest.raises(InvalidError) as refused:
        await read(pilot, vendor, "2.3", clock.today())
    assert str(refused.value.fields["note"]) == (
        "There is already a reading of this day: 3.2. To correct it, say in the note what was wrong."
    )
    await read(pilot, vendor, "2.3", clock.today(), "抄录时数字颠倒")
    assert [row.value for row in await queries.readings_of(pilot.id)] == [Decimal("2.3")]
    event = await AuditEvent.get(event="correct_reading")
    assert (event.reason, event.details["value_before"], event.details["value"]) == ("抄录时数字颠倒", "3.2000", "2.3")


async def test_a_met_milestone_releases_its_tranche_and_the_last_one_waits(buyer: Actor, vendor: Actor) -> None:
    pilot = await make_pilot(buyer, vendor)
    first, second = await queries.milestones_of(pilot.id)
    await report(first, vendor, Upload("两周运行记录.pdf", PDF))
    assert [row.name for row in await queries.evidence_of([first.id])] == ["两周运行记录.pdf"]
    await meet(first, buyer)
    assert await tranche_states(pilot) == [TrancheState.RELEASED, TrancheState.PLANNED]
    await report(second, vendor)
    await meet(second, buyer)
    assert await tranche_states(pilot) == [TrancheState.RELEASED, TrancheState.PLANNED]
    told = await Notification.filter(
        role=Role.OFFICER, text__contains={"message": "To pay: %(amount)s to %(receiver)s for “%(title)s”."}
    )
    assert [row.text["values"]["amount"] for row in told] == ["¥360,000"]


async def test_a_milestone_that_is_not_met_can_be_reported_again(buyer: Actor, vendor: Actor) -> None:
    pilot = await make_pilot(buyer, vendor)
    first, second = await queries.milestones_of(pilot.id)
    await report(first, vendor)
    with pytest.raises(MarketError, match="Give a reason"):
        async with unit_of_work() as work:
            await actions.miss_milestone(first, "", work=work, actor=buyer)
    async with unit_of_work() as work:
        await actions.miss_milestone(first, "没有运行日志", work=work, actor=buyer)
    await report(second, vendor)
    async with unit_of_work() as work:
        await actions.partly_meet_milestone(second, "夜班未覆盖", work=work, actor=buyer)
    stored = await queries.milestones_of(pilot.id)
    assert [(m.state, m.decision_note) for m in stored] == [
        (MilestoneState.NOT_MET, "没有运行日志"), (MilestoneState.PARTIALLY_MET, "夜班未覆盖")
    ]  # fmt: skip
    assert await tranche_states(pilot) == [TrancheState.PLANNED, TrancheState.PLANNED]
    await report(stored[0], vendor)
    await meet(stored[0], buyer)
    assert await tranche_states(pilot) == [TrancheState.RELEASED, TrancheState.PLANNED]


async def test_evidence_of_an_unknown_kind_is_refused_with_its_name(buyer: Actor, vendor: Actor) -> None:
    pilot = await make_pilot(buyer, vendor)
    first = (await queries.milestones_of(pilot.id))[0]
    with pytest.raises(InvalidError) as refused:
        await report(first, vendor, Upload("a.exe", b"MZ\x00\x01"))
    assert str(refused.value.fields["files"]).startswith("a.exe: This kind of file is not accepted.")
    assert await queries.evidence_of([first.id]) == []
    assert (await Milestone.get(id=first.id)).state is MilestoneState.SCHEDULED


async def test_the_vendor_does_not_confirm_its_own_milestone(buyer: Actor, vendor: Actor) -> None:
    pilot = await make_pilot(buyer, vendor)
    first = (await queries.milestones_of(pilot.id))[0]
    await report(first, vendor)
    with pytest.raises(NotAllowedError, match="Only the buyer of this pilot decides"):
        await meet(first, vendor)
    with pytest.raises(NotAllowedError, match="Only the buyer of this pilot decides"):
        await meet(first, await make_actor(Role.BUYER))


async def test_confirming_twice_at_once_releases_once(buyer: Actor, vendor: Actor) -> None:
    pilot = await make_pilot(buyer, vendor)
    first = (await queries.milestones_of(pilot.id))[0]
    await report(first, vendor)
    copies = [await Milestone.get(id=first.id) for _ in range(2)]
    results = await asyncio.gather(*(meet(copy, buyer) for copy in copies), return_exceptions=True)
    assert [str(result) for result in results if result] == ["The vendor has not reported this milestone yet."]
    assert await tranche_states(pilot) == [TrancheState.RELEASED, TrancheState.PLANNED]


async def test_accept_pilot_releases_the_rest_and_ends_the_scene(buyer: Actor, vendor: Actor) -> None:
    pilot = await make_pilot(buyer, vendor)
    with pytest.raises(NotAllowedError, match="Milestone 1, “上线”, is not confirmed as met"):
        async with unit_of_work() as work:
            await actions.request_acceptance(pilot, work=work, actor=vendor)
    await bring_to_acceptance(pilot, buyer, vendor)
    async with unit_of_work() as work:
        await actions.accept_pilot(pilot, "", work=work, actor=buyer)
    assert (await Scene.get(id=pilot.scene_id)).state is SceneState.ACCEPTED
    assert await tranche_states(pilot) == [TrancheState.RELEASED, TrancheState.RELEASED]
    assert (await ledger.verify_ledger()).sound


async def test_accept_pilot_below_target_needs_a_note(buyer: Actor, vendor: Actor) -> None:
    pilot = await make_pilot(buyer, vendor)
    await bring_to_acceptance(pilot, buyer, vendor, "2.5")
    with pytest.raises(NotAllowedError, match="“漏检率” has not reached its target"):
        async with unit_of_work() as work:
            await actions.accept_pilot(pilot, " ", work=work, actor=buyer)
    async with unit_of_work() as work:
        await actions.accept_pilot(pilot, "已优于人工", work=work, actor=buyer)
    stored = await Pilot.get(id=pilot.id)
    assert (stored.state, stored.acceptance_note) == (PilotState.ACCEPTED, "已优于人工")


async def test_a_pilot_that_is_sent_back_runs_on(buyer: Actor, vendor: Actor) -> None:
    pilot = await make_pilot(buyer, vendor)
    await bring_to_acceptance(pilot, buyer, vendor)
    async with unit_of_work() as work:
        await actions.send_back_pilot(pilot, "请补夜班数据", work=work, actor=buyer)
    assert (await Pilot.get(id=pilot.id)).state is PilotState.RUNNING
    await read(pilot, vendor, "0.7", clock.today(), "补充夜班")


async def test_fail_pilot_returns_what_was_not_earned(buyer: Actor, vendor: Actor) -> None:
    officer = await make_actor(Role.OFFICER)
    pilot = await make_pilot(buyer, vendor)
    first = (await queries.milestones_of(pilot.id))[0]
    await report(first, vendor)
    await meet(first, buyer)
    async with unit_of_work() as work:
        await actions.fail_pilot(pilot, "企业停业", work=work, actor=officer)
    assert await tranche_states(pilot) == [TrancheState.RELEASED, TrancheState.CANCELLED]
    assert (await Grant.get(award_id=pilot.award_id)).state is GrantState.CANCELLED
    with pytest.raises(NotAllowedError, match="The pilot is not running"):
        await read(pilot, vendor, "0.7", clock.today())


async def test_a_decided_milestone_wakes_the_page_of_its_pilot(buyer: Actor, vendor: Actor, opened: Servers) -> None:
    pilot = await make_pilot(buyer, vendor)
    first = (await queries.milestones_of(pilot.id))[0]
    heard: list[str] = []
    connection = await database.connect(opened.database_url)
    await connection.add_listener("moved", lambda _connection, _pid, _channel, topic: heard.append(topic))
    try:
        await report(first, vendor)
        await connection.execute("SELECT 1")
        assert heard.count(f"Pilot:{pilot.id}") == 1
        await meet(first, buyer)
        await connection.execute("SELECT 1")
    finally:
        await connection.close()
    assert {f"Pilot:{pilot.id}", f"Milestone:{first.id}", f"Tranche:{first.tranche_id}"} < set(heard)
    grant = await Grant.get(award_id=pilot.award_id)
    assert f"Grant:{grant.id}" in heard
