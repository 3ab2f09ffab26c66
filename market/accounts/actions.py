"""What changes about people, organisations and sessions."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from pwdlib import PasswordHash
from tortoise.exceptions import IntegrityError

from market.accounts import queries, rules
from market.accounts.models import Membership, Organisation, Person, Session
from market.core import clock
from market.core.errors import InvalidError, NotAllowedError, NotFoundError
from market.core.moves import make_move
from market.core.permissions import CLOCK, Actor
from market.core.text import _
from market.core.vocabulary import OrganisationKind, Size
from market.core.work import Work
from market.lifecycle import OrganisationState, Role

SESSION_LIFE = timedelta(hours=12)
_HASHER = PasswordHash.recommended()
_BUSY = asyncio.Semaphore(2)  # a hash takes a fifth of a second of one core: more at once only starve the pages
_NOBODY = _HASHER.hash("nobody has this password")


@dataclass(frozen=True)
class NewAccount:
    """What somebody gives who signs up."""

    name: str
    email: str
    password: str
    organisation: str
    kind: OrganisationKind
    code: str
    size: Size | None = None
    organisation_en: str = ""
    region: str = ""
    intro: str = ""


async def hash_password(password: str) -> str:
    """Return the argon2 hash of *password*, computed beside the event loop."""
    async with _BUSY:
        return await asyncio.to_thread(_HASHER.hash, password)


async def check_password(person: Person | None, password: str) -> bool:
    """Say whether *password* is the person's; an unknown person takes as long as a known one."""
    known = person.password_hash if person and not person.disabled_at else _NOBODY
    if len(password) > rules.LONGEST_PASSWORD:
        password = ""  # nobody's: hashing a book would only take time
    async with _BUSY:
        right = await asyncio.to_thread(_HASHER.verify, password, known)
    return right and known is not _NOBODY


async def sign_up(account: NewAccount, *, work: Work) -> tuple[Person, Membership]:
    """Create a person and their organisation, or join them to it where its code is already known.

    - refuses an address that has an account, a weak password and a wrong code (``InvalidError``)
    - verifies the organisation where the code checks
    """
    code = rules.compact_code(account.code)
    if code and not (verdict := rules.is_valid_code(code)):
        raise InvalidError(_("Correct the code."), fields={"code": verdict.reason or _("Correct the code.")})
    person = await _create_person(account, work)
    organisation = await queries.organisation_by_code(code) if code else None
    if organisation and organisation.kind is not account.kind:
        raise InvalidError(
            _("Correct the code."),
            fields={"code": _("This organisation is already here in another role. Ask the district office.")},
        )
    created = organisation is None
    if organisation is None:
        organisation = await Organisation.create(
            using_db=work.connection, name=account.organisation, name_en=account.organisation_en, kind=account.kind,
            size=account.size, region=account.region, intro=account.intro,
        )  # fmt: skip
    role = rules.SIGN_UP_ROLES[account.kind]
    membership = await Membership.create(using_db=work.connection, person=person, organisation=organisation, role=role)
    actor = Actor(role, person.name, person.id, organisation.id, organisation.name)
    work.record("sign_up", person, actor=actor, organisation_id=organisation.id)
    if created and code:
        await verify_organisation(organisation, code, work=work, actor=actor)
    return person, membership


async def verify_organisation(organisation: Organisation, typed: str, *, work: Work, actor: Actor) -> None:
    """Verify an organisation by its unified social credit code.

    - refuses a code whose check digit is wrong, or that belongs to another organisation (``InvalidError``)
    - refuses people who do not act for it (``NotAllowedError``)
    """
    code = rules.compact_code(typed)
    if not (verdict := rules.is_valid_code(code)):
        raise InvalidError(_("Correct the code."), fields={"code": verdict.reason or _("Correct the code.")})
    if not actor.is_of(organisation.id) and actor.role is not Role.OFFICER:
        raise NotAllowedError(_("You do not act for this organisation."))
    # Checked here to give a kind message; the unique index is what makes it true.
    other = await queries.organisation_by_code(code)
    if other and other.id != organisation.id:
        raise InvalidError(_("Correct the code."), fields={"code": _("Another organisation has this code.")})
    await make_move("verify_organisation", organisation, work=work, actor=actor, uscc=code, verified_at=clock.now())


