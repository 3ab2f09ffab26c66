"""Questions about scenes: reads only."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q

from market.accounts.models import Person
from market.core.models import AuditEvent
from market.core.permissions import Actor
from market.lifecycle import PUBLIC_SCENES, Role
from market.scenes.models import Metric, Requirement, Scene

FACETS = ("field", "region", "serves_public", "state")
_LISTED = (
    "id", "title", "title_en", "field", "region", "state", "serves_public", "budget_min_fen", "budget_max_fen",
    "published_at", "updated_at", "problem",
)  # fmt: skip
EXCERPT = 160


@dataclass(frozen=True)
class SceneSearch:
    """What a reader asks of the list; empty facets do not narrow it."""

    words: str = ""
    mine: bool = False
    facets: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class FoundScenes:
    """The ids that answer a search, newest first, and how many each value of each facet would give."""

    ids: list[int]
    counts: dict[str, Counter[str]]


async def get_scene(scene_id: int) -> Scene | None:
    """Return a scene with its organisation."""
    return await Scene.filter(id=scene_id).select_related("organisation").first()


async def requirements_of(scene_id: int) -> list[Requirement]:
    """List a scene's requirements in the buyer's order."""
    return await Requirement.filter(scene_id=scene_id).order_by("position")


async def metrics_of(scene_id: int) -> list[Metric]:
    """List a scene's acceptance metrics in the buyer's order."""
    return await Metric.filter(scene_id=scene_id).order_by("position")


def visible_to(actor: Actor | None, *, mine: bool = False) -> Q:
    """Return the condition for scenes in *actor*'s list: staff all, a buyer's own on request, else the public ones."""
    if mine and actor and actor.organisation_id:
        return Q(organisation_id=actor.organisation_id)
    return Q() if actor and actor.is_staff else Q(state__in=list(PUBLIC_SCENES))


async def search_scenes(search: SceneSearch, actor: Actor | None) -> FoundScenes:
    """Find scenes by words and facets.

    The words are asked of the database, once; the facets are counted here, each without its own choice, so that
    the reader sees what another choice would give.
    """
    rows = Scene.filter(visible_to(actor, mine=search.mine))
    for word in search.words.split()[:8]:
        rows = rows.filter(Q(title__icontains=word) | Q(title_en__icontains=word) | Q(problem__icontains=word))
    found = await rows.values("id", "published_at", "updated_at", *FACETS)
    chosen = dict(search.facets)
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    kept = []
    for row in found:
        row["serves_public"] = "yes" if row["serves_public"] else "no"
        missed = [facet for facet, value in chosen.items() if row[facet] != value]
        if not missed:
            kept.append(row)
        for facet in FACETS if not missed else missed[: len(missed) == 1]:
            counts[facet][row[facet]] += 1
    kept.sort(key=lambda row: (row["published_at"] or row["updated_at"], row["id"]), reverse=True)
    return FoundScenes([row["id"] for row in kept], counts)


async def listed_scenes(ids: list[int]) -> list[dict[str, Any]]:
    """Return what a list shows of these scenes, in the given order; the problem is cut to its beginning."""
    rows = await Scene.filter(id__in=ids).values(
        *_LISTED, organisation="organisation__name", organisation_en="organisation__name_en"
    )
    for row in rows:
        row["problem"] = _excerpt(row["problem"])
    by_id = {row["id"]: row for row in rows}
    return [by_id[scene_id] for scene_id in ids if scene_id in by_id]


async def count_in_state(state: str) -> int:
    """Count the scenes in one state, for the officer's queue."""
    return await Scene.filter(state=state).count()


async def history_of(scene_id: int) -> list[AuditEvent]:
    """List what happened to a scene, oldest first."""
    return await AuditEvent.filter(subject="Scene", subject_id=scene_id).order_by("number")


async def names_of(person_ids: set[int]) -> dict[int, str]:
    """Return the names of people by id."""
    rows = await Person.filter(id__in=list(person_ids)).values("id", "name")
    return {row["id"]: row["name"] for row in rows}


def may_list_own(actor: Actor | None) -> bool:
    """Whether the list offers "ours": only buyers post scenes."""
    return actor is not None and actor.role is Role.BUYER


def _excerpt(text: str) -> str:
    plain = " ".join(text[: EXCERPT * 2].split())
    return plain if len(plain) <= EXCERPT else plain[:EXCERPT].rstrip() + "…"
