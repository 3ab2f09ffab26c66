"""The public titles and their words, held by each process: what is suggested, and what a word typed wrong may mean."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import Any

from tortoise import connections

from matching.spelling import Vocabulary, initials, normal, phrases, sound

FRESH_SECONDS = 20.0

# A change of any row that is read below changes this; cheap enough to ask every FRESH_SECONDS.
_STAMP = """
SELECT concat_ws(' ',
    (SELECT concat(count(*), max(updated_at)) FROM scene WHERE state = ANY($1)),
    (SELECT concat(count(*), max(updated_at)) FROM solution WHERE state = 'published'),
    (SELECT concat(count(*), max(revision), max(published_at)) FROM challenge WHERE state <> 'draft'),
    (SELECT concat(count(*), max(verified_at)) FROM organisation),
    (SELECT concat(count(*), max(id)) FROM filing)) AS stamp
"""
_TITLES = """
SELECT 'scene' AS kind, id, title AS text, title_en AS text_en, '' AS number FROM scene WHERE state = ANY($1)
UNION ALL SELECT 'solution', id, title, title_en, '' FROM solution WHERE state = 'published'
UNION ALL SELECT 'challenge', id, title, title_en, number FROM challenge WHERE state <> 'draft'
UNION ALL SELECT 'organisation', o.id, o.name, o.name_en, '' FROM organisation o
    WHERE EXISTS (SELECT 1 FROM scene s WHERE s.organisation_id = o.id AND s.state = ANY($1))
       OR EXISTS (SELECT 1 FROM solution s WHERE s.organisation_id = o.id AND s.state = 'published')
UNION ALL SELECT 'filing', id, model, '', concat_ws(' ', filing_number, entity) FROM filing
ORDER BY 1, 2
"""
_SENTENCES = """
SELECT left(r.text, 200) AS text FROM requirement r JOIN scene s ON s.id = r.scene_id WHERE s.state = ANY($1)
UNION ALL SELECT left(c.text, 200) FROM capability c JOIN solution s ON s.id = c.solution_id WHERE s.state = 'published'
"""


@dataclass(frozen=True)
class Title:
    """One public row by its name, and how that sounds; *number* is what else it is known by."""

    kind: str
    id: int
    text: str
    text_en: str
    number: str

    @cached_property
    def folded(self) -> str:
        """Everything it is called, as queries are compared."""
        return normal(f"{self.text} {self.text_en} {self.number}")

    @cached_property
    def sounds(self) -> tuple[str, str]:
        """The pinyin of its name, and its initials."""
        return sound(self.text), initials(self.text)


@dataclass(frozen=True)
class Known:
    """What can be found by everybody, as it was at *stamp*."""

    stamp: str
    titles: tuple[Title, ...]
    vocabulary: Vocabulary

    def titles_like(self, query: str, *, kinds: Sequence[str], limit: int) -> list[Title]:
        """Return titles that hold the words of *query*, or sound like it: beginning with it first, shorter first."""
        plain = normal(query)
        if not plain:
            return []
        letters = plain.replace(" ", "")
        by_sound = letters.isascii() and letters.isalpha() and len(letters) > 1
        found = [
            ((place, len(title.text), title.kind, title.id), title)
            for title in self.titles
            if title.kind in kinds and (place := _place(title, plain, letters if by_sound else "")) is not None
        ]
        return [title for _order, title in sorted(found, key=lambda each: each[0])[:limit]]


def _place(title: Title, plain: str, letters: str) -> int | None:
    if title.folded.startswith(plain):
        return 0
    if plain in title.folded:
        return 1
    if all(word in title.folded for word in plain.split()):
        return 2
    if letters:
        whole, first = title.sounds
        if whole.startswith(letters) or (len(letters) > 2 and first.startswith(letters)):  # noqa: PLR2004 two letters
            return 3
        if len(letters) > 3 and (letters in whole or letters in first):  # noqa: PLR2004 say nothing inside a name
            return 4
    return None


class _Holder:
    """The last reading, shared by the requests of a process; a new one is made while the old one still serves."""

    def __init__(self) -> None:
        self.known: Known | None = None
        self.checked = 0.0
        self.reading = asyncio.Lock()


_holders: dict[int, _Holder] = {}


async def currently_known(public_scenes: Sequence[str]) -> Known:
    """Return the public titles, at most ``FRESH_SECONDS`` old; *public_scenes* are the states that everybody sees."""
    holder = _holders.setdefault(id(asyncio.get_running_loop()), _Holder())
    if holder.known and monotonic() - holder.checked < FRESH_SECONDS:
        return holder.known
    if holder.known and holder.reading.locked():
        return holder.known
    async with holder.reading:
        client, states = connections.get("default"), list(public_scenes)
        stamp = str((await client.execute_query_dict(_STAMP, [states]))[0]["stamp"])
        if holder.known is None or holder.known.stamp != stamp:
            titles = await client.execute_query_dict(_TITLES, [states])
            said = await client.execute_query_dict(_SENTENCES, [states])
            holder.known = await asyncio.to_thread(_read, stamp, titles, said)
        holder.checked = monotonic()
        return holder.known


def forget() -> None:
    """Ask the database again next time: for tests, which change rows between two requests."""
    _holders.clear()


def _read(stamp: str, rows: list[dict[str, Any]], said: list[dict[str, Any]]) -> Known:
    titles = tuple(Title(**row) for row in rows)
    counts = phrases(text for title in titles for text in (title.text, title.text_en))
    # Sentences say which words exist; a title's words are likelier to be meant.
    for word in phrases(row["text"] for row in said):
        counts.setdefault(word, 0)
    for title in titles:
        _ = title.folded, title.sounds
    return Known(stamp, titles, Vocabulary(counts))
