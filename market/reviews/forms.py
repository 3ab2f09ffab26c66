"""From typed points and comments to marks."""

from collections.abc import Sequence

from market.challenges.models import Criterion
from market.core.text import _
from market.reviews.actions import MOST_POINTS, Mark, Marks
from market.web.forms import Form

LONGEST_COMMENT = 2000


def read_marks(form: Form, criteria: Sequence[Criterion]) -> Marks:
    """Read what was given so far; a criterion without points is left out, wrong points are an error."""
    by_criterion = {}
    for criterion in criteria:
        points = form.whole(f"points-{criterion.id}", high=MOST_POINTS)
        comment = form.text(f"comment-{criterion.id}", longest=LONGEST_COMMENT)
        if points is not None:
            by_criterion[criterion.id] = Mark(points, comment)
    return Marks(by_criterion, form.text("comment", longest=LONGEST_COMMENT))


def read_revision(form: Form) -> int:
    """Read which state of the scores the form was filled from."""
    return form.whole("revision", high=2**31 - 1) or 0


def read_assignment(form: Form) -> tuple[int, int | None]:
    """Read whom to ask, and for which bid; no bid means all of them."""
    missing = _("Choose a reviewer.")
    return form.whole("reviewer", missing=missing, high=2**31 - 1) or 0, form.whole("bid", high=2**31 - 1)
