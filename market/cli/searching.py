"""The command that searches: what the search box answers to a visitor, in the terminal."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from market.cli.session import AsJson, ensure_encoder, print_json, print_table, run, say
from market.settings import settings


class Kind(StrEnum):
    """What may be searched for alone."""

    SCENE = "scene"
    SOLUTION = "solution"
    CHALLENGE = "challenge"
    ORGANISATION = "organisation"
    FILING = "filing"


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command()(search)


def search(
    words: Annotated[str, typer.Argument(help="Words, a number, pinyin or initials.")],
    kind: Annotated[Kind | None, typer.Option(help="Only results of this kind.")] = None,
    top: Annotated[int, typer.Option(min=1, max=100, help="How many of each kind to show.")] = 5,
    exact: Annotated[bool, typer.Option("--exact", help="Correct nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Search everything public: by meaning, by words and by sound."""
    from market.search.finding import find

    ensure_encoder(settings())
    answer = run(lambda: find(words, None, as_typed=exact))
    rows = [
        _row(result) for each, found in answer.results.items() if kind is None or each == kind for result in found[:top]
    ]
    if as_json:
        print_json({"query": words, "meant": answer.meant, "by_words_only": answer.by_words_only, "results": rows})
        return
    if answer.corrected:
        say(f"Showing results for “{answer.meant}”; --exact searches for “{words}”.")
    if answer.by_words_only:
        say("There is no index yet: only exact words are found. Build it with jiebang index build.")
    if rows:
        print_table(
            ("score", "kind", "title", "why", "address"),
            [(f"{row['score']:.2f}", row["kind"], row["title"], row["excerpt"][:60], row["address"]) for row in rows],
        )
    else:
        say("Nothing found.")


def _row(result: Any) -> dict[str, Any]:
    return {
        "kind": result.kind,
        "id": result.id,
        "title": "".join(piece.text for piece in result.title),
        "excerpt": "".join(piece.text for piece in result.excerpt),
        "score": round(result.score, 4),
        "by_meaning": result.by_meaning,
        "address": result.href,
    }
