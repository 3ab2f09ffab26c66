"""Questions about funds, the ledger, grants and tranches: reads only."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from tortoise import connections
from tortoise.expressions import Q, Subquery

from market.awards.models import Award
from market.awards.queries import LIVE_AWARDS
from market.bids.queries import latest_submission
from market.challenges.models import Challenge, Lot
from market.core import clock
from market.core.errors import MarketError, NotFoundError
from market.core.models import AuditEvent
from market.core.text import _
from market.grants.models import Account, AccountKind, Entry, Fund, Grant, Tranche, Transaction
from market.lifecycle import AwardState, ChallengeState, TrancheState

Balances = dict[AccountKind, int]
OVER = (ChallengeState.FAILED, ChallengeState.CANCELLED, ChallengeState.AWARDED)

_COMMITMENTS_LEFT = """
SELECT c.id FROM challenge c
JOIN ledger_transaction t ON (t.subject = 'Challenge' AND t.subject_id = c.id)
    OR (t.subject = 'Award' AND t.subject_id IN (SELECT id FROM award WHERE challenge_id = c.id))
JOIN ledger_entry e ON e.transaction_id = t.id
JOIN account a ON a.id = e.account_id AND a.kind = 'committed'
WHERE c.state IN ('failed', 'cancelled', 'awarded')
  AND NOT EXISTS (SELECT 1 FROM award w LEFT JOIN grant_award g ON g.award_id = w.id WHERE w.challenge_id = c.id
                  AND (w.state IN ('proposed', 'approved', 'in_notice', 'paused')
                       OR (w.state = 'confirmed' AND w.amount_fen > 0 AND g.id IS NULL)))
GROUP BY c.id HAVING sum(e.amount_fen) > 0 ORDER BY c.id
"""


async def get_fund(fund_id: int) -> Fund:
    """Return a fund; ``NotFoundError`` where there is none."""
    fund = await Fund.get_or_none(id=fund_id)
    if fund is None:
        raise NotFoundError(_("There is no such page."))
    return fund


async def get_grant(grant_id: int) -> Grant:
    """Return a grant with its fund, receiver and award; ``NotFoundError`` where there is none."""
    grant = await Grant.get_or_none(id=grant_id).select_related("fund", "organisation", "award__challenge")
    if grant is None:
        raise NotFoundError(_("There is no such page."))
    return grant


async def funds() -> list[Fund]:
    """List the funds, newest first."""
    return await Fund.all().order_by("-id")


async def balances_of(fund_ids: list[int]) -> dict[int, Balances]:
    """Return the balances of several funds; a fund without accounts has none."""
    rows = await Account.filter(fund_id__in=fund_ids or [0]).values("fund_id", "kind", "balance_fen")
    found: dict[int, Balances] = defaultdict(lambda: dict.fromkeys(AccountKind, 0))
    for row in rows:
        found[row["fund_id"]][AccountKind(row["kind"])] = row["balance_fen"]
    return found


async def balance_of(fund_id: int, kind: AccountKind) -> int:
    """Return one balance of a fund."""
    return (await balances_of([fund_id]))[fund_id][kind]


async def times_posted(kind: str, subject: str, subject_id: int) -> int:
    """Count how often money moved for this reason and subject."""
    rows = Transaction.filter(subject=subject, subject_id=subject_id)
    return await rows.filter(Q(kind=kind) | Q(kind__startswith=f"{kind}_")).count()


async def commitment_of(challenge_id: int) -> int:
    """Return what is still committed to a challenge: neither reserved for a winner nor given back."""
    awards = [row["id"] for row in await Award.filter(challenge_id=challenge_id).values("id")]
    about = Q(transaction__subject="Challenge", transaction__subject_id=challenge_id)
    about |= Q(transaction__subject="Award", transaction__subject_id__in=awards or [0])
    rows = await Entry.filter(about, account__kind=str(AccountKind.COMMITTED)).values("amount_fen")
    return sum(row["amount_fen"] for row in rows)


async def is_awaited(challenge_id: int, *, besides: int = 0) -> bool:
    """Whether an award of the challenge, other than *besides*, may still need the commitment."""
    others = Award.filter(challenge_id=challenge_id).exclude(id=besides)
    waiting = Q(state__in=list(LIVE_AWARDS)) | Q(state=AwardState.CONFIRMED, grant__id__isnull=True, amount_fen__gt=0)
    return await others.filter(waiting).exists()


async def granted_in_year(fund_id: int, organisation_id: int, year: int) -> int:
    """Sum what an organisation got or may still get from a fund out of grants of one calendar year in Shanghai."""
    start, end = (datetime(each, 1, 1, tzinfo=clock.SHANGHAI) for each in (year, year + 1))
    rows = Tranche.filter(
        grant__fund_id=fund_id, grant__organisation_id=organisation_id,
        grant__reserved_at__gte=start, grant__reserved_at__lt=end,
    ).exclude(state=TrancheState.CANCELLED)  # fmt: skip
    return sum(row["amount_fen"] for row in await rows.values("amount_fen"))


async def promised_milestones(bid_id: int) -> list[dict[str, Any]]:
    """Return the milestones of a bid as they were submitted, in order: position, title, due_week, percent."""
    submission = await latest_submission(bid_id)
    if submission is None:
        raise MarketError(_("This bid was never submitted: it promises nothing."))
    return sorted(submission.content["milestones"], key=lambda each: int(each["position"]))


async def ids_of_awards_to_reserve() -> list[int]:
    """List the confirmed awards that have no grant yet."""
    rows = Award.filter(state=AwardState.CONFIRMED, amount_fen__gt=0, grant__id__isnull=True).order_by("id")
    return [row["id"] for row in await rows.values("id")]


async def ids_of_commitments_to_release() -> list[int]:
    """List the challenges that are over and still hold money that nobody waits for."""
    return [row["id"] for row in await connections.get("default").execute_query_dict(_COMMITMENTS_LEFT)]


async def tranches_of(grant_id: int) -> list[Tranche]:
    """List the tranches of a grant in order."""
    return await Tranche.filter(grant_id=grant_id).order_by("position")


async def payable_tranches() -> list[dict[str, Any]]:
    """List what is to be paid, longest waiting first."""
    rows = Tranche.filter(state=TrancheState.RELEASED).order_by("released_at", "id")
    return await rows.values(
        "id", "grant_id", "title", "amount_fen", "released_at", organisation="grant__organisation__name",
        organisation_en="grant__organisation__name_en", fund="grant__fund__code",
    )  # fmt: skip


async def grants_of(fund_id: int, *, offset: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Return one page of a fund's grants, newest first, and how many there are."""
    rows = Grant.filter(fund_id=fund_id)
    found = await rows.order_by("-id").offset(offset).limit(limit).values(
        "id", "amount_fen", "state", "reserved_at", organisation="organisation__name",
        organisation_en="organisation__name_en", title="award__challenge__title",
        title_en="award__challenge__title_en", number="award__challenge__number",
    )  # fmt: skip
    return found, await rows.count()


