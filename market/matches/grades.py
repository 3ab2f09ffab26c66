"""How much a deed with a pair says about their fit; the table stands in docs/decisions/ranking.md."""

from collections.abc import Mapping

from market.matches.feedback import Kind, Reason
from matching.ranker import NEUTRAL

# Graded relevance: what it cost the people to do says how sure they were.
GRADES = {Kind.AWARD: 4, Kind.INTERESTED: 3, Kind.INVITE: 3, Kind.SHORTLIST: 2, Kind.RECONSIDER: 2, Kind.USEFUL: 2}
# Deeds that are read: a vendor that declines says nothing of the fit.
READ = (*GRADES, Kind.DISMISS, Kind.USELESS)
_NO_FIT = {Reason.WRONG_FIELD, Reason.MISSING_CAPABILITY}
# Reasons that one feature can express: they teach where it was known and spoke against the pair, else nothing could be
# learned but something that was not said.
_OF_FEATURE = {Reason.TOO_EXPENSIVE: "price", Reason.NOT_PROVEN: "readiness"}
_NOT_OUR_FIELD = "field"  # of the vendor's reasons the one that is about fit (market.fitting.verdicts)


def grade_of(kind: Kind, reason: str, features: Mapping[str, float]) -> int | None:
    """Return the grade of a deed, 0 to 4; None where it says nothing about the fit, so that nothing is learned."""
    if kind in GRADES:
        return GRADES[kind]
    if kind is Kind.USELESS:
        return 0 if reason == _NOT_OUR_FIELD else None
    if kind is not Kind.DISMISS or reason not in set(Reason):
        return None
    feature = _OF_FEATURE.get(Reason(reason))
    if feature is None:
        return 0 if reason in _NO_FIT else None
    return 0 if features.get(feature, NEUTRAL) < NEUTRAL else None
