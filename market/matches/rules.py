"""Hard constraints (musts are not a matter of likeness) and who may do what with matches and shortlists."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from market.accounts.rules import must_be_verified
from market.catalogue.facts import SceneFacts, SolutionFacts
from market.core.money import format_yuan
from market.core.permissions import ALLOWED, Actor, Verdict, refuse
from market.core.text import Text, _
from market.core.vocabulary import LABELS, Deployment
from market.lifecycle import OPEN_SCENES, OrganisationState, Role, SolutionState

MOST_INVITATIONS = 10
_EVERYWHERE = frozenset({"全国", "全市", "不限", "全球", "nationwide", "worldwide"})


@dataclass(frozen=True)
class Unmet:
    """A constraint that refuses a solution, by its code, with the reason and what would change it."""

    code: str
    reason: Text
    remedy: Text


@dataclass(frozen=True)
class Unstated:
    """A constraint that could not be judged: one side says nothing about it."""

    code: str
    question: Text


Finding = Unmet | Unstated


def unmet_musts(scene: SceneFacts, solution: SolutionFacts) -> list[Unmet]:
    """List every hard constraint of *scene* that *solution* is known not to meet; what is unknown refuses nothing."""
    return [found for found in examine(scene, solution) if isinstance(found, Unmet)]


def unstated(scene: SceneFacts, solution: SolutionFacts) -> list[Unstated]:
    """List the constraints that cannot be judged because one side says nothing."""
    return [found for found in examine(scene, solution) if isinstance(found, Unstated)]


def examine(scene: SceneFacts, solution: SolutionFacts) -> Iterator[Finding]:
    """Judge each constraint; yields nothing for one that is met."""
    for judge in (_filing, _deployment, _price, _region, _data_level):
        found = judge(scene, solution)
        if found is not None:
            yield found


def _filing(scene: SceneFacts, solution: SolutionFacts) -> Finding | None:
    if not scene.serves_public or solution.filed:
        return None
    if not solution.models:
        return Unstated("filing", _("The models it uses, and whether they are filed, are not stated."))
    if not solution.unfiled:
        return Unmet(
            "filing",
            _("The scene serves the public, and none of the solution's models is filed or registered."),
            _("one of its models were filed or registered"),
        )
    names = "、".join(solution.unfiled)
    return Unmet(
        "filing",
        _("The scene serves the public, and the registry has no entry for %(models)s.", models=names),
        _("%(models)s were filed or registered", models=names) if len(solution.unfiled) == 1
        else _("one of %(models)s were filed or registered", models=names),
    )  # fmt: skip


def _deployment(scene: SceneFacts, solution: SolutionFacts) -> Finding | None:
    if not scene.deployments or not solution.deployments:
        return Unstated("deployment", _("Where it has to run, or can run, is not stated."))
    if scene.deployments & solution.deployments:
        return None
    return Unmet(
        "deployment",
        _("The scene needs %(needed)s; the solution offers %(offered)s.", needed=_forms(scene.deployments),
          offered=_forms(solution.deployments)),
        _("it could also be deployed as %(needed)s", needed=_forms(scene.deployments)),
    )  # fmt: skip


def _price(scene: SceneFacts, solution: SolutionFacts) -> Finding | None:
    if scene.budget_max_fen is None or solution.price_min_fen is None:
        return Unstated("price", _("The budget or the price is not stated."))
    if solution.price_min_fen <= scene.budget_max_fen:
        return None
    over = solution.price_min_fen - scene.budget_max_fen
    return Unmet(
        "price",
        _("Its lowest price, %(price)s, is above the budget of at most %(budget)s.",
          price=format_yuan(solution.price_min_fen), budget=format_yuan(scene.budget_max_fen)),
        _("its price were %(over)s lower, or the budget as much higher", over=format_yuan(over)),
    )  # fmt: skip


def _region(scene: SceneFacts, solution: SolutionFacts) -> Finding | None:
    served = [region.strip() for region in solution.regions if region.strip()]
    if not scene.region.strip() or not served:
        return Unstated("region", _("The scene's region, or the regions served, are not stated."))
    if any(covers_region(region, scene.region) for region in served):
        return None
    return Unmet(
        "region",
        _("It serves %(served)s only; the scene is in %(region)s.", served="、".join(served), region=scene.region),
        _("it also served %(region)s", region=scene.region),
    )


def _data_level(scene: SceneFacts, solution: SolutionFacts) -> Finding | None:
    if scene.data_level is None or solution.max_data_level is None:
        return Unstated("data_level", _("How sensitive the data may be is not stated."))
    if scene.data_level.rank <= solution.max_data_level.rank:
        return None
    needed, offered = Text(LABELS[scene.data_level]), Text(LABELS[solution.max_data_level])
    return Unmet(
        "data_level",
        _("The scene's data are “%(needed)s”; the solution takes at most “%(offered)s”.", needed=needed,
          offered=offered),
        _("it were fit for “%(needed)s”", needed=needed),
    )  # fmt: skip


def covers_region(served: str, region: str) -> bool:
    """Whether a region that a solution serves covers the scene's: the same place, a part of it, or everywhere."""
    served, region = served.strip(), region.strip()
    return served.lower() in _EVERYWHERE or served in region or region in served


