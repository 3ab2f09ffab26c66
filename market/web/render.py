"""One template, two answers: a whole page, or only the block that htmx swaps."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from market.core import clock
from market.core.permissions import Actor
from market.core.text import Text
from market.settings import settings
from market.web import filters, live, secrets
from market.web.access import csrf_token, visitor_of
from market.web.languages import current, gettext, ngettext, say
from market.web.navigation import navigation_for, tabs_for

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "templates"
STATIC = Path(__file__).parent / "static"
FLASH_COOKIE = "jiebang_flash"
_FLASH_SECONDS = 60
_IN_ADDRESSES = ":/%#?=@[]!$&'()*+,;"


@dataclass(frozen=True)
class Flash:
    """One message after a change, shown once; *undo* is the address that takes the change back, where there is one."""

    kind: str
    text: str
    undo: str = ""


@lru_cache(maxsize=1)
def templates() -> Environment:
    """Build the template environment once."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    for filter_name in ("yuan", "day", "moment", "clock_time", "ago", "percent", "number", "label", "titled"):
        environment.filters[filter_name] = getattr(filters, filter_name)
    environment.filters["say"] = lambda text: say(text) if isinstance(text, Text) else text
    environment.globals["static"] = static
    return environment


@lru_cache(maxsize=256)
def static(path: str) -> str:
    """Return the URL of a static file, with a hash of its content so that it may be cached for ever."""
    file = STATIC / path
    if not file.is_file():
        return f"/static/{path}"
    return f"/static/{path}?v={hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"


def page(request: Request, name: str, view: object, *, block: str = "content", status_code: int = 200) -> HTMLResponse:
    """Answer with template *name*, or only its *block* when htmx swaps a part.

    The page function names the block, never the request: the client cannot choose what is left out.
    """
    template = templates().get_template(name)
    context = page_context(request, view)
    partial = request.headers.get("hx-request") == "true" and request.headers.get("hx-request-type") != "full"
    body = "".join(template.blocks[block](template.new_context(context))) if partial else template.render(context)
    response = HTMLResponse(body, status_code=status_code)
    response.headers["Vary"] = "HX-Request, HX-Request-Type, Cookie"
    response.headers["Cache-Control"] = "no-store"
    if context["flash"]:
        response.delete_cookie(FLASH_COOKIE)
    return response


def page_context(request: Request, view: object) -> dict[str, Any]:
    """Return what every template may use; its own facts are in ``view``."""
    actor = visitor_of(request)

    def live_url(subject: str, subject_id: int) -> str:
        return live.url_for(request.state.browser_key, subject, subject_id)

    return {
        "view": view,
        "actor": actor,
        "locale": current.get(),
        "csrf_token": csrf_token(request),
        "path": request.url.path,
        "navigation": navigation_for(actor, request.url.path),
        "overview_tabs": tabs_for(actor, request.url.path),
        "unread": request.state.unread,
        "flash": _read_flash(request),
        "live_url": live_url,
        "server_time": clock.now(),
        "demonstration": settings().demonstration,
    }


def fill(request: Request, name: str, view: object) -> str:
    """Render a template to text, for downloads and messages."""
    return templates().get_template(name).render(page_context(request, view))


def see_other(
    request: Request, url: str, *, flash: Text | None = None, kind: str = "success", undo: str = ""
) -> Response:
    """Send the browser on after a change, with one message to show there; htmx is told to load the whole page.

    With *undo*, the message has a button that posts to that address.
    """
    response: Response
    if request.headers.get("hx-request") == "true":
        response = Response(status_code=200, headers={"HX-Redirect": quote(url, safe=_IN_ADDRESSES)})
    else:
        response = RedirectResponse(url, status_code=303)
    if flash is not None:
        value = secrets.sign("flash", {"kind": kind, "text": flash.as_json(), "undo": undo})
        response.set_cookie(
            FLASH_COOKIE, value, max_age=_FLASH_SECONDS, httponly=True, samesite="lax", secure=settings().secure_cookies
        )
    return response


def local_address(asked: str, otherwise: str) -> str:
    """Return *asked* where it is an address on this site, written so that no browser takes it for another's."""
    try:
        parts = urlsplit(asked)
    except ValueError:
        return otherwise
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    elsewhere = parts.scheme or parts.netloc or "\\" in path or not path.isprintable()
    return otherwise if elsewhere or not path.startswith("/") or path.startswith("//") else path


def _read_flash(request: Request) -> Flash | None:
    stored = secrets.unsign("flash", request.cookies.get(FLASH_COOKIE, ""), max_age=_FLASH_SECONDS)
    if not isinstance(stored, Mapping):
        return None
    return Flash(kind=stored["kind"], text=say(Text.from_json(stored["text"])), undo=stored.get("undo", ""))


def error_page(request: Request, status_code: int, text: Text, *, actor: Actor | None = None) -> HTMLResponse:
    """Answer with the error page: what happened and what to do next."""
    view = ErrorView(status_code=status_code, text=say(text), signed_in=(actor or visitor_of(request)) is not None)
    return page(request, "error.html", view, status_code=status_code)


@dataclass(frozen=True)
class ErrorView:
    """What the error page shows."""

    status_code: int
    text: str
    signed_in: bool