async def suspend_organisation(organisation: Organisation, reason: str, *, work: Work, actor: Actor) -> None:
    """Stop an organisation from acting, with a reason."""
    await make_move("suspend_organisation", organisation, work=work, actor=actor, reason=reason)


async def reinstate_organisation(organisation: Organisation, reason: str, *, work: Work, actor: Actor) -> None:
    """Let a suspended organisation act again, with a reason."""
    await make_move("reinstate_organisation", organisation, work=work, actor=actor, reason=reason)


async def start_session(person: Person, membership_id: int | None, *, locale: str | None = None) -> str:
    """Open a session and return its token; only its hash is kept."""
    token, now = token_urlsafe(32), clock.now()
    await Session.filter(expires_at__lt=now).delete()
    await Session.create(
        id=queries.session_id_of(token), person=person, membership_id=membership_id, created_at=now,
        expires_at=now + SESSION_LIFE,
    )  # fmt: skip
    if locale and locale != person.locale:
        await Person.filter(id=person.id).update(locale=locale)
    return token


async def end_session(token: str) -> None:
    """Close a session: its cookie opens nothing any more."""
    await Session.filter(id=queries.session_id_of(token)).delete()


async def choose_membership(token: str, person_id: int, membership_id: int) -> None:
    """Act in another of one's own roles from now on; refuses somebody else's (``NotFoundError``)."""
    membership = await queries.membership_of(person_id, membership_id)
    if membership is None:
        raise NotFoundError(_("You have no such role."))
    await Session.filter(id=queries.session_id_of(token)).update(membership_id=membership.id)


async def mark_messages_seen(actor: Actor, at: datetime) -> None:
    """Remember that the person has looked at their messages."""
    await Person.filter(id=actor.person_id).update(notifications_seen_at=at)


async def add_user(
    *, email: str, name: str, password: str, role: Role, organisation: Organisation, work: Work, hashed: str = ""
) -> Membership:
    """Create a person with a role, from the command line or the demonstration; an existing one gets the role too.

    *hashed* stands for a password that was hashed before: many accounts with one password need it once.
    """
    person = await queries.find_person(email)
    if person is None:
        person = await Person.create(
            using_db=work.connection, email=email.strip().lower(), name=name,
            password_hash=hashed or await hash_password(password),
        )  # fmt: skip
        work.record("add_user", person, actor=CLOCK, role=str(role), organisation_id=organisation.id)
    membership, _created = await Membership.get_or_create(
        using_db=work.connection, person=person, organisation=organisation, role=role
    )
    return membership


async def add_organisation(
    *, name: str, kind: OrganisationKind, code: str, work: Work, name_en: str = "", size: Size | None = None,
    region: str = "", intro: str = "",
) -> Organisation:  # fmt: skip
    """Create an organisation with a checked code, or return the one that has it; refuses a wrong code."""
    code = rules.compact_code(code)
    if not (verdict := rules.is_valid_code(code)):
        raise InvalidError(verdict.reason or _("Correct the code."))
    if known := await queries.organisation_by_code(code):
        return known
    organisation = await Organisation.create(
        using_db=work.connection, name=name, name_en=name_en, kind=kind, uscc=code, size=size, region=region,
        intro=intro, state=OrganisationState.VERIFIED, verified_at=clock.now(),
    )  # fmt: skip
    work.record("add_organisation", organisation, actor=CLOCK, uscc=code)
    return organisation


async def _create_person(account: NewAccount, work: Work) -> Person:
    if not (verdict := rules.is_good_password(account.password, account.email)):
        reason = verdict.reason or _("Choose another password.")
        raise InvalidError(reason, fields={"password": reason})
    hashed = await hash_password(account.password)
    try:
        return await Person.create(
            using_db=work.connection, email=account.email.strip().lower(), name=account.name, password_hash=hashed
        )
    except IntegrityError as error:
        taken = _("This address already has an account. Sign in instead.")
        raise InvalidError(taken, fields={"email": taken}) from error
