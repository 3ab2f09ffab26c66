"""From what an officer typed about funds to values."""

import re

from market.core.text import _
from market.grants.actions import FundContent
from market.web.forms import Form

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{1,29}")


def read_fund(form: Form) -> FundContent | None:
    """Return a new fund, or None with the messages noted."""
    code = form.text("code", missing=_("Give the fund a code."), longest=30)
    if code and not _CODE.fullmatch(code):
        form.error("code", _("Use letters, digits and hyphens, for example AI-2026."))
    name = form.text("name", missing=_("Name the fund."), longest=200)
    name_en = form.text("name_en", longest=200)
    basis = form.text("policy_basis", missing=_("Name the policy that this money stands on."))
    caps = read_caps(form)
    if not form.valid or caps is None:
        return None
    return FundContent(code=code.upper(), name=name, name_en=name_en, policy_basis=basis, project_cap_fen=caps[0],
                       organisation_cap_fen=caps[1])  # fmt: skip


def read_caps(form: Form) -> tuple[int, int] | None:
    """Return the caps of a project and of an organisation a year, or None with the messages noted."""
    project = form.yuan("project_cap", missing=_("Enter the most that one project may get."))
    organisation = form.yuan("organisation_cap", missing=_("Enter the most that one organisation may get in a year."))
    for name, cap in (("project_cap", project), ("organisation_cap", organisation)):
        if cap == 0:
            form.error(name, _("Enter an amount above zero."))
    return (project, organisation) if project and organisation else None


def read_budget(form: Form) -> tuple[int, str] | None:
    """Return an amount to add and its reason, or None with the messages noted."""
    amount = form.yuan("amount", missing=_("Enter the amount to add."))
    if amount == 0:
        form.error("amount", _("Enter an amount above zero."))
    reason = form.text("reason", missing=_("Name the decision that the money comes from."), longest=500)
    return (amount, reason) if form.valid and amount else None
