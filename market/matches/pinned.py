"""What a ranking leaves behind: its inputs and outputs as plain values, and those values read back years later.

Nothing here asks the catalogue or today's rows: a page made from a stored run says what was true then.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from market.catalogue.facts import SceneFacts, SolutionFacts
from market.core.text import Text
from market.core.vocabulary import RequirementKind
from market.matches.exploring import Policy
from market.matches.fit import Fit, explain_fits
from market.matches.models import MatchRun
from market.matches.ranking import Asked, Pair, Ranking
from market.matches.rules import unstated
from market.matches.standings import Standings
from matching.documents import Evidence, Need, Requirement

FORMAT = 1
DECIMALS = 6  # scores are kept so exactly: more would tell processors apart, not rankings


@dataclass(frozen=True)
class PinnedPair:
    """A ranked pair as it was, with every sentence that explained it."""

    solution_id: int
    title: str
    vendor: str
    rank: int
    merit: int
    explored: bool
    qualifies: bool
    score: float
    parts: Mapping[str, float]
    features: Mapping[str, float]
    contributions: Mapping[str, float]
    evidence: list[dict[str, Any]]
    facts: SolutionFacts
    unmet: tuple[Text, ...]
    remedies: tuple[Text, ...]
    unstated: tuple[Text, ...]
    fits: tuple[Fit, ...]


def inputs_of(ranking: Ranking) -> dict[str, Any]:
    """Return what a ranking was made from; catalogue, encoder and ranker are named by their versions in the run."""
    asked = ranking.asked
    need = asked.need
    return {
        "format": FORMAT,
        "need": {
            "title": need.title,
            "text": need.text,
            "requirements": [{"id": each.id, "text": each.text, "must": each.must} for each in need.requirements],
        },
        "facts": asked.facts.as_json(),
        "today": asked.today.isoformat(),
        "left_out": list(ranking.left_out),
        "exploration": ranking.policy.as_json() | {"standings": ranking.standings.as_json()},
    }


def outputs_of(ranking: Ranking, names: Mapping[int, tuple[str, str]]) -> list[dict[str, Any]]:
    """Return every ranked pair with all that its score is made of; *names* are title and vendor by solution."""
    return [_output(pair, ranking, *names.get(pair.ranked.document_id, ("", ""))) for pair in ranking.pairs]


def evidence_of(ranking: Ranking, pair: Pair) -> list[dict[str, Any]]:
    """Return the evidence as plain values, with the requirement's words as they were."""
    return [_evidence(each, ranking.requirements) for each in pair.ranked.evidence]


def unmet_of(pair: Pair) -> list[dict[str, Any]]:
    """Return why a pair does not qualify as plain values, to be translated when they are read."""
    return [
        {"code": each.code, "reason": each.reason.as_json(), "remedy": each.remedy.as_json()} for each in pair.unmet
    ]


def rounded(parts: Mapping[str, float]) -> dict[str, float]:
    """Return numbers with as many decimals as are kept."""
    return {name: round(float(value), DECIMALS) for name, value in parts.items()}


def _output(pair: Pair, ranking: Ranking, title: str, vendor: str) -> dict[str, Any]:
    ranked, asked = pair.ranked, ranking.asked
    facts = asked.solutions[ranked.document_id]
    return {
        "solution": ranked.document_id, "title": title, "vendor": vendor, "rank": pair.rank, "merit": pair.merit,
        "explored": pair.explored, "qualifies": pair.qualifies, "score": round(ranked.score, DECIMALS),
        "parts": {name: round(getattr(ranked, name), DECIMALS) for name in ("dense", "lexical", "coverage")},
        "features": rounded(ranked.features), "contributions": rounded(ranked.contributions),
        "evidence": evidence_of(ranking, pair), "unmet": unmet_of(pair), "facts": facts.as_json(),
        "unstated": [each.question.as_json() for each in unstated(asked.facts, facts)],
        "fits": [
            {"name": each.name, "value": each.value, "text": each.text.as_json()}
            for each in explain_fits(asked.facts, facts, asked.today)
        ],
    }  # fmt: skip


def _evidence(evidence: Evidence, requirements: Mapping[int, Requirement]) -> dict[str, Any]:
    asked = requirements.get(evidence.requirement_id)
    kind = "" if asked is None else str(RequirementKind.MUST if asked.must else RequirementKind.WISH)
    return {
        "requirement_id": evidence.requirement_id if asked else None,
        "requirement": asked.text if asked else "",
        "kind": kind,
        "sentence": evidence.sentence,
        "strength": round(evidence.strength, 4),
        "contradictions": list(evidence.contradictions),
    }


def pairs_of(run: MatchRun, only: Collection[int] | None = None) -> list[PinnedPair]:
    """Read a run's pairs back, or those of *only* these solutions: those that qualified by rank, then the others.

    Empty for runs that are older than this record.
    """
    return [_pinned(stored) for stored in run.outputs if only is None or stored["solution"] in only]


def need_asked(run: MatchRun) -> Need:
    """Read back what was asked."""
    stored = run.inputs["need"]
    requirements = tuple(Requirement(each["id"], each["text"], each["must"]) for each in stored["requirements"])
    return Need(stored["title"], stored["text"], requirements)


def asked_then(run: MatchRun, solutions: Mapping[int, SolutionFacts]) -> Asked:
    """Read back what a ranking was made from; *solutions* are the facts of the catalogue of then.

    Facts kept with a ranked pair go before the catalogue's: a price may have changed before the catalogue noticed.
    """
    kept = {each["solution"]: SolutionFacts.from_json(each["facts"]) for each in run.outputs}
    gone = set(run.inputs["left_out"])
    known = {key: facts for key, facts in (dict(solutions) | kept).items() if key not in gone}
    return Asked(
        need_asked(run), SceneFacts.from_json(run.inputs["facts"]), known, date.fromisoformat(run.inputs["today"])
    )


def exploration_of(run: MatchRun) -> tuple[Policy, Standings]:
    """Read back by which policy places were given to the unknown, and how well vendors were known."""
    stored = run.inputs["exploration"]
    return Policy(stored["slots"], stored["margin"], stored["seed"]), Standings.from_json(stored["standings"])


def _pinned(stored: Mapping[str, Any]) -> PinnedPair:
    return PinnedPair(
        solution_id=stored["solution"],
        **{name: stored[name] for name in _COPIED},
        facts=SolutionFacts.from_json(stored["facts"]),
        unmet=tuple(Text.from_json(each["reason"]) for each in stored["unmet"]),
        remedies=tuple(Text.from_json(each["remedy"]) for each in stored["unmet"]),
        unstated=tuple(Text.from_json(each) for each in stored["unstated"]),
        fits=tuple(Fit(each["name"], each["value"], Text.from_json(each["text"])) for each in stored["fits"]),
    )


_COPIED = ("title", "vendor", "rank", "merit", "explored", "qualifies", "score", "parts", "features", "contributions",
           "evidence")  # fmt: skip
