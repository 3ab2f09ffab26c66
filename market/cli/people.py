"""Commands on people and organisations: users add."""

from typing import Annotated

import typer

from market.cli.session import AsJson, print_json, run

users_app = typer.Typer(help="People and their organisations.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands to *app*."""
    users_app.callback()(_group)
    users_app.command("add")(add_user)
    app.add_typer(users_app, name="users")


def _group() -> None:
    """People and their organisations."""


def add_user(
    email: Annotated[str, typer.Argument(help="The address to sign in with.")],
    *,
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[str, typer.Option(help="buyer, vendor, officer, reviewer or auditor.")],
    organisation: Annotated[str, typer.Option(help="The organisation's name; made where it does not exist yet.")],
    uscc: Annotated[str, typer.Option(help="The organisation's unified social credit code (统一社会信用代码).")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    as_json: AsJson = False,
) -> None:
    """Create a person, and the organisation where it is new."""
    from market.accounts.actions import add_user as create

    person = run(
        lambda: create(email=email, name=name, role=role, organisation=organisation, uscc=uscc, password=password)
    )
    if as_json:
        print_json({"id": person.id, "email": person.email})
    else:
        typer.echo(f"{person.email} may sign in.")
