"""What people type about themselves and their organisations."""

import re
from typing import NamedTuple

from market.accounts.actions import NewAccount
from market.accounts.rules import SIGN_UP_ROLES, compact_code, is_good_password, is_valid_code
from market.core.text import _
from market.core.vocabulary import OrganisationKind, Size
from market.web.forms import Form

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class NewPerson(NamedTuple):
    """Who somebody wants to let in, with a first password."""

    name: str
    email: str
    password: str


def read_new_person(form: Form) -> NewPerson:
    """Read name, address and password of a person; what is wrong is in ``form.errors``."""
    name = form.text("name", missing=_("Enter the name."), longest=100)
    email = form.text("email", missing=_("Enter the e-mail address."), longest=254)
    if email and not _EMAIL.fullmatch(email):
        form.error("email", _("Enter an e-mail address, for example name@example.com."))
    password = form.secret("password")
    if (verdict := is_good_password(password, email)).reason is not None:
        form.error("password", verdict.reason)
    return NewPerson(name, email, password)


def read_new_account(form: Form) -> NewAccount:
    """Read the sign-up form; what is wrong is in ``form.errors``, in the order of the page."""
    kind = form.choice("kind", OrganisationKind, missing=_("Choose what your organisation does here."))
    if kind and kind not in SIGN_UP_ROLES:
        form.error("kind", _("Choose what your organisation does here."))
    organisation = form.text("organisation", missing=_("Enter the organisation's registered name."), longest=200)
    code = compact_code(form.raw("code"))
    if code and (verdict := is_valid_code(code)).reason is not None:
        form.error("code", verdict.reason)
    size = form.choice("size", Size)
    person = read_new_person(form)
    return NewAccount(
        name=person.name,
        email=person.email,
        password=person.password,
        organisation=organisation,
        kind=kind or OrganisationKind.BUYER,
        code=code,
        size=size,
    )
