"""Commands that run the system: serve, web, worker, migrate, prepare, demo."""

import asyncio
import importlib
import logging
from typing import Annotated

import typer

from market.cli.session import AsJson, configured, ensure_encoder, print_json, print_table, progress, run, say
from market.settings import settings

OURS = ("market", "matching", "workers")


def register(app: typer.Typer) -> None:
    """Add these commands to *app*."""
    for command in (serve, web, worker, migrate, prepare, demo):
        app.command()(command)


def serve(
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Load the demonstration district.")] = True,
) -> None:
    """Start everything in one process tree: PostgreSQL, Valkey, web and worker. Ctrl-C stops it."""
    from market import serve as tree

    tree.serve(settings(), demonstration=demo, say=say, announce=lambda address: _announce(address, accounts=demo))


def web() -> None:
    """Answer web requests (production: DATABASE_URL, REDIS_URL and JIEBANG_SECRET_KEY are configured)."""
    import uvicorn

    with configured() as current:
        _log_to_terminal(current.log_level)
        uvicorn.run(
            "market.app:create_app",
            factory=True,
            host=current.host,
            port=current.port,
            log_level=current.log_level,
            access_log=current.log_level == "debug",
            timeout_graceful_shutdown=5,  # pages that wait for events hold their connection open
        )


def worker() -> None:
    """Run the clock: sweeps find what is due, jobs settle it."""
    with configured() as current:
        _log_to_terminal(current.log_level)
        # By name: market may not import workers, which stand on it.
        importlib.import_module("workers.main").run_worker()


def _log_to_terminal(level: str) -> None:
    """Print our own messages from *level* on, those of libraries only where something is wrong."""
    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    # On the handler: some libraries raise their own logger's level when they are imported.
    for handler in logging.getLogger().handlers:
        handler.addFilter(lambda record: record.levelno >= logging.WARNING or record.name.split(".")[0] in OURS)


def migrate(*, as_json: AsJson = False) -> None:
    """Bring the database up to date. Several may do it at once."""
    from market.core.database import migrate as bring_up_to_date

    with configured() as current:
        applied = asyncio.run(bring_up_to_date(current.database_url or ""))
    if as_json:
        print_json({"applied": applied})
    else:
        typer.echo(f"Applied {', '.join(applied)}." if applied else "The database is up to date.")


def prepare(
    data: Annotated[bool, typer.Option("--data", help="Also migrate the database.")] = False,
    demo: Annotated[bool, typer.Option("--demo", help="Also load the demonstration district; needs --data.")] = False,
) -> None:
    """Fetch front-end files and prepare the bundled model, once; what is there already is left alone."""
    from market.web.assets import assets_missing, fetch_assets

    current = settings()
    if assets_missing():
        with progress("Fetching front-end files") as on_progress:
            fetch_assets(on_progress)
        say("Front-end files fetched.")
    ensure_encoder(current)
    if data:
        migrate()
    if data and demo:
        from market.core.errors import MarketError

        try:
            _load_demo(reset=False)
        except MarketError as error:  # somebody works here for real: that is no reason not to start
            say(f"Without the demonstration district: {error}")


def demo(
    reset: Annotated[bool, typer.Option("--reset", help="Delete everything in the database first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load the demonstration district; a second time changes nothing."""
    _load_demo(reset=reset, as_json=as_json)


def _load_demo(*, reset: bool, as_json: bool = False) -> None:
    from market.demo import load

    ensure_encoder(settings())
    with progress("Loading the demonstration district") as on_progress:
        # Its jobs were due in the past: told of them, arq would drop each with a warning. The sweep finds them.
        result = run(lambda: load(reset=reset, on_progress=on_progress), prompting=False)
    if as_json:
        print_json(result.as_json())
    else:
        typer.echo(str(result))


def _announce(address: str, *, accounts: bool) -> None:
    typer.echo(f"\n  Jiebang 揭榜  →  {address}\n")
    if accounts:
        from market.demo import ACCOUNTS

        rows = [(account.role_label, account.email, account.password) for account in ACCOUNTS]
        print_table(("role 角色", "e-mail 邮箱", "password 密码"), rows)
    typer.echo("  Ctrl-C stops everything; the data stays.  按 Ctrl-C 全部停止，数据保留。\n")
