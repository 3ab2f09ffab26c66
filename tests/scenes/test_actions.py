"""Drafting and moving scenes on the real database."""

from datetime import datetime
from decimal import Decimal

import pytest

from market.core.errors import NotAllowedError, NotFoundError, StaleStateError, WrongStateError
from market.core.models import AuditEvent, Notification, QueuedJob
from market.core.permissions import Actor
from market.core.servers import Servers
from market.core.vocabulary import Direction, RequirementKind
from market.core.work import unit_of_work
from market.lifecycle import Role, SceneState
from market.scenes import actions
from market.scenes.actions import MetricLine, RequirementLine, SceneContent
from market.scenes.models import Scene
from market.scenes.queries import metrics_of, requirements_of
from tests.factories import make_actor, make_organisation, make_scene


@pytest.fixture
async def buyer(db: Servers) -> Actor:
    return await make_actor(Role.BUYER)


@pytest.fixture
async def officer(db: Servers) -> Actor:
    return await make_actor(Role.OFFICER)


async def scene_of(buyer: Actor, state: SceneState) -> Scene:
    return await make_scene(await _organisation(buyer), state=state)


async def _organisation(actor: Actor):  # noqa: ANN202
    from market.accounts.models import Organisation

    return await Organisation.get(id=actor.organisation_id)


async def test_a_draft_belongs_to_its_buyer_and_is_in_the_log(buyer: Actor) -> None:
    async with unit_of_work() as work:
        scene = await actions.create_scene({"title": "带钢"}, work=work, actor=buyer)
    kept = await Scene.get()
    assert (kept.organisation_id, kept.created_by_id, kept.state) == (
        buyer.organisation_id, buyer.person_id, SceneState.DRAFT,
    )  # fmt: skip
    assert await AuditEvent.all().values_list("event", "subject", "subject_id") == [("create_scene", "Scene", scene.id)]


async def test_a_vendor_cannot_begin_a_scene(db: Servers) -> None:
    vendor = await make_actor(Role.VENDOR)
    with pytest.raises(NotAllowedError, match="Only buyers post scenes"):
        async with unit_of_work() as work:
            await actions.create_scene({"title": "带钢"}, work=work, actor=vendor)
    assert await Scene.all().count() == 0


async def test_a_save_replaces_the_lists_it_holds_and_leaves_the_others(buyer: Actor) -> None:
    scene = await scene_of(buyer, SceneState.DRAFT)
    async with unit_of_work() as work:
        lines = [RequirementLine("新要求", RequirementKind.WISH)]
        await actions.save_scene(scene, {"requirements": lines, "region": "东岸区"}, work=work, actor=buyer)
    kept = await Scene.get()
    assert (kept.region, kept.revision, scene.revision) == ("东岸区", 2, 2)
    assert [(r.position, r.text) for r in await requirements_of(scene.id)] == [(1, "新要求")]
    assert [m.name for m in await metrics_of(scene.id)] == ["漏检率"]


async def test_who_saves_second_is_told_and_overwrites_nothing(buyer: Actor) -> None:
    mine = await scene_of(buyer, SceneState.DRAFT)
    theirs = await Scene.get(id=mine.id)
    async with unit_of_work() as work:
        await actions.save_scene(theirs, {"title": "先"}, work=work, actor=buyer, revision=1)
    content: SceneContent = {"title": "后", "metrics": [MetricLine("x", None, Decimal(1), "", Direction.HIGHER)]}
    with pytest.raises(StaleStateError, match="Somebody else saved"):
        async with unit_of_work() as work:
            await actions.save_scene(mine, content, work=work, actor=buyer, revision=1)
    assert (await Scene.get()).title == "先"
    assert [m.name for m in await metrics_of(mine.id)] == ["漏检率"]


async def test_an_autosave_keeps_the_revision_that_the_open_form_carries(buyer: Actor) -> None:
    scene = await scene_of(buyer, SceneState.DRAFT)
    for title in ("一", "二"):
        async with unit_of_work() as work:
            await actions.save_scene(scene, {"title": title}, work=work, actor=buyer, revision=1, keep=False)
    async with unit_of_work() as work:
        await actions.save_scene(scene, {"title": "三"}, work=work, actor=buyer, revision=1)
    assert ((await Scene.get()).title, (await Scene.get()).revision) == ("三", 2)


async def test_a_submitted_scene_cannot_be_saved_even_by_a_page_opened_before(buyer: Actor) -> None:
    opened = await scene_of(buyer, SceneState.DRAFT)
    await Scene.filter(id=opened.id).update(state=SceneState.SUBMITTED)
    with pytest.raises(StaleStateError):
        async with unit_of_work() as work:
            await actions.save_scene(opened, {"title": "后"}, work=work, actor=buyer)


async def test_submitting_tells_the_officers(buyer: Actor, noon: datetime) -> None:
    scene = await scene_of(buyer, SceneState.RETURNED)
    await Scene.filter(id=scene.id).update(officer_comment="请补充")
    async with unit_of_work() as work:
        await actions.submit_scene(scene, work=work, actor=buyer)
    kept = await Scene.get()
    assert (kept.state, kept.submitted_at, kept.officer_comment) == (SceneState.SUBMITTED, noon, "")
    told = await Notification.get()
    assert (told.role, told.text["message"], told.link) == (
        Role.OFFICER, "New scene to check: %(title)s", f"/scenes/{scene.id}",
    )  # fmt: skip


async def test_a_step_emptied_meanwhile_stops_the_submission(buyer: Actor) -> None:
    opened = await scene_of(buyer, SceneState.DRAFT)
    await Scene.filter(id=opened.id).update(problem="")
    with pytest.raises(NotAllowedError, match="Describe the problem"):
        async with unit_of_work() as work:
            await actions.submit_scene(opened, work=work, actor=buyer)
    assert (await Scene.get()).state is SceneState.DRAFT


