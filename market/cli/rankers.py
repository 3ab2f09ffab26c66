"""Commands on rankers: which are kept, which is in use, train one on feedback, go back."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from market.cli.session import AsJson, ensure_encoder, print_json, print_table, progress, run
from market.settings import settings

if TYPE_CHECKING:
    from market.matches.learning import Candidate

app = typer.Typer(help="Rankers: list, show, use, roll back.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The ranker's name, as jiebang ranker list shows it.")]
Named = Annotated[str | None, typer.Argument(help="The ranker's name, as jiebang ranker list shows it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the change.")]


def register(root: typer.Typer) -> None:
    """Add these commands to *root*."""
    app.command("list")(list_rankers)
    app.command("show")(show_ranker)
    app.command("use")(use_ranker)
    app.command("rollback")(roll_back)
    root.add_typer(app, name="ranker")


def list_rankers(as_json: AsJson = False) -> None:
    """List the rankers that are kept, the newest first, and say which one is in use."""
    found = run(_listed)
    if as_json:
        print_json(found)
        return
    rows = [(each["name"], "in use" if each["in_use"] else "", each["created_at"], each["why"]) for each in found]
    print_table(("name", "", "kept at", "why in use"), rows, colours={"in use": "green"})


def show_ranker(name: Named = None, as_json: AsJson = False) -> None:
    """Show a ranker's weights and what it was trained on; the one in use unless another is named."""
    from market.matches.rankers import current_ranker, ranker_named

    ranker = run(lambda: ranker_named(name) if name else current_ranker())
    if ranker is None:
        raise typer.BadParameter(f"there is no ranker {name!r}; jiebang ranker list shows all")
    if as_json:
        print_json({"name": ranker.name, "weights": dict(ranker.weights), "provenance": dict(ranker.provenance)})
        return
    typer.echo(ranker.name)
    print_table(("part", "weight"), [(part, f"{weight:.4f}") for part, weight in ranker.weights.items()])


def use_ranker(name: Name, reason: Reason = "Chosen at the command line") -> None:
    """Rank with this ranker from now on; scenes are ranked again by the workers."""
    from market.core.permissions import CLOCK
    from market.core.work import unit_of_work
    from market.matches.choosing import activate_ranker

    async def use() -> bool:
        async with unit_of_work() as work:
            return await activate_ranker(name, reason, work=work, actor=CLOCK) is not None

    typer.echo(f"In use: {name}" if run(use) else f"{name} is in use already.")


def roll_back(reason: Reason = "Rolled back at the command line") -> None:
    """Go back to the ranker that was in use before."""
    from market.core.permissions import CLOCK
    from market.core.work import unit_of_work
    from market.matches.choosing import roll_back_ranker

    async def back() -> str:
        async with unit_of_work() as work:
            return await roll_back_ranker(reason, work=work, actor=CLOCK)

    typer.echo(f"In use again: {run(back)}")


def train_on_feedback(sets: list[Path], *, dry_run: bool, as_json: bool) -> None:
    """Train a candidate on feedback and use it where it is better there and worse on none of *sets*."""
    if not sets:
        raise typer.BadParameter("name the labelled sets that a new ranker must not be worse on: train --feedback DIR…")
    from market.matches.rankers import current_ranker

    if missing := missing_sets(run(current_ranker).provenance, sets):
        raise typer.BadParameter(f"the ranker in use was judged on these sets too, name them all: {', '.join(missing)}")
    ensure_encoder(settings())
    candidate = run(lambda: _candidate(sets))
    if candidate.replaces and not dry_run:
        run(lambda: _adopt(candidate))
    if as_json:
        print_json(candidate.as_json() | {"dry_run": dry_run})
        return
    typer.echo("\n".join(_told(candidate, dry_run=dry_run)))


def missing_sets(provenance: Mapping[str, Any], sets: Sequence[Path]) -> list[str]:
    """Return the labelled sets that a ranker was judged on and that *sets* leave out."""
    given = {directory.resolve().name for directory in sets}
    return sorted(set(provenance.get("sets", {})) - given)


async def _candidate(sets: list[Path]) -> "Candidate":
    from market.catalogue.encoders import current_encoder
    from market.matches.learning import candidate_from, judged_lists
    from market.matches.rankers import current_ranker
    from matching.evaluation import open_set
    from matching.feedback import learn_from
    from matching.prepared import prepare
    from matching.training import not_worse, plain_ranker

    ranker, lists, encoder = await current_ranker(), await judged_lists(), await current_encoder()
    learned = learn_from(ranker, lists)
    compared: dict[str, Any] = {}
    for directory in sets if learned.name != ranker.name else []:
        with progress(directory.name) as on_progress:
            opened = open_set(directory, encoder, on_progress, cache_dir=settings().data_dir / "evaluation")
            prepared = prepare(opened.labelled, opened.catalogue, opened.encoder, plain_ranker())
            opened.encoder.save()
            compared |= not_worse(ranker, learned, [prepared], encoder.name)
    return candidate_from(ranker, lists, compared, learned)


async def _adopt(candidate: "Candidate") -> None:
    from market.core.permissions import CLOCK
    from market.core.work import unit_of_work
    from market.matches.choosing import activate_ranker, keep_ranker

    found = candidate.on_feedback
    reason = (
        f"Better on feedback: {found.difference:+.4f} nDCG@10 over {found.queries} scenes; worse on no labelled set."
    )
    async with unit_of_work() as work:
        await keep_ranker(candidate.ranker, candidate.as_json(), work=work, actor=CLOCK)
    async with unit_of_work() as work:
        await activate_ranker(candidate.ranker.name, reason, work=work, actor=CLOCK)


async def _listed() -> list[dict[str, Any]]:
    from market.matches.choosing import activations, versions_kept
    from market.matches.rankers import name_in_use
    from matching.ranker import shipped_ranker

    current, why = await name_in_use(), {}
    for each in reversed(await activations()):
        why[each.ranker.name] = each.reason
    kept = [{"name": each.name, "created_at": each.created_at.isoformat(timespec="seconds")}
            for each in await versions_kept()]  # fmt: skip
    if shipped_ranker().name not in {each["name"] for each in kept}:
        kept.append({"name": shipped_ranker().name, "created_at": "shipped"})
    return [each | {"in_use": each["name"] == current, "why": why.get(each["name"], "")} for each in kept]


def _told(candidate: "Candidate", *, dry_run: bool) -> Iterator[str]:
    found = candidate.on_feedback
    yield f"scenes: {candidate.lists}, judged pairs: {candidate.pairs}; in use: {candidate.before}"
    yield f"on feedback: {found.difference:+.4f} [{found.low:+.4f}, {found.high:+.4f}] nDCG@10"
    for name, each in candidate.on_sets.items():
        yield f"{name}: {each.difference:+.4f} [{each.low:+.4f}, {each.high:+.4f}]"
    if not candidate.replaces:
        yield from (f"not used: {reason}" for reason in candidate.refusals)
    else:
        yield f"{'would be used' if dry_run else 'in use'}: {candidate.ranker.name}"
