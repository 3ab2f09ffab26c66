"""Amounts as people write them → fen. Only yuan become fen; other currencies stay as they were written."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from market.core.money import FEN_PER_YUAN

_CURRENCIES: tuple[tuple[str, str], ...] = (
    ("CNY", r"￥|¥|元|人民币|(?<![a-z])(?:RMB|CNY|yuan)(?![a-z])"),
    (
        "other",
        r"[$€£]|美元|欧元|英镑|港元|港币|日元|[A-Z]{2}\$|(?<![a-z])(?:USD|EUR|GBP|HKD|JPY|CHF|euros?|dollars?|pounds?)(?![a-z])",
    ),
)
_NUMBER = r"\d{1,3}(?:[,，' \u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:\.\d+)?"
_UNITS = {
    "亿": 10**8, "千万": 10**7, "百万": 10**6, "万": 10**4, "w": 10**4, "千": 10**3, "k": 10**3,
    "m": 10**6, "mn": 10**6, "million": 10**6, "bn": 10**9, "billion": 10**9,
}  # fmt: skip
_AMOUNT = re.compile(rf"({_NUMBER})\s*(亿|千万|百万|万|千|million|billion|mn|bn|[wkm])?(?![a-z])", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d\s*年")
# A price by the month or the head says nothing about the whole.
_RATE = re.compile(r"[/每]\s*(?:月|年|天|日|次|人|个)|\bper\b|/\s*(?:mo|month|yr|year|user)", re.IGNORECASE)
_MOST_FEN = 10**17


@dataclass(frozen=True)
class Amount:
    """What was stated: in fen where it was yuan, else the words alone. All empty where nothing was stated."""

    min_fen: int | None = None
    max_fen: int | None = None
    stated: str = ""


def read_amount(value: Any, *, column: str = "", chinese: bool = True) -> Amount:
    """Read ``￥300000``, ``100万元``, ``30-50万``, ``EUR 50 000``, ``$1.5m``, ``{"max": 2, "currency": "EUR"}``.

    A number without a currency is yuan in a Chinese row; in others nobody can know, and it stays as it was written.
    The column's name may give currency and unit: ``预算（万元）``. Zero means that nothing was stated.
    """
    words = _words(value)
    numbers = _numbers(words, column)
    if not words or numbers == [0] or (isinstance(value, dict) and not numbers):
        return Amount()
    currency = _currency_of(words) or _currency_of(column) or ("CNY" if chinese else "other")
    fen = sorted(int(number * FEN_PER_YUAN) for number in numbers)
    if currency != "CNY" or _RATE.search(words) or not fen or not 0 < fen[-1] <= _MOST_FEN:
        return Amount(stated=f"{column}: {words}" if column else words)
    return Amount(fen[0] if fen[0] != fen[-1] else None, fen[-1])


def _words(value: Any) -> str:
    if isinstance(value, dict):
        bounds = (value.get(name) for name in ("min", "max", "amount", "value"))
        numbers = " - ".join(dict.fromkeys(_words(number) for number in bounds if number is not None))
        return f"{value.get('currency') or ''} {numbers}".strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,.2f}".removesuffix(".00")
    return " ".join(str(value).split()) if value is not None else ""


def _currency_of(text: str) -> str | None:
    # Other currencies first: 美元 and 欧元 contain 元.
    return next((name for name, signs in reversed(_CURRENCIES) if re.search(signs, text, re.IGNORECASE)), None)


def _numbers(words: str, column: str) -> list[Decimal]:
    found = [(match[1], (match[2] or "").lower()) for match in _AMOUNT.finditer(_YEAR.sub(" ", words))]
    outer = next((unit for unit in ("亿", "百万", "万") if f"{unit}元" in column or f"_{unit}" in column), "")
    last = found[-1][1] if found else ""
    numbers = []
    for digits, unit in found[:2]:
        # "30-50万": the unit after the last number counts for both.
        factor = _UNITS.get(unit or last or outer, 1)
        numbers.append(_decimal(digits) * factor)
    return numbers


def _decimal(digits: str) -> Decimal:
    plain = re.sub(r"[,，' \u00a0\u202f](?=\d{3}(?!\d))", "", digits)
    return Decimal(plain.replace(",", "."))
