"""What changes about public money: funds, commitments, grants and tranches. Every fen moves through the ledger."""

from dataclasses import dataclass
from typing import Any

from market.awards.models import Award
from market.challenges.models import Challenge
from market.core import clock, money
from market.core.errors import InvalidError, StaleStateError
from market.core.jobs import Job
from market.core.moves import make_move
from market.core.permissions import Actor, require
from market.core.text import Text, _
from market.core.work import Work
from market.grants import ledger, queries, rules
from market.grants.models import AccountKind, Fund, Grant, Tranche
from market.lifecycle import ChallengeState, GrantState, Role, TrancheState

SOURCE, AVAILABLE, COMMITTED = AccountKind.SOURCE, AccountKind.AVAILABLE, AccountKind.COMMITTED
RESERVED, PAYABLE, PAID = AccountKind.RESERVED, AccountKind.PAYABLE, AccountKind.PAID


@dataclass(frozen=True)
class FundContent:
    """What an officer writes about a fund."""

    code: str
    name: str
    policy_basis: str
    project_cap_fen: int
    organisation_cap_fen: int
    name_en: str = ""


async def create_fund(content: FundContent, *, work: Work, actor: Actor) -> Fund:
    """Create an empty fund with its accounts.

    - refuses everybody but officers (``NotAllowedError``) and a code that another fund has (``InvalidError``)
    """
    require(rules.may_manage_funds(actor))
    # Checked here to give a kind message; the unique index is what makes it true.
    if await Fund.exists(code=content.code):
        text = _("Another fund has this code. Choose another one.")
        raise InvalidError(text, fields={"code": text})
    fund = await Fund.create(using_db=work.connection, **vars(content))
    await ledger.open_accounts(fund, work)
    work.record("create_fund", fund, actor=actor, code=fund.code)
    return fund


async def change_caps(
    fund: Fund, project_cap_fen: int, organisation_cap_fen: int, reason: str, *, work: Work, actor: Actor
) -> None:
    """Change the caps of a fund with a reason; what is committed or reserved already stays."""
    require(rules.may_manage_funds(actor))
    before = {"project_cap_before": fund.project_cap_fen, "organisation_cap_before": fund.organisation_cap_fen}
    changes: dict[str, Any] = {"project_cap_fen": project_cap_fen, "organisation_cap_fen": organisation_cap_fen}
    await Fund.filter(id=fund.id).using_db(work.connection).update(**changes)
    fund.update_from_dict(changes)
    work.record("change_caps", fund, actor=actor, reason=reason, **(changes | before))


async def add_budget(fund: Fund, amount_fen: int, reason: str, *, nth: int, work: Work, actor: Actor) -> None:
    """Add money from the treasury; *nth* is the number of this addition, so that a form sent twice counts once.

    - refuses an addition of this number that was made before (``StaleStateError``)
    """
    require(rules.may_manage_funds(actor))
    sides = [(SOURCE, -amount_fen), (AVAILABLE, amount_fen)]
    if not await ledger.post("add_budget", fund, fund, sides, memo=reason, nth=nth, work=work, actor=actor):
        raise StaleStateError(_("Budget was added since you opened this page. Reload it and look at the ledger first."))
    work.record("add_budget", fund, actor=actor, reason=reason, amount_fen=amount_fen)


async def commit_fund(challenge: Challenge, fund: Fund, *, work: Work, actor: Actor) -> None:
    """Set money aside for the grant of a draft challenge, and note the fund there.

    - refuses more than is available or than a project's cap, and a challenge that is no draft (``NotAllowedError``)
    """
    await _lock_challenge(challenge, work)
    await ledger.hold(work)
    available = await queries.balance_of(fund.id, AVAILABLE)
    require(rules.may_commit_fund(actor, challenge, fund, available))
    nth = 1 + await queries.times_posted("commit_fund", "Challenge", challenge.id)
    sides = [(AVAILABLE, -challenge.grant_fen), (COMMITTED, challenge.grant_fen)]
    await ledger.post(
        "commit_fund", challenge, fund, sides, memo=challenge.number, nth=nth, work=work, actor=actor
    )  # fmt: skip
    await Challenge.filter(id=challenge.id).using_db(work.connection).update(fund_id=fund.id)
    challenge.fund_id = fund.id
    work.record("commit_fund", challenge, actor=actor, fund=fund.code, amount_fen=challenge.grant_fen)


