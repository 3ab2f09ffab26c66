"""The main menu, by role, and the tabs of the staff's pages on supply and demand, which stand in several stages."""

from dataclasses import dataclass

from market.core.permissions import Actor
from market.lifecycle import Role
from market.web.languages import gettext


def _(text: str) -> str:
    """Mark a label for translation."""
    return text


@dataclass(frozen=True)
class MenuItem:
    """One entry of the main menu, or one tab."""

    label: str
    href: str
    current: bool


_PUBLIC = ((_("Scenes"), "/scenes"), (_("Solutions"), "/solutions"), (_("Challenges"), "/challenges"),
           (_("Match-making"), "/sessions"), (_("Notices"), "/notices"))  # fmt: skip
_BY_ROLE: dict[Role, tuple[tuple[str, str], ...]] = {
    Role.BUYER: ((_("My work"), "/desk"), *_PUBLIC, (_("Pilots"), "/pilots")),
    Role.VENDOR: ((_("My work"), "/desk"), (_("Scenes that fit me"), "/matches"), *_PUBLIC, (_("My bids"), "/bids"),
                  (_("Pilots"), "/pilots")),
    Role.OFFICER: ((_("My work"), "/desk"), *_PUBLIC, (_("Awards"), "/awards"), (_("Funds"), "/funds"),
                   (_("Pilots"), "/pilots"), (_("Organisations"), "/organisations"),
                   (_("Insight"), "/insight")),
    Role.REVIEWER: ((_("My work"), "/desk"), (_("My reviews"), "/reviews"), *_PUBLIC),
    Role.AUDITOR: ((_("My work"), "/desk"), *_PUBLIC, (_("Awards"), "/awards"), (_("Funds"), "/funds"),
                   (_("Pilots"), "/pilots"), (_("Insight"), "/insight"), (_("Audit log"), "/audit")),
}  # fmt: skip
_OVERVIEW = (
    (_("By field"), "/insight"), (_("Scenes nobody serves"), "/insight/scenes"),
    (_("Solutions nobody needs yet"), "/insight/solutions"), (_("Near-duplicates"), "/insight/duplicates"),
    (_("Exposure"), "/exposure"), (_("Funnel"), "/funnel"), (_("Rankers"), "/rankers"), (_("Index"), "/insight/index"),
)  # fmt: skip
_STAFF = frozenset({Role.OFFICER, Role.AUDITOR})
_IN_OVERVIEW = (*(href for _label, href in _OVERVIEW), "/merges")


def navigation_for(actor: Actor | None, path: str) -> list[MenuItem]:
    """Return the menu for *actor*, with the entry of the page at *path* marked."""
    entries = _BY_ROLE[actor.role] if actor else _PUBLIC
    place = "/insight" if any(_is_at(path, href) for href in _IN_OVERVIEW) else path
    return [MenuItem(gettext(label), href, _is_at(place, href)) for label, href in entries]


def tabs_for(actor: Actor | None, path: str) -> list[MenuItem]:
    """Return what staff read about supply and demand, with the page at *path* marked; nothing for others."""
    if actor is None or actor.role not in _STAFF:
        return []
    return [MenuItem(gettext(label), href, path == href) for label, href in _OVERVIEW]


def _is_at(path: str, href: str) -> bool:
    return path == href or path.startswith(f"{href}/")
