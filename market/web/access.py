"""Every URL declares who may enter; what is not declared cannot be built, what is not allowed is refused."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from market.core.errors import NotAllowedError, NotSignedInError
from market.core.permissions import Actor
from market.core.text import _
from market.lifecycle import Role
from market.settings import settings
from market.web import secrets

Endpoint = Callable[[Request], Awaitable[Response]]

MAX_FIELDS = 600
MAX_FILES = 20
MAX_TEXT = 1024 * 1024
LARGEST_ROW_ID = 2**31 - 1


@dataclass(frozen=True)
class Access:
    """Who may enter a URL at all; what they see there is the stage's rule."""

    public: bool = False
    roles: frozenset[Role] = frozenset()
    suspended: bool = False

    def admits(self, actor: Actor | None) -> bool:
        """Whether *actor* may enter."""
        return self.public or (actor is not None and (not self.roles or actor.role in self.roles))

    def lets_change(self, actor: Actor | None) -> bool:
        """Whether *actor* may change something here: people of a suspended organisation read only."""
        return self.public or self.suspended or actor is None or not actor.organisation_suspended


ANYONE = Access(public=True)
SIGNED_IN = Access()
EVEN_SUSPENDED = Access(suspended=True)


def only(*roles: Role) -> Access:
    """Return an access for people who act in one of *roles*."""
    return Access(roles=frozenset(roles))


class GuardedRoute(Route):
    """A route that knows its access: the contract test reads it, the guard enforces it."""

    def __init__(self, path: str, endpoint: Endpoint, *, method: str, access: Access) -> None:
        self.access = access
        name = endpoint.__name__
        super().__init__(path, _guard(endpoint, access, method), methods=[method], name=name)


class RowIdConvertor(Convertor[int]):
    """An id in a path. No row has the id 0, so what is too large for the database is no row either, and no failure."""

    regex = "[0-9]+"

    def convert(self, value: str) -> int:
        """Return the id, or 0 where no row can have it."""
        number = int(value) if len(value) <= len(str(LARGEST_ROW_ID)) else 0
        return number if number <= LARGEST_ROW_ID else 0

    def to_string(self, value: int) -> str:
        """Return the id as it stands in a path."""
        return str(value)


register_url_convertor("row", RowIdConvertor())


def get(path: str, endpoint: Endpoint, access: Access) -> GuardedRoute:
    """Declare a page or a download."""
    return GuardedRoute(path, endpoint, method="GET", access=access)


def post(path: str, endpoint: Endpoint, access: Access) -> GuardedRoute:
    """Declare a change; the form must carry the token of its session."""
    return GuardedRoute(path, endpoint, method="POST", access=access)


def actor_of(request: Request) -> Actor:
    """Return who is signed in; the guard has made sure that somebody is."""
    actor = visitor_of(request)
    if actor is None:
        raise NotSignedInError(_("Sign in to continue."))
    return actor


def visitor_of(request: Request) -> Actor | None:
    """Return who is signed in, or None for a public visitor."""
    actor: Actor | None = request.state.actor
    return actor


def csrf_token(request: Request) -> str:
    """Return the token that forms of this browser must carry."""
    return secrets.digest("csrf", request.state.browser_key)


def _guard(endpoint: Endpoint, access: Access, method: str) -> Endpoint:
    async def guarded(request: Request) -> Response:
        actor = visitor_of(request)
        if not access.admits(actor):
            if actor is None and method == "GET":
                asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return RedirectResponse(f"/sign-in?next={quote(asked, safe='')}", status_code=303)
            if actor is None:
                raise NotSignedInError(_("Sign in to continue. What you typed was not saved."))
            raise NotAllowedError(_("This page is not for your role."))
        if method == "POST":
            await _refuse_forged(request)
            if not access.lets_change(actor):
                raise NotAllowedError(_("The organisation is suspended. Ask the district office."))
        try:
            return await endpoint(request)
        finally:
            await request.close()  # uploads that no page has read

    guarded.__name__ = endpoint.__name__
    guarded.__doc__ = endpoint.__doc__
    guarded.__module__ = endpoint.__module__
    return guarded


async def _refuse_forged(request: Request) -> None:
    refusal = NotAllowedError(_("This form was not sent from our page. Reload the page and send it again."))
    if not _same_origin(request):
        raise refusal
    # Read here in any case, within limits: what the page reads afterwards is this form.
    try:
        form = await request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS, max_part_size=MAX_TEXT)
    except (UnicodeError, RecursionError) as error:  # an odd charset that the sender names
        raise HTTPException(400) from error
    given = request.headers.get("x-csrf-token") or str(form.get("csrf_token", ""))
    if not hmac.compare_digest(given.encode("utf-8", "replace"), csrf_token(request).encode()):
        raise refusal


def _same_origin(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is None:
        return True  # an old browser on plain HTTP: the token alone decides
    return origin == settings().public_origin or origin.partition("://")[2] == request.headers.get("host", "")
