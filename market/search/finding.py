"""From typed words to results: what was meant, by meaning and by words, only what this reader may see."""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from market.catalogue.catalogues import SCENES, SOLUTIONS, catalogue_of
from market.catalogue.catalogues import Collection as Searchable
from market.catalogue.encoders import current_encoder
from market.core.permissions import Actor
from market.lifecycle import PUBLIC_SCENES
from market.search import queries
from market.search.known import Known, currently_known
from market.search.results import KINDS, Result, result_of
from matching.encoder import EncoderError
from matching.lookup import LookedUp, look_up
from matching.spelling import is_whole, normal
from matching.store import SnapshotError
from matching.text import terms, tokens

log = logging.getLogger(__name__)

LONGEST_QUERY = 200
_MOST_WORDS = 12
_MOST_LIKE = 50
# A row that is called exactly what was typed stands before everything found by likeness.
_EXACT, _BEGINS, _HOLDS = 2.0, 1.5, 1.0


@dataclass(frozen=True)
class Answer:
    """What was asked, what was looked for instead where a word seemed mistyped, and what was found, best first."""

    query: str
    meant: str
    results: dict[str, list[Result]]
    by_words_only: bool

    @property
    def corrected(self) -> bool:
        """Whether something else was looked for than what was typed."""
        return self.meant != normal(self.query)

    @property
    def total(self) -> int:
        """How many results there are."""
        return sum(len(found) for found in self.results.values())


async def find(query: str, actor: Actor | None, *, as_typed: bool = False) -> Answer:
    """Find public rows, and beside them the reader's own; *as_typed* corrects nothing.

    A correction that finds nothing is dropped.
    """
    known = await currently_known([str(state) for state in PUBLIC_SCENES])
    plain = normal(query)
    meant = plain if as_typed else await _corrected(query, known)
    answer = await _find(query, meant, known, actor)
    return answer if answer.total or meant == plain else await _find(query, plain, known, actor)


async def _corrected(query: str, known: Known) -> str:
    """Return *query* with only those words corrected that no published row holds as they were typed."""
    plain = normal(query)
    if await asyncio.to_thread(known.vocabulary.corrected, query) == plain:
        return plain
    try:
        catalogues = [each for each in (await catalogue_of(SCENES), await catalogue_of(SOLUTIONS)) if each]
    except SnapshotError as error:
        log.info("Words are corrected by what stands in titles and texts alone: %s", error)
        catalogues = []
    read = {part for part in plain.split()[:_MOST_WORDS] if len(part) > 1 and await _stands_somewhere(part)}

    def held(run: str) -> bool:
        indexed = is_whole(run) and all(any(each.corpus.holds(term) for each in catalogues) for term in terms(run))
        return run in read or indexed

    return await asyncio.to_thread(known.vocabulary.corrected, query, held=held)


async def _stands_somewhere(part: str) -> bool:
    return any([await queries.published_by_words(kind, [part]) for kind in ("scene", "solution")])


async def _find(query: str, meant: str, known: Known, actor: Actor | None) -> Answer:
    words = list(dict.fromkeys(tokens(meant)))[:_MOST_WORDS]
    if not words:
        return Answer(query, meant, {kind: [] for kind in KINDS}, by_words_only=False)
    typed = [meant, *meant.split()]
    like = known.titles_like(meant, kinds=KINDS, limit=len(KINDS) * _MOST_LIKE)
    ids = {kind: [title.id for title in like if title.kind == kind][:_MOST_LIKE] for kind in KINDS}
    scenes, scenes_indexed = await _in_catalogue("scene", SCENES, meant, words, ids["scene"])
    solutions, solutions_indexed = await _in_catalogue("solution", SOLUTIONS, meant, words, ids["solution"])
    scenes += _rows("scene", await queries.scenes_by_words(words, actor), meant, words)
    solutions += _rows("solution", await queries.solutions_by_words(words, actor), meant, words)
    marks = [*dict.fromkeys([*typed, *words])]
    found = {
        "scene": _ordered(scenes),
        "solution": _ordered(solutions),
        "challenge": _rows("challenge", await queries.challenges(ids["challenge"], meant.split(), actor), meant, marks),
        "organisation": _rows(
            "organisation", await queries.organisations(ids["organisation"], meant.split(), actor), meant, marks
        ),
        "filing": _rows("filing", await queries.filings(ids["filing"]), meant, marks),
    }
    return Answer(query, meant, found, by_words_only=not (scenes_indexed and solutions_indexed))


async def _in_catalogue(
    kind: str, collection: Searchable, meant: str, words: Collection[str], named: Collection[int]
) -> tuple[list[Result], bool]:
    """Return what a catalogue holds for the words, with rows *named* like them, and whether there was one to ask."""
    try:
        catalogue, encoder = await catalogue_of(collection), await current_encoder()
        found = await asyncio.to_thread(look_up, catalogue, meant, encoder) if catalogue else None
    except (EncoderError, SnapshotError) as error:
        log.info("The search for %s goes by words alone: %s", collection.name, error)
        found = None
    if found is None:  # no encoder, no index yet, or a damaged one
        return _rows(kind, await queries.published_by_words(kind, words), meant, words), False
    by_id = {each.document_id: each for each in found}
    read = queries.scenes if kind == "scene" else queries.solutions
    rows = await read({*by_id, *named})
    return [_found(kind, row, by_id.get(row["id"]), meant, words) for row in rows], True


def _found(kind: str, row: dict[str, Any], found: LookedUp | None, meant: str, words: Collection[str]) -> Result:
    named = _named(row, meant)
    if found is None:
        return result_of(kind, row, words, score=named)
    by_meaning = found.words == 0 and not named
    return result_of(kind, row, words, score=found.score + named, sentence=found.sentence, by_meaning=by_meaning)


def _rows(kind: str, rows: list[dict[str, Any]], meant: str, words: Collection[str]) -> list[Result]:
    return _ordered([result_of(kind, row, words, score=_named(row, meant)) for row in rows])


def _named(row: dict[str, Any], meant: str) -> float:
    """How much of what was typed is the row's very name or number."""
    names = [normal(str(row.get(name) or "")) for name in _NAMES]
    if meant in names:
        return _EXACT
    if any(name.startswith(meant) for name in names):
        return _BEGINS
    return _HOLDS if any(meant in name for name in names) else 0.0


_NAMES = ("title", "title_en", "name", "name_en", "number", "model", "filing_number", "uscc")


def _ordered(found: list[Result]) -> list[Result]:
    """Best first, each row once: what stands in a catalogue and was found by its name too keeps the first line."""
    once = {each.id: each for each in reversed(found)}
    return sorted(once.values(), key=lambda each: (-each.score, each.id))
