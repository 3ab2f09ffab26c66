"""Commands on people and organisations: users add."""

from typing import Annotated, Literal

import typer

from market.cli.session import AsJson, print_json, run

users_app = typer.Typer(help="People and their organisations.", no_args_is_help=True)
RoleName = Literal["buyer", "vendor", "officer", "reviewer", "auditor"]


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
    role: Annotated[RoleName, typer.Option(help="What the person does here.")],
    organisation: Annotated[str, typer.Option(help="The organisation's name; made where its code is new.")],
    uscc: Annotated[str, typer.Option(help="The organisation's unified social credit code (统一社会信用代码).")],
    password: Annotated[
        str, typer.Option(envvar="JIEBANG_PASSWORD", prompt=True, hide_input=True, confirmation_prompt=True)
    ],
    as_json: AsJson = False,
) -> None:
    """Create a person, and the organisation where it is new; a known person gets the role too."""
    added = run(lambda: _add(email, name=name, role=role, organisation=organisation, uscc=uscc, password=password))
    if as_json:
        print_json(added)
    else:
        typer.echo(f"{email} may sign in as {role}.")


async def _add(email: str, *, name: str, role: str, organisation: str, uscc: str, password: str) -> dict[str, str]:
    from market.accounts import actions, rules
    from market.core.errors import InvalidError
    from market.core.text import _
    from market.core.vocabulary import OrganisationKind
    from market.core.work import unit_of_work
    from market.lifecycle import Role

    kinds = {
        "buyer": OrganisationKind.BUYER,
        "vendor": OrganisationKind.VENDOR,
        "officer": OrganisationKind.DISTRICT,
        "reviewer": OrganisationKind.EXPERT_BODY,
        "auditor": OrganisationKind.AUDIT_BODY,
    }
    if not (verdict := rules.is_good_password(password, email)):
        raise InvalidError(verdict.reason or _("Choose another password."))
    async with unit_of_work() as work:
        employer = await actions.add_organisation(name=organisation, kind=kinds[role], code=uscc, work=work)
        if employer.kind is not kinds[role]:
            raise InvalidError(_("This organisation is already here in another role. Ask the district office."))
        await actions.add_user(
            email=email, name=name, password=password, role=Role(role), organisation=employer, work=work
        )
    return {"email": email, "role": role, "organisation": employer.name, "uscc": employer.uscc or ""}
