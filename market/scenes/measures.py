"""Numbers that a description states: acceptance metrics with their direction, amounts of money and durations."""

import re
from dataclasses import dataclass
from decimal import Decimal

from market.core.vocabulary import Direction

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_NUMBER = r"\d[\d,]*(?:\.\d+)?|[零〇一二两三四五六七八九十百千]+(?:点[零〇一二三四五六七八九]+)?"
_UNIT = (
    r"毫秒|秒|分钟|小时|个?工作日|天|周|个月|年|毫米|厘米|公里|微米|米|万元|元|吨"
    r"|公斤|千瓦时|路|帧|张|例|台|人|次(?:/\w|每\w)?|件|条|家|个"
    r"|ms|milliseconds?|seconds?|minutes?|min|hours?|days?|weeks?|months?|mm|cm|km|kg|tonnes?|kWh|fps|yuan|times"
)
_VALUE = rf"(?P<per>百分之|千分之)?\s*(?P<number>{_NUMBER})\s*(?P<unit>%|％|‰|per ?cent|{_UNIT})?"
_LEAST = (
    r"不低于|不少于|不小于|大于等于|至少|达到|高于|超过(?<!不超过)|提[升高]到|提[升高]至|≥|>="
    r"|at least|no less than|no fewer than|above|over"
)
_MOST = (
    r"不超过|不高于|不大于|不多于|小于等于|低于(?<!不低于)|小于|少于|控制在|降到|降至|降低到|减少到|减到"
    r"|缩短到|缩短至|压缩到|至多|最多|≤|<="
    r"|at most|no more than|no longer than|not exceed|below|under|within|up to|less than|fewer than"
)
_METRIC = re.compile(rf"(?P<bound>{_LEAST}|{_MOST})\s*{_VALUE}(?P<after>以内|以下|以上)?", re.IGNORECASE)
_TRAILING = re.compile(rf"{_VALUE}(?P<after>以内|之内|以下|以上)(?P<bound>)", re.IGNORECASE)
_CHANGE = re.compile(
    rf"(?:从|由|目前|现在|from)\s*(?:的|is|of)?\s*{_VALUE.replace('?P<', '?P<was_')}\s*[，,]?\s*"
    rf"(?P<bound>提[升高]到|提[升高]至|升到|上升到|降到|降至|降低到|减少到|减到|缩短到|缩短至|压缩到|到|to)\s*{_VALUE}(?P<after>)",
    re.IGNORECASE,
)
_LEAST_ONLY = re.compile(rf"(?:{_LEAST})\Z", re.IGNORECASE)
_EDGES = re.compile(
    r"^(?:其中|并且|并|且|和|以及|要求|希望|最好|务必|必须|应当|应|须|需|将|把|使|让|对)\s*"
    r"|^(?:the|an?|and|with|its|our|that|keep|reduce|raise|cut|lower|increase|bring|reach|achieve)\b\s*"
    r"|\s*(?:必须|应当|应该|应|须|需要?|要|能够|能|的|是|为|在|也|均|都|目前|现在|已?经?)$"
    r"|\s*\b(?:must|should|shall|is|be|are|of|to|in|stay|remain|not|has to be|needs to be|with|an?|from)$",
    re.IGNORECASE,
)
# What stands before “must” is who does it; what is measured follows the verb of change, or nothing is.
_WHO = re.compile(
    r"^.*\b(?:must|shall|should|will|needs? to|ha(?:s|ve) to)\s+"
    r"(?P<verb>(?:keep|reduce|raise|cut|lower|increase|bring|hold|limit|improve)\s+)?",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"[^，。；：、,;:（(]*$")
_LONGEST_NAME, _SHORTEST_NAME = 60, 2


@dataclass(frozen=True)
class Measure:
    """A number to accept by, as it stands in a sentence."""

    name: str
    baseline: Decimal | None
    target: Decimal
    unit: str
    direction: Direction


