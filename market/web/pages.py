"""Pages that belong to no stage: the language switch and the health of this process."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from tortoise import connections
from tortoise.exceptions import BaseORMException

from market.settings import settings
from market.web.languages import LOCALES
from market.web.middleware import A_YEAR, LOCALE_COOKIE
from market.web.render import local_address, see_other


async def choose_language(request: Request) -> Response:
    """Remember the language in a cookie and go back to where the reader was."""
    form = await request.form()
    locale, back = str(form.get("locale", "")), request.headers.get("referer", "")
    # What stands before the path may be any name of this machine: only the path is used.
    response = see_other(request, local_address("/" + back.partition("://")[2].partition("/")[2], "/"))
    if locale in LOCALES:
        response.set_cookie(
            LOCALE_COOKIE, locale, max_age=A_YEAR, httponly=True, samesite="lax", secure=settings().secure_cookies
        )
    return response


async def show_alive(request: Request) -> Response:  # noqa: ARG001
    """Say that the process answers."""
    return PlainTextResponse("ok")


async def show_ready(request: Request) -> Response:  # noqa: ARG001
    """Say whether the database answers; without it this process should get no requests."""
    try:
        await connections.get("default").execute_query("SELECT 1")
    except (BaseORMException, OSError):
        return JSONResponse({"database": "away"}, status_code=503)
    return JSONResponse({"database": "ok"})
