"""What is allowed with accounts."""

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from market.accounts.models import Organisation
from market.core.permissions import ALLOWED, Actor, Verdict, refuse
from market.core.text import _
from market.core.vocabulary import OrganisationKind
from market.lifecycle import OrganisationState, Role

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
FEWEST_DIFFERENT = 4
# What lists of leaked passwords begin with, and runs of keys and digits.
_TRIED_FIRST = (
    "password", "qwerty", "1q2w3e4r", "1qaz2wsx", "abcdefghij", "iloveyou", "letmein", "admin123", "jiebang",
    "woaini1314", "a123456789", "0123456789", "1234567890", "9876543210", "asdfghjkl",
)  # fmt: skip
SIGN_UP_ROLES: dict[OrganisationKind, Role] = {
    OrganisationKind.BUYER: Role.BUYER,
    OrganisationKind.VENDOR: Role.VENDOR,
    OrganisationKind.EXPERT_BODY: Role.REVIEWER,
}


def compact_code(typed: str) -> str:
    """Return a unified social credit code without spaces, in capitals."""
    return "".join(typed.split()).replace("-", "").upper()


def is_valid_code(code: str) -> Verdict:
    """Say whether *code* is a unified social credit code: 18 characters whose last one checks the others."""
    if len(code) != 18:  # noqa: PLR2004
        return refuse(_("A unified social credit code has 18 characters; this has %(count)s.", count=len(code)))
    try:
        uscc.validate(code)
    except ValidationError:
        return refuse(_("This is not a valid unified social credit code: the last character does not check. "
                        "Compare it with the business licence."))  # fmt: skip
    return ALLOWED


def is_good_password(password: str, email: str) -> Verdict:
    """Say whether a password is long enough and not the address itself."""
    if len(password) < SHORTEST_PASSWORD:
        return refuse(_("Choose a password of at least %(count)s characters.", count=SHORTEST_PASSWORD))
    if len(password) > LONGEST_PASSWORD:
        return refuse(_("Choose a password of at most %(count)s characters.", count=LONGEST_PASSWORD))
    left = password.lower()
    for word in _TRIED_FIRST:
        left = left.replace(word, "")
    if len(set(password)) < FEWEST_DIFFERENT or len(left) < FEWEST_DIFFERENT:
        return refuse(_("This password is among the first that others would try. Choose another one."))
    if password.lower() in {email.lower(), email.split("@", maxsplit=1)[0].lower() * 2}:
        return refuse(_("Choose a password that is not your e-mail address."))
    return ALLOWED


def may_act_for(actor: Actor, organisation: Organisation) -> Verdict:
    """Say whether *actor* may act for the organisation where it must be verified first."""
    if not actor.is_of(organisation.id):
        return refuse(_("You do not act for this organisation."))
    if organisation.state is OrganisationState.SUSPENDED:
        return refuse(_("The organisation is suspended. Ask the district office."))
    if organisation.state is not OrganisationState.VERIFIED:
        return refuse(_("Verify your organisation first, by its unified social credit code."))
    return ALLOWED


def must_be_verified(actor: Actor) -> Verdict:
    """Say whether the actor's organisation has been verified."""
    if actor.role in {Role.CLOCK, Role.OFFICER} or actor.organisation_verified:
        return ALLOWED
    return refuse(_("Verify your organisation first, by its unified social credit code."))


def may_add_person(actor: Actor, organisation: Organisation) -> Verdict:
    """Say whether *actor* may give somebody an account for the organisation: only its own people may.

    A code is public: it proves which organisation is meant, never that somebody works there. Officers let nobody in
    either: with an account of a vendor they could read its sealed bids, with a second officer's approve what they
    proposed. An organisation without people, and every staff account, begins on the server.
    """
    if organisation.kind not in SIGN_UP_ROLES:
        return refuse(_("Accounts of district staff and auditors are made by the system's administrator."))
    if not actor.is_of(organisation.id):
        return refuse(_("You do not act for this organisation."))
    if organisation.state is OrganisationState.SUSPENDED:
        return refuse(_("The organisation is suspended. Ask the district office."))
    return ALLOWED
