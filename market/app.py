"""Builds the web application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from market import routes
from market.accounts.pages import load_session
from market.core.database import close_database, open_database
from market.core.errors import MarketError
from market.core.jobs import close_jobs, open_jobs
from market.core.text import Text, _
from market.settings import settings
from market.web.limits import Limiter
from market.web.live import Listener
from market.web.middleware import BodyLimit, Failures, SecurityHeaders, Where, Who
from market.web.render import STATIC, error_page

_MEGABYTE = 1024 * 1024


def create_app() -> Starlette:
    """Build the application from the environment's settings; needs ``DATABASE_URL``."""
    app = Starlette(
        routes=[Mount("/static", StaticFiles(directory=STATIC), name="static"), *routes.all_routes()],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(GZipMiddleware, minimum_size=1000),
            Middleware(Where),
            Middleware(Failures, show_failure=_show_failure),
            Middleware(Who, load_session=load_session),
            Middleware(BodyLimit, largest=(settings().max_upload_mb + 1) * _MEGABYTE),
        ],
        exception_handlers={MarketError: _show_market_error, HTTPException: _show_http_error},
        lifespan=_lifespan,
    )
    app.state.limiter = Limiter(settings().redis_url)
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    url = settings().database_url
    if not url:
        raise RuntimeError("DATABASE_URL is not set: start with `jiebang serve`, or set it to a PostgreSQL database.")
    await open_database(url, pool=settings().database_pool)
    if settings().redis_url:
        await open_jobs(settings().redis_url or "")
    app.state.listener = Listener(url)
    app.state.listener.start()
    yield
    await app.state.listener.stop()
    await app.state.limiter.close()
    await close_jobs()
    await close_database()


async def _show_market_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, MarketError)  # noqa: S101  # registered for this class only
    return error_page(request, error.status_code, error.text)


_HTTP_TEXTS: dict[int, Text] = {
    400: _("This request could not be read. Reload the page and send it again."),
    404: _("There is no such page. Check the address, or start from the home page."),
    405: _("This address does not accept that kind of request."),
    413: _("What you sent is too large. Make the files smaller and send them again."),
}


async def _show_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class only
    text = _HTTP_TEXTS.get(error.status_code) or Text(HTTPStatus(error.status_code).phrase)
    response = error_page(request, error.status_code, text)
    response.headers.update(error.headers or {})
    return response


def _show_failure(request: Request) -> Response:
    text = _("Something went wrong on our side. Nothing was changed. Try again in a minute.")
    return error_page(request, 500, text)
