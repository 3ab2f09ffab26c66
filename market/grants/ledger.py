"""The ledger: every fen that moves, in transactions that sum to zero, chained by hash like the history.

Nothing here is edited: a mistake is reversed by a new transaction. The database keeps the balances and refuses one
below zero, a transaction that does not sum to zero, and any change to what was written.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from tortoise.transactions import in_transaction

from market.core import chain, clock
from market.core.chain import ChainCheck, ChainReport
from market.core.permissions import Actor
from market.core.work import Work
from market.grants.models import Account, AccountKind, Entry, Fund, Transaction

_LEDGER_LOCK = 7_241_002
_HASHED = ("number", "at", "kind", "memo", "subject", "subject_id", "person_id", "entries_json", "previous_hash")

Side = tuple[AccountKind, int]


async def open_accounts(fund: Fund, work: Work) -> None:
    """Give a new fund its accounts, all empty."""
    rows = [Account(fund_id=fund.id, kind=str(kind)) for kind in AccountKind]
    await Account.bulk_create(rows, using_db=work.connection)


async def hold(work: Work) -> None:
    """Let this transaction alone move money until it ends, so that what it reads of balances stays true.

    Taken after the rows that an action moves and before the lock of the audit log: nobody waits in a circle.
    """
    await work.connection.execute_query("SELECT pg_advisory_xact_lock($1)", [_LEDGER_LOCK])


async def post(
    kind: str,
    subject: Any,
    fund: Fund,
    sides: Sequence[Side],
    *,
    work: Work,
    actor: Actor,
    memo: str = "",
    nth: int = 1,
) -> Transaction | None:
    """Move money between the accounts of *fund* because of *subject* (a row); None where it was moved before.

    - *kind* and *subject* together happen once; *nth* tells apart what may happen to one subject again
    - the database refuses what would take an account below zero (``IntegrityError``)
    """
    moving = [(account, fen) for account, fen in sides if fen]
    if sum(fen for _account, fen in moving) or not moving:
        raise ValueError("The sides of a transaction must sum to zero and move something.")
    named, about = kind if nth == 1 else f"{kind}_{nth}", type(subject).__name__
    await hold(work)
    # Checked here so that a job may run twice; the unique index is what makes it true.
    if await Transaction.exists(kind=named, subject=about, subject_id=subject.id):
        return None
    accounts = {account.kind: account for account in await Account.filter(fund_id=fund.id)}
    row = {
        "kind": named, "memo": memo, "subject": about, "subject_id": subject.id, "person_id": actor.person_id,
        "entries_json": [
            {"fund": fund.code, "account": str(account), "account_id": accounts[account].id, "amount_fen": fen}
            for account, fen in moving
        ],
    }  # fmt: skip
    transaction = await Transaction.create(using_db=work.connection, **await _chained(row))
    entries = [Entry(transaction_id=transaction.id, account_id=accounts[a].id, amount_fen=fen) for a, fen in moving]
    await Entry.bulk_create(entries, using_db=work.connection)
    return transaction


async def _chained(row: dict[str, Any]) -> dict[str, Any]:
    number, previous = await chain.last_link(Transaction)
    row = row | {"number": number + 1, "at": clock.now(), "previous_hash": previous}
    return row | {"hash": chain.hash_of(row, _HASHED)}


def export_ledger() -> AsyncIterator[dict[str, Any]]:
    """Yield every transaction in order, as plain values that can be written as JSON lines."""
    return chain.export_rows(Transaction)


class LedgerCheck(ChainCheck):
    """Replays transactions: beside the chain, each sums to zero and takes no account below zero."""

    def __init__(self) -> None:
        super().__init__("transaction", _HASHED)
        self.balances: dict[int, int] = defaultdict(int)

    def problem_of(self, row: dict[str, Any], expected: int) -> str:
        """Say what is wrong with *row* as transaction *expected*, or nothing."""
        if problem := super().problem_of(row, expected):
            return problem
        if sum(side["amount_fen"] for side in row["entries_json"]):
            return f"transaction {expected} does not sum to zero"
        for side in row["entries_json"]:
            self.balances[side["account_id"]] += side["amount_fen"]
            if self.balances[side["account_id"]] < 0 and side["account"] != AccountKind.SOURCE:
                return f"transaction {expected} takes {side['account']} of fund {side['fund']} below zero"
        return ""


async def verify_ledger() -> ChainReport:
    """Check the whole ledger in the database: the chain, every sum, every entry and every balance."""
    check = LedgerCheck()
    async with in_transaction() as connection:
        # One snapshot: what is posted meanwhile must not look like a difference.
        await connection.execute_script("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        async for row in export_ledger():
            if not check.add(row):
                return check.report()
        differing = await connection.execute_query_dict(_DIFFERING_ENTRIES)
        if differing:
            number = differing[0]["number"]
            check.fail(number, f"the entries of transaction {number} are not those it was written with")
        for account in await connection.execute_query_dict(_BALANCES):
            if not check.balances[account["id"]] == account["balance_fen"] == account["entries_fen"]:
                place = f"{account['kind']} of fund {account['code']}"
                check.fail(account["number"] or 0, f"the balance of {place} is not the sum of its entries")
    return check.report()


def verify_export(lines: Iterable[bytes | str]) -> ChainReport:
    """Check an exported ledger, one JSON object a line, without a database."""
    return LedgerCheck().add_lines(lines)


_DIFFERING_ENTRIES = """
WITH written AS (SELECT t.number, (side ->> 'account_id')::int AS account_id,
                        (side ->> 'amount_fen')::bigint AS amount_fen
                 FROM ledger_transaction t, jsonb_array_elements(t.entries_json::jsonb) AS side),
     entered AS (SELECT t.number, e.account_id, e.amount_fen
                 FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id)
SELECT number
FROM ((TABLE written EXCEPT ALL TABLE entered) UNION ALL (TABLE entered EXCEPT ALL TABLE written)) AS apart
ORDER BY number LIMIT 1
"""

_BALANCES = """
SELECT a.id, a.kind, a.balance_fen, f.code, coalesce(sum(e.amount_fen), 0)::bigint AS entries_fen,
       max(t.number) AS number
FROM account a JOIN fund f ON f.id = a.fund_id
LEFT JOIN ledger_entry e ON e.account_id = a.id LEFT JOIN ledger_transaction t ON t.id = e.transaction_id
GROUP BY a.id, f.code ORDER BY a.id
"""
