"""From which score on a scene is worth a message, and how often that was right on labelled data."""

from dataclasses import dataclass

from market.matches.scale import GOOD_SCORE

# Seven of ten: a vendor that is told of ten scenes should find most of them worth reading, or it stops reading.
WANTED_PRECISION = 0.7


@dataclass(frozen=True)
class Threshold:
    """The least score of an alert; *precision* is the share of pairs from there on that judges called relevant."""

    score: float
    precision: float | None


def alert_threshold() -> Threshold:
    """Return the score from which on an alert is sent."""
    return Threshold(GOOD_SCORE, None)
