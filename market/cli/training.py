"""Commands on ranking: measure it on labelled sets, and train a ranker on them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from market.cli.session import AsJson, ensure_encoder, print_json, print_table, progress
from market.settings import settings

if TYPE_CHECKING:
    from matching.encoder import Encoder
    from matching.ranker import Ranker
    from matching.training import Trained

METRICS = ("ndcg@10", "recall@10", "mrr", "pool_ndcg@10")
Sets = Annotated[list[Path], typer.Argument(exists=True, file_okay=False, help="Labelled sets.")]
OptionalSets = Annotated[list[Path] | None, typer.Argument(exists=True, file_okay=False, help="Labelled sets.")]
RankerFile = Annotated[
    Path | None, typer.Option("--ranker", exists=True, dir_okay=False, help="A trained ranker; else the shipped one.")
]
Out = Annotated[
    Path | None, typer.Option("--out", dir_okay=False, help="Where to write the ranker; else ranker-….json here.")
]


def register(app: typer.Typer) -> None:
    """Add these commands to *app*."""
    app.command()(evaluate)
    app.command()(train)


def evaluate(sets: Sets, ranker: RankerFile = None, as_json: AsJson = False) -> None:
    """Measure ranking on labelled sets (queries.jsonl, corpus.jsonl, qrels.tsv): BM25, dense and ours side by side.

    Where the ranker was trained on a set, what the same recipe reaches without seeing the query is told beside.
    """
    from matching.evaluation import evaluate as measure

    using, encoder = _ranker(ranker), _encoder()
    found = []
    for directory in sets:
        with progress(directory.name) as on_progress:
            result = measure(
                directory, encoder, on_progress, cache_dir=settings().data_dir / "evaluation", ranker=using
            )
        found.append(result.as_json())
        if as_json:
            print_json(found[-1])
        else:
            _show_set(found[-1])
    if len(found) > 1 and not as_json:
        _show_means(found)


def train(
    sets: OptionalSets = None,
    out: Out = None,
    feedback: Annotated[
        bool, typer.Option("--feedback", help="Learn from what people did with rankings here.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --feedback: tell, and use nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train a ranker on labelled sets and tell how its recipe fares on what it has not seen.

    With --feedback a candidate is trained on feedback; it replaces the ranker in use only if it is better there and
    worse on none of the sets.
    """
    if feedback:
        from market.cli.rankers import train_on_feedback

        train_on_feedback(sets or [], dry_run=dry_run, as_json=as_json)
        return
    if not sets:
        raise typer.BadParameter("name the labelled sets to train on")
    from matching.evaluation import open_set
    from matching.prepared import prepare
    from matching.training import plain_ranker
    from matching.training import train as learn

    encoder, plain = _encoder(), plain_ranker()
    prepared = []
    for directory in sets:
        with progress(directory.name) as on_progress:
            opened = open_set(directory, encoder, on_progress, cache_dir=settings().data_dir / "evaluation")
            prepared.append(prepare(opened.labelled, opened.catalogue, opened.encoder, plain))
            opened.encoder.save()
    with progress("Training") as on_progress:
        trained = learn(prepared, encoder.name, on_progress)
    file = out or Path(f"{trained.ranker.name}.json")
    file.write_text(json.dumps(trained.ranker.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    report = _report(trained, file)
    if as_json:
        print_json(report)
    else:
        _show_training(report)


def _encoder() -> "Encoder":
    from matching.loading import load_encoder

    current = settings()
    ensure_encoder(current)
    return load_encoder(current.encoder, models_dir=current.data_dir / "models", threads=current.embed_threads)


def _ranker(file: Path | None) -> "Ranker | None":
    from matching.ranker import Ranker, RankerError

    if file is None:
        return None
    try:
        return Ranker.from_json(json.loads(file.read_text(encoding="utf-8")))
    except ValueError as error:
        raise RankerError(f"{file} is no ranker: {error}") from error


def _report(trained: "Trained", file: Path) -> dict[str, Any]:
    ranker = trained.ranker
    kept = ("queries", "documents", "primary", "leave_one_set_out", "folds")
    return {
        "ranker": ranker.name,
        "file": str(file),
        "weights": dict(ranker.weights),
        "calibration": [list(point) for point in ranker.calibration],
        "sets": {name: {key: told[key] for key in kept} for name, told in ranker.provenance["sets"].items()},
    }


def _show_training(report: dict[str, Any]) -> None:
    typer.echo(f"{report['ranker']} written to {report['file']}")
    print_table(("feature", "weight"), [(name, f"{weight:.3f}") for name, weight in report["weights"].items()])
    rows = [
        (name, told["primary"], *(f"{told[way][told['primary']]:.3f}" for way in ("leave_one_set_out", "folds")))
        for name, told in report["sets"].items()
    ]
    print_table(("set", "metric", "set left out", "query's fold left out"), rows)
    print_table(
        ("score", "judged relevant"), [(f"{score:.2f}", f"{share:.0%}") for score, share in report["calibration"]]
    )


def _show_set(result: dict[str, Any]) -> None:
    typer.echo(
        f"{result['set']}: {result['queries']} queries, {result['documents']} documents; primary {result['primary']}"
    )
    unseen = {name: result[name] for name in ("jiebang_cv", "jiebang_leave_one_set_out") if name in result}
    rows = [
        (name, *("-" if values[metric] is None else f"{values[metric]:.3f}" for metric in METRICS))
        for name, values in {**result["systems"], **unseen}.items()
    ]
    print_table(("system", *METRICS), rows)
    for name, found in result["against_best_arm"].items():
        typer.echo(
            f"  {name} against {result['best_arm']}: {found['difference']:+.3f}, "
            f"95 % between {found['low']:+.3f} and {found['high']:+.3f}, p = {found['p']:.3f}"
        )


def _show_means(found: list[dict[str, Any]]) -> None:
    """The means over the sets of the primary metric; the best arm is chosen set by set."""
    best = _mean([each["systems"][each["best_arm"]][each["primary"]] for each in found])
    rows = [("best arm of each set", f"{best:.3f}", "")]
    for name in (*found[0]["systems"], "jiebang_cv", "jiebang_leave_one_set_out"):
        values = [(each["systems"].get(name) or each.get(name, {})).get(each["primary"]) for each in found]
        if None not in values:
            rows.append((name, f"{_mean(values):.3f}", f"{_mean(values) / best - 1:+.1%}" if best else ""))
    print_table((f"mean of {len(found)} sets", "primary", "to the best arms"), rows)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
