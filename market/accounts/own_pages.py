"""One's own account: organisation, colleagues, roles and password."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from market.accounts import actions, queries, rules
from market.accounts.forms import read_new_person
from market.accounts.models import Membership, Organisation
from market.core.errors import InvalidError, NotFoundError, TooManyError
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.settings import settings
from market.web.access import actor_of
from market.web.forms import FieldError, Form, Typed, form_of
from market.web.middleware import SESSION_COOKIE
from market.web.render import page, see_other


@dataclass(frozen=True)
class AccountView:
    """One's own account; errors belong to the one form that was sent."""

    organisation: Organisation | None
    memberships: list[Membership]
    colleagues: list[Membership]
    may_add: bool
    typed: Typed
    errors: list[FieldError]
    sent: str


async def show_account(request: Request) -> Response:
    """Show one's own account."""
    return page(request, "accounts/account.html", await _view(actor_of(request)))


async def choose_role(request: Request) -> Response:
    """Act in another of one's own roles."""
    form, actor = await form_of(request), actor_of(request)
    membership_id = form.whole("membership", high=2**31 - 1) or 0
    await actions.choose_membership(request.cookies[SESSION_COOKIE], actor.person_id or 0, membership_id)
    return see_other(request, "/desk", flash=_("You now act in another role."))


async def verify(request: Request) -> Response:
    """Verify one's organisation by its code."""
    form, actor = await form_of(request), actor_of(request)
    organisation = await _own_organisation(actor)
    try:
        async with unit_of_work() as work:
            await actions.verify_organisation(organisation, form.raw("code"), work=work, actor=actor)
    except InvalidError as error:
        return await _again(request, form, error, "verify")
    return see_other(request, "/account", flash=_("Your organisation is verified."))


async def add_colleague(request: Request) -> Response:
    """Give a colleague an account for one's own organisation."""
    form, actor = await form_of(request), actor_of(request)
    organisation, person = await _own_organisation(actor), read_new_person(form)
    if form.valid:
        try:
            async with unit_of_work() as work:
                await actions.add_person(organisation, **person._asdict(), work=work, actor=actor)
            return see_other(request, "/account", flash=_("The account is ready. Tell your colleague the password."))
        except InvalidError as error:
            form.note(error)
    return await _again(request, form, None, "colleague")


async def change_password(request: Request) -> Response:
    """Change one's own password."""
    form, actor = await form_of(request), actor_of(request)
    current, new, token = form.secret("current"), form.secret("new"), request.cookies[SESSION_COOKIE]
    try:
        limit = f"{settings().login_attempts_per_minute}/minute"
        await request.app.state.limiter.count(f"password:{actor.person_id}", limit)
        async with unit_of_work() as work:
            await actions.change_password(actor.person_id or 0, current, new, token=token, work=work, actor=actor)
    except InvalidError as error:
        return await _again(request, form, error, "password")
    except TooManyError as error:
        form.error("current", error.text)
        return await _again(request, form, None, "password", status_code=429)
    changed: Text = _("Your password is changed. Every other device is signed out.")
    return see_other(request, "/account", flash=changed)


async def _again(
    request: Request, form: Form, error: InvalidError | None, sent: str, *, status_code: int = 422
) -> Response:
    if error is not None:
        form.note(error)
    view = await _view(actor_of(request), form.typed, form.errors, sent)
    return page(request, "accounts/account.html", view, status_code=status_code)


async def _view(
    actor: Actor, typed: Typed | None = None, errors: list[FieldError] | None = None, sent: str = ""
) -> AccountView:
    organisation = await Organisation.get_or_none(id=actor.organisation_id)
    may_add = organisation is not None and actor.is_of(organisation.id) and bool(
        rules.may_add_person(actor, organisation)
    )  # fmt: skip
    return AccountView(
        organisation,
        await queries.memberships_of(actor.person_id or 0),
        await queries.people_of(organisation.id) if organisation else [],
        may_add,
        typed if typed is not None else Typed(),
        errors or [],
        sent,
    )


async def _own_organisation(actor: Actor) -> Organisation:
    organisation = await Organisation.get_or_none(id=actor.organisation_id)
    if organisation is None:
        raise NotFoundError(_("There is no such page."))
    return organisation
