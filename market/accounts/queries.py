"""Questions about people, organisations and sessions."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from tortoise.expressions import Q

from market.accounts.models import Membership, Organisation, Person, Session
from market.core.models import Notification
from market.core.permissions import Actor
from market.core.vocabulary import OrganisationKind
from market.lifecycle import OrganisationState

LONGEST_EMAIL = 254


def session_id_of(token: str) -> str:
    """Return the row's id for a cookie's token: the database never holds what would let somebody in."""
    return sha256(token.encode()).hexdigest()


async def find_session(token: str, now: datetime) -> dict[str, Any] | None:
    """Return who a session belongs to, with the membership in which they act, or None."""
    rows = await Session.filter(id=session_id_of(token), expires_at__gt=now, person__disabled_at=None).values(
        person_id="person__id", name="person__name", locale="person__locale",
        seen_at="person__notifications_seen_at", membership_id="membership__id", role="membership__role",
        organisation_id="membership__organisation__id", organisation="membership__organisation__name",
        organisation_en="membership__organisation__name_en", state="membership__organisation__state",
    )  # fmt: skip
    return rows[0] if rows else None


async def find_person(email: str) -> Person | None:
    """Return the person with this address, whatever its capitals."""
    address = email.strip().lower()
    return await Person.get_or_none(email=address) if len(address) <= LONGEST_EMAIL else None


async def memberships_of(person_id: int) -> list[Membership]:
    """List the roles of a person, oldest first, with their organisations."""
    return await Membership.filter(person_id=person_id).select_related("organisation").order_by("id")


async def people_of(organisation_id: int) -> list[Membership]:
    """List who acts for an organisation, with the person, in the order in which they came."""
    return await Membership.filter(organisation_id=organisation_id).select_related("person").order_by("id")


async def membership_of(person_id: int, membership_id: int) -> Membership | None:
    """Return one of a person's own memberships."""
    return await Membership.get_or_none(id=membership_id, person_id=person_id)


async def organisation_by_code(code: str) -> Organisation | None:
    """Return the organisation with this unified social credit code."""
    return await Organisation.get_or_none(uscc=code)


async def search_organisations(
    words: str, kind: OrganisationKind | None, state: OrganisationState | None, *, offset: int, limit: int
) -> tuple[list[Organisation], int]:
    """Return one page of organisations and how many there are in all."""
    rows = Organisation.all()
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(name_en__icontains=words) | Q(uscc__icontains=words))
    if kind:
        rows = rows.filter(kind=kind)
    if state:
        rows = rows.filter(state=state)
    return await rows.order_by("id").offset(offset).limit(limit), await rows.count()


def addressed_to(actor: Actor) -> Q:
    """Return the condition that selects the messages for *actor*."""
    mine = Q(person_id=actor.person_id) | Q(role=actor.role)
    return mine | Q(organisation_id=actor.organisation_id) if actor.organisation_id else mine


async def messages_for(actor: Actor, *, offset: int, limit: int) -> tuple[list[Notification], int]:
    """Return one page of an actor's messages, newest first, and how many there are."""
    rows = Notification.filter(addressed_to(actor))
    return await rows.order_by("-created_at", "-id").offset(offset).limit(limit), await rows.count()


async def count_unread(actor: Actor, seen_at: datetime | None) -> int:
    """Count the messages that came after the actor last looked."""
    rows = Notification.filter(addressed_to(actor))
    return await (rows.filter(created_at__gt=seen_at) if seen_at else rows).count()
