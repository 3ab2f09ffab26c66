"""The page on the index: what can be found, what waits, what failed and why, and how it is ranked again."""

import pytest

from market.catalogue import catalogues
from market.core import clock
from market.core.errors import InvalidError, NotAllowedError
from market.core.jobs import Job
from market.core.models import AuditEvent, QueuedJob
from market.core.work import unit_of_work
from market.insight import actions, rankings
from market.insight.rankings import Rankings
from market.lifecycle import Role, SceneState
from market.matches.models import MatchRun
from market.scenes.models import Scene
from tests.browser import Browser
from tests.factories import make_actor, make_scene, make_solution
from tests.watching import rows_of, sign_in

pytestmark = pytest.mark.usefixtures("empty_index")

BROKEN = "The encoder does not answer."


async def ran(scene: Scene, *, started: bool = True, finished: bool = True, error: str = "") -> MatchRun:
    now = clock.now()
    return await MatchRun.create(
        scene=scene, asked_at=now, started_at=now if started else None, finished_at=now if finished else None,
        error=error,
    )  # fmt: skip


async def a_busy_district() -> Scene:
    """One scene each: ranked, failed, waiting, running, never asked for; and a withdrawn one that failed."""
    await ran(await make_scene(title_en="Ranked"))
    failed = await make_scene(title_en="Failed once")
    await ran(failed, error=BROKEN)
    await ran(await make_scene(title_en="In the queue"), started=False, finished=False)
    await ran(await make_scene(title_en="Under way"), finished=False)
    await make_scene(title_en="New")
    await ran(await make_scene(title_en="Gone", state=SceneState.WITHDRAWN), error=BROKEN)
    return failed


async def test_each_open_scene_is_counted_once_by_its_last_ranking() -> None:
    failed = await a_busy_district()
    counted = await rankings.count_rankings()
    assert counted == Rankings(5, 1, 1, 1, 1, 1, counted.last_at)
    await ran(failed)
    counted = await rankings.count_rankings()
    assert (counted.failed, counted.ranked) == (0, 2)


async def test_the_officer_reads_what_failed_and_has_it_ranked_again(browser: Browser) -> None:
    failed = await a_busy_district()
    await sign_in(browser, await make_actor(Role.OFFICER))
    page = await browser.get("/insight/index")
    assert [row[:2] + row[3:] for row in rows_of(page)] == [
        ["Failed once", "Failed", BROKEN],
        ["In the queue", "Waiting", "–"],
        ["Under way", "Being ranked", "–"],
    ]
    page = await browser.submit("/insight/index/rank-failed")
    assert "Being ranked again: 1." in page.text
    assert not page.has_form("/insight/index/rank-failed")
    assert [row[1] for row in rows_of(page) if row[0] == "Failed once"] == ["Waiting"]
    assert await QueuedJob.filter(name=Job.MATCH_SCENE, arguments={"scene_id": failed.id}).count() == 1
    event = await AuditEvent.get(event="rank_failed")
    assert (event.subject, event.subject_id) == ("Scene", failed.id)


async def test_auditors_read_it_and_change_nothing(browser: Browser) -> None:
    await a_busy_district()
    auditor = await make_actor(Role.AUDITOR)
    await sign_in(browser, auditor)
    page = await browser.get("/insight/index")
    assert not page.has_form("/insight/index/rank-failed")
    async with unit_of_work() as work:
        with pytest.raises(NotAllowedError, match="Only officers"):
            await actions.rank_failed(work=work, actor=auditor)


async def test_nothing_is_ranked_again_where_nothing_failed() -> None:
    officer = await make_actor(Role.OFFICER)
    async with unit_of_work() as work:
        with pytest.raises(InvalidError, match="No ranking has failed any more"):
            await actions.rank_failed(work=work, actor=officer)


async def test_the_index_is_told_in_words(browser: Browser) -> None:
    await make_solution()
    await sign_in(browser, await make_actor(Role.OFFICER))
    page = await browser.get("/insight/index")
    assert "Can be found0 of 1 published" in page.text
    assert "No model has read the texts yet." in page.text
    await catalogues.build_index()
    page = await browser.get("/insight/index")
    assert "Can be found1 of 1 published Up to dateYes" in page.text
    assert "1 new or changed, 0 removed Of ten nearest, it findsall (exact)" in page.text
    assert "near-duplicates1 are still to be compared" in page.text
    assert "No model has read" not in page.text


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/insight", "By field"), ("/insight/scenes", "Scenes nobody serves"),
        ("/insight/solutions", "Solutions nobody needs yet"), ("/insight/duplicates", "Near-duplicates"),
        ("/exposure", "Exposure"), ("/funnel", "Funnel"), ("/rankers", "Rankers"), ("/insight/index", "Index"),
    ],
)  # fmt: skip
async def test_pages_of_several_stages_show_the_same_tabs(browser: Browser, path: str, label: str) -> None:
    await sign_in(browser, await make_actor(Role.AUDITOR))
    page = await browser.get(path)
    tabs = next(nav for nav in page.tree.iter("nav") if nav.get("aria-label") == "Supply and demand")
    marked = [a.text for a in tabs.iter("a") if a.get("aria-current") == "page"]
    assert (marked, len(list(tabs.iter("a")))) == ([label], 8)
    menu = next(nav for nav in page.tree.iter("nav") if nav.get("aria-label") == "Main")
    assert [a.text for a in menu.iter("a") if a.get("aria-current") == "page"] == ["Insight"]
