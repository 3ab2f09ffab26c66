"""Requirement–sentence pairs labelled by hand, and how evidence judges them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from matching.claims import contradictions
from matching.encoder import Encoder
from matching.evidence import scale_of

FILE = Path(__file__).with_name("evidence_pairs.yaml")
LABELS = ("supports", "partly", "other", "contradicts")
_CONTRADICTED = 0.25  # as matching.support lowers it


@dataclass(frozen=True)
class Pair:
    """A requirement, a sentence, and what a person said of them."""

    requirement: str
    sentence: str
    label: str

    @property
    def crosses(self) -> bool:
        """Whether one is Chinese and the other is not."""
        return _is_chinese(self.requirement) != _is_chinese(self.sentence)


@dataclass(frozen=True)
class Judged:
    """A pair with the strength that evidence gives it, and whether a contradiction was seen."""

    pair: Pair
    strength: float
    contradicted: bool


@dataclass(frozen=True)
class Agreement:
    """How often what is shown as support is support, and the other way round, from *least* on."""

    least: float
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def read_pairs() -> list[Pair]:
    """Read the file; every label must be one of ``LABELS``."""
    groups = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    pairs = [Pair(group["asked"], sentence, label) for group in groups for label, sentence in group["said"]]
    unknown = {pair.label for pair in pairs} - set(LABELS)
    if unknown:
        raise ValueError(f"Labels that are none: {sorted(unknown)}.")
    return pairs


def judge(pairs: Sequence[Pair], encoder: Encoder) -> list[Judged]:
    """Judge each pair as the ranking judges a requirement and a sentence of an offer."""
    queries = encoder.encode_queries([pair.requirement for pair in pairs])
    said = encoder.encode_passages([pair.sentence for pair in pairs])
    found = scale_of(encoder).strengths(queries, said).diagonal().tolist()
    judged = []
    for pair, strength in zip(pairs, found, strict=True):
        against = bool(contradictions(pair.requirement, pair.sentence))
        judged.append(Judged(pair, strength * (_CONTRADICTED if against else 1), against))
    return judged


def agreement(judged: Sequence[Judged], least: float, *, partly: bool = True) -> Agreement:
    """Precision and recall of "supported" from strength *least* on; *partly* counts as support or not."""
    right = {"supports", "partly"} if partly else {"supports"}
    shown = [each for each in judged if each.strength >= least]
    hits = sum(each.pair.label in right for each in shown)
    wanted = sum(each.pair.label in right for each in judged)
    return Agreement(least, hits / len(shown) if shown else 1.0, hits / wanted if wanted else 1.0)


def best_agreement(judged: Sequence[Judged], *, partly: bool = True) -> Agreement:
    """The strength, in steps of a hundredth, at which precision and recall together are highest."""
    steps = [agreement(judged, step / 100, partly=partly) for step in range(101)]
    return max(steps, key=lambda each: (each.f1, each.least))


def confusion(judged: Sequence[Judged], weak: float, strong: float) -> dict[str, Counter[str]]:
    """For each label how often each verdict was shown: well, partly, none, contradicted."""
    table: dict[str, Counter[str]] = {label: Counter() for label in LABELS}
    for each in judged:
        verdict = "well" if each.strength >= strong else "partly" if each.strength >= weak else "none"
        table[each.pair.label]["contradicted" if each.contradicted else verdict] += 1
    return table


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)
