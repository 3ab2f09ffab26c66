"""What a bid says, as one value that is hashed and stored: the same text gives the same bytes everywhere."""

import hashlib
from collections.abc import Sequence
from secrets import token_hex
from typing import Any

import orjson

from market.bids.models import Bid, BidMilestone
from market.core.models import StoredFile

PLEDGE_VERSION = 1
_SALT = "salt"


def content_of(
    bid: Bid, milestones: Sequence[BidMilestone], files: Sequence[StoredFile], *, organisation: str, solution: str
) -> dict[str, Any]:
    """Return everything that the bid says; names of others are kept as they are today."""
    return {
        "organisation": organisation,
        "solution_id": bid.solution_id,  # type: ignore[attr-defined]
        "solution": solution,
        "approach": bid.approach,
        "team": bid.team,
        "price_fen": bid.price_fen,
        "delivery_weeks": bid.delivery_weeks,
        "milestones": [
            {"position": m.position, "title": m.title, "due_week": m.due_week, "percent": m.percent}
            for m in sorted(milestones, key=lambda each: each.position)
        ],
        "pledge": bid.pledge,
        "pledge_version": PLEDGE_VERSION,
        "files": [
            {"id": f.id, "name": f.name, "size": f.size, "sha256": f.sha256, "media_type": f.media_type} for f in files
        ],
    }


def salted(content: dict[str, Any]) -> dict[str, Any]:
    """Return *content* with a random salt: its hash is public to auditors and must not let anybody guess a price."""
    return content | {_SALT: token_hex(16)}


def same_words(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two contents say the same; the salt says nothing."""
    return _canonical({**one, _SALT: ""}) == _canonical({**other, _SALT: ""})


def sha256_of(content: dict[str, Any]) -> str:
    """Return the SHA-256 of the content's canonical JSON: sorted keys, UTF-8, no spaces."""
    return hashlib.sha256(_canonical(content)).hexdigest()


def _canonical(content: dict[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
