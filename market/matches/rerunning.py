"""A past ranking made again: the catalogue, encoder and ranker of then, on what was asked then."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from market.catalogue import publications, versions
from market.catalogue.catalogues import SOLUTIONS
from market.catalogue.encoders import current_encoder, current_reranker
from market.core.errors import MarketError
from market.core.text import _
from market.matches.models import MatchRun
from market.matches.pinned import DECIMALS, asked_then, exploration_of
from market.matches.rankers import ranker_named
from market.matches.ranking import Ranking, Ranks, rank_asked


@dataclass(frozen=True)
class Difference:
    """A pair that came out otherwise; None where it did not come out at all."""

    solution_id: int
    title: str
    rank_then: int | None
    rank_now: int | None
    score_then: float | None
    score_now: float | None


@dataclass(frozen=True)
class Rerun:
    """What making a ranking again showed: to how many *decimals* the scores agree, and every difference beyond that."""

    run_id: int
    pairs: int
    decimals: int
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Whether the same pairs stand at the same places with the same scores, to all decimals that are kept."""
        return not self.differences

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "run": self.run_id, "pairs": self.pairs, "equal": self.equal, "decimals": self.decimals,
            "differences": [vars(each) for each in self.differences],
        }  # fmt: skip

    def __str__(self) -> str:
        if self.equal:
            return f"Ranking {self.run_id}: equal to {self.decimals} decimals, {self.pairs} pairs."
        lines = [f"Ranking {self.run_id}: {len(self.differences)} of {self.pairs} pairs differ."]
        return "\n".join([*lines, *(_line(each) for each in self.differences)])


async def rerun(run: MatchRun) -> Rerun:
    """Make a ranking again and compare; changes nothing.

    Refuses (``MarketError``) with the reason where something of then is not there any more: the record, the catalogue's
    publication, the ranker, or the encoder.
    """
    if not run.inputs or run.publication is None:
        raise MarketError(_("This ranking is older than the record that is needed to make it again."))
    name, _plus, second = run.ranker.partition("+")
    encoder, ranker = await current_encoder(), await ranker_named(name)
    reranker = await current_reranker() if second else None
    if encoder.name != run.encoder:
        raise MarketError(_("It was made with the model %(then)s; this system runs %(now)s.", then=run.encoder,
                            now=encoder.name))  # fmt: skip
    if ranker is None or (second and (reranker is None or reranker.name != second)):
        raise MarketError(_("The ranker %(name)s is not known here.", name=run.ranker))
    catalogue = await versions.catalogue_at(SOLUTIONS.name, run.publication, encoder)
    asked = asked_then(run, await publications.facts_at(SOLUTIONS.name, run.publication))
    policy, standings = exploration_of(run)
    return _compared(run, await rank_asked(asked, Ranks(catalogue, encoder, ranker, reranker), policy, standings))


def _compared(run: MatchRun, again: Ranking) -> Rerun:
    then: Mapping[int, dict[str, Any]] = {stored["solution"]: stored for stored in run.outputs}
    now = {pair.ranked.document_id: pair for pair in again.pairs}
    differences, gaps = [], [0.0]
    for solution_id in sorted({*then, *now}):
        old, new = then.get(solution_id), now.get(solution_id)
        score = None if new is None else round(new.ranked.score, DECIMALS)
        if old is not None and score is not None:
            gaps.append(abs(score - old["score"]))
        place = None if old is None else (old["rank"], old["qualifies"], old["score"])
        if place != (None if new is None else (new.rank, new.qualifies, score)):
            differences.append(Difference(
                solution_id, old["title"] if old else "", old["rank"] if old else None, new.rank if new else None,
                old["score"] if old else None, score,
            ))  # fmt: skip
    return Rerun(run.id, len(then), _decimals(gaps), tuple(differences))


def _decimals(gaps: Sequence[float]) -> int:
    """Return to how many decimals numbers with these gaps agree, at most those that are kept."""
    largest = max(gaps)
    return DECIMALS if largest < 10**-DECIMALS / 2 else max(0, min(DECIMALS, math.floor(-math.log10(2 * largest))))


def _line(each: Difference) -> str:
    then = f"{each.rank_then}. {each.score_then}" if each.rank_then else "not there"
    now = f"{each.rank_now}. {each.score_now}" if each.rank_now else "not there"
    return f"  #{each.solution_id} {each.title}: then {then}, now {now}"
