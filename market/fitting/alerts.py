"""Which scenes a saved search finds, and telling its owner of each once."""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise import connections

from market.catalogue import catalogues
from market.catalogue.encoders import current_encoder
from market.core import clock
from market.core.text import Text, _
from market.core.work import Work
from market.fitting.models import SavedSearch, SearchAlert
from market.fitting.relevance import alert_threshold
from market.lifecycle import OPEN_SCENES, SolutionState
from market.matches.models import Match
from market.scenes.models import Scene

TRIED = timedelta(days=90)
DIGEST_HOUR = 9
# A ranking says when it was finished before it is committed: look again until nobody can still be committing.
_COMMITTED_AFTER = timedelta(seconds=30)
_FOUND_BY_WORDS = 50
_NARROWED_BY = ("id", "field", "region", "deployments", "budget_max_fen")


@dataclass(frozen=True)
class Found:
    """A scene that a search finds, with the owner's best solution for it where one is ranked."""

    scene_id: int
    solution_id: int | None
    score: float


@dataclass(frozen=True)
class Look:
    """What one look at a search found; *complete* is False while scenes still wait to be indexed."""

    found: tuple[Found, ...]
    complete: bool
    at: datetime


async def look(search: SavedSearch, *, published_since: datetime | None = None) -> Look:
    """Find the open scenes that score at least ``alert_threshold`` for *search*, best first; changes nothing.

    Raises ``EncoderError`` or ``SnapshotError`` where words cannot be searched for.
    """
    at = clock.now()
    if search.solution_id is not None:
        found, complete = await _scenes_of_solution(search.solution_id), True
    else:
        found, complete = await _scenes_for_words(search)
    kept = await _narrowed([each.scene_id for each in found], search.filters, published_since)
    return Look(tuple(each for each in found if each.scene_id in kept), complete, at)


async def send_alerts(search: SavedSearch, seen: Look, *, work: Work) -> int:
    """Note the scenes found that were ranked for the first time after the search was saved, and tell its owner once.

    Returns how many were new. Does nothing for a search that was paused or deleted meanwhile. A scene that another
    search of the same person has told already is noted without a message.
    """
    rows = SavedSearch.filter(id=search.id, paused_at=None)
    held = await rows.using_db(work.connection).select_for_update().first()
    if held is None:
        return 0
    known = await _alerted(search.id, work)
    fresh = await _first_ranked_after(held.created_at, [each.scene_id for each in seen.found], work)
    new = [each for each in seen.found if each.scene_id in fresh and each.scene_id not in known]
    told_before = await _told(held.person_id, [each.scene_id for each in new], work)
    for each in new:
        # The unique index is what makes "once" true; the lock above only spares the loser an error.
        await SearchAlert.create(
            using_db=work.connection, search_id=held.id, scene_id=each.scene_id, solution_id=each.solution_id,
            score=min(each.score, 1.0), found_at=seen.at, told_at=seen.at,
        )  # fmt: skip
    await _tell(held, [each.scene_id for each in new if each.scene_id not in told_before], work)
    if seen.complete:
        await SavedSearch.filter(id=held.id).using_db(work.connection).update(looked_at=seen.at)
    return len(new)


async def searches_due(*, limit: int) -> list[int]:
    """Return the searches to look at now: at once after any ranking, daily and weekly after nine in the morning.

    Only those whose owner still works for the organisation are looked at.
    """
    today, monday = _last_morning(clock.now())
    rows = await connections.get("default").execute_query_dict(
        """SELECT s.id FROM saved_search s WHERE s.paused_at IS NULL
             AND EXISTS (SELECT 1 FROM membership m
                         WHERE m.person_id = s.person_id AND m.organisation_id = s.organisation_id)
             AND CASE s.frequency
                 WHEN 'daily' THEN coalesce(s.looked_at, s.created_at) < $1
                 WHEN 'weekly' THEN coalesce(s.looked_at, s.created_at) < $2
                 ELSE coalesce(s.looked_at, s.created_at) < (SELECT max(finished_at) + $3 FROM match_run) END
           ORDER BY s.looked_at NULLS FIRST, s.id LIMIT $4""",
        [today, monday, _COMMITTED_AFTER, limit],
    )
    return [int(row["id"]) for row in rows]


async def alerts_of(search_id: int, *, offset: int, limit: int) -> list[SearchAlert]:
    """Return one page of what a search has found, newest first, with scenes and solutions."""
    rows = SearchAlert.filter(search_id=search_id).order_by("-found_at", "-id").offset(offset).limit(limit)
    return await rows.select_related("scene__organisation", "solution")


async def counts_of(search_ids: Collection[int]) -> dict[int, tuple[int, int, int]]:
    """Return for each search how many scenes it has found, and how many were called useful and not useful."""
    counts = dict.fromkeys(search_ids, (0, 0, 0))
    for row in await SearchAlert.filter(search_id__in=list(search_ids)).values("search_id", "useful"):
        found, useful, useless = counts[row["search_id"]]
        counts[row["search_id"]] = (found + 1, useful + (row["useful"] is True), useless + (row["useful"] is False))
    return counts


