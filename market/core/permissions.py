"""Who acts, and the answer that a rule gives."""

from dataclasses import dataclass

from market.core.errors import NotAllowedError
from market.core.text import Text
from market.lifecycle import Role


@dataclass(frozen=True)
class Actor:
    """One person in one role for one organisation, or the clock."""

    role: Role
    name: str
    person_id: int | None = None
    organisation_id: int | None = None
    organisation_name: str = ""
    organisation_verified: bool = False
    organisation_name_en: str = ""
    organisation_suspended: bool = False

    @property
    def is_staff(self) -> bool:
        """Whether the actor works for the district: officers and auditors."""
        return self.role in {Role.OFFICER, Role.AUDITOR}

    @property
    def role_label(self) -> str:
        """The role's English name, for the page to translate."""
        return ROLE_LABELS[self.role]

    @property
    def organisation(self) -> dict[str, str]:
        """The organisation's names, for the page to choose the one in its language."""
        return {"name": self.organisation_name, "name_en": self.organisation_name_en}

    def is_of(self, organisation_id: int | None) -> bool:
        """Whether the actor acts for this organisation."""
        return organisation_id is not None and self.organisation_id == organisation_id


ROLE_LABELS: dict[Role, str] = {
    Role.BUYER: "Buyer",
    Role.VENDOR: "Vendor",
    Role.OFFICER: "Officer",
    Role.REVIEWER: "Reviewer",
    Role.AUDITOR: "Auditor",
    Role.CLOCK: "The clock",
}

CLOCK = Actor(role=Role.CLOCK, name="clock")


@dataclass(frozen=True)
class Verdict:
    """Whether something is allowed, and if not, why: the page shows the reason, the test asserts it."""

    allowed: bool
    reason: Text | None = None

    def __bool__(self) -> bool:
        return self.allowed


ALLOWED = Verdict(allowed=True)


def refuse(reason: Text) -> Verdict:
    """Return a refusal with its reason."""
    return Verdict(allowed=False, reason=reason)


def require(verdict: Verdict) -> None:
    """Refuse with the verdict's reason (``NotAllowedError``) unless it allows."""
    if verdict.reason is not None:
        raise NotAllowedError(verdict.reason)
