"""Text cut into the pieces that matching works on: sentences, passages, words, and the hash that names a text."""

import hashlib
import re
import unicodedata

import rjieba

# A longer sentence is cut again at its commas: evidence is read by people, and a vector of too much says little.
LONGEST_SENTENCE = 120
PASSAGE_LENGTH = 160
_SHORTEST_SENTENCE = 2

_ENDS = re.compile(
    r"(?<=[。！？；!?;…])(?!\d)(?=[^”’」』）)])|(?<=[A-Za-z0-9)\]”\"]{2}\.)(?<!Dr\.)(?<!Mr\.)(?<!No\.)\s+(?=[A-Z\u4e00-\u9fff“\"(])|[\r\n]+"
)
_COMMAS = re.compile(r"(?<=[，、：,:])")
_BULLET = re.compile(r"^[\s\-*•●■◆·]+|^[(（]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）.、．](?!\d)\s*")
_UNITS = re.compile(r"[\u3400-\u9fff]|[A-Za-z0-9]+")
_WORD = re.compile(r"\w", re.UNICODE)


def text_hash(text: str) -> str:
    """SHA-256 in hex of the NFKC form: full-width and half-width spellings of one text share a vector."""
    return hashlib.sha256(unicodedata.normalize("NFKC", text).encode()).hexdigest()


def length(text: str) -> int:
    """Chinese characters plus words and numbers in Latin letters: about the number of an encoder's tokens."""
    return len(_UNITS.findall(text))


def sentences(text: str) -> list[str]:
    """The sentences of a Chinese or English text in order, without list bullets and fragments of one character.

    A sentence ends at 。！？；!?; or a line's end, or at a full stop after a word when a capital letter follows. One
    longer than ``LONGEST_SENTENCE`` units is cut again at commas.
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
