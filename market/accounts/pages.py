"""Sign in, sign up, messages; organisations for staff."""

import logging
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.accounts import actions, queries
from market.accounts.forms import read_new_account
from market.accounts.models import Membership, Organisation
from market.core import clock
from market.core.errors import InvalidError, NotFoundError, TooManyError
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.vocabulary import OrganisationKind
from market.core.work import unit_of_work
from market.lifecycle import Move, OrganisationState, Role, moves_from
from market.settings import settings
from market.web import secrets
from market.web.access import actor_of, visitor_of
from market.web.forms import FieldError, Typed, form_of
from market.web.languages import current, say
from market.web.middleware import SESSION_COOKIE, SignedIn
from market.web.paging import Pager, pager_of
from market.web.render import local_address, page, see_other

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FormView:
    """A form, what was typed and what is wrong with it."""

    typed: Typed
    errors: list[FieldError]
    next: str = ""


@dataclass(frozen=True)
class Message:
    """A message as it is shown."""

    text: str
    link: str
    at: Any
    unread: bool


@dataclass(frozen=True)
class MessagesView:
    """One's messages, newest first."""

    messages: list[Message]
    pager: Pager


@dataclass(frozen=True)
class OrganisationsView:
    """The register of organisations, for staff."""

    organisations: list[Organisation]
    pager: Pager
    typed: Typed
    kinds: list[OrganisationKind]
    states: list[OrganisationState]


@dataclass(frozen=True)
class OrganisationView:
    """One organisation, for staff."""

    organisation: Organisation
    people: list[Membership]
    moves: list[Move]


async def load_session(token: str) -> SignedIn | None:
    """Say who a session's cookie belongs to, or None."""
    row = await queries.find_session(token, clock.now())
    if row is None or row["role"] is None:
        return None
    actor = Actor(
        role=row["role"], name=row["name"], person_id=row["person_id"], organisation_id=row["organisation_id"],
        organisation_name=row["organisation"], organisation_name_en=row["organisation_en"],
        organisation_verified=row["state"] is OrganisationState.VERIFIED,
        # Officers stay able to act: somebody must be left to reinstate.
        organisation_suspended=row["state"] is OrganisationState.SUSPENDED and row["role"] is not Role.OFFICER,
    )  # fmt: skip
    return SignedIn(actor, row["locale"], await queries.count_unread(actor, row["seen_at"]))


async def show_sign_in(request: Request) -> Response:
    """Ask for e-mail and password."""
    if visitor_of(request):
        return see_other(request, "/desk")
    target = local_address(request.query_params.get("next", ""), "/desk")
    return page(request, "accounts/sign_in.html", FormView(Typed(), [], target))


async def sign_in(request: Request) -> Response:
    """Open a session, or say that address and password do not fit; which of the two is not told."""
    form = await form_of(request)
    email, address = form.raw("email").lower(), request.client.host if request.client else "unknown"
    target = local_address(form.raw("next"), "/desk")
    try:
        per_minute, limiter = settings().login_attempts_per_minute, request.app.state.limiter
        # One place cannot keep the owner of an address out elsewhere; many places together cannot guess without end.
        await limiter.count(f"sign-in:{secrets.digest('limit', f'{email} {address}')}", f"{per_minute}/minute")
        await limiter.count(f"sign-in:{secrets.digest('limit', email)}", f"{per_minute * 5}/minute")
        await limiter.count(f"sign-in:{address}", f"{per_minute * 5}/minute")
    except TooManyError as error:
        form.error("email", error.text)
        return page(request, "accounts/sign_in.html", FormView(form.typed, form.errors, target), status_code=429)
    person = await queries.find_person(email)
    if not await actions.check_password(person, form.secret("password")) or person is None:
        log.warning("A sign-in from %s was refused: person %s", address, person.id if person else "unknown")
        form.error("email", _("The e-mail address or the password is wrong. Check both and try again."))
        return page(request, "accounts/sign_in.html", FormView(form.typed, form.errors, target), status_code=422)
    memberships = await queries.memberships_of(person.id)
    await actions.end_session(request.cookies.get(SESSION_COOKIE, ""))
    token = await actions.start_session(person, memberships[0].id if memberships else None, locale=current.get())
    return _with_session(see_other(request, target), token)


