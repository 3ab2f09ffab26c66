"""What is allowed with solutions, and what a solution still lacks before it can be published."""

from collections.abc import Sequence
from dataclasses import dataclass

from market.accounts.rules import must_be_verified
from market.core.permissions import ALLOWED, Actor, Verdict, refuse
from market.core.text import Text, _
from market.lifecycle import Role, SolutionState
from market.solutions.models import Capability, Filing, Solution

STEPS = ("what", "delivery", "models")
STAGE_MOVES = frozenset({"publish_solution", "unpublish_solution", "retire_solution", "restore_solution"})


@dataclass(frozen=True)
class Gap:
    """Something that a solution lacks: in which step, at which field, and what to do."""

    step: str
    field: str
    text: Text


def may_see_solution(actor: Actor | None, solution: Solution) -> Verdict:
    """Say whether *actor* may see the solution: everybody a published one, its vendor and staff all."""
    if solution.state is SolutionState.PUBLISHED:
        return ALLOWED
    if actor and (actor.is_staff or actor.is_of(solution.organisation_id)):
        return ALLOWED
    return refuse(_("There is no such page."))


def may_own_solution(actor: Actor | None, solution: Solution) -> Verdict:
    """Say whether *actor* acts for the vendor who posted the solution."""
    if actor is None or actor.role is not Role.VENDOR or not actor.is_of(solution.organisation_id):
        return refuse(_("Only the organisation that posted this solution may do that."))
    return ALLOWED


def may_edit_solution(actor: Actor | None, solution: Solution) -> Verdict:
    """Say whether *actor* may change what the solution says: only while it is a draft."""
    if not (verdict := may_own_solution(actor, solution)):
        return verdict
    if solution.state is SolutionState.PUBLISHED:
        return refuse(_("This solution is published. Take it back to edit, then publish it again."))
    if solution.state is not SolutionState.DRAFT:
        return refuse(_("This solution is retired. Restore it before you change it."))
    return ALLOWED


def may_create_solution(actor: Actor) -> Verdict:
    """Say whether *actor* may post solutions; a draft needs no verified organisation."""
    if actor.role is not Role.VENDOR or actor.organisation_id is None:
        return refuse(_("Only vendors post solutions."))
    return ALLOWED


def may_publish_solution(actor: Actor, solution: Solution, capabilities: Sequence[Capability]) -> Verdict:
    """Say whether the solution may be shown to everybody: complete, and from a verified organisation."""
    if not (verdict := may_own_solution(actor, solution)):
        return verdict
    if not (verdict := must_be_verified(actor)):
        return verdict
    if gaps := gaps_in(solution, capabilities):
        return refuse(_("This solution is not complete yet: %(gap)s", gap=gaps[0].text))
    return ALLOWED


def gaps_in(solution: Solution, capabilities: Sequence[Capability]) -> list[Gap]:
    """List what is missing, in the order of the steps. Models and references may be none."""
    gaps = []
    if not solution.title.strip():
        gaps.append(Gap("what", "title", _("Give the solution a title.")))
    if not solution.fields_served:
        gaps.append(Gap("what", "fields_served", _("Choose at least one field.")))
    if not solution.summary.strip():
        gaps.append(Gap("what", "summary", _("Describe the solution.")))
    if not capabilities:
        gaps.append(Gap("what", "capabilities", _("Name at least one capability.")))
    if not solution.deployments:
        gaps.append(Gap("delivery", "deployments", _("Choose how it can be deployed.")))
    if solution.readiness is None:
        gaps.append(Gap("delivery", "readiness", _("Say how far it has come.")))
    return gaps


def names_another_entity(filing: Filing, organisation_name: str) -> bool:
    """Whether the registry names another entity than the vendor: allowed, but shown."""
    return bool(filing.entity) and _plain(filing.entity) != _plain(organisation_name)


def _plain(name: str) -> str:
    return "".join(name.split()).replace("(", "（").replace(")", "）").casefold()
