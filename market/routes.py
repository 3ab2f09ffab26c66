"""Every URL, in the order of the lifecycle, each with who may enter."""

from starlette.routing import BaseRoute, Route

from market.accounts import pages as accounts
from market.lifecycle import Role
from market.web import pages as web
from market.web.access import ANYONE, SIGNED_IN, get, only, post
from market.web.live import wait_for_moves

OFFICER = only(Role.OFFICER)
STAFF = only(Role.OFFICER, Role.AUDITOR)

WEB: tuple[BaseRoute, ...] = (
    Route("/livez", web.show_alive),
    Route("/readyz", web.show_ready),
    post("/language", web.choose_language, ANYONE),
    get("/live/{token}", wait_for_moves, ANYONE),
)

ACCOUNTS: tuple[BaseRoute, ...] = (
    get("/sign-in", accounts.show_sign_in, ANYONE),
    post("/sign-in", accounts.sign_in, ANYONE),
    post("/sign-out", accounts.sign_out, ANYONE),
    get("/sign-up", accounts.show_sign_up, ANYONE),
    post("/sign-up", accounts.sign_up, ANYONE),
    get("/account", accounts.show_account, SIGNED_IN),
    post("/account/role", accounts.choose_role, SIGNED_IN),
    post("/account/verify", accounts.verify, SIGNED_IN),
    get("/messages", accounts.show_messages, SIGNED_IN),
    get("/organisations", accounts.list_organisations, STAFF),
    get("/organisations/{organisation_id:int}", accounts.show_organisation, STAFF),
    post("/organisations/{organisation_id:int}/suspend", accounts.suspend, OFFICER),
    post("/organisations/{organisation_id:int}/reinstate", accounts.reinstate, OFFICER),
)


def all_routes() -> list[BaseRoute]:
    """Return every route of the application."""
    return [*WEB, *ACCOUNTS]
