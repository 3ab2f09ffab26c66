"""What somebody meant who typed a word wrong, by its sound, in pinyin, by initials, or in traditional characters."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

from matching.text import stem, tokens

_RUNS = re.compile(r"[\u3400-\u9fff]+|[a-z]+(?:['’-][a-z]+)*|[^\u3400-\u9fffa-z]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[a-z]")
LONGEST = 6  # characters of a phrase that is looked up as one
_SHORTEST_TYPO, _LONG_WORD = 4, 8
_SHORTEST_INITIALS = 3
_MOST_WORDS = 6


def _nowhere(_run: str) -> bool:
    return False


def normal(text: str) -> str:
    """*text* in half-width, simplified, lower-case characters with single spaces: how queries are compared."""
    plain = " ".join(unicodedata.normalize("NFKC", text).lower().split())
    return str(_simplifier().convert(plain)) if _HAN.search(plain) else plain


def is_whole(run: str) -> bool:
    """Whether *run*, of one script, is cut into words of two characters and more: no sign of a slip."""
    import rjieba

    return all(len(word) > 1 for word in rjieba.cut(run)) and bool(run.strip())


def sound(text: str) -> str:
    """The pinyin of the Chinese characters of *text* without tones, joined: 缺陷 → ``quexian``; other letters stay."""
    return "".join(_syllables(text))


def initials(text: str) -> str:
    """The first letters of those syllables: 缺陷检测 → ``qxjc``."""
    return "".join(syllable[:1] for syllable in _syllables(text))


@lru_cache(maxsize=200_000)
def _syllables(text: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    return tuple(re.sub(r"[^a-z0-9]", "", part.lower().replace("ü", "v")) for part in lazy_pinyin(text))


@lru_cache(maxsize=1)
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


def phrases(texts: Iterable[str]) -> dict[str, int]:
    """The words of *texts* and the pairs of neighbouring Chinese words in them, each with how often it occurs."""
    counted: dict[str, int] = defaultdict(int)
    for text in texts:
        for run in _RUNS.findall(normal(text)):
            if _LATIN.match(run):
                counted[run] += 1
            elif _HAN.match(run):
                for word in _chinese(run):
                    counted[word] += 1
    return dict(counted)


def _chinese(run: str) -> list[str]:
    import rjieba

    words = [str(word) for word in rjieba.cut(run)]
    pairs = [first + second for first, second in pairwise(words) if min(len(first), len(second)) > 1]
    parts = [part for part in tokens(run) if part not in words]
    return [part for part in (*words, *parts, *pairs) if 1 < len(part) <= LONGEST]


class Vocabulary:
    """Known words and phrases. Read-only; corrections prefer what occurs more often, then the alphabet."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        """*counts* as ``phrases`` gives them."""
        self._counts = dict(counts)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        self._by_initials: dict[str, list[str]] = defaultdict(list)
        self._by_gap: dict[str, list[str]] = defaultdict(list)
        self._stems = frozenset(stem(word) for word in self._counts if _LATIN.match(word))
        self._latin = [word for word in self._counts if _LATIN.match(word) and len(word) >= _SHORTEST_TYPO]
        for word in sorted(self._counts, key=lambda word: (-self._counts[word], word)):
            if _HAN.match(word):
                self._by_sound[sound(word)].append(word)
                self._by_initials[initials(word)].append(word)
                for place in range(len(word) if len(word) > 2 else 0):  # noqa: PLR2004 two characters say too little
                    self._by_gap[f"{word[:place]}*{word[place + 1 :]}"].append(word)

    def __contains__(self, word: str) -> bool:
        return word in self._counts

    def corrected(self, query: str, *, held: Callable[[str], bool] = _nowhere) -> str:
        """*query* in ``normal`` form with its unknown words replaced by what was probably meant; else just that form.

        Words that are known, share a known one's stem, or are *held* by what is searched stay, so that nobody is led
        away from what exists. Chinese: words of the same sound, the
        longest first, then with one other character. Latin letters: the pinyin of known words, their initials, then an
        English word at an edit distance of one, or two in a long word.
        """
        plain = normal(query)
        joined = plain.replace(" ", "")
        if " " in plain and _LATIN.match(plain) and joined.isalpha() and joined.isascii() and not self._knows(plain):
            whole = self._from_pinyin(joined)  # pinyin typed syllable by syllable
            if whole:
                return whole
        return " ".join("".join(run if held(run) else self._corrected_run(run) for run in _RUNS.findall(plain)).split())

    def starting_with(self, letters: str, limit: int) -> list[str]:
        """Known words that begin with *letters*, in characters or in pinyin, the most frequent first."""
        start = normal(letters)
        found = [
            word
            for word in self._counts
            if word.startswith(start) or (start.isascii() and sound(word).startswith(start))
        ]
        return sorted(found, key=lambda word: (-self._counts[word], word))[:limit]

    def _knows(self, plain: str) -> bool:
        return any(part in self._counts for part in plain.split())

    def _corrected_run(self, run: str) -> str:
        if _HAN.match(run):
            return self._corrected_chinese(run)
        return self._corrected_latin(run) if _LATIN.match(run) else run

    def _corrected_chinese(self, run: str) -> str:
        if self._is_known(run):
            return run
        for like in (self._same_sound, self._one_off):
            for length in range(min(len(run), LONGEST), 1, -1):
                for start in range(len(run) - length + 1):
                    window = run[start : start + length]
                    meant = None if window in self._counts else like(window)
                    if meant:
                        before, after = run[:start], run[start + length :]
                        return self._corrected_rest(before) + meant + self._corrected_rest(after)
        return run

    def _corrected_rest(self, run: str) -> str:
        return self._corrected_chinese(run) if len(run) > 1 else run

    def _is_known(self, run: str) -> bool:
        """Whether *run* is a known phrase or made of known words."""
        import rjieba

        words = [str(word) for word in rjieba.cut(run)]
        return run in self._counts or all(len(word) > 1 and word in self._counts for word in words)

    def _same_sound(self, window: str) -> str | None:
        return next((word for word in self._by_sound.get(sound(window), ()) if len(word) == len(window)), None)

    def _one_off(self, window: str) -> str | None:
        """A known word with one other character; two characters say too little for that."""
        gaps = (f"{window[:place]}*{window[place + 1 :]}" for place in range(len(window)))
        near = [word for gap in gaps for word in self._by_gap.get(gap, ())]
        return min(near, key=lambda word: (-self._counts[word], word), default=None)

    def _corrected_latin(self, word: str) -> str:
        if word in self._counts or stem(word) in self._stems or len(word) < _SHORTEST_INITIALS:
            return word
        return self._from_pinyin(word) or self._from_initials(word) or self._near(word) or word

    def _from_pinyin(self, letters: str) -> str | None:
        """The known words whose pinyin, one after the other, is *letters*: the fewest, then the most frequent."""
        best: list[tuple[int, int, str] | None] = [(0, 0, ""), *[None] * len(letters)]
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - 6 * LONGEST), end):
                before, words = best[start], self._by_sound.get(letters[start:end])
                if before is None or not words or before[0] >= _MOST_WORDS:
                    continue
                option = (before[0] + 1, before[1] - self._counts[words[0]], before[2] + words[0])
                best[end] = option if best[end] is None else min(best[end], option)  # type: ignore[type-var]
        found = best[-1]
        return found[2] if found else None

    def _from_initials(self, letters: str) -> str | None:
        words = self._by_initials.get(letters)
        return words[0] if words else None

    def _near(self, word: str) -> str | None:
        if len(word) < _SHORTEST_TYPO:
            return None
        most = 2 if len(word) >= _LONG_WORD else 1
        found = process.extract(word, self._latin, scorer=OSA.distance, score_cutoff=most, limit=8)
        return min(found, key=lambda each: (each[1], -self._counts[each[0]], each[0]))[0] if found else None
