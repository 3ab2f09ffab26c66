"""Around every request: who is it, in which language, and which headers protect the answer."""

import logging
import string
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from secrets import token_urlsafe
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from market.core.permissions import Actor
from market.core.traces import trace_of
from market.settings import settings
from market.web import languages, secrets

log = logging.getLogger(__name__)

SESSION_COOKIE = "jiebang_session"
VISITOR_COOKIE = "jiebang_visitor"
LOCALE_COOKIE = "jiebang_locale"
A_YEAR = 365 * 24 * 3600
WITHOUT_VISITORS = ("/static/", "/livez", "/readyz")
_MOST_DIGITS = 15

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
_HEADERS = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


@dataclass(frozen=True)
class SignedIn:
    """What a session says: who acts, in which language, with how many unread messages."""

    actor: Actor
    locale: str
    unread: int


LoadSession = Callable[[str], Awaitable[SignedIn | None]]
ShowFailure = Callable[[Request], Response]


class BrokenAnswerError(Exception):
    """An answer had begun when something failed."""


class Where:
    """Sets the language and a key for this browser, so that every answer, an error page too, can be rendered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["query_string"] = _clean_query(scope.get("query_string", b""))
        cookies = HTTPConnection(scope).cookies
        visitor = cookies.get(VISITOR_COOKIE) or token_urlsafe(18)
        chosen = cookies.get(LOCALE_COOKIE, "")
        state = scope.setdefault("state", {})
        state |= {"actor": None, "unread": 0, "browser_key": secrets.digest("browser", visitor)}
        mark = languages.current.set(chosen if chosen in languages.LOCALES else languages.DEFAULT)
        fresh = None if VISITOR_COOKIE in cookies or scope["path"].startswith(WITHOUT_VISITORS) else visitor
        try:
            await self.app(scope, receive, _with_visitor(send, fresh))
        finally:
            languages.current.reset(mark)


class Failures:
    """Answers with the error page where something fails, and logs where; its words reach neither reader nor log."""

    def __init__(self, app: ASGIApp, show_failure: ShowFailure) -> None:
        self.app = app
        self.show_failure = show_failure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = False

        async def send_noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except Exception as error:
            if scope["type"] != "http":
                raise
            # The route, not the path: a path may hold a signed address.
            route = getattr(scope.get("route"), "path", "no route")
            log.error("A request failed: %s %s: %s", scope["method"], route, trace_of(error))  # noqa: TRY400
            log.debug("Its words were: %s", error)
            if started:
                raise BrokenAnswerError from None  # the server can only cut the line
            response = self.show_failure(Request(scope))
            await response(scope, receive, send)


class Who:
    """Puts who is signed in into the request's state."""

    def __init__(self, app: ASGIApp, load_session: LoadSession) -> None:
        self.app = app
        self.load_session = load_session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and not scope["path"].startswith(WITHOUT_VISITORS):
            cookies = HTTPConnection(scope).cookies
            token = cookies.get(SESSION_COOKIE, "")
            if token and (signed_in := await self.load_session(token)):
                # Never the token itself: forms and live addresses show what is made of this key.
                key = secrets.digest("browser", token)
                scope["state"] |= {"actor": signed_in.actor, "unread": signed_in.unread, "browser_key": key}
                if cookies.get(LOCALE_COOKIE) not in languages.LOCALES and signed_in.locale in languages.LOCALES:
                    languages.current.set(signed_in.locale)  # Where puts it back
        await self.app(scope, receive, send)


class BodyLimit:
    """Refuses a body that is larger than any form of ours may be, before it is read."""

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self.app = app
        self.largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        declared = HTTPConnection(scope).headers.get("content-length", "") if scope["type"] == "http" else ""
        beyond = declared.isdecimal() and (len(declared) > _MOST_DIGITS or int(declared) > self.largest)
        read = 0

        async def receive_some() -> Message:
            nonlocal read
            if beyond:
                raise HTTPException(413)
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.largest:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_some, send)


class SecurityHeaders:
    """Adds the headers that keep a page from doing what we did not write."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if settings().secure_cookies:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
                if scope["path"].startswith("/static/") and message["status"] < HTTPStatus.BAD_REQUEST:
                    kept = b"v=" in scope.get("query_string", b"")
                    headers["cache-control"] = f"public, max-age={A_YEAR}, immutable" if kept else "no-cache"
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, send_protected if scope["type"] == "http" else send)


def _clean_query(query: bytes) -> bytes:
    """Return *query* without NUL, which no database can hold, and with every byte that is not ASCII written as one."""
    while b"%00" in query:
        query = query.replace(b"%00", b"")
    return query.replace(b"\x00", b"") if query.isascii() else quote(query, safe=string.printable).encode()


def _with_visitor(send: Send, visitor: str | None) -> Send:
    async def send_cookie(message: Message) -> None:
        if visitor and message["type"] == "http.response.start":
            secure = "; Secure" if settings().secure_cookies else ""
            cookie = f"{VISITOR_COOKIE}={visitor}; Path=/; Max-Age={A_YEAR}; HttpOnly; SameSite=Lax{secure}"
            MutableHeaders(scope=message).append("set-cookie", cookie)
        await send(message)

    return send_cookie
