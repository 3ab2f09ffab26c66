"""Keys derived from the one secret of this installation, and signed values."""

import hmac
from functools import lru_cache
from hashlib import sha256
from secrets import token_bytes

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

from market.settings import settings


@lru_cache(maxsize=1)
def _secret() -> bytes:
    given = settings().secret_key
    # `jiebang serve` keeps a key in the data directory; without either, sessions end with the process.
    return given.get_secret_value().encode() if given else token_bytes(32)


def key(purpose: str) -> bytes:
    """Return a key for one *purpose*, so that a value signed for one cannot be used for another."""
    return hmac.new(_secret(), purpose.encode(), sha256).digest()


def digest(purpose: str, text: str) -> str:
    """Return a text that stands for *text* and does not tell it."""
    return hmac.new(key(purpose), text.encode("utf-8", "replace"), sha256).hexdigest()


def seal(purpose: str, value: object) -> str:
    """Return *value* as a signed text that is always the same for it, and that does not grow old."""
    return str(URLSafeSerializer(key(purpose), salt=purpose).dumps(value))


def unseal(purpose: str, text: str) -> object | None:
    """Return the value that was sealed, or None."""
    try:
        value: object = URLSafeSerializer(key(purpose), salt=purpose).loads(text)
    except BadSignature:
        return None
    return value


def sign(purpose: str, value: object) -> str:
    """Return *value* as a signed text that is safe in a URL or cookie."""
    return str(URLSafeTimedSerializer(key(purpose), salt=purpose).dumps(value))


def unsign(purpose: str, text: str, *, max_age: int) -> object | None:
    """Return the value that was signed at most *max_age* seconds ago, or None."""
    try:
        value: object = URLSafeTimedSerializer(key(purpose), salt=purpose).loads(text, max_age=max_age)
    except BadSignature:
        return None
    return value