async def release_commitment(challenge: Challenge, *, work: Work, actor: Actor) -> int:
    """Give back what is committed to a challenge that is over, or to a draft; return how much it was.

    - refuses while the challenge, or one of its awards, still needs it (``NotAllowedError``)
    """
    await _lock_challenge(challenge, work)
    await ledger.hold(work)
    awaited = await queries.is_awaited(challenge.id)
    require(rules.may_release_commitment(actor, challenge, awaited=awaited))
    left = await queries.commitment_of(challenge.id)
    if left and challenge.fund_id is not None:
        fund = await queries.get_fund(challenge.fund_id)
        nth = 1 + await queries.times_posted("release_commitment", "Challenge", challenge.id)
        sides = [(COMMITTED, -left), (AVAILABLE, left)]
        await ledger.post(
            "release_commitment", challenge, fund, sides, memo=challenge.number, nth=nth, work=work, actor=actor
        )  # fmt: skip
        work.record("release_commitment", challenge, actor=actor, fund=fund.code, amount_fen=left)
    if challenge.state is ChallengeState.DRAFT:
        await Challenge.filter(id=challenge.id).using_db(work.connection).update(fund_id=None)
        challenge.fund_id = None
    return left


async def reserve_grant(award: Award, *, work: Work, actor: Actor) -> Grant | None:
    """Reserve the money of a confirmed award in tranches by its bid's milestones; None where there is a grant already.

    - refuses above the commitment and above the receiver's yearly cap (``NotAllowedError``)
    - gives back what the award leaves of the commitment once no other award may need it
    - asks for ``Job.PREPARE_PILOT``; an award without money goes straight on to its pilot
    """
    award = await Award.filter(id=award.id).using_db(work.connection).select_for_update().get()
    challenge, bid = await award.challenge, await award.bid
    if award.amount_fen == 0:
        work.after_commit(Job.PREPARE_PILOT, award_id=award.id)
        return None
    await ledger.hold(work)
    if await Grant.exists(award_id=award.id):
        return None
    receiver, fund = await bid.organisation, await Fund.get_or_none(id=challenge.fund_id or 0)
    committed = await queries.commitment_of(challenge.id)
    granted = await queries.granted_in_year(challenge.fund_id or 0, receiver.id, clock.today().year)
    require(rules.may_reserve_grant(
        award, fund, committed_fen=committed, granted_fen=granted, receiver=receiver.name))  # fmt: skip
    grant = await Grant.create(
        using_db=work.connection, award_id=award.id, fund_id=challenge.fund_id, organisation_id=receiver.id,
        amount_fen=award.amount_fen, reserved_at=clock.now(),
    )  # fmt: skip
    await _plan_tranches(grant, bid.id, work)
    awaited = await queries.is_awaited(challenge.id, besides=award.id)
    rest = 0 if awaited else committed - award.amount_fen
    sides = [(COMMITTED, -award.amount_fen - rest), (RESERVED, award.amount_fen), (AVAILABLE, rest)]
    await ledger.post("reserve_grant", award, await grant.fund, sides, memo=challenge.number, work=work, actor=actor)
    work.record("reserve_grant", grant, actor=actor, award_id=award.id, amount_fen=grant.amount_fen, returned_fen=rest)
    work.tell(_("%(amount)s is reserved for “%(title)s”.", amount=money.format_yuan(grant.amount_fen),
                title=challenge.title), link_to(grant), organisation_id=receiver.id)  # fmt: skip
    work.after_commit(Job.PREPARE_PILOT, award_id=award.id)
    return grant


async def note_refusal(award: Award, reason: Text, *, work: Work, actor: Actor) -> None:
    """Tell the officers, once for each reason, why the money of an award could not be reserved."""
    last = await queries.last_refusal(award.id)
    if last is not None and last.reason == str(reason):
        return
    challenge = await award.challenge
    work.record("refuse_grant", award, actor=actor, reason=str(reason))
    text = _("The grant for “%(title)s” could not be reserved: %(reason)s", title=challenge.title, reason=reason)
    link = f"/funds/{challenge.fund_id}" if challenge.fund_id else "/funds"
    work.tell(text, link, role=Role.OFFICER)


async def release_tranche(tranche: Tranche, *, work: Work, actor: Actor) -> None:
    """Make a planned tranche payable, and tell the officers and the receiver."""
    grant = await _grant_of(tranche)
    await make_move("release_tranche", tranche, work=work, actor=actor, released_at=clock.now())
    sides = [(RESERVED, -tranche.amount_fen), (PAYABLE, tranche.amount_fen)]
    await ledger.post("release_tranche", tranche, grant.fund, sides, memo=tranche.title, work=work, actor=actor)
    await _wake(grant, work)
    amount = money.format_yuan(tranche.amount_fen)
    work.tell(_("To pay: %(amount)s to %(receiver)s for “%(title)s”.", amount=amount,
                receiver=grant.organisation.name, title=tranche.title), link_to(grant), role=Role.OFFICER)  # fmt: skip
    work.tell(_("%(amount)s for “%(title)s” is released and will be paid.", amount=amount, title=tranche.title),
              link_to(grant), organisation_id=grant.organisation_id)  # fmt: skip


