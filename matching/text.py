"""Text cut into the pieces that matching works on: sentences, passages, words, and the hash that names a text."""

import hashlib
import re
import unicodedata

import rjieba
import Stemmer

# A longer sentence is cut again at its commas: evidence is read by people, and a vector of too much says little.
LONGEST_SENTENCE = 120
PASSAGE_LENGTH = 160
_SHORTEST_SENTENCE = 2

_STOPS = r"(?<=[。！？；!?;…])(?!\d)(?=[^”’」』）)])"
# A word of two letters or digits, a unit, or one digit behind a hyphen (GPT-4): not e.g., J. Smith or Fig. 3.
_FULL_STOP = r"(?:(?<=[A-Za-z0-9)\]”\"]{2}\.)|(?<=[%°℃‰]\.)|(?<=-\d\.))(?<!Dr\.)(?<!Mr\.)(?<!No\.)"
_ENDS = re.compile(rf"{_STOPS}|{_FULL_STOP}\s+(?=[A-Z\u4e00-\u9fff“\"(])|[\r\n]+")
_COMMAS = re.compile(r"(?<=[，、：,:])")
_BULLET = re.compile(r"^[\s\-*•●■◆·]+|^[(（]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）.、．](?!\d)\s*")
_UNITS = re.compile(r"[\u3400-\u9fff]|[A-Za-z0-9]+")
_WORD = re.compile(r"\w", re.UNICODE)
_STEMMER = Stemmer.Stemmer("english")
# Words that any need and any offer may hold: they say nothing about what is asked.
_ANYWHERE = """
a an and are as at be been but by can could do does for from had has have how i if in into is it its me my no not of
on or our shall should so some such than that the their them then there these they this those to us was we were what
when where which who will with would you your need needs want please help find looking using use used
的 了 和 与 及 或 在 是 对 为 等 可 能 将 以 并 有 我 我们 需要 您 你
"""
SAYING_NOTHING = frozenset(_ANYWHERE.split())


def text_hash(text: str) -> str:
    """SHA-256 in hex of the NFKC form: full-width and half-width spellings of one text share a vector."""
    return hashlib.sha256(unicodedata.normalize("NFKC", text).encode()).hexdigest()


def length(text: str) -> int:
    """Chinese characters plus words and numbers in Latin letters: about the number of an encoder's tokens."""
    return len(_UNITS.findall(text))


def sentences(text: str) -> list[str]:
    """The sentences of a Chinese or English text in order, without list bullets and fragments of one character.

    A sentence ends at 。！？；!?; or a line's end, or where a capital letter follows the full stop of a word, of a
    percentage or of a number like GPT-4's; decimals and e.g. stay whole. One longer than ``LONGEST_SENTENCE`` units is
    cut again at commas.
    """
    found: list[str] = []
    for part in _ENDS.split(text):
        sentence = _BULLET.sub("", " ".join(part.split())).strip()
        if length(sentence) > LONGEST_SENTENCE:
            found.extend(_joined(_COMMAS.split(sentence), LONGEST_SENTENCE, ""))
        elif len(sentence) >= _SHORTEST_SENTENCE and length(sentence):
            found.append(sentence)
    return found


def passages(text: str) -> list[str]:
    """Neighbouring sentences joined to at most ``PASSAGE_LENGTH`` units; a longer sentence stands alone."""
    return _joined(sentences(text), PASSAGE_LENGTH, " ")


def _joined(parts: list[str], limit: int, separator: str) -> list[str]:
    joined: list[str] = []
    size = limit
    for part in parts:
        added = length(part)
        if joined and size + added <= limit:
            joined[-1] += separator + part
            size += added
        else:
            joined.append(part)
            size = added
    return [part.strip() for part in joined if part.strip()]


def tokens(text: str) -> list[str]:
    """Lower-case words, no punctuation; Chinese as jieba's search mode cuts it: long words and their parts."""
    normal = unicodedata.normalize("NFKC", text).lower()
    return [word for word in rjieba.cut_for_search(normal) if _WORD.search(word)]


def terms(text: str) -> list[str]:
    """The tokens that matching by words compares: without words that say nothing, English ones cut to their stem.

    The stemmer is Porter's second (Snowball); a Chinese word stays as it is.
    """
    return [stem(token) for token in tokens(text) if token not in SAYING_NOTHING]


def stem(token: str) -> str:
    """The stem of an English word; any other token unchanged."""
    return _STEMMER.stemWord(token) if token.isascii() and token.isalpha() else token
