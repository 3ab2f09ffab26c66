"""Errors a person can be shown.

* MarketError              400  the request cannot be carried out as asked
  - InvalidError           422  what was typed needs correcting; carries messages by field
  - NotSignedInError       401  sign in first
  - NotAllowedError        403  the actor may not do this
  - NotFoundError          404  no such thing, or not for this person
  - WrongStateError        409  the lifecycle has no such move from here
  - StaleStateError        409  someone else moved it first
  - TooLateError           409  the deadline has passed; says when it was and what time it is
  - TooManyError           429  slow down; says how long
"""

from collections.abc import Mapping

from market.core.text import Text


class MarketError(Exception):
    """What went wrong, as a text to be shown in the reader's language."""

    status_code = 400

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


class InvalidError(MarketError):
    """What was typed needs correcting: *fields* maps a field's name to its message."""

    status_code = 422

    def __init__(self, text: Text, *, fields: Mapping[str, Text] | None = None) -> None:
        super().__init__(text)
        self.fields = dict(fields or {})


class NotSignedInError(MarketError):
    """Sign in first."""

    status_code = 401


class NotAllowedError(MarketError):
    """The actor may not do this."""

    status_code = 403


class NotFoundError(MarketError):
    """No such thing, or not for this person: the two must not be told apart."""

    status_code = 404


class WrongStateError(MarketError):
    """The lifecycle has no such move from here."""

    status_code = 409


class StaleStateError(MarketError):
    """Someone else moved it first."""

    status_code = 409


class TooLateError(MarketError):
    """The deadline has passed."""

    status_code = 409


class TooManyError(MarketError):
    """Too many attempts in a short time."""

    status_code = 429
