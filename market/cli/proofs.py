"""Commands that prove or diagnose: verify audit, verify ledger, doctor."""

from pathlib import Path
from typing import Annotated, Any

import typer

from market.cli.session import AsJson, print_json, print_table, run

verify_app = typer.Typer(
    help="Prove that the records are as they were written; exit code 1 names the first bad row.", no_args_is_help=True
)
Export = Annotated[
    Path | None, typer.Argument(exists=True, dir_okay=False, help="An export to check; without one, this database.")
]
COLOURS = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def register(app: typer.Typer) -> None:
    """Add these commands to *app*."""
    verify_app.command("audit")(verify_audit)
    verify_app.command("ledger")(verify_ledger)
    app.add_typer(verify_app, name="verify")
    app.command()(doctor)


def verify_audit(file: Export = None, as_json: AsJson = False) -> None:
    """Recompute the chain of the audit log."""
    from market.core import audit

    report = audit.verify_export(file) if file else run(audit.verify_audit)
    _conclude(report, as_json=as_json)


def verify_ledger(file: Export = None, as_json: AsJson = False) -> None:
    """Recompute every balance and the chain of the ledger."""
    from market.grants import ledger

    report = ledger.verify_export(file) if file else run(ledger.verify_ledger)
    _conclude(report, as_json=as_json)


def doctor(*, as_json: AsJson = False) -> None:
    """Say what is configured, reachable, migrated and indexed, and what to do where something is not."""
    from market.doctor import examine

    findings = examine()
    if as_json:
        print_json([finding.as_json() for finding in findings])
    else:
        print_table(
            ("state", "what", "finding", "what to do"), [finding.row() for finding in findings], colours=COLOURS
        )
    raise typer.Exit(1 if any(finding.state == "fail" for finding in findings) else 0)


def _conclude(report: Any, *, as_json: bool) -> None:
    if as_json:
        print_json(report.as_json())
    else:
        typer.echo(str(report))
    raise typer.Exit(0 if report.sound else 1)
