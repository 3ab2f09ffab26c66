"""What pages show of a match: one card a pair, with its evidence, its refusals and the moves that are open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from market.catalogue import stated
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.vocabulary import RequirementKind
from market.lifecycle import ShortlistState, moves_from
from market.matches import rules
from market.matches.breakdown import Breakdown, break_down
from market.matches.feedback import REASONS, reason_of
from market.matches.fit import Fit
from market.matches.models import Match, Shortlisting
from market.matches.pinned import PinnedPair
from market.matches.scale import fit_of, support_of
from market.matches.withdrawn import as_shown
from market.scenes.models import Scene
from market.solutions.models import Solution
from market.solutions.rules import may_see_solution

PATHS = {"invite_vendor": "invite", "dismiss_match": "dismiss", "reconsider_match": "reconsider"}


@dataclass(frozen=True)
class Evidence:
    """The best sentence of a solution for one requirement."""

    requirement: str
    kind: RequirementKind | None
    sentence: str
    strength: float
    contradictions: tuple[str, ...] = ()

    @property
    def support(self) -> tuple[Text, str]:
        """How far the sentence carries, in words, and their colour."""
        return (_("speaks against it"), "bad") if self.contradictions else support_of(self.strength)


@dataclass(frozen=True)
class Button:
    """A move that is offered."""

    action: str
    label: Text
    kind: str = "secondary"
    asks_reason: bool = False

    @property
    def reasons(self) -> tuple[tuple[str, Text], ...]:
        """The reasons to choose from."""
        return tuple((str(code), text) for code, text in REASONS.items())


@dataclass(frozen=True)
class Card:
    """A pair as a page shows it; *match* is None for one that the last ranking no longer holds.

    *withdrawn*: its vendor took it back from this reader, who is shown title and evidence as they were ranked.
    """

    solution: Solution
    vendor: Any
    href: str
    match: Match | None
    evidence: tuple[Evidence, ...]
    unmet: tuple[Text, ...]
    remedies: tuple[Text, ...]
    unstated: tuple[Text, ...]
    listed: Shortlisting | None
    buttons: tuple[Button, ...]
    pinned: PinnedPair | None = None
    withdrawn: bool = False

    @property
    def reason(self) -> Text | None:
        """Why the buyer dismissed it or the vendor declined, where either did."""
        if self.listed is None or not (self.listed.reason or self.listed.reason_code):
            return None
        return reason_of(self.listed.reason_code, self.listed.reason)

    @property
    def breakdown(self) -> Breakdown | None:
        """What the score is made of; None for rankings older than that record."""
        parts = self.match.contributions if self.match else None
        return break_down(self.match.score, parts) if self.match and parts else None

    @property
    def merit(self) -> int | None:
        """Where it would stand by its score alone, for one that was given a place."""
        return self.pinned.merit if self.match and self.match.explored and self.pinned else None

    @property
    def qualifies(self) -> bool:
        """Whether no hard constraint is known to be unmet."""
        return not self.unmet

    @property
    def fits(self) -> tuple[Fit, ...]:
        """How each stated fact fitted when the pair was ranked."""
        return self.pinned.fits if self.pinned else ()

    @property
    def fit(self) -> tuple[Text, str]:
        """How well the pair fits, in words, and their colour."""
        return fit_of(self.match.score if self.match else 0.0)


async def cards_of(
    scene: Scene,
    found: Sequence[tuple[Solution, Match | None, Shortlisting | None]],
    actor: Actor,
    pinned: Mapping[int, PinnedPair] | None = None,
) -> list[Card]:
    """Build the cards of these pairs; what is refused is judged by today's facts, not by those of the last ranking.

    Of a solution that the actor may not see any more only what the ranking kept is shown. *pinned* says, by solution,
    what the score of each is made of.
    """
    if not found:
        return []
    facts = await stated.facts_of_solutions([solution.id for solution, _match, _listed in found])
    needed = stated.facts_of_scene(scene)
    shown = await as_shown(scene.id, [solution for solution, _match, _listed in found], actor)
    cards = []
    for solution, match, listed in found:
        if not may_see_solution(actor, solution):
            cards.append(_withdrawn(shown[solution.id], match, listed, (pinned or {}).get(solution.id)))
            continue
        offered = facts[solution.id]
        unmet = rules.unmet_musts(needed, offered)
        cards.append(
            Card(
                solution=solution,
                vendor=solution.organisation,
                href=f"/solutions/{solution.id}",
                match=match,
                evidence=evidence_of(match),
                unmet=tuple(each.reason for each in unmet),
                remedies=tuple(each.remedy for each in unmet),
                unstated=tuple(each.question for each in rules.unstated(needed, offered)),
                listed=listed,
                buttons=tuple(_buttons(scene, solution, listed, actor, qualifies=not unmet)),
                pinned=(pinned or {}).get(solution.id),
            )
        )
    return cards


def _withdrawn(solution: Solution, match: Match | None, listed: Shortlisting | None, pinned: PinnedPair | None) -> Card:
    return Card(
        solution=solution, vendor=solution.organisation, href="", match=match, evidence=evidence_of(match), unmet=(),
        remedies=(), unstated=(), listed=listed, buttons=(), pinned=pinned, withdrawn=True,
    )  # fmt: skip


def evidence_of(match: Match | None) -> tuple[Evidence, ...]:
    """Return a match's evidence as it was stored with its ranking: musts first."""
    return read_evidence(match.evidence) if match else ()


def read_evidence(stored: Sequence[Mapping[str, Any]]) -> tuple[Evidence, ...]:
    """Read evidence as it was stored: musts first."""
    found = [_evidence(each) for each in stored]
    return tuple(sorted(found, key=lambda each: each.kind is not RequirementKind.MUST))


def _evidence(stored: Mapping[str, Any]) -> Evidence:
    kind = RequirementKind(stored["kind"]) if stored["kind"] else None
    against = tuple(stored.get("contradictions", ()))  # rankings before the check have none
    return Evidence(stored["requirement"], kind, stored["sentence"], float(stored["strength"]), against)


def _buttons(
    scene: Scene, solution: Solution, listed: Shortlisting | None, actor: Actor, *, qualifies: bool
) -> list[Button]:
    if not rules.may_shortlist(actor, scene, solution):
        return []
    base = f"/scenes/{scene.id}/shortlist/{solution.id}"
    if listed is None:
        return [
            Button(f"{base}/add", _("Put on the shortlist")),
            Button(f"{base}/dismiss", _("Dismiss"), kind="quiet", asks_reason=True),
        ]
    buttons = []
    for move in moves_from(listed.state, actor.role, among=PATHS):
        if move.name == "invite_vendor" and (not qualifies or rules.is_unclaimed(solution)):
            continue
        kind = {"invite_vendor": "primary", "dismiss_match": "quiet"}.get(move.name, "secondary")
        buttons.append(Button(f"{base}/{PATHS[move.name]}", Text(move.label), kind=kind, asks_reason=move.needs_reason))
    return buttons


def without_buttons(card: Card) -> Card:
    """Return the card as it is shown to be read only."""
    return replace(card, buttons=())


def waiting_states() -> tuple[ShortlistState, ...]:
    """The order in which a shortlist is shown: what needs somebody first."""
    return (
        ShortlistState.INTERESTED, ShortlistState.INVITED, ShortlistState.SHORTLISTED, ShortlistState.DECLINED,
        ShortlistState.DISMISSED,
    )  # fmt: skip
