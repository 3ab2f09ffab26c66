"""The main menu, by role."""

from dataclasses import dataclass

from market.core.permissions import Actor
from market.lifecycle import Role
from market.web.languages import gettext


def _(text: str) -> str:
    """Mark a label for translation."""
    return text


@dataclass(frozen=True)
class MenuItem:
    """One entry of the main menu."""

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
                   (_("Supply and demand"), "/insight")),
    Role.REVIEWER: ((_("My work"), "/desk"), (_("My reviews"), "/reviews"), *_PUBLIC),
    Role.AUDITOR: ((_("My work"), "/desk"), *_PUBLIC, (_("Awards"), "/awards"), (_("Funds"), "/funds"),
                   (_("Pilots"), "/pilots"), (_("Supply and demand"), "/insight"), (_("Audit log"), "/audit")),
}  # fmt: skip


def navigation_for(actor: Actor | None, path: str) -> list[MenuItem]:
    """Return the menu for *actor*, with the entry of the page at *path* marked."""
    entries = _BY_ROLE[actor.role] if actor else _PUBLIC
    return [MenuItem(gettext(label), href, path == href or path.startswith(f"{href}/")) for label, href in entries]
