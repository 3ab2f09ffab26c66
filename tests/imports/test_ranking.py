"""Imported scenes are ranked behind those that somebody posted here, and not again whenever the catalogue grows."""

from datetime import timedelta
from pathlib import Path

from market.core import clock
from market.core.models import QueuedJob
from market.imports.run import import_files
from market.lifecycle import Role
from market.matches.due import scenes_due
from market.matches.models import MatchRun
from market.scenes.models import Scene
from tests.browser import Browser
from tests.factories import make_person, make_scene
from tests.imports.files import write_lines


async def test_imported_scenes_wait_and_stay_ranked(db: object, tmp_path: Path) -> None:
    posted = await make_scene(published_at=clock.now() - timedelta(days=1))
    rows = [{"id": f"w{n}", "title": f"需求{n}", "organisation": "甲厂"} for n in range(2)]
    await import_files("scenes", [write_lines(tmp_path / "w.jsonl", *rows)])
    first, second = await Scene.exclude(id=posted.id).order_by("id").values_list("id", flat=True)
    assert await scenes_due("new", "", limit=9) == [posted.id, first, second]
    long_ago = clock.now() + timedelta(seconds=1)
    for scene_id in (posted.id, first, second):
        await MatchRun.create(
            scene_id=scene_id, catalogue_version="old", asked_at=long_ago, started_at=long_ago, finished_at=long_ago
        )
    clock.fix(clock.now() + timedelta(hours=2))
    assert await scenes_due("new", "", limit=9) == [posted.id]


async def test_an_imported_scene_is_ranked_once_somebody_looks(browser: Browser, tmp_path: Path) -> None:
    await import_files("scenes", [write_lines(tmp_path / "v.jsonl", {"id": "v1", "title": "巡检"})])
    scene = await Scene.get(source_id="scenes:v1")
    officer = await make_person(Role.OFFICER)
    await browser.sign_in(officer.email)
    for _visit in range(2):
        await browser.get(f"/scenes/{scene.id}/matches")
    asked = await QueuedJob.filter(name="match_scene").values_list("arguments", flat=True)
    assert asked == [{"scene_id": scene.id}]
