"""From which score on a scene is worth a message, and how often that was right on labelled data."""

from dataclasses import dataclass

from market.matches.rankers import current_ranker
from market.matches.scale import GOOD_SCORE

# Seven of ten: a vendor that is told of ten scenes should find most of them worth reading, or it stops reading.
WANTED_PRECISION = 0.7


@dataclass(frozen=True)
class Threshold:
    """The least score of an alert; *precision* is the share of pairs at that score that judges called relevant."""

    score: float
    precision: float | None


async def alert_threshold() -> Threshold:
    """Return the least score at which ``WANTED_PRECISION`` was measured, but never one below a good fit.

    Labelled pairs were chosen to be judged, so more of them are relevant than of all pairs in a catalogue: hence the
    floor. Where the ranker in use was not measured, or never came so high, a good fit is asked for.
    """
    ranker = await current_ranker()
    enough = [score for score, share in ranker.calibration if share >= WANTED_PRECISION]
    score = max(GOOD_SCORE, enough[0]) if enough else GOOD_SCORE
    return Threshold(score, ranker.precision_at(score))