async def transactions_of(fund_id: int, *, offset: int, limit: int | None) -> tuple[list[Transaction], int]:
    """Return one page of the transactions that touch a fund, newest first, and how many there are."""
    touching = Subquery(Entry.filter(account__fund_id=fund_id).values("transaction_id"))
    rows = Transaction.filter(id__in=touching)
    ordered = rows.order_by("-number").offset(offset)
    return await (ordered.limit(limit) if limit else ordered), await rows.count()


async def grants_behind(tranche_ids: set[int]) -> dict[int, int]:
    """Return the grant of each tranche."""
    rows = await Tranche.filter(id__in=list(tranche_ids) or [0]).values("id", "grant_id")
    return {row["id"]: row["grant_id"] for row in rows}


async def buyers_of(challenge_id: int) -> set[int]:
    """Return the organisations whose scenes are in a challenge."""
    rows = await Lot.filter(challenge_id=challenge_id).values(organisation_id="scene__organisation_id")
    return {row["organisation_id"] for row in rows if row["organisation_id"] is not None}


async def challenges_on(fund_id: int) -> list[Challenge]:
    """List the challenges that a fund is attached to and that are not over."""
    return await Challenge.filter(fund_id=fund_id).exclude(state__in=OVER).order_by("-id")


async def history_of(grant_id: int, tranche_ids: list[int]) -> list[AuditEvent]:
    """List the moves of a grant and its tranches, oldest first."""
    about = Q(subject="Grant", subject_id=grant_id) | Q(subject="Tranche", subject_id__in=tranche_ids or [0])
    return await AuditEvent.filter(about).order_by("number")


async def last_refusal(award_id: int) -> AuditEvent | None:
    """Return the latest note that an award's grant could not be reserved."""
    rows = AuditEvent.filter(subject="Award", subject_id=award_id, event="refuse_grant")
    return await rows.order_by("-number").first()
