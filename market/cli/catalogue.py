"""Commands on the catalogue: import, match, evaluate."""

from pathlib import Path
from typing import Annotated

import typer

from market.cli.session import AsJson, ensure_encoder, print_json, print_table, progress, run
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
    app.command()(evaluate)


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
    scene: Annotated[str, typer.Argument(help="The scene's number, or words of its title.")],
    top: Annotated[int, typer.Option(min=1, max=200, help="How many solutions to show.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Rank solutions for a scene, with the sentence that supports each requirement."""
    from market.matches.explain import match_in_terminal

    ensure_encoder(settings())
    result = run(lambda: match_in_terminal(scene, top))
    if as_json:
        print_json(result.as_json())
    else:
        typer.echo(str(result))


def evaluate(
    sets: Annotated[list[Path], typer.Argument(exists=True, file_okay=False, help="Labelled sets.")],
    as_json: AsJson = False,
) -> None:
    """Measure ranking on labelled sets (queries.jsonl, corpus.jsonl, qrels.tsv): BM25, dense and ours side by side."""
    from matching.evaluation import evaluate as measure
    from matching.loading import load_encoder

    current = settings()
    ensure_encoder(current)
    encoder = load_encoder(current.encoder, models_dir=current.data_dir / "models", threads=current.embed_threads)
    for directory in sets:
        with progress(directory.name) as on_progress:
            result = measure(directory, encoder, on_progress, cache_dir=current.data_dir / "evaluation")
        if as_json:
            print_json(result.as_json())
        else:
            _show_set(result.as_json())


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


def _show_set(result: dict) -> None:
    typer.echo(
        f"{result['set']}: {result['queries']} queries, {result['documents']} documents; primary {result['primary']}"
    )
    metrics = ("ndcg@10", "recall@10", "mrr", "pool_ndcg@10")
    rows = [
        (name, *("-" if values[metric] is None else f"{values[metric]:.3f}" for metric in metrics))
        for name, values in result["systems"].items()
    ]
    print_table(("system", *metrics), rows)
