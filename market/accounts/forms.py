"""What people type about themselves and their organisations."""

import re

from market.accounts.actions import NewAccount
from market.accounts.rules import SIGN_UP_ROLES, compact_code, is_good_password, is_valid_code
from market.core.text import _
from market.core.vocabulary import OrganisationKind, Size
from market.web.forms import Form

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def read_new_account(form: Form) -> NewAccount:
    """Read the sign-up form; what is wrong is in ``form.errors``."""
    email = form.text("email", missing=_("Enter your e-mail address."), longest=254)
    if email and not _EMAIL.fullmatch(email):
        form.error("email", _("Enter an e-mail address, for example name@example.com."))
    password = form.secret("password")
    if not (verdict := is_good_password(password, email)):
        form.error("password", verdict.reason or _("Choose another password."))
    kind = form.choice("kind", OrganisationKind, missing=_("Choose what your organisation does here."))
    if kind and kind not in SIGN_UP_ROLES:
        form.error("kind", _("Choose what your organisation does here."))
    code = compact_code(form.raw("code"))
    if code and not (verdict := is_valid_code(code)):
        form.error("code", verdict.reason or _("Correct the code."))
    return NewAccount(
        name=form.text("name", missing=_("Enter your name."), longest=100),
        email=email,
        password=password,
        organisation=form.text("organisation", missing=_("Enter the organisation's registered name."), longest=200),
        kind=kind or OrganisationKind.BUYER,
        code=code,
        size=form.choice("size", Size),
    )
