"""What commands share: servers and database for the time of a command, and answers for people or programs."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

import typer

from market.settings import Settings, settings

T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]


@contextmanager
def configured() -> Iterator[Settings]:
    """Yield complete settings: what is not configured comes from the embedded servers, kept up meanwhile."""
    current = settings()
    complete_secret(current)
    if current.database_url and current.redis_url:
        yield settings()
        return
    from market.core.servers import start_servers

    with start_servers(current.data_dir) as servers:
        os.environ.setdefault("DATABASE_URL", current.database_url or servers.database_url)
        os.environ.setdefault("REDIS_URL", current.redis_url or servers.redis_url)
        settings.cache_clear()
        yield settings()


def complete_secret(current: Settings) -> None:
    """Use the key kept in the data directory where none is configured."""
    if current.secret_key is None:
        from market.core.secret import keep_secret_key

        os.environ["JIEBANG_SECRET_KEY"] = keep_secret_key(current.data_dir)
        settings.cache_clear()


def ensure_encoder(current: Settings) -> None:
    """Prepare the bundled model where it is the encoder and not there yet: once, in a minute or so."""
    if current.encoder != "bundled":
        return
    from matching.bundled import is_prepared, prepare

    if not is_prepared(current.data_dir / "models"):
        with progress("Preparing the bundled model (once)") as on_progress:
            prepare(current.data_dir / "models", on_progress)
        say("Bundled model prepared.")


def run(work: Callable[[], Awaitable[T]], *, prompting: bool = True) -> T:
    """Run *work* with the database open. An embedded database is migrated first: nobody else would do it.

    Without *prompting* the workers are not told of jobs that it asks for; their sweep finds them.
    """
    embedded = settings().database_url is None

    async def with_database(current: Settings) -> T:
        from market.core.database import close_database, migrate, open_database
        from market.core.jobs import close_jobs, open_jobs

        url = current.database_url or ""
        if embedded:
            await migrate(url)
        await open_database(url, pool=current.database_pool)
        if prompting:
            await open_jobs(current.redis_url or "")
        try:
            return await work()
        finally:
            await close_jobs()
            await close_database()

    with configured() as current:
        return asyncio.run(with_database(current))


def say(text: str) -> None:
    """Tell the person at the terminal; standard output stays free for results."""
    typer.echo(text, err=True)


def print_json(value: object) -> None:
    """Print one JSON object a line."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], *, colours: Mapping[str, str] | None = None
) -> None:
    """Print rows under *columns*; *colours* maps a cell's text to its colour."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=box.SIMPLE_HEAD)
    for row in rows:
        table.add_row(*(Text(str(cell), style=(colours or {}).get(str(cell), "")) for cell in row))
    console = Console()
    if not console.is_terminal:  # a file or pipe has no width: wrap nothing
        console.width = 240
    console.print(table)


@contextmanager
def progress(title: str) -> Iterator[Callable[..., None]]:
    """Show that something goes on. Yields ``on_progress(text)`` or ``on_progress(done, total)``."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[pace]}"), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=console.is_terminal) as bar:
        task = bar.add_task(title, total=None, pace="")

        def on_progress(*told: Any) -> None:
            if len(told) == 1:
                bar.update(task, description=str(told[0]))
            else:
                done, total = told
                bar.update(task, completed=done, total=total, pace=_pace(done, total, bar.tasks[0].elapsed or 0))

        yield on_progress


def _pace(done: int, total: int, seconds: float) -> str:
    """Say how far, how fast and how long still: ``250/1000, 50/s, 15 s left``."""
    if not (done and seconds):
        return f"{done}/{total}"
    rate = done / seconds
    return f"{done}/{total}, {rate:,.3g}/s, {(total - done) / rate:.0f} s left"