async def test_another_buyer_can_neither_submit_nor_recall_nor_withdraw(buyer: Actor) -> None:
    other = await make_actor(Role.BUYER)
    draft = await scene_of(buyer, SceneState.DRAFT)
    submitted = await scene_of(buyer, SceneState.SUBMITTED)
    only = "Only the organisation that posted this scene may do that"
    with pytest.raises(NotAllowedError, match=only):
        async with unit_of_work() as work:
            await actions.submit_scene(draft, work=work, actor=other)
    with pytest.raises(NotAllowedError, match=only):
        async with unit_of_work() as work:
            await actions.recall_scene(submitted, work=work, actor=other)
    with pytest.raises(NotAllowedError, match=only):
        async with unit_of_work() as work:
            await actions.withdraw_scene(submitted, "不要了", work=work, actor=other)


async def test_publishing_asks_for_matches_and_tells_the_buyer(buyer: Actor, officer: Actor, noon: datetime) -> None:
    scene = await scene_of(buyer, SceneState.SUBMITTED)
    async with unit_of_work() as work:
        await actions.publish_scene(scene, work=work, actor=officer)
    assert ((await Scene.get()).state, (await Scene.get()).published_at) == (SceneState.PUBLISHED, noon)
    assert await QueuedJob.all().values_list("name", "arguments") == [("match_scene", {"scene_id": scene.id})]
    assert (await Notification.get()).organisation_id == buyer.organisation_id


async def test_two_officers_publish_once(buyer: Actor, officer: Actor) -> None:
    scene = await scene_of(buyer, SceneState.SUBMITTED)
    same = await Scene.get(id=scene.id)
    async with unit_of_work() as work:
        await actions.publish_scene(scene, work=work, actor=officer)
    with pytest.raises(StaleStateError):
        async with unit_of_work() as work:
            await actions.publish_scene(same, work=work, actor=officer)
    assert await QueuedJob.all().count() == 1


async def test_a_returned_scene_carries_the_officers_comment(buyer: Actor, officer: Actor) -> None:
    scene = await scene_of(buyer, SceneState.SUBMITTED)
    async with unit_of_work() as work:
        await actions.return_scene(scene, " 请补充基线 ", work=work, actor=officer)
    kept = await Scene.get()
    assert (kept.state, kept.officer_comment) == (SceneState.RETURNED, "请补充基线")
    assert (await AuditEvent.get()).reason == "请补充基线"


async def test_a_buyer_cannot_publish(buyer: Actor) -> None:
    scene = await scene_of(buyer, SceneState.SUBMITTED)
    with pytest.raises(NotAllowedError, match="Your role may not do this"):
        async with unit_of_work() as work:
            await actions.publish_scene(scene, work=work, actor=buyer)


async def test_withdrawing_a_published_scene_refreshes_the_index_and_restoring_begins_again(buyer: Actor) -> None:
    scene = await scene_of(buyer, SceneState.PUBLISHED)
    async with unit_of_work() as work:
        await actions.withdraw_scene(scene, "项目取消", work=work, actor=buyer)
    assert await QueuedJob.all().values_list("name", flat=True) == ["refresh_index"]
    assert (await Notification.get()).role == Role.OFFICER
    async with unit_of_work() as work:
        await actions.restore_scene(scene, work=work, actor=buyer)
    assert (await Scene.get()).state is SceneState.DRAFT


async def test_a_scene_in_a_challenge_cannot_be_withdrawn(buyer: Actor) -> None:
    scene = await scene_of(buyer, SceneState.CHALLENGED)
    with pytest.raises(WrongStateError):
        async with unit_of_work() as work:
            await actions.withdraw_scene(scene, "项目取消", work=work, actor=buyer)


async def test_later_stages_take_a_scene_to_its_end(buyer: Actor, officer: Actor) -> None:
    scene = await scene_of(buyer, SceneState.PUBLISHED)
    for action in (actions.challenge_scene, actions.release_scene, actions.challenge_scene, actions.award_scene,
                   actions.start_scene_pilot, actions.accept_scene):  # fmt: skip
        async with unit_of_work() as work:
            await action(scene, work=work, actor=officer)
    assert (await Scene.get()).state is SceneState.ACCEPTED
    assert await AuditEvent.all().count() == 6


async def test_an_imported_scene_without_an_organisation_moves_too(officer: Actor) -> None:
    scene = await make_scene(organisation_id=None, state=SceneState.PUBLISHED)
    async with unit_of_work() as work:
        await actions.challenge_scene(scene, work=work, actor=officer)
    assert await Notification.all().count() == 0


async def test_a_copy_says_the_same_and_belongs_to_who_copied(buyer: Actor) -> None:
    original = await make_scene(await make_organisation())
    async with unit_of_work() as work:
        copy = await actions.copy_scene(original, title="副本", work=work, actor=buyer)
    kept = await Scene.get(id=copy.id)
    assert (kept.title, kept.problem, kept.state, kept.organisation_id, kept.published_at) == (
        "副本", original.problem, SceneState.DRAFT, buyer.organisation_id, None,
    )  # fmt: skip
    assert [(r.text, r.kind) for r in await requirements_of(copy.id)] == [
        (r.text, r.kind) for r in await requirements_of(original.id)
    ]
    assert len(await metrics_of(copy.id)) == 1


async def test_what_one_may_not_see_one_cannot_copy(buyer: Actor) -> None:
    original = await make_scene(await make_organisation(), state=SceneState.DRAFT)
    with pytest.raises(NotFoundError):
        async with unit_of_work() as work:
            await actions.copy_scene(original, title="副本", work=work, actor=buyer)
