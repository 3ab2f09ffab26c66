"""The command line: exit code 0 done, 1 it failed or is not proven, 2 wrong usage."""

import os
import sys

import typer

from market.cli import catalogue, index, operations, people, proofs, rankers, searching, training

app = typer.Typer(
    name="jiebang",
    help="Jiebang (揭榜): a district's marketplace for AI Model+ scenes, from need to accepted pilot.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (operations, catalogue, index, searching, training, proofs, people, rankers):
    group.register(app)


def main() -> None:
    """Run one command; an error that a person can act on is one line, not a traceback."""
    if "JIEBANG_PARENT_PIPE" in os.environ:
        from market.serve import die_with_parent

        die_with_parent()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from market.cli.failures import one_line

        if (line := one_line(error)) is None:
            raise
        typer.secho(line, err=True, fg="red")
        sys.exit(1)
