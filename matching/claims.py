"""Whether a sentence speaks against what is asked: numbers on the wrong side of a limit, and refusals.

Deterministic and careful: a number counts only beside the same kind of quantity in the same unit, so that silence is
the answer wherever a reader would have to guess.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from matching.text import terms

Side = Literal["least", "most", "exactly"]

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_POWERS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_NUMBER = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千万]+(?:点[零〇一二三四五六七八九]+)?"

# Unit → its family and how many of the family's smallest it holds.
_FAMILIES: dict[str, dict[str, float]] = {
    "%": {"%": 1, "percent": 1, "per cent": 1, "‰": 0.1},
    "ms": {
        "毫秒": 1, "ms": 1, "millisecond": 1, "秒": 1e3, "s": 1e3, "sec": 1e3, "second": 1e3, "分钟": 6e4, "min": 6e4,
        "minute": 6e4, "小时": 3.6e6, "h": 3.6e6, "hour": 3.6e6, "天": 8.64e7, "日": 8.64e7, "day": 8.64e7,
        "周": 6.048e8, "week": 6.048e8, "个月": 2.592e9, "月": 2.592e9, "month": 2.592e9, "年": 3.1536e10,
        "year": 3.1536e10,
    },
    "mm": {"微米": 1e-3, "um": 1e-3, "μm": 1e-3, "毫米": 1, "mm": 1, "厘米": 10, "cm": 10, "米": 1e3, "m": 1e3},
    "yuan": {"元": 1, "yuan": 1, "万元": 1e4, "亿元": 1e8},
    "gb": {"mb": 1e-3, "gb": 1, "tb": 1e3},
    "fps": {"fps": 1, "帧": 1, "帧/秒": 1},
    "channels": {"路": 1, "channel": 1},
    "cards": {"张卡": 1, "gpu": 1, "卡": 1},
}  # fmt: skip
_UNITS = {unit: (family, size) for family, units in _FAMILIES.items() for unit, size in units.items()}
_LEAST = (
    "不低于", "不少于", "不小于", "不得低于", "至少", "大于等于", "≥", ">=", "高于", "超过", "大于", "多于", ">",
    "at least", "no less than", "not less than", "minimum of", "more than", "over", "above", "exceed", "exceeds",
    "greater than",
)  # fmt: skip
_MOST = (
    "不超过", "不高于", "不大于", "不多于", "不得超过", "不得高于", "至多", "最多", "小于等于", "≤", "<=", "低于",
    "小于", "少于", "<", "控制在", "at most", "no more than", "not more than", "maximum of", "less than", "under",
    "below", "within", "up to", "fewer than",
)  # fmt: skip
_LEAST_AFTER = ("以上", "or more", "or higher", "or better")
_MOST_AFTER = ("以内", "之内", "以下", "内", "or less", "or lower")
_REFUSALS = (
    "不支持", "暂不", "尚未", "无法", "不能", "不提供", "未提供", "未完成", "未通过", r"\bnot\b", r"\bcannot\b",
    r"\bunable to\b", r"n't\b", r"\bno support\b", r"\bwithout support\b",
)  # fmt: skip
# One of these is in each of them, and to look for them is quick.
_SIGNS_OF_REFUSAL = ("不", "未", "无法", "not", "n't", "unable to", "no support", "without support")


def _any(words: Iterable[str]) -> str:
    """A pattern for one of *words*, the longest that fits."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_QUANTITY = re.compile(
    rf"(?P<percent>百分之)?(?P<number>{_NUMBER})\s*(?P<unit>{_any(_UNITS)})?(?:s\b)?(?![a-z])"
    rf"(?P<after>\s*(?:{_any((*_LEAST_AFTER, *_MOST_AFTER))}))?"
)
# “不高于” is no “高于”, and “no more than” no “more than”.
_BEFORE_LEAST, _BEFORE_MOST = (
    re.compile(rf"(?<!不)(?<!不得)(?<!\bno )(?<!\bnot )(?:{_any(words)})\s*$") for words in (_LEAST, _MOST)
)
_REFUSAL = re.compile("|".join(_REFUSALS))
_CLAUSES = re.compile(r"[，。；;!！?？\n]|,(?!\d)|\.(?!\d)|\band\b|\bbut\b")

