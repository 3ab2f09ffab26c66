"""A ranking for the terminal: for people as text, for programs as JSON."""

from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q

from market.catalogue import catalogues
from market.catalogue.encoders import current_encoder
from market.core.errors import MarketError, NotFoundError
from market.core.text import _
from market.matches.models import MatchRun
from market.matches.pinned import evidence_of
from market.matches.queries import names_of
from market.matches.ranking import Pair, Ranking, rank_scene
from market.matches.rerunning import Rerun, rerun
from market.scenes.models import Scene

REFRESH_SECONDS = 20.0
_SENTENCE = 90
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Explanation:
    """What ``jiebang match`` prints."""

    scene: Scene
    ranking: Ranking
    pairs: list[Pair]
    titles: dict[int, tuple[str, str]]
    up_to_date: bool

    def as_json(self) -> dict[str, Any]:
        """Return plain values: the scene, what produced the ranking, and each solution with its evidence."""
        ranking = self.ranking
        return {
            "scene": {"id": self.scene.id, "title": self.scene.title, "state": str(self.scene.state)},
            "encoder": ranking.encoder,
            "snapshot": ranking.snapshot,
            "catalogue_version": ranking.catalogue_version,
            "up_to_date": self.up_to_date,
            "considered": ranking.considered,
            "weights": ranking.weights,
            "solutions": [self._solution(pair) for pair in self.pairs],
        }

    def __str__(self) -> str:
        lines = [f"#{self.scene.id} {self.scene.title}"]
        if not self.pairs:
            lines.append("  No published solution was found. Publish or import some, then run jiebang index build.")
        qualifying = [pair for pair in self.pairs if pair.qualifies]
        others = [pair for pair in self.pairs if not pair.qualifies]
        for pair in qualifying:
            lines += self._lines(pair)
        lines += ["", "  Near, but does not qualify:"] if others else []
        for pair in others:
            lines += self._lines(pair)
        lines.append(
            f"{self.ranking.considered} solutions considered · {self.ranking.encoder} · {self.ranking.snapshot}"
        )
        if not self.up_to_date:
            lines.append("The index is behind the catalogue: run jiebang index build.")
        return "\n".join(lines)

    def _solution(self, pair: Pair) -> dict[str, Any]:
        ranked, (title, vendor) = pair.ranked, self.titles[pair.ranked.document_id]
        return {
            "id": ranked.document_id, "title": title, "vendor": vendor, "rank": pair.rank,
            "qualifies": pair.qualifies, "score": round(ranked.score, 4), "dense": round(ranked.dense, 4),
            "lexical": round(ranked.lexical, 4), "coverage": round(ranked.coverage, 4),
            "evidence": evidence_of(self.ranking, pair),
            "unmet": [{"code": each.code, "reason": str(each.reason)} for each in pair.unmet],
        }  # fmt: skip

    def _lines(self, pair: Pair) -> list[str]:
        ranked, (title, vendor) = pair.ranked, self.titles[pair.ranked.document_id]
        parts = f"dense {ranked.dense:.2f} · words {ranked.lexical:.2f} · requirements {ranked.coverage:.2f}"
        lines = [
            "",
            f"{pair.rank:>3}. {ranked.score:.3f}  #{ranked.document_id} {title}" + (f" ({vendor})" if vendor else ""),
            f"            {parts}",
        ]
        for each in evidence_of(self.ranking, pair):
            asked = f"[{each['kind']}] {_short(each['requirement'])}" if each["requirement"] else "[nearest]"
            lines += [f"       {each['strength']:.2f}  {asked}", f"             → {_short(each['sentence'])}"]
        lines += [f"       does not qualify: {each.reason}" for each in pair.unmet]
        return lines


async def match_in_terminal(scene_ref: str, top: int) -> Explanation:
    """Rank the catalogue for the scene with this id, or the one whose title holds these words.

    Raises ``NotFoundError`` for no such scene, ``MarketError`` where several titles fit or nothing is indexed yet, and
    ``EncoderError`` or ``SnapshotError`` where the encoder or the index cannot be used.
    """
    scene = await find_scene_by(scene_ref)
    up_to_date = await catalogues.refresh(catalogues.SOLUTIONS, seconds=REFRESH_SECONDS)
    catalogue = await catalogues.catalogue_of(catalogues.SOLUTIONS)
    if catalogue is None:
        raise MarketError(_("Nothing is indexed yet: run jiebang index build."))
    ranking = await rank_scene(scene, catalogue, await current_encoder())
    pairs = _first(ranking, top)
    titles = await names_of([pair.ranked.document_id for pair in pairs])
    return Explanation(scene, ranking, pairs, titles, up_to_date)


async def rerun_in_terminal(run_id: int) -> Rerun:
    """Make a past ranking again and compare it with what was stored.

    Raises ``NotFoundError`` for no such ranking, and what ``rerunning.rerun`` raises.
    """
    run = await MatchRun.get_or_none(id=run_id) if run_id <= _LARGEST_ID else None
    if run is None:
        raise NotFoundError(_("There is no ranking %(number)s.", number=run_id))
    return await rerun(run)


async def find_scene_by(reference: str) -> Scene:
    """Return a scene by its number, or by words that one title alone holds; a title that is equal wins."""
    words = reference.strip()
    if words.isdecimal() and int(words) <= _LARGEST_ID and (scene := await Scene.get_or_none(id=int(words))):
        return scene
    found = await Scene.filter(Q(title__icontains=words) | Q(title_en__icontains=words)).order_by("id").limit(6)
    exact = [scene for scene in found if words.lower() in {scene.title.lower(), scene.title_en.lower()}]
    if not words or not found:
        raise NotFoundError(_("There is no scene “%(reference)s”.", reference=words))
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0]
    titles = "; ".join(f"#{scene.id} {scene.title}" for scene in found[:5])
    raise MarketError(_("Several scenes fit “%(reference)s”; give a number: %(titles)s", reference=words,
                        titles=titles))  # fmt: skip


def _first(ranking: Ranking, top: int) -> list[Pair]:
    """Return the *top* that qualify, then those that do not and would have stood among them."""
    qualifying = [pair for pair in ranking.pairs if pair.qualifies][:top]
    lowest = qualifying[-1].ranked.score if len(qualifying) == top else 0.0
    others = [pair for pair in ranking.pairs if not pair.qualifies and pair.ranked.score > lowest]
    return [*qualifying, *others[: max(0, top - len(qualifying)) or 3]]


def _short(text: str) -> str:
    return text if len(text) <= _SENTENCE else text[: _SENTENCE - 1] + "…"
