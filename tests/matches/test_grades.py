"""What each deed and reason says about fit."""

from typing import Any

import pytest

from market.matches.feedback import Kind, Reason
from market.matches.grades import grade_of

DEAR, CHEAP = {"price": 0.1}, {"price": 0.9}


@pytest.mark.parametrize(
    ("kind", "reason", "features", "grade"),
    [
        (Kind.AWARD, "", {}, 4),
        (Kind.INTERESTED, "", {}, 3),
        (Kind.INVITE, "", {}, 3),
        (Kind.SHORTLIST, "", {}, 2),
        (Kind.RECONSIDER, "", {}, 2),
        (Kind.USEFUL, "", {}, 2),
        (Kind.DISMISS, Reason.WRONG_FIELD, {}, 0),
        (Kind.DISMISS, Reason.MISSING_CAPABILITY, {}, 0),
        (Kind.DISMISS, Reason.TOO_EXPENSIVE, DEAR, 0),
        (Kind.DISMISS, Reason.TOO_EXPENSIVE, CHEAP, None),
        (Kind.DISMISS, Reason.TOO_EXPENSIVE, {}, None),
        (Kind.DISMISS, Reason.NOT_PROVEN, {"readiness": 0.2}, 0),
        (Kind.DISMISS, Reason.NOT_PROVEN, {"readiness": 0.8}, None),
        (Kind.DISMISS, Reason.KNOWN_PROBLEM, DEAR, None),
        (Kind.DISMISS, Reason.OTHER, {}, None),
        (Kind.DISMISS, "", {}, None),
        (Kind.DECLINED, "", {}, None),
        (Kind.USELESS, "field", {}, 0),
        (Kind.USELESS, "busy", {}, None),
        (Kind.USELESS, "", {}, None),
    ],
)
def test_grades(kind: Kind, reason: str, features: dict[str, Any], grade: int | None) -> None:
    assert grade_of(kind, reason, features) == grade
