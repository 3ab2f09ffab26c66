"""What the search reads: rows that this reader may see, for ids that were found or for words."""

from collections.abc import Collection
from typing import Any

from tortoise.expressions import Q

from market.accounts.models import Organisation
from market.challenges.models import Challenge
from market.core.permissions import Actor
from market.lifecycle import OPEN_SCENES, PUBLIC_CHALLENGES, PUBLIC_SCENES, Role, SolutionState
from market.scenes.models import Scene
from market.solutions.models import Filing, Solution

MOST_HIDDEN = 50
_SCENE = ("id", "title", "title_en", "field", "state", "problem", "organisation__name", "organisation__name_en")
_SOLUTION = ("id", "title", "title_en", "state", "summary", "fields_served", "organisation__name",
             "organisation__name_en")  # fmt: skip
_CHALLENGE = ("id", "number", "title", "title_en", "field", "state", "summary")
_ORGANISATION = ("id", "name", "name_en", "kind", "state", "region", "intro", "uscc")
_FILING = ("id", "model", "entity", "filing_number", "kind", "jurisdiction")

Rows = list[dict[str, Any]]


def _all_words(words: Collection[str], *columns: str) -> Q:
    asked = Q()
    for word in words:
        anywhere = Q()
        for column in columns:
            anywhere |= Q(**{f"{column}__icontains": word})
        asked &= anywhere
    return asked


def _own(actor: Actor | None, role: Role) -> Q | None:
    """Return what somebody sees beside the public rows: staff everything, members of an organisation their own."""
    if actor is None:
        return None
    if actor.is_staff:
        return Q()
    return Q(organisation_id=actor.organisation_id) if actor.role is role and actor.organisation_id else None


async def scenes(ids: Collection[int]) -> Rows:
    """Return those of these scenes that everybody may see."""
    return await Scene.filter(id__in=list(ids), state__in=list(PUBLIC_SCENES)).values(*_SCENE)


async def scenes_by_words(words: Collection[str], actor: Actor | None) -> Rows:
    """Return scenes that hold all *words* and stand in no catalogue: those decided, and this reader's own drafts."""
    seen = Q(state__in=list(PUBLIC_SCENES - OPEN_SCENES))
    if (own := _own(actor, Role.BUYER)) is not None:
        seen = seen | (own & ~Q(state__in=list(OPEN_SCENES)))
    rows = Scene.filter(seen & _all_words(words, "title", "title_en", "problem"))
    return await rows.order_by("-updated_at").limit(MOST_HIDDEN).values(*_SCENE)


async def solutions(ids: Collection[int]) -> Rows:
    """Return those of these solutions that everybody may see."""
    return await Solution.filter(id__in=list(ids), state=SolutionState.PUBLISHED).values(*_SOLUTION)


async def solutions_by_words(words: Collection[str], actor: Actor | None) -> Rows:
    """Return this reader's own drafts and retired solutions that hold all *words*; staff see those of all."""
    own = _own(actor, Role.VENDOR)
    if own is None:
        return []
    rows = Solution.filter(own & ~Q(state=SolutionState.PUBLISHED) & _all_words(words, "title", "title_en", "summary"))
    return await rows.order_by("-updated_at").limit(MOST_HIDDEN).values(*_SOLUTION)


async def published_by_words(kind: str, words: Collection[str]) -> Rows:
    """Return published scenes or solutions by their words alone: what is left where there is no index."""
    if kind == "scene":
        rows = Scene.filter(Q(state__in=list(OPEN_SCENES)) & _all_words(words, "title", "title_en", "problem"))
        return await rows.order_by("-published_at", "id").limit(MOST_HIDDEN).values(*_SCENE)
    found = Solution.filter(Q(state=SolutionState.PUBLISHED) & _all_words(words, "title", "title_en", "summary"))
    return await found.order_by("-published_at", "id").limit(MOST_HIDDEN).values(*_SOLUTION)


async def challenges(ids: Collection[int], words: Collection[str], actor: Actor | None) -> Rows:
    """Return these challenges and those whose text holds all *words*; drafts for the district's staff only."""
    seen = Q() if actor and actor.is_staff else Q(state__in=list(PUBLIC_CHALLENGES))
    rows = Challenge.filter(seen & (Q(id__in=list(ids)) | _all_words(words, "number", "title", "title_en", "summary")))
    return await rows.order_by("-published_at", "-id").limit(MOST_HIDDEN).values(*_CHALLENGE)


async def organisations(ids: Collection[int], words: Collection[str], actor: Actor | None) -> Rows:
    """Return these organisations; for staff also others by name or unified social credit code."""
    seen = Q(id__in=list(ids))
    if actor and actor.is_staff:
        seen = seen | _all_words(words, "name", "name_en", "uscc")
    return await Organisation.filter(seen).order_by("id").limit(MOST_HIDDEN).values(*_ORGANISATION)


async def filings(ids: Collection[int]) -> Rows:
    """Return these entries of the registry."""
    return await Filing.filter(id__in=list(ids)).values(*_FILING)
