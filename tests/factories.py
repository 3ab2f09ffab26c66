"""Rows that tests begin with, made through the same actions as people use where that is quick enough."""

from itertools import count
from typing import Any

from stdnum.cn import uscc

from market.accounts.models import Membership, Organisation, Person
from market.core import clock
from market.core.permissions import Actor
from market.core.vocabulary import OrganisationKind
from market.lifecycle import OrganisationState, Role

_numbers = count(1)
KIND_OF_ROLE = {
    Role.BUYER: OrganisationKind.BUYER,
    Role.VENDOR: OrganisationKind.VENDOR,
    Role.OFFICER: OrganisationKind.DISTRICT,
    Role.REVIEWER: OrganisationKind.EXPERT_BODY,
    Role.AUDITOR: OrganisationKind.AUDIT_BODY,
}
# argon2 of "a long password", made once: hashing for every person would make the tests slow
PASSWORD_HASH: list[str] = []


def make_code(number: int) -> str:
    """A valid unified social credit code."""
    body = f"91310104MA{number:07d}"
    return body + uscc.calc_check_digit(body)


async def make_organisation(kind: OrganisationKind = OrganisationKind.BUYER, **given: Any) -> Organisation:
    number = next(_numbers)
    values = {
        "name": f"测试机构{number}", "kind": kind, "uscc": make_code(number), "state": OrganisationState.VERIFIED,
        "verified_at": clock.now(),
    }  # fmt: skip
    return await Organisation.create(**(values | given))


async def make_person(role: Role, organisation: Organisation | None = None, **given: Any) -> Person:
    """A person who can sign in with "a long password"."""
    from market.accounts.actions import hash_password

    if not PASSWORD_HASH:
        PASSWORD_HASH.append(await hash_password("a long password"))
    number = next(_numbers)
    organisation = organisation or await make_organisation(KIND_OF_ROLE[role])
    values = {"email": f"person{number}@example.com", "name": f"测试人{number}", "password_hash": PASSWORD_HASH[0]}
    person = await Person.create(**(values | given))
    await Membership.create(person=person, organisation=organisation, role=role)
    return person


async def actor_for(person: Person) -> Actor:
    membership = await Membership.filter(person_id=person.id).select_related("organisation").get()
    organisation = membership.organisation
    return Actor(
        membership.role, person.name, person.id, organisation.id, organisation.name,
        organisation.state is OrganisationState.VERIFIED,
    )  # fmt: skip


async def make_actor(role: Role, organisation: Organisation | None = None) -> Actor:
    return await actor_for(await make_person(role, organisation))
