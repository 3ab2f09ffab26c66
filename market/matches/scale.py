"""How a score and a strength are put into words.

From 0.4 on, 95 of 100 judged pairs of the graded labelled sets were called relevant, from 0.25 on 75 to 80, and of
random pairs less than 2 reach that (docs/decisions/ranking.md). Of hand-labelled sentences from a strength of 0.3 on,
83 of 100 support the requirement at least in part.
"""

from market.core.text import Text, _

GOOD_SCORE, SOME_SCORE = 0.4, 0.25
STRONG_STRENGTH, WEAK_STRENGTH = 0.5, 0.3


def fit_of(score: float) -> tuple[Text, str]:
    """Return the words for a score, and the colour that goes with them."""
    if score >= GOOD_SCORE:
        return _("good fit"), "good"
    return (_("partial fit"), "info") if score >= SOME_SCORE else (_("little in common"), "quiet")


def support_of(strength: float) -> tuple[Text, str]:
    """Return the words for the strength of a sentence, and the colour that goes with them."""
    if strength >= STRONG_STRENGTH:
        return _("well supported"), "good"
    if strength >= WEAK_STRENGTH:
        return _("partly supported"), "info"
    return _("no sentence found that supports this"), "warn"
