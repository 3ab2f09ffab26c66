"""Which scenes need ranking: never ranked, asked again, changed since, failed, or overtaken by new offers."""

from datetime import timedelta
from typing import Any

from tortoise import connections

from market.catalogue.catalogues import SOLUTIONS, published_manifest
from market.core import clock
from market.lifecycle import OPEN_SCENES
from market.matches.models import MatchRun
from market.scenes.models import Scene

LOST_AFTER = timedelta(minutes=2)
FAILED_AGAIN_AFTER = timedelta(minutes=10)
OVERTAKEN_AFTER = timedelta(hours=1)

# Scenes posted here come before imported ones, new before old: somebody waits for them.
_DUE = """
SELECT s.id FROM scene s
LEFT JOIN LATERAL (SELECT * FROM match_run r WHERE r.scene_id = s.id ORDER BY r.id DESC LIMIT 1) last ON true
LEFT JOIN catalogue_freeze f ON f.scene_id = s.id AND f.lifted_at IS NULL
WHERE s.state IN ('published', 'challenged') AND (
    last.id IS NULL
    OR (last.finished_at IS NULL AND last.asked_at < $1)
    OR (last.error <> '' AND last.finished_at < $2)
    OR (last.error = '' AND last.finished_at IS NOT NULL AND last.started_at < greatest(s.published_at, s.updated_at))
    OR (last.error = '' AND s.source_id IS NULL AND last.finished_at IS NOT NULL AND last.ranker <> $5)
    OR (last.error = '' AND s.source_id IS NULL AND f.id IS NULL AND last.finished_at IS NOT NULL AND $7 <> ''
        AND last.encoder <> $7)
    OR (last.error = '' AND last.finished_at IS NOT NULL AND last.publication <> f.publication)
    OR (last.error = '' AND s.source_id IS NULL AND f.id IS NULL AND last.catalogue_version <> $3
        AND last.finished_at < $4))
ORDER BY (s.source_id IS NOT NULL), s.published_at DESC NULLS LAST, s.id
LIMIT $6
"""


def is_due(
    scene: Scene, last: MatchRun | None, catalogue_version: str, encoder: str, *, ranker: str, frozen: int | None = None
) -> bool:
    """Say whether ranking *scene* now would tell anything new: what makes a second job for it do nothing.

    *frozen* is the publication that the scene is ranked against, where it is not the last one.
    """
    if scene.state not in OPEN_SCENES:
        return False
    if last is None or last.finished_at is None or last.started_at is None or last.error:
        return True
    changed = [moment for moment in (scene.published_at, scene.updated_at) if moment is not None]
    if frozen is None:
        overtaken = last.catalogue_version != catalogue_version or last.encoder != encoder
    else:
        overtaken = last.publication != frozen
    return overtaken or last.ranker != ranker or any(last.started_at < moment for moment in changed)


async def scenes_due(catalogue_version: str, ranker: str, *, limit: int) -> list[int]:
    """List open scenes whose ranking is missing, lost, failed or old; the guarantee behind the jobs.

    A ranking is old too where it was made with another encoder than the published index.
    """
    now, manifest = clock.now(), published_manifest(SOLUTIONS)
    given: list[Any] = [
        now - LOST_AFTER, now - FAILED_AGAIN_AFTER, catalogue_version, now - OVERTAKEN_AFTER, ranker, limit,
        manifest.encoder if manifest else "",
    ]  # fmt: skip
    rows = await connections.get("default").execute_query_dict(_DUE, given)
    return [row["id"] for row in rows]