# What different writers call one quantity.
_SAME = (
    ("准确率", "准确度", "正确率", "精度", "精确率", "accuracy", "precision", "accurate"),
    ("延迟", "时延", "响应", "耗时", "latency", "respon", "delay", "answers"),
    ("误检", "误报", "误判", "误差", "false", "error"),
    ("漏检", "漏报", "漏判", "miss"),
    ("检出", "召回", "识别率", "recall", "detection rate"),
    ("可用", "availab", "uptime"),
    ("交付", "上线", "工期", "部署周期", "实施", "deliver", "go live", "implement"),
)


@dataclass(frozen=True)
class Quantity:
    """A number with what it measures: *amount* in the smallest unit of its *family*, as it was *written*."""

    side: Side
    amount: float
    family: str
    about: frozenset[str]
    written: str


def contradictions(requirement: str, sentence: str) -> tuple[str, ...]:
    """How *sentence* speaks against *requirement*: short signs like “89% < 93%”, or the words that refuse it."""
    found = [sign for limit in limits(requirement) if (sign := _against(limit, _quantities(sentence)))]
    refusal = _refusal(sentence)
    if refusal and not _refusal(requirement):
        found.append(refusal)
    return tuple(found)


def may_be_contradicted(requirement: str) -> bool:
    """Whether any sentence at all could speak against *requirement*; not if it is itself a refusal without numbers."""
    return bool(limits(requirement)) or not _refusal(requirement)


@lru_cache(maxsize=1024)
def limits(requirement: str) -> tuple[Quantity, ...]:
    """The quantities for which *requirement* sets a least or a most."""
    return tuple(each for each in _quantities(requirement) if each.side != "exactly")


def _against(limit: Quantity, offered: tuple[Quantity, ...]) -> str:
    """The sign of the offered quantity nearest to *limit*, if all that are of its kind miss it; else nothing."""
    same = [each for each in offered if each.family == limit.family and each.about & limit.about]
    if not same:
        return ""
    if limit.side == "least":
        best = max(same, key=lambda each: each.amount)
        return f"{best.written} < {limit.written}" if best.amount < limit.amount else ""
    best = min(same, key=lambda each: each.amount)
    return f"{best.written} > {limit.written}" if best.amount > limit.amount else ""


@lru_cache(maxsize=32768)
def _refusal(text: str) -> str:
    """The first words that refuse, else nothing."""
    normal = _normal(text)
    if not any(sign in normal for sign in _SIGNS_OF_REFUSAL):
        return ""
    found = _REFUSAL.search(normal)
    return found.group() if found else ""


@lru_cache(maxsize=8192)
def _quantities(text: str) -> tuple[Quantity, ...]:
    return tuple(each for clause in _CLAUSES.split(_normal(text)) for each in _of_clause(clause))


def _of_clause(clause: str) -> Iterator[Quantity]:
    about = _about(clause)
    for found in _QUANTITY.finditer(clause):
        unit = "%" if found["percent"] else found["unit"]
        if unit is None:
            continue
        family, size = _UNITS[unit]
        amount = _value(found["number"])
        before, after = clause[: found.start()], (found["after"] or "").strip()
        side: Side = "exactly"
        if after in _LEAST_AFTER or _BEFORE_LEAST.search(before):
            side = "least"
        elif after in _MOST_AFTER or _BEFORE_MOST.search(before):
            side = "most"
        yield Quantity(side, amount * size, family, about, f"{amount:g}{unit}")


def _about(clause: str) -> frozenset[str]:
    """What a clause measures: its words of two characters or more, and the one name of known quantities."""
    names = {same[0] for same in _SAME if any(name in clause for name in same)}
    words = {word for word in terms(_QUANTITY.sub(" ", clause)) if len(word) > 1}
    return frozenset(names or words)


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _value(number: str) -> float:
    if number[0].isdigit():
        return float(number.replace(",", ""))
    whole, _, decimals = number.partition("点")
    total, digit = 0.0, 0
    for letter in whole:
        if letter in _DIGITS:
            digit = _DIGITS[letter]
        else:
            total = (total + digit) * _POWERS[letter] if letter == "万" else total + max(digit, 1) * _POWERS[letter]
            digit = 0
    return total + digit + sum(_DIGITS[letter] * 0.1**place for place, letter in enumerate(decimals, start=1))