async def _scenes_of_solution(solution_id: int) -> list[Found]:
    rows = Match.filter(
        solution_id=solution_id, solution__state=SolutionState.PUBLISHED, qualifies=True,
        score__gte=(await alert_threshold()).score, scene__state__in=OPEN_SCENES,
    )  # fmt: skip
    found = await rows.order_by("-score", "id").values("scene_id", "score")
    return [Found(row["scene_id"], solution_id, row["score"]) for row in found]


async def _scenes_for_words(search: SavedSearch) -> tuple[list[Found], bool]:
    behind = (await catalogues.status_of(catalogues.SCENES)).behind
    catalogue = await catalogues.catalogue_of(catalogues.SCENES)
    if catalogue is None or not catalogue.manifest.documents:
        return [], not behind
    hits = await asyncio.to_thread(catalogue.search, search.query, await current_encoder(), k=_FOUND_BY_WORDS)
    least = (await alert_threshold()).score
    good = [hit for hit in hits if hit.score >= least]
    best = await _best_solutions(search.organisation_id, [hit.document_id for hit in good])
    return [Found(hit.document_id, best.get(hit.document_id), hit.score) for hit in good], not behind


async def _best_solutions(organisation_id: int | None, scene_ids: Collection[int]) -> dict[int, int]:
    rows = Match.filter(scene_id__in=list(scene_ids), solution__organisation_id=organisation_id,
                        solution__state=SolutionState.PUBLISHED)  # fmt: skip
    found = await rows.order_by("qualifies", "score", "-id").values_list("scene_id", "solution_id")
    return {int(scene_id): int(solution_id) for scene_id, solution_id in found}  # the last, best one stays


async def _narrowed(ids: Iterable[int], filters: dict[str, Any], since: datetime | None) -> set[int]:
    # Nobody here waits for an answer to an imported need.
    rows = Scene.filter(id__in=list(ids), state__in=OPEN_SCENES, source_id=None).exclude(organisation_id=None)
    if since is not None:
        rows = rows.filter(published_at__gte=since)
    return {row["id"] for row in await rows.values(*_NARROWED_BY) if _passes(row, filters)}


def _passes(scene: dict[str, Any], filters: dict[str, Any]) -> bool:
    """What a scene does not state refuses nothing."""
    field, region, form = filters.get("field"), filters.get("region", ""), filters.get("deployment")
    if field and scene["field"] != field:
        return False
    if region and scene["region"] and region not in scene["region"] and scene["region"] not in region:
        return False
    if form and scene["deployments"] and form not in scene["deployments"]:
        return False
    least, paid = filters.get("budget_fen"), scene["budget_max_fen"]
    return least is None or paid is None or paid >= least


async def _alerted(search_id: int, work: Work) -> set[int]:
    rows = SearchAlert.filter(search_id=search_id).using_db(work.connection)
    return set(await rows.values_list("scene_id", flat=True))  # type: ignore[arg-type]


async def _told(person_id: int, scene_ids: list[int], work: Work) -> set[int]:
    rows = SearchAlert.filter(search__person_id=person_id, scene_id__in=scene_ids).using_db(work.connection)
    return set(await rows.values_list("scene_id", flat=True))  # type: ignore[arg-type]


async def _first_ranked_after(moment: datetime, scene_ids: list[int], work: Work) -> set[int]:
    rows = await work.connection.execute_query_dict(
        """SELECT scene_id FROM match_run WHERE scene_id = ANY($1::int[]) AND error = '' AND finished_at IS NOT NULL
           GROUP BY scene_id HAVING min(finished_at) > $2""",
        [scene_ids, moment],
    )
    return {int(row["scene_id"]) for row in rows}


async def _tell(search: SavedSearch, scene_ids: list[int], work: Work) -> None:
    if not scene_ids:
        return
    scene = await Scene.get(id=scene_ids[0], using_db=work.connection)
    work.tell(_message(search.name, scene.title, len(scene_ids)), f"/matches/searches/{search.id}",
              person_id=search.person_id)  # fmt: skip


def _message(name: str, title: str, count: int) -> Text:
    if count == 1:
        return _("A new scene for your search “%(name)s”: “%(scene)s”.", name=name, scene=title)
    return _("%(count)s new scenes for your search “%(name)s”, first “%(scene)s”.", count=count, name=name,
             scene=title)  # fmt: skip


def _last_morning(now: datetime) -> tuple[datetime, datetime]:
    """The last nine o'clock in Shanghai, and the last on a Monday."""
    local = now.astimezone(clock.SHANGHAI)
    morning = local.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    if morning > local:
        morning -= timedelta(days=1)
    return morning, morning - timedelta(days=morning.weekday())
