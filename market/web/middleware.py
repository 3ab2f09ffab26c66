"""Around every request: who is it, in which language, and which headers protect the answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from secrets import token_urlsafe

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from market.core.permissions import Actor
from market.settings import settings
from market.web import languages

SESSION_COOKIE = "jiebang_session"
VISITOR_COOKIE = "jiebang_visitor"
LOCALE_COOKIE = "jiebang_locale"
A_YEAR = 365 * 24 * 3600

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


class WhoAndWhere:
    """Puts ``actor``, ``browser_key`` and ``unread`` into the request's state and sets the language."""

    def __init__(self, app: ASGIApp, load_session: LoadSession) -> None:
        self.app = app
        self.load_session = load_session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith(("/static/", "/livez")):
            await self.app(scope, receive, send)
            return
        cookies = HTTPConnection(scope).cookies
        token = cookies.get(SESSION_COOKIE, "")
        signed_in = await self.load_session(token) if token else None
        visitor = cookies.get(VISITOR_COOKIE) or token_urlsafe(18)
        state = scope.setdefault("state", {})
        state["actor"] = signed_in.actor if signed_in else None
        state["unread"] = signed_in.unread if signed_in else 0
        state["browser_key"] = token if signed_in else visitor
        chosen = cookies.get(LOCALE_COOKIE) or (signed_in.locale if signed_in else languages.DEFAULT)
        mark = languages.current.set(chosen if chosen in languages.LOCALES else languages.DEFAULT)
        fresh = None if VISITOR_COOKIE in cookies else visitor
        try:
            await self.app(scope, receive, _with_visitor(send, fresh))
        finally:
            languages.current.reset(mark)


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
                if scope["path"].startswith("/static/"):
                    kept = b"v=" in scope.get("query_string", b"")
                    headers["cache-control"] = f"public, max-age={A_YEAR}, immutable" if kept else "no-cache"
            await send(message)

        await self.app(scope, receive, send_protected if scope["type"] == "http" else send)


def _with_visitor(send: Send, visitor: str | None) -> Send:
    async def send_cookie(message: Message) -> None:
        if visitor and message["type"] == "http.response.start":
            secure = "; Secure" if settings().secure_cookies else ""
            cookie = f"{VISITOR_COOKIE}={visitor}; Path=/; Max-Age={A_YEAR}; HttpOnly; SameSite=Lax{secure}"
            MutableHeaders(scope=message).append("set-cookie", cookie)
        await send(message)

    return send_cookie
