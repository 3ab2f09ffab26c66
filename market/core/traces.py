"""What a log may say of a failure: kinds and places. Its words may quote what somebody typed, a bid for example."""

import traceback

from market.core.errors import MarketError

_QUOTE_NOTHING = (MarketError, OSError, RuntimeError)


def name_of(error: BaseException) -> str:
    """Return the kind of *error*, with its words where they quote nothing; a database's quote the whole row."""
    kind = type(error).__name__
    if isinstance(error, _QUOTE_NOTHING):
        return f"{kind}: {error}"
    known = (getattr(error, "sqlstate", None), getattr(error, "constraint_name", None))
    return " ".join([kind, *(str(each) for each in known if each)])


def trace_of(error: BaseException) -> str:
    """Return the kinds and places of *error* and of what caused it, the last first."""
    lines, current, seen = [], error, set[int]()
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines += [f"{name_of(current)}\n", *traceback.format_tb(current.__traceback__)]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)  # type: ignore[assignment]
    return "".join(lines).rstrip()