async def pay_tranche(tranche: Tranche, reference: str, *, work: Work, actor: Actor) -> None:
    """Record that a released tranche was paid; with the last one the grant is complete.

    - refuses everybody but officers and a tranche that is not released (``NotAllowedError``)
    - refuses a payment without its reference (``InvalidError``)
    """
    require(rules.may_pay_tranche(actor, tranche))
    if not (reference := reference.strip()):
        text = _("Enter the reference of the payment, as it stands on the bank's receipt.")
        raise InvalidError(text, fields={"payment_reference": text})
    grant = await _grant_of(tranche)
    await make_move(
        "pay_tranche", tranche, work=work, actor=actor, paid_at=clock.now(), payment_reference=reference
    )  # fmt: skip
    sides = [(PAYABLE, -tranche.amount_fen), (PAID, tranche.amount_fen)]
    await ledger.post("pay_tranche", tranche, grant.fund, sides, memo=reference, work=work, actor=actor)
    await _wake(grant, work)
    work.tell(_("%(amount)s for “%(title)s” was paid.", amount=money.format_yuan(tranche.amount_fen),
                title=tranche.title), link_to(grant), organisation_id=grant.organisation_id)  # fmt: skip
    await complete_grant(grant, work=work, actor=actor)


async def complete_grant(grant: Grant, *, work: Work, actor: Actor) -> bool:
    """Complete a grant once nothing of it is left to pay; False where something is.

    Asked while the ledger is held: of two officers who pay the last two tranches, the second one sees the first.
    """
    await ledger.hold(work)
    open_states = [TrancheState.PLANNED, TrancheState.RELEASED]
    current = await Grant.get(id=grant.id)
    finished = not await Tranche.filter(grant_id=grant.id, state__in=open_states).exists()
    if finished and current.state is GrantState.RESERVED:
        await make_move("complete_grant", current, work=work, actor=actor)
    return finished


async def cancel_grant(grant: Grant, reason: str, *, work: Work, actor: Actor) -> int:
    """End a grant with a reason; what no milestone has earned goes back to the fund, and is returned.

    A released tranche was earned: it stays payable.
    """
    await make_move("cancel_grant", grant, work=work, actor=actor, reason=reason)
    back = 0
    for tranche in await queries.tranches_of(grant.id):
        if tranche.state is TrancheState.PLANNED:
            await make_move("cancel_tranche", tranche, work=work, actor=actor, reason=reason)
            back += tranche.amount_fen
    if back:
        fund = await queries.get_fund(grant.fund_id)
        sides = [(RESERVED, -back), (AVAILABLE, back)]
        await ledger.post("cancel_grant", grant, fund, sides, memo=reason, work=work, actor=actor)
    work.tell(_("The grant was cancelled; %(amount)s will not be paid.", amount=money.format_yuan(back)),
              link_to(grant), organisation_id=grant.organisation_id)  # fmt: skip
    return back


def link_to(grant: Grant) -> str:
    """Return the address of a grant's page."""
    return f"/grants/{grant.id}"


async def _plan_tranches(grant: Grant, bid_id: int, work: Work) -> None:
    promised = await queries.promised_milestones(bid_id)
    parts = money.split(grant.amount_fen, [each["percent"] for each in promised])
    tranches = [
        Tranche(
            grant_id=grant.id, position=each["position"], title=each["title"], due_week=each["due_week"],
            percent=each["percent"], amount_fen=part,
        )
        for each, part in zip(promised, parts, strict=True)
        if part  # a milestone without a share earns nothing
    ]  # fmt: skip
    await Tranche.bulk_create(tranches, using_db=work.connection)


async def _wake(grant: Grant, work: Work) -> None:
    # A tranche's own event wakes nobody: it is the grant's page that waits.
    await work.connection.execute_query("SELECT pg_notify('moved', $1)", [f"Grant:{grant.id}"])


async def _grant_of(tranche: Tranche) -> Grant:
    return await Grant.get(id=tranche.grant_id).select_related("fund", "organisation")


async def _lock_challenge(challenge: Challenge, work: Work) -> None:
    # The lock keeps a colleague from publishing, cancelling or committing twice between the check and the change.
    locked = await Challenge.filter(id=challenge.id).using_db(work.connection).select_for_update().get()
    challenge.update_from_dict({"state": locked.state, "fund_id": locked.fund_id, "grant_fen": locked.grant_fen})
