"""Saved searches find scenes by solution and by words, and tell each once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from market.catalogue import catalogues
from market.core import clock
from market.core.models import AuditEvent, Notification
from market.core.permissions import Actor
from market.core.text import Text
from market.core.vocabulary import Deployment, Field
from market.core.work import unit_of_work
from market.fitting import alerts, searches
from market.fitting.models import SavedSearch, SearchAlert
from market.fitting.relevance import alert_threshold
from market.fitting.searches import Frequency, Wanted
from market.lifecycle import Role, SceneState, SolutionState
from market.matches.models import MatchRun
from market.scenes.models import Scene
from market.solutions.models import Solution
from tests.factories import make_actor
from tests.matches.rows import STEEL, publish_scene, publish_solution, three_solutions
from workers import alerts as jobs
from workers import matching

pytestmark = pytest.mark.usefixtures("db", "empty_index", "noon")


async def vendor_with(title: str = STEEL, **given: Any) -> tuple[Actor, Solution]:
    vendor = await make_actor(Role.VENDOR)
    solution = await publish_solution(title, capabilities=(title,), organisation=None, **given)
    await Solution.filter(id=solution.id).update(organisation_id=vendor.organisation_id)
    return vendor, await Solution.get(id=solution.id)


async def saved(actor: Actor, **given: Any) -> SavedSearch:
    async with unit_of_work() as work:
        return await searches.save_search(Wanted(name="钢板", **given), work=work, actor=actor)


async def later(seconds: float = 60) -> None:
    clock.fix(clock.now() + timedelta(seconds=seconds))


async def ranked_scene(title: str = STEEL, **given: Any) -> Scene:
    """A scene that is published and ranked some seconds after the search was saved."""
    await later()
    scene = await publish_scene(title, **given)
    await matching.match_scene(scene_id=scene.id)
    return scene


async def messages() -> list[tuple[int | None, str, str]]:
    rows = await Notification.filter(link__startswith="/matches/searches/").order_by("id")
    return [(row.person_id, str(Text.from_json(row.text)), row.link) for row in rows]


async def test_a_scene_that_fits_is_told_once() -> None:
    vendor, solution = await vendor_with()
    search = await saved(vendor, solution_id=solution.id)
    scene = await ranked_scene()
    for _twice in range(2):
        await jobs.send_alerts(search_id=search.id)
    assert await messages() == [
        (vendor.person_id, f"A new scene for your search “钢板”: “{STEEL}”.", f"/matches/searches/{search.id}")
    ]
    alert = await SearchAlert.get()
    assert (alert.scene_id, alert.solution_id, alert.told_at) == (scene.id, solution.id, clock.now())
    assert alert.score >= (await alert_threshold()).score
    await later()
    await Scene.filter(id=scene.id).update(updated_at=clock.now())
    await matching.match_scene(scene_id=scene.id)
    await jobs.send_alerts(search_id=search.id)
    assert await SearchAlert.all().count() == 1


async def test_nothing_that_only_was_published_is_told() -> None:
    vendor, solution = await vendor_with()
    search = await saved(vendor, solution_id=solution.id)
    await ranked_scene("未来两小时降水预报")
    await jobs.send_alerts(search_id=search.id)
    assert (await messages(), await SearchAlert.all().count()) == ([], 0)
    assert (await SavedSearch.get()).looked_at == clock.now()


async def test_what_was_there_before_and_what_does_not_qualify_is_not_told() -> None:
    vendor, solution = await vendor_with(deployments=[Deployment.API])
    await ranked_scene()
    await later()
    search = await saved(vendor, solution_id=solution.id)
    await ranked_scene(deployments=[Deployment.EDGE])
    imported = await ranked_scene()
    await Scene.filter(id=imported.id).update(source_id="file:1")
    await jobs.send_alerts(search_id=search.id)
    assert await SearchAlert.all().count() == 0


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, True),
        ({"field": Field.SMART_MANUFACTURING}, True),
        ({"field": Field.FINANCE}, False),
        ({"region": "临江"}, True),
        ({"region": "徐汇区"}, False),
        ({"deployment": Deployment.EDGE}, True),
        ({"deployment": Deployment.API}, False),
        ({"budget_fen": 50_000_000}, True),
        ({"budget_fen": 50_000_001}, False),
    ],
)
async def test_filters_narrow(filters: dict[str, Any], found: bool) -> None:
    vendor, solution = await vendor_with()
    search = await saved(vendor, solution_id=solution.id, filters=filters)
    await ranked_scene(
        field=Field.SMART_MANUFACTURING, region="临江区", deployments=[Deployment.EDGE], budget_max_fen=50_000_000
    )
    await jobs.send_alerts(search_id=search.id)
    assert await SearchAlert.all().count() == int(found)


async def test_what_a_scene_does_not_state_passes_every_filter() -> None:
    vendor, solution = await vendor_with()
    filters = {"region": "徐汇区", "deployment": Deployment.API, "budget_fen": 10**9}
    search = await saved(vendor, solution_id=solution.id, filters=filters)
    await ranked_scene()
    await jobs.send_alerts(search_id=search.id)
    assert await SearchAlert.all().count() == 1


async def test_words_find_scenes_and_wait_for_the_index() -> None:
    vendor, solution = await vendor_with()
    search = await saved(vendor, query="钢板表面缺陷在线检测")
    scene = await ranked_scene()
    await ranked_scene("政务大厅办事指南问答")
    await jobs.send_alerts(search_id=search.id)
    assert await SearchAlert.all().count() == 0
    assert (await SavedSearch.get()).looked_at is None, "scenes still wait to be indexed: it is looked at again"
    await catalogues.refresh(catalogues.SCENES)
    await jobs.send_alerts(search_id=search.id)
    assert await SearchAlert.all().values_list("scene_id", "solution_id") == [(scene.id, solution.id)]


async def test_several_scenes_are_one_message() -> None:
    vendor, solution = await vendor_with()
    search = await saved(vendor, solution_id=solution.id)
    for _each in range(3):
        await ranked_scene()
    await jobs.send_alerts(search_id=search.id)
    assert [text for _person, text, _link in await messages()] == [
        f"3 new scenes for your search “钢板”, first “{STEEL}”."
    ]


async def test_two_searches_of_a_person_tell_a_scene_once() -> None:
    vendor, solution = await vendor_with()
    first = await saved(vendor, solution_id=solution.id)
    second = await saved(vendor, solution_id=solution.id)
    await ranked_scene()
    for search in (first, second):
        await jobs.send_alerts(search_id=search.id)
    assert [row.search_id for row in await SearchAlert.all().order_by("search_id")] == [first.id, second.id]
    assert [link for _person, _text, link in await messages()] == [f"/matches/searches/{first.id}"]


async def test_a_paused_search_is_quiet_and_tells_later() -> None:
    vendor, solution = await vendor_with()
    search = await saved(vendor, solution_id=solution.id)
    async with unit_of_work() as work:
        await searches.pause_search(search, work=work, actor=vendor)
    await ranked_scene()
    await jobs.send_alerts(search_id=search.id)
    assert (await alerts.searches_due(limit=9), await SearchAlert.all().count()) == ([], 0)
    async with unit_of_work() as work:
        await searches.resume_search(search, work=work, actor=vendor)
    assert await alerts.searches_due(limit=9) == [search.id]
    await jobs.send_alerts(search_id=search.id)
    assert len(await messages()) == 1


async def test_at_once_is_due_after_a_ranking_only() -> None:
    vendor, solution = await vendor_with()
    search = await saved(vendor, solution_id=solution.id)
    assert await alerts.searches_due(limit=9) == []
    await ranked_scene("未来两小时降水预报")
    assert await alerts.searches_due(limit=9) == [search.id]
    await later()
    await jobs.send_alerts(search_id=search.id)
    assert await alerts.searches_due(limit=9) == []


@pytest.mark.parametrize(
    ("frequency", "before", "due"),
    [
        # noon is Monday 2 November 2026, 12:00 in Shanghai
        (Frequency.DAILY, datetime(2026, 11, 3, 0, 59, tzinfo=UTC), datetime(2026, 11, 3, 1, 0, 1, tzinfo=UTC)),
        (Frequency.WEEKLY, datetime(2026, 11, 9, 0, 59, tzinfo=UTC), datetime(2026, 11, 9, 1, 0, 1, tzinfo=UTC)),
    ],
)
async def test_digests_come_at_nine(frequency: Frequency, before: datetime, due: datetime) -> None:
    vendor, solution = await vendor_with()
    search = await saved(vendor, solution_id=solution.id, frequency=frequency)
    await ranked_scene()
    clock.fix(before)
    assert await alerts.searches_due(limit=9) == []
    clock.fix(due)
    assert await alerts.searches_due(limit=9) == [search.id]
    await jobs.send_alerts(search_id=search.id)
    assert (await alerts.searches_due(limit=9), len(await messages())) == ([], 1)


async def test_who_left_the_organisation_is_told_nothing() -> None:
    from market.accounts.models import Membership

    vendor, solution = await vendor_with()
    await saved(vendor, solution_id=solution.id)
    await ranked_scene()
    await Membership.filter(person_id=vendor.person_id).delete()
    assert await alerts.searches_due(limit=9) == []


async def test_a_first_publication_is_followed_by_its_writer_and_never_again() -> None:
    vendor, solution = await vendor_with()
    await Solution.filter(id=solution.id).update(created_by_id=vendor.person_id)
    await matching.match_solution(solution_id=solution.id)
    search = await SavedSearch.get()
    assert (search.person_id, search.organisation_id, search.solution_id, search.name, search.frequency) == (
        vendor.person_id, vendor.organisation_id, solution.id, STEEL, "at_once",
    )  # fmt: skip
    async with unit_of_work() as work:
        await searches.delete_search(search, work=work, actor=vendor)
    await matching.match_solution(solution_id=solution.id)
    assert await SavedSearch.all().count() == 0


async def test_an_imported_solution_has_nobody_to_follow_it() -> None:
    steel, *_others = await three_solutions()
    async with unit_of_work() as work:
        assert await searches.follow_solution(steel, work=work) is None


async def test_a_solution_taken_back_finds_nothing() -> None:
    vendor, solution = await vendor_with()
    search = await saved(vendor, solution_id=solution.id)
    scene = await ranked_scene()
    await Solution.filter(id=solution.id).update(state=SolutionState.DRAFT)
    assert (await alerts.look(search)).found == ()
    await Solution.filter(id=solution.id).update(state=SolutionState.PUBLISHED)
    assert [each.scene_id for each in (await alerts.look(search)).found] == [scene.id]
    await Scene.filter(id=scene.id).update(state=SceneState.WITHDRAWN)
    assert (await alerts.look(search)).found == ()
    assert await MatchRun.all().count() == 1


async def test_what_becomes_of_a_search_is_in_the_audit_log() -> None:
    vendor, solution = await vendor_with()
    search = await saved(vendor, solution_id=solution.id)
    async with unit_of_work() as work:
        wanted = searches.Wanted.of(search)
        await searches.change_search(search, wanted, work=work, actor=vendor)
        await searches.pause_search(search, work=work, actor=vendor)
        await searches.resume_search(search, work=work, actor=vendor)
        await searches.delete_search(search, work=work, actor=vendor)
    events = await AuditEvent.filter(subject="SavedSearch", subject_id=search.id).order_by("number")
    assert [(each.event, each.person_id) for each in events] == [
        (f"{done}_search", vendor.person_id) for done in ("save", "change", "pause", "resume", "delete")
    ]
