"""Errors that a person at the terminal can act on, told in one line."""

from pydantic import ValidationError
from tortoise.exceptions import DBConnectionError, OperationalError

from market.core.errors import MarketError
from market.core.postgres import ServerError
from market.core.unprivileged import NoAccountError
from market.serve import ServeError
from market.web.assets import AssetsError
from matching.encoder import EncoderError
from matching.labelled import LabelledSetError
from matching.manifest import SnapshotError
from matching.ranker import RankerError

KNOWN = (
    MarketError, ServerError, ServeError, NoAccountError, AssetsError, EncoderError, LabelledSetError, SnapshotError,
    RankerError, DBConnectionError, OSError,
)  # fmt: skip


def one_line(error: Exception) -> str | None:
    """Return what to tell, or None where only a traceback helps."""
    if isinstance(error, ValidationError):
        faults = (f"{'.'.join(map(str, fault['loc'])) or 'settings'}: {fault['msg']}" for fault in error.errors())
        return "Wrong setting: " + "; ".join(faults)
    if isinstance(error, OperationalError) and "does not exist" in str(error):
        return "The database is not migrated: run jiebang migrate."
    if isinstance(error, KNOWN):
        return str(error) or type(error).__name__
    return None
