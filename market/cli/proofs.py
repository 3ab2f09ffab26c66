"""Commands that prove or diagnose: verify audit, verify ledger, doctor."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from market.cli.session import AsJson, configured, print_json, print_table, run

if TYPE_CHECKING:
    from market.doctor import Finding

verify_app = typer.Typer(
    help="Prove that the records are as they were written; exit code 1 names the first bad row.", no_args_is_help=True
)
Export = Annotated[
    Path | None, typer.Argument(exists=True, dir_okay=False, help="An export to check; without one, this database.")
]
Save = Annotated[
    Path | None, typer.Option(dir_okay=False, writable=True, help="Also write an export, to be checked elsewhere.")
]
Rows = Callable[[], AsyncIterator[dict[str, Any]]]
COLOURS = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def register(app: typer.Typer) -> None:
    """Add these commands to *app*."""
    verify_app.command("audit")(verify_audit)
    verify_app.command("ledger")(verify_ledger)
    app.add_typer(verify_app, name="verify")
    app.command()(doctor)


def verify_audit(file: Export = None, save: Save = None, as_json: AsJson = False) -> None:
    """Recompute the chain of the audit log."""
    from market.core import audit

    if file:
        with file.open("rb") as lines:
            _conclude(audit.verify_export(lines), as_json=as_json)
    _conclude(run(lambda: _checked(audit.verify_audit, audit.export_events, save)), as_json=as_json)


def verify_ledger(file: Export = None, save: Save = None, as_json: AsJson = False) -> None:
    """Recompute every balance and the chain of the ledger."""
    from market.grants import ledger

    if file:
        with file.open("rb") as lines:
            _conclude(ledger.verify_export(lines), as_json=as_json)
    _conclude(run(lambda: _checked(ledger.verify_ledger, ledger.export_ledger, save)), as_json=as_json)


async def _checked(check: Callable[[], Awaitable[Any]], rows: Rows, save: Path | None) -> Any:
    """Check the database; where *save* is given, also write every row there, one JSON object a line."""
    import orjson

    report = await check()
    if save:
        with save.open("wb") as lines:
            async for row in rows():
                lines.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    return report


def doctor(*, as_json: AsJson = False) -> None:
    """Say what is configured, reachable, migrated and indexed, and what to do where something is not."""
    findings = _examine()
    if as_json:
        print_json([finding.as_json() for finding in findings])
    else:
        rows = [(finding.state, finding.what, finding.seen, finding.advice) for finding in findings]
        print_table(("state", "what", "seen", "what to do"), rows, colours=COLOURS)
    raise typer.Exit(1 if any(finding.state == "fail" for finding in findings) else 0)


def _examine() -> list["Finding"]:
    from market.core.servers import ServerError
    from market.doctor import Finding, examine

    try:
        with configured() as current:
            return asyncio.run(examine(current))
    except ServerError as error:
        return [Finding("fail", "embedded servers", str(error), "Correct this, or set DATABASE_URL and REDIS_URL.")]


def _conclude(report: Any, *, as_json: bool) -> NoReturn:
    """Tell the result and end with the exit code that it deserves."""
    if as_json:
        print_json({"sound": report.sound, **asdict(report)})
    elif report.sound:
        typer.echo(f"Sound: {report.checked} entries, last hash {report.last_hash}.")
    else:
        typer.secho(f"Broken at number {report.bad_number}: {report.problem}", err=True, fg="red")
    raise typer.Exit(0 if report.sound else 1)
