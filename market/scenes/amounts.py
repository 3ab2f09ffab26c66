"""Numbers as people write them, in digits and in Chinese: amounts of money and durations of a description."""

import re
from decimal import Decimal

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_POWERS = {"十": 10, "百": 100, "千": 1000}
NUMBER = r"\d[\d,]*(?:\.\d+)?|[零〇一二两三四五六七八九十百千]+(?:点[零〇一二三四五六七八九]+)?"


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


_MONEY = re.compile(
    rf"(?P<number>{NUMBER})\s*(?:(?P<unit>万元|万|元|yuan|RMB|CNY)|(?=[-–—~～到至]\s*(?:{NUMBER})\s*(?P<later>万元|万|元|yuan)))",
    re.IGNORECASE,
)
_YUAN_BEFORE = re.compile(r"(?:¥|￥|RMB|CNY)\s*(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<unit>万|million|k)?", re.IGNORECASE)
_WAN = Decimal(10_000)
_SCALES = {"万元": _WAN, "万": _WAN, "million": Decimal(1_000_000), "k": Decimal(1000)}


def amounts_in(sentence: str) -> list[int]:
    """Return the amounts of money in a sentence in yuan, in order; those that are no whole yuan are left out."""
    found = [*_MONEY.finditer(sentence), *_YUAN_BEFORE.finditer(sentence)]
    units = [
        each["unit"] or each.groupdict().get("later") or "" for each in found
    ]  # “50-80万”: the first has the unit of the second
    scales = [_SCALES.get(unit.lower(), Decimal(1)) for unit in units]
    values = [number_of(each["number"]) * scale for each, scale in zip(found, scales, strict=True)]
    return [int(value) for value in values if value == value.to_integral_value() and 0 < value < 10**12]


_DURATION = re.compile(rf"(?P<number>{NUMBER})\s*(?P<unit>周|个?星期|个月|weeks?|months?)", re.IGNORECASE)
_WEEKS_A_MONTH = Decimal("4.345")


def weeks_in(sentence: str) -> int | None:
    """Return the longest duration that a sentence states, in whole weeks; a month is 4.345 weeks, rounded."""
    found = [
        number_of(each["number"]) * (_WEEKS_A_MONTH if "月" in each["unit"] or "month" in each["unit"].lower() else 1)
        for each in _DURATION.finditer(sentence)
    ]
    return int(max(found).to_integral_value()) if found and 1 <= max(found) <= 520 else None  # noqa: PLR2004
