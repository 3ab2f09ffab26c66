"""Money is a whole number of fen. Nothing here makes a float."""

import re
from decimal import ROUND_HALF_UP, Decimal

_YUAN = re.compile(r"\d{1,13}(\.\d{1,2})?")
_WAN = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)万")
FEN_PER_YUAN = 100
FEN_PER_WAN = 1_000_000


def parse_yuan(typed: str) -> int | None:
    """Return fen for what a person typed (``1200000``, ``1,200,000.50``, ``¥120万``), or None if it is no amount."""
    plain = typed.strip().replace(",", "").replace("，", "").lstrip("¥￥").removesuffix("元").strip()
    if match := _WAN.fullmatch(plain):
        fen = Decimal(match[1]) * FEN_PER_WAN
        return int(fen) if fen == fen.to_integral_value() else None
    if not _YUAN.fullmatch(plain):
        return None
    return int(Decimal(plain) * FEN_PER_YUAN)


def format_yuan(fen: int) -> str:
    """Return ``¥1,200,000`` or ``¥0.50``: fen are shown only where there are any."""
    yuan, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{'-' if fen < 0 else ''}¥{yuan:,}" + (f".{rest:02d}" if rest else "")


def share(fen: int, percent: Decimal | int) -> int:
    """Return *percent* of *fen*, rounded half up to a whole fen."""
    exact = Decimal(fen) * Decimal(percent) / 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def split(fen: int, percents: list[int]) -> list[int]:
    """Split *fen* by *percents* that add up to 100; what rounding leaves goes to the last part, so nothing is lost."""
    if sum(percents) != 100:  # noqa: PLR2004
        raise ValueError("The parts must add up to 100 percent.")
    parts = [fen * percent // 100 for percent in percents]
    parts[-1] += fen - sum(parts)
    return parts
