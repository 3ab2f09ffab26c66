"""What is allowed with public money."""

from collections.abc import Collection

from market.awards.models import Award
from market.challenges.models import Challenge
from market.core.money import format_yuan
from market.core.permissions import ALLOWED, Actor, Verdict, refuse
from market.core.text import _
from market.grants.models import Fund, Grant, Tranche
from market.lifecycle import AwardState, ChallengeState, Role, TrancheState

DECIDES = frozenset({Role.OFFICER, Role.CLOCK})


def may_manage_funds(actor: Actor) -> Verdict:
    """Say whether *actor* may create funds, add budget, commit money and record payments."""
    if actor.role is not Role.OFFICER:
        return refuse(_("Only district officers manage funds."))
    return ALLOWED


def may_commit_fund(actor: Actor, challenge: Challenge, fund: Fund, available_fen: int) -> Verdict:
    """Say whether *fund* may be committed to the grant of *challenge*."""
    if not (verdict := may_manage_funds(actor)):
        return verdict
    if challenge.state is not ChallengeState.DRAFT:
        return refuse(_("Money is committed before a challenge is published, not after."))
    if challenge.fund_id is not None:
        return refuse(_("Money is already committed to this challenge. Release it first to choose another fund."))
    return _fits(challenge, fund, available_fen)


def _fits(challenge: Challenge, fund: Fund, available_fen: int) -> Verdict:
    if challenge.grant_fen <= 0:
        return refuse(_("State the grant in the challenge first."))
    if challenge.grant_fen > fund.project_cap_fen:
        return refuse(_("The grant of %(grant)s is above this fund's cap of %(cap)s a project.",
                        grant=format_yuan(challenge.grant_fen), cap=format_yuan(fund.project_cap_fen)))  # fmt: skip
    if challenge.grant_fen > available_fen:
        return refuse(_("The grant of %(grant)s is more than the %(available)s that this fund has available.",
                        grant=format_yuan(challenge.grant_fen), available=format_yuan(available_fen)))  # fmt: skip
    return ALLOWED


def may_release_commitment(actor: Actor, challenge: Challenge, *, awaited: bool) -> Verdict:
    """Say whether what is committed to *challenge* may go back; *awaited* says that an award may still need it."""
    if actor.role not in DECIDES:
        return refuse(_("Only district officers manage funds."))
    if challenge.state is ChallengeState.DRAFT:
        return ALLOWED
    over = {ChallengeState.CANCELLED, ChallengeState.FAILED, ChallengeState.AWARDED}
    if challenge.state not in over or awaited:
        return refuse(_("The challenge still needs this money."))
    return ALLOWED


def may_reserve_grant(
    award: Award, fund: Fund | None, *, committed_fen: int, granted_fen: int, receiver: str
) -> Verdict:
    """Say whether the money of an award may be reserved; *granted_fen* is what the receiver has from this year."""
    if award.state is not AwardState.CONFIRMED:
        return refuse(_("Money is reserved once the award is confirmed."))
    if fund is None:
        return refuse(_("No fund is committed to this challenge."))
    if award.amount_fen > committed_fen:
        return refuse(_("The award of %(award)s is more than the %(committed)s committed to the challenge.",
                        award=format_yuan(award.amount_fen), committed=format_yuan(committed_fen)))  # fmt: skip
    if granted_fen + award.amount_fen > fund.organisation_cap_fen:
        return refuse(_("%(receiver)s already has %(granted)s of this fund this year. Another %(award)s would exceed "
                        "the yearly cap of %(cap)s for one organisation.", receiver=receiver,
                        granted=format_yuan(granted_fen), award=format_yuan(award.amount_fen),
                        cap=format_yuan(fund.organisation_cap_fen)))  # fmt: skip
    return ALLOWED


def may_see_grant(actor: Actor, grant: Grant, buyers: Collection[int]) -> Verdict:
    """Say whether *actor* may see the grant: staff, the receiver, and the buyers whose scene it is for."""
    if actor.is_staff:
        return ALLOWED
    if actor.role is Role.VENDOR and actor.is_of(grant.organisation_id):
        return ALLOWED
    if actor.role is Role.BUYER and actor.organisation_id in buyers:
        return ALLOWED
    return refuse(_("There is no such page."))


def may_pay_tranche(actor: Actor, tranche: Tranche) -> Verdict:
    """Say whether *actor* may record that a tranche was paid."""
    if not (verdict := may_manage_funds(actor)):
        return verdict
    if tranche.state is TrancheState.PLANNED:
        return refuse(_("This tranche is not released yet: its milestone comes first."))
    if tranche.state is not TrancheState.RELEASED:
        return refuse(_("This tranche is not waiting to be paid."))
    return ALLOWED
