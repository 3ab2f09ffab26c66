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
from market.core.permissions import CLOCK, Actor, refuse, require
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
    """Create a person and their organisation.

    - refuses an address that has an account, a weak password, a wrong code, and the code of an organisation that is
      here already: anybody can know a code, so only its own people let others in (``InvalidError``)
    - verifies the organisation where the code checks
    """
    code = rules.compact_code(account.code)
    if code:
        await _refuse_code(code)
    person = await _create_person(account.name, account.email, account.password, work)
    organisation = await Organisation.create(
        using_db=work.connection, name=account.organisation, name_en=account.organisation_en, kind=account.kind,
        size=account.size, region=account.region, intro=account.intro,
    )  # fmt: skip
    role = rules.SIGN_UP_ROLES[account.kind]
    membership = await Membership.create(using_db=work.connection, person=person, organisation=organisation, role=role)
    actor = Actor(role, person.name, person.id, organisation.id, organisation.name)
    work.record("sign_up", person, actor=actor, organisation_id=organisation.id)
    if code:
        await verify_organisation(organisation, code, work=work, actor=actor)
    return person, membership


async def _refuse_code(code: str) -> None:
    verdict = rules.is_valid_code(code)
    if verdict.reason is None and await queries.organisation_by_code(code):
        verdict = refuse(_("This organisation is already here. Ask a colleague who has an account to add you, or the "
                           "district office if nobody has one."))  # fmt: skip
    if verdict.reason is not None:
        raise InvalidError(_("Correct the code."), fields={"code": verdict.reason})


async def add_person(
    organisation: Organisation, *, name: str, email: str, password: str, work: Work, actor: Actor
) -> Membership:
    """Give somebody an account for the organisation, with a first password that they change.

    - refuses people who may not let others in (``NotAllowedError``)
    - refuses an address that has an account and a weak password (``InvalidError``)
    """
    require(rules.may_add_person(actor, organisation))
    person = await _create_person(name, email, password, work)
    role = rules.SIGN_UP_ROLES[organisation.kind]
    work.record("add_user", person, actor=actor, role=str(role), organisation_id=organisation.id)
    return await Membership.create(using_db=work.connection, person=person, organisation=organisation, role=role)


async def change_password(person_id: int, current: str, new: str, *, token: str, work: Work, actor: Actor) -> None:
    """Change one's own password; every other session of the person ends.

    - refuses a wrong current password and a weak new one (``InvalidError``)
    """
    person = await Person.get(id=person_id)
    if not await check_password(person, current):
        wrong = _("This is not your current password.")
        raise InvalidError(wrong, fields={"current": wrong})
    if (verdict := rules.is_good_password(new, person.email)).reason is not None:
        raise InvalidError(verdict.reason, fields={"new": verdict.reason})
    hashed = await hash_password(new)
    await Person.filter(id=person.id).using_db(work.connection).update(password_hash=hashed)
    others = Session.filter(person_id=person.id).exclude(id=queries.session_id_of(token))
    await others.using_db(work.connection).delete()
    work.record("change_password", person, actor=actor)


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


async def _create_person(name: str, email: str, password: str, work: Work) -> Person:
    if (verdict := rules.is_good_password(password, email)).reason is not None:
        raise InvalidError(verdict.reason, fields={"password": verdict.reason})
    hashed = await hash_password(password)
    try:
        return await Person.create(
            using_db=work.connection, email=email.strip().lower(), name=name, password_hash=hashed
        )
    except IntegrityError as error:
        taken = _("This address already has an account. Sign in instead.")
        raise InvalidError(taken, fields={"email": taken}) from error
