"""Who acts in the demonstration: the accounts to sign in with, the experts, and everybody else without a password."""

from dataclasses import dataclass

from market.accounts import actions
from market.accounts.models import Organisation
from market.core.permissions import Actor
from market.core.work import Work
from market.lifecycle import Role

PASSWORD = "linjiang-2026"  # noqa: S105  # printed at the start: everybody may sign in to the demonstration


@dataclass(frozen=True)
class Account:
    """Somebody to sign in as; the first organisation is the one they begin in."""

    role: Role
    role_label: str
    name: str
    email: str
    organisations: tuple[str, ...]
    password: str = PASSWORD


ACCOUNTS = (
    Account(Role.BUYER, "buyer 需求方", "沈静", "buyer@linjiang.example", ("b_bus", "b_port", "b_cityops")),
    Account(Role.VENDOR, "vendor 供给方", "郑岚", "vendor@linjiang.example", ("v_lutong", "v_guanyuan", "v_duanyun")),
    Account(Role.OFFICER, "officer 区级工作人员", "何为", "officer@linjiang.example", ("district_office",)),
    Account(Role.REVIEWER, "reviewer 评审专家", "顾明远", "reviewer@linjiang.example", ("expert_university",)),
    Account(Role.AUDITOR, "auditor 审计人员", "范正", "auditor@linjiang.example", ("audit_bureau",)),
    # What one officer proposes another one approves: to see it, sign in as the second.
    Account(Role.OFFICER, "second officer 复核人员", "苏棠", "officer2@linjiang.example", ("district_office",)),
)
EXPERT_NAMES = ("钱一帆", "孙若水", "李既白", "周行", "吴思远", "冯晓", "陈述", "褚宁")


@dataclass
class Cast:
    """Everybody by key, once they are there."""

    organisations: dict[str, Organisation]
    officer: Actor
    second_officer: Actor
    reviewer: Actor
    experts: list[Actor]

    def of(self, key: str, role: Role) -> Actor:
        """Return somebody who acts for an organisation."""
        organisation = self.organisations[key]
        return Actor(role, organisation.name, None, organisation.id, organisation.name, organisation_verified=True)


async def hire(organisations: dict[str, Organisation], *, work: Work) -> Cast:
    """Create the accounts and the experts, two from each expert body beside the one to sign in as."""
    hashed = await actions.hash_password(PASSWORD)
    actors: list[Actor] = []
    for account in ACCOUNTS:
        roles = [
            await _add(account.email, account.name, account.role, organisations[key], hashed=hashed, work=work)
            for key in account.organisations
        ]
        actors.append(roles[0])
    bodies = [key for key in organisations if key.startswith("expert_")]
    experts = [
        await _add(f"expert{number}@linjiang.example", name, Role.REVIEWER,
                   organisations[bodies[(number - 1) // 2]], hashed=hashed, work=work)
        for number, name in enumerate(EXPERT_NAMES, start=1)
    ]  # fmt: skip
    return Cast(organisations, actors[2], actors[5], actors[3], experts)


async def _add(
    email: str, name: str, role: Role, organisation: Organisation, *, hashed: str, work: Work
) -> Actor:  # fmt: skip
    membership = await actions.add_user(
        email=email, name=name, password="", hashed=hashed, role=role, organisation=organisation, work=work
    )
    return Actor(
        role, name, membership.person_id, organisation.id, organisation.name,  # type: ignore[attr-defined]
        organisation_verified=True,
    )  # fmt: skip
