"""The ledger proves itself, and the database refuses what would break it."""

import asyncio

import orjson
import pytest
from asyncpg import CheckViolationError
from tortoise import connections
from tortoise.exceptions import IntegrityError, OperationalError

from market.challenges.models import Challenge
from market.core.permissions import CLOCK
from market.core.work import unit_of_work
from market.grants import ledger
from market.grants.actions import commit_fund, reserve_grant
from market.grants.models import Account, AccountKind, Entry, Fund, Transaction
from market.grants.queries import balances_of
from market.lifecycle import Role
from tests.factories import make_actor, make_award, make_challenge, make_funded

AVAILABLE, COMMITTED = AccountKind.AVAILABLE, AccountKind.COMMITTED


async def post(fund: Fund, fen: int, *, nth: int = 1) -> Transaction | None:
    async with unit_of_work() as work:
        return await ledger.post(
            "commit_fund", fund, fund, [(AVAILABLE, -fen), (COMMITTED, fen)], nth=nth, work=work, actor=CLOCK
        )


async def as_owner(*statements: str) -> None:
    """Change records behind the back of their guards, as only somebody with the database in hand can."""
    await connections.get("default").execute_script(
        f"BEGIN; SET LOCAL session_replication_role = replica; {'; '.join(statements)}; COMMIT"
    )


async def exported() -> list[bytes]:
    return [orjson.dumps(row) async for row in ledger.export_ledger()]


async def test_post_moves_money_once(db: object) -> None:
    fund = await make_funded(budget_fen=1000)
    first, again, second = await post(fund, 300), await post(fund, 300), await post(fund, 200, nth=2)
    assert first is not None
    assert again is None
    assert second is not None
    assert [t.kind for t in await Transaction.all().order_by("number")] == [
        "add_budget",
        "commit_fund",
        "commit_fund_2",
    ]
    balances = await balances_of([fund.id])
    assert [balances[fund.id][kind] for kind in AccountKind] == [-1000, 500, 500, 0, 0, 0]


async def test_post_refuses_sides_that_do_not_sum_to_zero(db: object) -> None:
    fund = await make_funded()
    for sides in ([(AVAILABLE, -5), (COMMITTED, 4)], [(AVAILABLE, 0), (COMMITTED, 0)]):
        with pytest.raises(ValueError, match="sum to zero"):
            async with unit_of_work() as work:
                await ledger.post("commit_fund", fund, fund, sides, work=work, actor=CLOCK)


async def test_two_transactions_cannot_overdraw_a_fund(db: object) -> None:
    fund = await make_funded(budget_fen=1000)
    results = await asyncio.gather(post(fund, 700), post(fund, 700, nth=2), return_exceptions=True)
    assert sorted(type(result) for result in results if isinstance(result, Exception)) == [IntegrityError]
    assert (await balances_of([fund.id]))[fund.id][AVAILABLE] == 300
    assert (await ledger.verify_ledger()).sound


async def test_the_database_alone_refuses_to_overdraw(db: object) -> None:
    """Without our lock and our checks: two raw transactions at once, each of which would fit alone."""
    fund = await make_funded(budget_fen=1000)
    accounts = {account.kind: account.id for account in await Account.filter(fund_id=fund.id)}

    async def overdraw(number: int) -> None:
        async with unit_of_work() as work:
            row = await Transaction.create(
                number=number, at="2026-11-02T04:00:00+00:00", kind=f"raw_{number}", subject="Fund", subject_id=fund.id,
                entries_json=[], previous_hash="", hash=str(number),
            )  # fmt: skip
            for kind, fen in ((AVAILABLE, -700), (COMMITTED, 700)):
                await work.connection.execute_query(
                    "INSERT INTO ledger_entry (transaction_id, account_id, amount_fen) VALUES ($1, $2, $3)",
                    [row.id, accounts[str(kind)], fen],
                )
                await asyncio.sleep(0.05)

    results = await asyncio.gather(overdraw(10), overdraw(11), return_exceptions=True)
    assert sorted(type(result) for result in results if isinstance(result, Exception)) == [IntegrityError]
    assert (await balances_of([fund.id]))[fund.id][AVAILABLE] == 300