async def sign_out(request: Request) -> Response:
    """Close the session."""
    await actions.end_session(request.cookies.get(SESSION_COOKIE, ""))
    response = see_other(request, "/", flash=_("You are signed out."))
    response.delete_cookie(SESSION_COOKIE)
    return response


async def show_sign_up(request: Request) -> Response:
    """Ask for what an account needs."""
    kind = request.query_params.get("kind", "")
    return page(request, "accounts/sign_up.html", FormView(Typed(kind=kind), []))


async def sign_up(request: Request) -> Response:
    """Create the account and sign in."""
    form = await form_of(request)
    address = request.client.host if request.client else "unknown"
    account = read_new_account(form)
    if form.valid:
        try:
            await request.app.state.limiter.count(f"sign-up:{address}", "30/hour")
            async with unit_of_work() as work:
                person, membership = await actions.sign_up(account, work=work)
            await actions.end_session(request.cookies.get(SESSION_COOKIE, ""))
            token = await actions.start_session(person, membership.id, locale=current.get())
            return _with_session(see_other(request, "/desk", flash=_("Welcome. Your account is ready.")), token)
        except InvalidError as error:
            form.note(error)
        except TooManyError as error:
            form.error("email", error.text)
    return page(request, "accounts/sign_up.html", FormView(form.typed, form.errors), status_code=422)


async def show_messages(request: Request) -> Response:
    """Show one's messages and remember that they were seen."""
    actor = actor_of(request)
    _first, total = await queries.messages_for(actor, offset=0, limit=1)
    pager = pager_of(request, total)
    rows, _total = await queries.messages_for(actor, offset=pager.offset, limit=pager.size)
    unread = request.state.unread
    messages = [
        Message(say(Text.from_json(row.text)), row.link, row.created_at, pager.offset + place < unread)
        for place, row in enumerate(rows)
    ]
    answer = page(request, "accounts/messages.html", MessagesView(messages, pager))
    await actions.mark_messages_seen(actor, clock.now())
    return answer


async def list_organisations(request: Request) -> Response:
    """Show the register of organisations."""
    asked = Typed({name: request.query_params.get(name, "") for name in ("q", "kind", "state")})
    kind = OrganisationKind(asked["kind"]) if asked["kind"] in set(OrganisationKind) else None
    state = OrganisationState(asked["state"]) if asked["state"] in set(OrganisationState) else None
    _none, total = await queries.search_organisations(asked["q"], kind, state, offset=0, limit=1)
    pager = pager_of(request, total)
    rows, _total = await queries.search_organisations(asked["q"], kind, state, offset=pager.offset, limit=pager.size)
    view = OrganisationsView(rows, pager, asked, list(OrganisationKind), list(OrganisationState))
    return page(request, "accounts/organisations.html", view)


async def show_organisation(request: Request) -> Response:
    """Show one organisation with its people."""
    organisation = await _organisation_of(request)
    moves = moves_from(
        organisation.state, actor_of(request).role, among={"suspend_organisation", "reinstate_organisation"}
    )
    view = OrganisationView(organisation, await queries.people_of(organisation.id), moves)
    return page(request, "accounts/organisation.html", view)


async def suspend(request: Request) -> Response:
    """Stop an organisation from acting."""
    form, organisation = await form_of(request), await _organisation_of(request)
    async with unit_of_work() as work:
        await actions.suspend_organisation(organisation, form.raw("reason"), work=work, actor=actor_of(request))
    return see_other(request, f"/organisations/{organisation.id}", flash=_("The organisation is suspended."))


async def reinstate(request: Request) -> Response:
    """Let an organisation act again."""
    form, organisation = await form_of(request), await _organisation_of(request)
    async with unit_of_work() as work:
        await actions.reinstate_organisation(organisation, form.raw("reason"), work=work, actor=actor_of(request))
    return see_other(request, f"/organisations/{organisation.id}", flash=_("The organisation may act again."))


async def _organisation_of(request: Request) -> Organisation:
    organisation = await Organisation.get_or_none(id=request.path_params["organisation_id"])
    if organisation is None:
        raise NotFoundError(_("There is no such organisation."))
    return organisation


def _with_session(response: Response, token: str) -> Response:
    response.set_cookie(
        SESSION_COOKIE, token, max_age=int(actions.SESSION_LIFE.total_seconds()), httponly=True, samesite="lax",
        secure=settings().secure_cookies,
    )  # fmt: skip
    return response
