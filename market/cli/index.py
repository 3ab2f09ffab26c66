"""Commands of the search index: bring it up to date, say how it stands, join its segments, prove that it is whole."""

from typing import TYPE_CHECKING, Annotated

import typer

from market.cli.session import AsJson, ensure_encoder, print_json, print_table, progress, run
from market.settings import settings

if TYPE_CHECKING:
    from market.catalogue.indexed import CollectionStatus, IndexStatus
    from matching.manifest import SegmentEntry

index_app = typer.Typer(help="The search index: embed what changed and publish a snapshot.", no_args_is_help=True)

_UNITS = ("B", "KiB", "MiB", "GiB")
_STEP = 1024


def register(app: typer.Typer) -> None:
    """Add these commands to *app*."""
    for name, command in (("build", build), ("status", status), ("merge", merge), ("verify", verify)):
        index_app.command(name)(command)
    app.add_typer(index_app, name="index")


def build(
    *,
    anew: Annotated[bool, typer.Option("--anew", help="From nothing, even where nothing changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Embed what changed since the last time and publish a new snapshot; running processes pick it up."""
    from market.catalogue import catalogues

    ensure_encoder(settings())
    with progress("Embedding what changed") as on_progress:
        found = run(lambda: catalogues.build_index(on_progress, anew=anew))
    show(found, as_json=as_json)


def status(*, as_json: AsJson = False) -> None:
    """Show which snapshots are published, what they consist of, and how far they are behind the catalogue."""
    from market.catalogue import catalogues

    show(run(catalogues.index_status), as_json=as_json)


def merge(*, as_json: AsJson = False) -> None:
    """Write each snapshot as a single segment without what was removed; embeds nothing."""
    from market.catalogue import catalogues

    show(run(catalogues.merge_index), as_json=as_json)


def verify(*, as_json: AsJson = False) -> None:
    """Read every file of the published snapshots and compare it with its checksum and with the database."""
    from market.catalogue.indexed import verify_all

    found = run(verify_all)
    if as_json:
        print_json({name: {"whole": whole, "found": text} for name, (whole, text) in found.items()})
    else:
        for name, (whole, text) in found.items():
            typer.secho(f"{name}: {text}", fg=None if whole else "red")
    if not all(whole for whole, _text in found.values()):
        raise typer.Exit(1)


def show(found: "IndexStatus", *, as_json: bool) -> None:
    """Print it as JSON, or as one sentence and a table of segments."""
    if as_json:
        print_json(found.as_json())
        return
    typer.echo(f"{found}; encoder {found.solutions.encoder or 'none yet'}")
    rows = [
        row
        for name, collection in (("solutions", found.solutions), ("scenes", found.scenes))
        for row in _rows(name, collection)
    ]
    if rows:
        print_table(("", "publication", "segment", "documents", "removed", "rows", "kind", "recall@10", "size"), rows)


def _rows(name: str, collection: "CollectionStatus") -> list[tuple[str, ...]]:
    first = (name, str(collection.publication))
    return [(*(first if not at else ("", "")), *_row(segment)) for at, segment in enumerate(collection.segments)]


def _row(segment: "SegmentEntry") -> tuple[str, ...]:
    recall = "1 (exact)" if segment.recall is None else f"{segment.recall:.3f}"
    numbers = (str(segment.documents), str(segment.deleted), str(segment.rows))
    return (segment.name, *numbers, segment.kind, recall, _size(segment.bytes))


def _size(size: float) -> str:
    for unit in _UNITS:
        if size < _STEP or unit == _UNITS[-1]:
            break
        size /= _STEP
    return f"{size:.0f} {unit}"
