"""The three pages of a vendor: scenes that fit, what would make more fit, and what to be told of."""

from dataclasses import dataclass

from market.core.text import _
from market.web.languages import say

_PAGES = (
    (_("Scenes that fit"), "/matches"),
    (_("What would raise my fit"), "/matches/gaps"),
    (_("Saved searches"), "/matches/searches"),
)


@dataclass(frozen=True)
class Tab:
    """One tab; ``templates/shared/page.html`` draws it."""

    label: str
    href: str
    current: bool


def tabs_at(path: str) -> list[Tab]:
    """Return the tabs with the one at *path* marked."""
    return [Tab(say(label), href, href == path) for label, href in _PAGES]