async def test_two_officers_cannot_commit_more_than_there_is(db: object) -> None:
    fund = await make_funded(budget_fen=150_000_000)
    challenges = [await make_challenge(publish=False) for _ in range(2)]
    await Challenge.all().update(fund_id=None)
    officer = await make_actor(Role.OFFICER)

    async def commit(challenge: Challenge) -> None:
        async with unit_of_work() as work:
            await commit_fund(challenge, fund, work=work, actor=officer)

    results = await asyncio.gather(*map(commit, challenges), return_exceptions=True)
    refusals = [str(result) for result in results if result is not None]
    assert refusals == ["The grant of ¥1,000,000 is more than the ¥500,000 that this fund has available."]


async def test_records_of_the_ledger_never_change(db: object) -> None:
    await make_funded()
    for change in (
        "UPDATE ledger_transaction SET memo = 'x'", "DELETE FROM ledger_transaction",
        "UPDATE ledger_entry SET amount_fen = 1", "DELETE FROM ledger_entry",
    ):  # fmt: skip
        with pytest.raises((IntegrityError, OperationalError), match="never changed"):
            await connections.get("default").execute_query(change)


async def test_a_transaction_that_does_not_sum_to_zero_never_commits(db: object) -> None:
    fund = await make_funded()
    account = await Account.get(fund_id=fund.id, kind="available")

    async def one_sided() -> None:
        async with unit_of_work():
            row = await Transaction.create(
                number=9, at="2026-11-02T04:00:00+00:00", kind="raw", subject="Fund", subject_id=fund.id,
                entries_json=[], previous_hash="", hash="9",
            )  # fmt: skip
            await Entry.create(transaction_id=row.id, account_id=account.id, amount_fen=5)

    with pytest.raises(CheckViolationError, match="does not sum to zero"):  # found at commit, past Tortoise
        await one_sided()


async def test_verify_finds_a_sound_ledger_sound(db: object) -> None:
    award = await make_award(await make_funded())
    async with unit_of_work() as work:
        await reserve_grant(award, work=work, actor=CLOCK)
    report = await ledger.verify_ledger()
    assert (report.sound, report.checked, report.problem) == (True, 3, "")
    assert ledger.verify_export(await exported()) == report


@pytest.mark.parametrize(
    ("change", "number", "problem"),
    [
        ("UPDATE ledger_transaction SET memo = 'x' WHERE number = 2", 2,
         "transaction 2 was changed after it was written"),
        ("UPDATE ledger_transaction SET number = 5 WHERE number = 2", 2, "transaction 2 is missing"),
        ("UPDATE ledger_entry SET amount_fen = amount_fen * 2 WHERE transaction_id = 2", 2,
         "the entries of transaction 2 are not those it was written with"),
        ("UPDATE account SET balance_fen = balance_fen + 1 WHERE kind = 'available'", 2,
         "the balance of available of fund {code} is not the sum of its entries"),
    ],
)  # fmt: skip
async def test_verify_finds_the_first_bad_row(db: object, change: str, number: int, problem: str) -> None:
    fund = await make_funded(budget_fen=1000)
    await post(fund, 300)
    await as_owner(change)
    report = await ledger.verify_ledger()
    assert (report.sound, report.bad_number, report.problem) == (False, number, problem.format(code=fund.code))


async def test_an_export_that_was_changed_is_found(db: object) -> None:
    fund = await make_funded(budget_fen=1000)
    await post(fund, 300)
    lines = await exported()
    changed = [lines[0], lines[1].replace(b"300", b"301")]
    report = ledger.verify_export(changed)
    assert (report.bad_number, report.problem) == (2, "transaction 2 was changed after it was written")
    assert ledger.verify_export(lines[1:]).problem == "transaction 1 is missing"
