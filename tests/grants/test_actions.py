"""Money follows the process: committed, reserved, released, paid, and back where it was not needed."""

import asyncio
from typing import Any

import pytest

from market.awards.models import Award
from market.challenges.actions import cancel_challenge
from market.challenges.models import Challenge
from market.core.errors import InvalidError, MarketError, NotAllowedError, StaleStateError, WrongStateError
from market.core.jobs import Job
from market.core.models import AuditEvent, Notification, QueuedJob
from market.core.permissions import CLOCK, Actor
from market.core.work import unit_of_work
from market.grants import actions, ledger, queries
from market.grants.models import AccountKind, Fund, Grant, Tranche
from market.lifecycle import AwardState, GrantState, Role, TrancheState
from tests.factories import make_actor, make_award, make_challenge, make_funded, make_grant
from workers import grants as worker
from workers import pilots as pilots_worker
from workers.context import Context
from workers.jobs import HANDLERS

YUAN = 100
MILLION = 1_000_000 * YUAN


async def balances(fund: Fund) -> list[int]:
    """Source, available, committed, reserved, payable, paid in whole yuan."""
    found = (await queries.balances_of([fund.id]))[fund.id]
    return [found[kind] // YUAN for kind in AccountKind]


async def make_draft(**given: object) -> Challenge:
    challenge = await make_challenge(publish=False, **given)
    await Challenge.filter(id=challenge.id).update(fund_id=None)
    challenge.fund_id = None
    return challenge


async def messages_to(**whom: object) -> list[str]:
    return [row.text["message"] for row in await Notification.filter(**whom).order_by("id")]


@pytest.fixture
async def officer(db: object) -> Actor:
    return await make_actor(Role.OFFICER)


async def test_create_fund_refuses_a_code_twice_and_other_roles(officer: Actor) -> None:
    content = actions.FundContent("AI-2026", "场景资金", "区政策", MILLION, MILLION)
    async with unit_of_work() as work:
        fund = await actions.create_fund(content, work=work, actor=officer)
    assert await balances(fund) == [0, 0, 0, 0, 0, 0]
    with pytest.raises(InvalidError, match="Another fund has this code"):
        async with unit_of_work() as work:
            await actions.create_fund(content, work=work, actor=officer)
    with pytest.raises(NotAllowedError, match="Only district officers manage funds"):
        async with unit_of_work() as work:
            await actions.create_fund(content, work=work, actor=await make_actor(Role.AUDITOR))


async def test_add_budget_sent_twice_counts_once(officer: Actor) -> None:
    fund = await make_funded(officer, budget_fen=MILLION)
    with pytest.raises(StaleStateError, match="Budget was added since you opened this page"):
        async with unit_of_work() as work:
            await actions.add_budget(fund, MILLION, "年度预算", nth=1, work=work, actor=officer)
    async with unit_of_work() as work:
        await actions.add_budget(fund, MILLION, "追加", nth=2, work=work, actor=officer)
    assert await balances(fund) == [-2_000_000, 2_000_000, 0, 0, 0, 0]


async def test_commit_fund_sets_money_aside_and_release_gives_it_back(officer: Actor) -> None:
    fund, challenge = await make_funded(officer, budget_fen=3 * MILLION), await make_draft()
    for _ in range(2):  # committed, released and committed again: each is its own transaction
        async with unit_of_work() as work:
            await actions.commit_fund(challenge, fund, work=work, actor=officer)
        assert (await Challenge.get(id=challenge.id)).fund_id == fund.id
        assert await balances(fund) == [-3_000_000, 2_000_000, 1_000_000, 0, 0, 0]
        with pytest.raises(NotAllowedError, match="Money is already committed to this challenge"):
            async with unit_of_work() as work:
                await actions.commit_fund(challenge, fund, work=work, actor=officer)
        async with unit_of_work() as work:
            assert await actions.release_commitment(challenge, work=work, actor=officer) == MILLION
        assert (await Challenge.get(id=challenge.id)).fund_id is None
        assert await balances(fund) == [-3_000_000, 3_000_000, 0, 0, 0, 0]
    assert (await ledger.verify_ledger()).checked == 5


@pytest.mark.parametrize(
    ("budget", "cap", "grant", "reason"),
    [
        (MILLION // 2, 10 * MILLION, MILLION,
         "The grant of ¥1,000,000 is more than the ¥500,000 that this fund has available."),
        (5 * MILLION, MILLION // 2, MILLION, "The grant of ¥1,000,000 is above this fund's cap of ¥500,000 a project."),
        (5 * MILLION, MILLION, 0, "State the grant in the challenge first."),
    ],
)  # fmt: skip
async def test_commit_fund_refuses(officer: Actor, budget: int, cap: int, grant: int, reason: str) -> None:
    fund, challenge = (
        await make_funded(officer, budget_fen=budget, project_cap_fen=cap),
        await make_draft(grant_fen=grant),
    )
    with pytest.raises(NotAllowedError) as refused:
        async with unit_of_work() as work:
            await actions.commit_fund(challenge, fund, work=work, actor=officer)
    assert str(refused.value) == reason
    assert await balances(fund) == [-budget // YUAN, budget // YUAN, 0, 0, 0, 0]


async def test_commit_fund_refuses_a_published_challenge(officer: Actor) -> None:
    with pytest.raises(NotAllowedError, match="before a challenge is published, not after"):
        async with unit_of_work() as work:
            await actions.commit_fund(await make_challenge(), await make_funded(officer), work=work, actor=officer)


async def test_a_cancelled_challenge_gives_its_money_back(officer: Actor) -> None:
    fund, challenge = await make_funded(officer, budget_fen=MILLION), await make_draft()
    async with unit_of_work() as work:
        await actions.commit_fund(challenge, fund, work=work, actor=officer)
    assert await queries.ids_of_commitments_to_release() == []
    async with unit_of_work() as work:
        await cancel_challenge(challenge, "需求方撤回", work=work, actor=officer)
    asked = await QueuedJob.get(name=Job.CLOSE_GRANT)
    assert await queries.ids_of_commitments_to_release() == [challenge.id]
    for _ in range(2):  # a job may run twice
        await worker.close_grant(**asked.arguments)
    assert await balances(fund) == [-1_000_000, 1_000_000, 0, 0, 0, 0]
    assert await queries.ids_of_commitments_to_release() == []


async def test_release_commitment_refuses_while_the_challenge_runs(officer: Actor) -> None:
    with pytest.raises(NotAllowedError, match="The challenge still needs this money"):
        async with unit_of_work() as work:
            await actions.release_commitment(await make_challenge(), work=work, actor=officer)


async def test_reserve_grant_plans_tranches_and_returns_the_rest(officer: Actor) -> None:
    fund = await make_funded(officer, budget_fen=3 * MILLION)
    award = await make_award(fund, amount_fen=90_000_001)
    for _ in range(2):
        await worker.reserve_grant(award_id=award.id)
    grant = await Grant.get(award_id=award.id)
    tranches = await queries.tranches_of(grant.id)
    assert [(t.title, t.percent, t.amount_fen) for t in tranches] == [
        ("上线", 40, 36_000_000),
        ("验收", 60, 54_000_001),
    ]
    found = (await queries.balances_of([fund.id]))[fund.id]
    assert [found[kind] for kind in AccountKind] == [-3 * MILLION, 3 * MILLION - 90_000_001, 0, 90_000_001, 0, 0]
    assert (await QueuedJob.get(name=Job.PREPARE_PILOT)).arguments == {"award_id": award.id}
    told = [text for text in await messages_to(organisation_id=grant.organisation_id) if "reserved" in text]
    assert told == ["%(amount)s is reserved for “%(title)s”."]


async def test_two_workers_reserve_one_grant(officer: Actor) -> None:
    award = await make_award(await make_funded(officer))
    await asyncio.gather(*(worker.reserve_grant(award_id=award.id) for _ in range(3)))
    assert await Grant.all().count() == 1
    assert (await ledger.verify_ledger()).sound


async def test_the_yearly_cap_refuses_until_it_is_raised(officer: Actor) -> None:
    vendor = await make_actor(Role.VENDOR)
    fund = await make_funded(officer, organisation_cap_fen=MILLION)
    await make_grant(fund, vendor=vendor)
    award = await make_award(fund, vendor=vendor)
    for _ in range(2):
        await worker.reserve_grant(award_id=award.id)
    event = await AuditEvent.get(event="refuse_grant")
    assert event.reason == (
        f"{vendor.organisation_name} already has ¥900,000 of this fund this year. Another ¥900,000 would exceed the "
        "yearly cap of ¥1,000,000 for one organisation."
    )
    told = [text for text in await messages_to(role=Role.OFFICER) if "could not be reserved" in text]
    assert told == ["The grant for “%(title)s” could not be reserved: %(reason)s"]
    assert await queries.ids_of_awards_to_reserve() == [award.id]
    async with unit_of_work() as work:
        await actions.change_caps(fund, 10 * MILLION, 2 * MILLION, "区长办公会", work=work, actor=officer)
    await worker.reserve_grant(award_id=award.id)
    assert await Grant.filter(award_id=award.id).count() == 1
    assert await queries.ids_of_awards_to_reserve() == []


async def test_an_award_above_the_commitment_is_refused(officer: Actor) -> None:
    award = await make_award(await make_funded(officer), amount_fen=100_000_001)
    with pytest.raises(NotAllowedError, match=r"The award of ¥1,000,000.01 is more than the ¥1,000,000 committed"):
        async with unit_of_work() as work:
            await actions.reserve_grant(award, work=work, actor=CLOCK)


async def test_nothing_is_reserved_before_the_award_is_confirmed(officer: Actor) -> None:
    award = await make_award(await make_funded(officer), state=AwardState.IN_NOTICE)
    await worker.reserve_grant(award_id=award.id)
    assert await Grant.all().count() == 0
    with pytest.raises(NotAllowedError, match="Money is reserved once the award is confirmed"):
        async with unit_of_work() as work:
            await actions.reserve_grant(award, work=work, actor=CLOCK)


async def test_a_race_keeps_the_rest_for_its_other_winner(officer: Actor) -> None:
    fund = await make_funded(officer, budget_fen=MILLION)
    award = await make_award(fund, amount_fen=40_000_000)
    other = await make_award(await make_funded(officer), amount_fen=50_000_000, state=AwardState.IN_NOTICE)
    await Award.filter(id=other.id).update(challenge_id=award.challenge_id)
    await worker.reserve_grant(award_id=award.id)
    assert await balances(fund) == [-1_000_000, 0, 600_000, 400_000, 0, 0]
    await Award.filter(id=other.id).update(state=AwardState.REVOKED)
    assert await queries.ids_of_commitments_to_release() == [award.challenge_id, other.challenge_id]
    await worker.close_grant(challenge_id=award.challenge_id)
    assert await balances(fund) == [-1_000_000, 600_000, 0, 400_000, 0, 0]


async def test_an_award_without_money_goes_on_to_its_pilot(officer: Actor) -> None:
    fund = await make_funded(officer, budget_fen=MILLION)
    award = await make_award(fund, amount_fen=0)
    await worker.reserve_grant(award_id=award.id)
    assert (await QueuedJob.get(name=Job.PREPARE_PILOT)).arguments == {"award_id": award.id}
    await worker.close_grant(challenge_id=award.challenge_id)
    assert await balances(fund) == [-1_000_000, 1_000_000, 0, 0, 0, 0]


async def test_tranches_are_released_paid_and_complete_the_grant(officer: Actor) -> None:
    fund = await make_funded(officer, budget_fen=MILLION)
    grant = await make_grant(fund)
    first, second = await queries.tranches_of(grant.id)
    with pytest.raises(NotAllowedError, match="This tranche is not released yet: its milestone comes first"):
        async with unit_of_work() as work:
            await actions.pay_tranche(first, "R-1", work=work, actor=officer)
    for tranche in (first, second):
        async with unit_of_work() as work:
            await actions.release_tranche(tranche, work=work, actor=officer)
    assert await balances(fund) == [-1_000_000, 100_000, 0, 0, 900_000, 0]
    with pytest.raises(WrongStateError):
        async with unit_of_work() as work:
            await actions.release_tranche(first, work=work, actor=officer)
    with pytest.raises(InvalidError) as typed:
        async with unit_of_work() as work:
            await actions.pay_tranche(first, "  ", work=work, actor=officer)
    assert list(typed.value.fields) == ["payment_reference"]
    async with unit_of_work() as work:
        await actions.pay_tranche(first, "R-1", work=work, actor=officer)
    assert (await Grant.get(id=grant.id)).state is GrantState.RESERVED
    async with unit_of_work() as work:
        await actions.pay_tranche(second, "R-2", work=work, actor=officer)
    assert (await Grant.get(id=grant.id)).state is GrantState.COMPLETED
    assert await balances(fund) == [-1_000_000, 100_000, 0, 0, 0, 900_000]
    assert (await ledger.verify_ledger()).sound


async def test_two_officers_pay_the_last_two_tranches(officer: Actor) -> None:
    grant = await make_grant()
    tranches = await queries.tranches_of(grant.id)
    for tranche in tranches:
        async with unit_of_work() as work:
            await actions.release_tranche(tranche, work=work, actor=officer)

    async def pay(tranche: Tranche) -> None:
        async with unit_of_work() as work:
            await actions.pay_tranche(tranche, f"R-{tranche.id}", work=work, actor=officer)

    await asyncio.gather(*map(pay, tranches))
    assert (await Grant.get(id=grant.id)).state is GrantState.COMPLETED


async def test_a_tranche_is_paid_once(officer: Actor) -> None:
    grant = await make_grant()
    tranche = (await queries.tranches_of(grant.id))[0]
    async with unit_of_work() as work:
        await actions.release_tranche(tranche, work=work, actor=officer)

    async def pay(copy: Tranche) -> None:
        async with unit_of_work() as work:
            await actions.pay_tranche(copy, "R-1", work=work, actor=officer)

    copies = [await Tranche.get(id=tranche.id) for _ in range(2)]
    results = await asyncio.gather(*map(pay, copies), return_exceptions=True)
    assert [isinstance(result, MarketError) for result in results].count(True) == 1


async def test_cancel_grant_returns_what_no_milestone_has_earned(officer: Actor) -> None:
    fund = await make_funded(officer, budget_fen=MILLION)
    grant = await make_grant(fund)
    first, _second = await queries.tranches_of(grant.id)
    async with unit_of_work() as work:
        await actions.release_tranche(first, work=work, actor=officer)
    with pytest.raises(MarketError, match="Give a reason"):
        async with unit_of_work() as work:
            await actions.cancel_grant(grant, " ", work=work, actor=officer)
    async with unit_of_work() as work:
        assert await actions.cancel_grant(grant, "试点终止", work=work, actor=officer) == 54_000_000
    assert [t.state for t in await queries.tranches_of(grant.id)] == [TrancheState.RELEASED, TrancheState.CANCELLED]
    assert await balances(fund) == [-1_000_000, 640_000, 0, 0, 360_000, 0]
    assert await queries.granted_in_year(fund.id, grant.organisation_id, grant.reserved_at.year) == 36_000_000
    async with unit_of_work() as work:  # what was earned is still paid
        await actions.pay_tranche(await Tranche.get(id=first.id), "R-1", work=work, actor=officer)
    assert (await Grant.get(id=grant.id)).state is GrantState.CANCELLED


class Prompts:
    """Stands where Redis would, keeping what it was told."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def enqueue_job(self, *arguments: Any, **_options: Any) -> None:
        self.asked.append(arguments)


async def test_the_sweeps_find_what_the_queue_lost(officer: Actor) -> None:
    award, over = await make_award(await make_funded(officer)), await make_draft()
    async with unit_of_work() as work:
        await actions.commit_fund(over, await make_funded(officer), work=work, actor=officer)
    async with unit_of_work() as work:
        await cancel_challenge(over, "需求方撤回", work=work, actor=officer)
    await QueuedJob.all().delete()
    prompts = Prompts()
    sweeps = (worker.reserve_due_grants, worker.release_due_commitments, pilots_worker.prepare_due_pilots)
    assert [await sweep(Context(prompts)) for sweep in sweeps] == [1, 1, 0]
    for _run, name, ids in prompts.asked:
        await HANDLERS[Job(name)](**ids)
    assert [await sweep(Context(prompts)) for sweep in sweeps] == [0, 0, 1]
    await pilots_worker.prepare_pilot(award_id=award.id)
    assert [await sweep(Context(prompts)) for sweep in sweeps] == [0, 0, 0]
