"""How a score and a strength are put into words.

Read off the demonstration district with the bundled encoder: what was written to fit a scene scores 0.35 to 0.56, what
has nothing to do with it below 0.25; sentences that answer a requirement reach 0.5, those that do not stay below 0.3.
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