@lru_cache(maxsize=256)
def _forms(deployments: frozenset[Deployment]) -> Text:
    ordered = [Text(LABELS[form]) for form in Deployment if form in deployments]
    joined = ordered[0]
    for each in ordered[1:]:
        joined = _("%(one)s or %(other)s", one=joined, other=each)
    return joined


def may_see_matches(actor: Actor, scene: Any) -> Verdict:
    """Say whether *actor* may see everything that was ranked for a scene: its buyer and the district's staff."""
    if actor.is_staff or (actor.role is Role.BUYER and actor.is_of(scene.organisation_id)):
        return ALLOWED
    return refuse(_("Only the scene's buyer and the district's staff see its matches."))


def may_see_pair(actor: Actor, scene: Any, solution: Any) -> Verdict:
    """Say whether *actor* may see one pair: as for all matches, and the vendor whose solution it is."""
    if may_see_matches(actor, scene):
        return ALLOWED
    if actor.role is Role.VENDOR and actor.is_of(solution.organisation_id):
        return ALLOWED
    return refuse(_("Vendors see their own solutions only."))


def may_ask_ranking(actor: Actor, scene: Any) -> Verdict:
    """Say whether *actor* may have a scene ranked again."""
    if scene.state not in OPEN_SCENES:
        return refuse(_("Solutions are ranked for published scenes only."))
    if actor.role is Role.OFFICER or (actor.role is Role.BUYER and actor.is_of(scene.organisation_id)):
        return ALLOWED
    return refuse(_("Only the scene's buyer and officers may ask for a new ranking."))


def may_shortlist(actor: Actor, scene: Any, solution: Any) -> Verdict:
    """Say whether *actor* may put a solution on the scene's shortlist or dismiss it."""
    if actor.role is not Role.BUYER or not actor.is_of(scene.organisation_id):
        return refuse(_("Only the scene's buyer keeps its shortlist."))
    if scene.state not in OPEN_SCENES:
        return refuse(_("The shortlist can be changed only while the scene is open."))
    if solution.state is not SolutionState.PUBLISHED:
        return refuse(_("The vendor has withdrawn this solution."))
    return ALLOWED


def is_unclaimed(solution: Any) -> bool:
    """Whether a solution came from a file and its vendor has not registered: nobody would read an invitation."""
    if solution.organisation_id is None:
        return True
    return solution.source_id is not None and solution.organisation.state is OrganisationState.UNVERIFIED


def may_invite(actor: Actor, scene: Any, solution: Any, *, unmet: list[Text], open_invitations: int) -> Verdict:
    """Say whether *actor* may invite the vendor of a shortlisted solution.

    Refuses while a hard constraint is not met, and beyond ``MOST_INVITATIONS`` unanswered invitations a scene.
    """
    if not (verdict := may_shortlist(actor, scene, solution)):
        return verdict
    if not (verdict := must_be_verified(actor)):
        return verdict
    if is_unclaimed(solution):
        return refuse(_("This solution was imported; its vendor has no account here yet."))
    if unmet:
        return refuse(_("It does not qualify: %(reason)s", reason=unmet[0]))
    if open_invitations >= MOST_INVITATIONS:
        return refuse(_("%(count)s invitations are still unanswered. Wait for answers, or dismiss one.",
                        count=open_invitations))  # fmt: skip
    return ALLOWED


def may_answer(actor: Actor, solution: Any) -> Verdict:
    """Say whether *actor* may answer an invitation: the vendor whose solution was invited, once verified."""
    if actor.role is not Role.VENDOR or not actor.is_of(solution.organisation_id):
        return refuse(_("Only the vendor of the solution may answer."))
    return must_be_verified(actor)


def may_choose_ranker(actor: Actor) -> Verdict:
    """Say whether *actor* may decide with which ranker scenes are ranked: officers, and who runs the system."""
    return ALLOWED if actor.role in {Role.OFFICER, Role.CLOCK} else refuse(_("Only officers choose the ranker."))


def may_freeze(actor: Actor, scene: Any) -> Verdict:
    """Say whether *actor* may freeze the catalogue for a scene, or lift the freeze."""
    if actor.role is not Role.OFFICER:
        return refuse(_("Only officers freeze the catalogue."))
    return ALLOWED if scene.state in OPEN_SCENES else refuse(_("Solutions are ranked for published scenes only."))