def number_of(written: str) -> Decimal:
    """Return the value of ``1,200.5``, ``九十五`` or ``二点一``."""
    if written[0].isascii():
        return Decimal(written.replace(",", ""))
    whole, _point, rest = written.partition("点")
    total, digit = 0, 0
    for letter in whole:
        if letter in _DIGITS:
            digit = _DIGITS[letter]
        else:
            total, digit = total + max(digit, 1) * _POWERS[letter], 0
    decimals = "".join(str(_DIGITS[letter]) for letter in rest)
    return Decimal(f"{total + digit}.{decimals}" if decimals else total + digit)


def measure_in(sentence: str) -> Measure | None:
    """Return the first number to accept by that a sentence states with its name and unit; None where one is missing."""
    if change := _CHANGE.search(sentence):
        return _measure(sentence, change, change["was_number"])
    for pattern in (_METRIC, _TRAILING):
        for found in pattern.finditer(sentence):
            if measure := _measure(sentence, found, None):
                return measure
    return None


def _measure(sentence: str, found: re.Match[str], was: str | None) -> Measure | None:
    unit, name = _unit(found["per"], found["unit"]), _name(sentence[: found.start()])
    baseline = None
    if was is not None:
        unit_before = _unit(found["was_per"], found["was_unit"])
        unit = unit or unit_before
        baseline = number_of(was) if unit_before in {"", unit} else None
    if not unit or not _SHORTEST_NAME <= len(name) <= _LONGEST_NAME:
        return None
    target = number_of(found["number"])
    if baseline is not None and baseline != target:
        direction = Direction.LOWER if target < baseline else Direction.HIGHER
    else:
        direction = _direction(found)
    return Measure(name, baseline, target, unit, direction)


def _unit(per: str | None, unit: str | None) -> str:
    return {"百分之": "%", "千分之": "‰"}.get(per or "", unit or "").replace("％", "%")


def _direction(found: re.Match[str]) -> Direction:
    if after := found["after"]:
        return Direction.HIGHER if after == "以上" else Direction.LOWER
    return Direction.HIGHER if _LEAST_ONLY.match(found["bound"]) else Direction.LOWER


def _name(before: str) -> str:
    found = _BEFORE.search(before)
    name = _trimmed(found[0] if found else "")
    who = _WHO.match(name)
    if who is None:
        return name
    return _trimmed(name[who.end() :]) if who["verb"] else ""


def _trimmed(name: str) -> str:
    name = name.strip()
    while (shorter := _EDGES.sub("", name).strip()) != name:
        name = shorter
    return name


_MONEY = re.compile(rf"(?P<number>{_NUMBER}|\d+(?:\.\d+)?)\s*(?P<unit>万元|万|元|yuan|RMB|CNY)", re.IGNORECASE)
_YUAN_BEFORE = re.compile(r"(?:¥|￥|RMB|CNY)\s*(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<unit>万|million|k)?", re.IGNORECASE)
_WAN = Decimal(10_000)
_SCALES = {"万元": _WAN, "万": _WAN, "million": Decimal(1_000_000), "k": Decimal(1000)}


def amounts_in(sentence: str) -> list[int]:
    """Return the amounts of money in a sentence in yuan, in order; those that are no whole yuan are left out."""
    found = [*_MONEY.finditer(sentence), *_YUAN_BEFORE.finditer(sentence)]
    values = [number_of(each["number"]) * _SCALES.get((each["unit"] or "").lower(), Decimal(1)) for each in found]
    return [int(value) for value in values if value == value.to_integral_value() and 0 < value < 10**12]


_DURATION = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<unit>周|个?星期|个月|weeks?|months?)", re.IGNORECASE)
_WEEKS_A_MONTH = Decimal("4.345")


def weeks_in(sentence: str) -> int | None:
    """Return the longest duration that a sentence states, in whole weeks; a month is 4.345 weeks, rounded."""
    found = [
        number_of(each["number"]) * (_WEEKS_A_MONTH if "月" in each["unit"] or "month" in each["unit"].lower() else 1)
        for each in _DURATION.finditer(sentence)
    ]
    return int(max(found).to_integral_value()) if found and 1 <= max(found) <= 520 else None  # noqa: PLR2004
