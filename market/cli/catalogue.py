"""Commands on the catalogue: import and match."""

from pathlib import Path
from typing import Annotated

import typer

from market.cli.session import AsJson, ensure_encoder, print_json, progress, run
from market.settings import settings

import_app = typer.Typer(
    help="Import JSON Lines, CSV or XLSX; the same row a second time changes nothing.", no_args_is_help=True
)
Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, help="Files to read.")]
Mapping = Annotated[
    list[str] | None, typer.Option("--map", metavar="COLUMN=FIELD", help="Override a guessed column; repeat.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and check everything, keep nothing.")]


def register(app: typer.Typer) -> None:
    """Add these commands to *app*."""
    import_app.command("scenes")(import_scenes)
    import_app.command("solutions")(import_solutions)
    import_app.command("filings")(import_filings)
    app.add_typer(import_app, name="import")
    app.command()(match)


def import_scenes(files: Files, mapping: Mapping = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import needs; bad rows are named and saved to a rejects file, the rest goes in."""
    _import("scenes", files, mapping, dry_run=dry_run, as_json=as_json)


def import_solutions(files: Files, mapping: Mapping = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import offers; bad rows are named and saved to a rejects file, the rest goes in."""
    _import("solutions", files, mapping, dry_run=dry_run, as_json=as_json)


def import_filings(files: Files, mapping: Mapping = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import registry entries of generative-AI services."""
    _import("filings", files, mapping, dry_run=dry_run, as_json=as_json)


def match(
    scene: Annotated[str, typer.Argument(help="The scene's number, or words of its title.")] = "",
    top: Annotated[int, typer.Option(min=1, max=200, help="How many solutions to show.")] = 10,
    rerun: Annotated[int, typer.Option(help="Make this past ranking again, with the versions of then.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Rank solutions for a scene, with the sentence that supports each requirement."""
    from market.matches.explain import match_in_terminal, rerun_in_terminal

    if not scene and not rerun:
        raise typer.BadParameter("name a scene, or with --rerun a past ranking")
    ensure_encoder(settings())
    result = run(lambda: rerun_in_terminal(rerun)) if rerun else run(lambda: match_in_terminal(scene, top))
    if as_json:
        print_json(result.as_json())
    else:
        typer.echo(str(result))


def _import(kind: str, files: list[Path], mapping: list[str] | None, *, dry_run: bool, as_json: bool) -> None:
    from market.imports.run import import_files

    fields = dict(_column_and_field(item) for item in mapping or [])
    with progress(f"Importing {kind}") as on_progress:
        report = run(lambda: import_files(kind, files, mapping=fields, dry_run=dry_run, on_progress=on_progress))
    if as_json:
        print_json(report.as_json())
    else:
        typer.echo(str(report))


def _column_and_field(item: str) -> tuple[str, str]:
    column, equals, field = item.rpartition("=")
    if not (column and equals and field):
        raise typer.BadParameter(f"{item!r} is not COLUMN=FIELD, for example --map 项目名称=title")
    return column, field
