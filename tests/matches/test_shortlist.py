"""The shortlist: its moves, its limit, and whom it tells."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from market.accounts.models import Organisation
from market.core.errors import InvalidError, NotAllowedError, WrongStateError
from market.core.models import AuditEvent, Notification
from market.core.permissions import Actor
from market.core.vocabulary import Deployment
from market.core.work import unit_of_work
from market.lifecycle import Role, ShortlistState
from market.matches import actions
from market.matches.feedback import Reason
from market.matches.models import Shortlisting
from market.scenes.models import Scene
from market.solutions.models import Filing, Solution
from tests.factories import make_actor
from tests.matches.rows import publish_scene, publish_solution

pytestmark = pytest.mark.usefixtures("db")


async def a_pair(**given: Any) -> tuple[Scene, Solution, Actor, Actor]:
    scene, solution = await publish_scene(), await publish_solution("缺陷检测", **given)
    buyer = await make_actor(Role.BUYER, await Organisation.get(id=scene.organisation_id))
    vendor = await make_actor(Role.VENDOR, await Organisation.get(id=solution.organisation_id))
    return scene, solution, buyer, vendor


async def do(move: Callable[..., Awaitable[Any]], *given: Any, actor: Actor) -> Any:
    async with unit_of_work() as work:
        return await move(*given, work=work, actor=actor)


async def invited(scene: Scene, solution: Solution, buyer: Actor) -> Shortlisting:
    listed = await do(actions.shortlist_solution, scene, solution, actor=buyer)
    await do(actions.invite_vendor, listed, scene, solution, actor=buyer)
    return await Shortlisting.get(id=listed.id)


async def messages_of(actor: Actor) -> list[tuple[str, str]]:
    rows = await Notification.filter(organisation_id=actor.organisation_id).order_by("id")
    return [(row.text["message"], row.link) for row in rows]


async def test_a_pair_from_shortlist_to_interest() -> None:
    scene, solution, buyer, vendor = await a_pair()
    listed = await invited(scene, solution, buyer)
    assert (listed.state, listed.invited_at is None, listed.created_by_id) == (
        ShortlistState.INVITED, False, buyer.person_id,
    )  # fmt: skip
    assert await messages_of(vendor) == [
        (
            "You are invited to the scene “%(scene)s” with your solution “%(solution)s”.",
            f"/matches/{scene.id}/{solution.id}",
        )
    ]
    await do(actions.accept_invitation, listed, scene, solution, actor=vendor)
    assert (await Shortlisting.get(id=listed.id)).state is ShortlistState.INTERESTED
    assert await messages_of(buyer) == [
        ("%(vendor)s is interested in your scene “%(scene)s”.", f"/scenes/{scene.id}/shortlist")
    ]
    events = await AuditEvent.filter(subject="Shortlisting").order_by("number").values_list("event", flat=True)
    assert events == ["shortlist_solution", "invite_vendor", "accept_invitation"]


async def test_shortlisting_twice_changes_nothing() -> None:
    scene, solution, buyer, _vendor = await a_pair()
    first = await do(actions.shortlist_solution, scene, solution, actor=buyer)
    second = await do(actions.shortlist_solution, scene, solution, actor=buyer)
    assert first.id == second.id
    assert await AuditEvent.filter(subject="Shortlisting").count() == 1


async def test_a_declined_invitation_keeps_its_reason_and_can_be_reconsidered() -> None:
    scene, solution, buyer, vendor = await a_pair()
    listed = await invited(scene, solution, buyer)
    with pytest.raises(InvalidError, match="Give a reason"):
        await do(actions.decline_invitation, listed, scene, solution, "  ", actor=vendor)
    await do(actions.decline_invitation, listed, scene, solution, "产能不足", actor=vendor)
    stored = await Shortlisting.get(id=listed.id)
    assert (stored.state, stored.reason) == (ShortlistState.DECLINED, "产能不足")
    await do(actions.shortlist_solution, scene, solution, actor=buyer)
    assert (await Shortlisting.get(id=listed.id)).state is ShortlistState.SHORTLISTED


async def test_dismissing_what_was_only_ranked_and_what_was_invited() -> None:
    scene, solution, buyer, vendor = await a_pair()
    await do(actions.dismiss_match, scene, solution, "已有同类系统", actor=buyer)
    stored = await Shortlisting.get()
    assert (stored.state, stored.reason) == (ShortlistState.DISMISSED, "已有同类系统")
    assert await messages_of(vendor) == []
    await do(actions.reconsider_match, stored, scene, solution, actor=buyer)
    await invited(scene, solution, buyer)
    await do(actions.dismiss_match, scene, solution, "改为自建", actor=buyer)
    assert (await messages_of(vendor))[-1][0] == "The invitation to the scene “%(scene)s” was taken back: %(reason)s"
    with pytest.raises(WrongStateError):
        await do(actions.accept_invitation, await Shortlisting.get(), scene, solution, actor=vendor)


async def test_a_vendor_is_not_told_what_the_list_says_of_it() -> None:
    scene, solution, buyer, _vendor = await a_pair()
    for words, told in (
        ("", "The invitation to the scene “%(scene)s” was taken back."),
        ("改为自建", "The invitation to the scene “%(scene)s” was taken back: %(reason)s"),
    ):
        await invited(scene, solution, buyer)
        async with unit_of_work() as work:
            await actions.dismiss_match(scene, solution, words, code=Reason.KNOWN_PROBLEM, work=work, actor=buyer)
        message = (await Notification.all().order_by("-id").first()).text
        assert message == {"message": told, "values": {"scene": scene.title} | ({"reason": words} if words else {})}
        assert (await Shortlisting.get()).reason_code == Reason.KNOWN_PROBLEM


async def test_who_does_not_qualify_is_not_invited() -> None:
    scene, solution, buyer, _vendor = await a_pair(deployments=[Deployment.API])
    await Scene.filter(id=scene.id).update(deployments=[Deployment.EDGE])
    await scene.refresh_from_db()
    listed = await do(actions.shortlist_solution, scene, solution, actor=buyer)
    with pytest.raises(
        NotAllowedError, match=r"It does not qualify: The scene needs Edge device; .* offers API call\."
    ):
        await do(actions.invite_vendor, listed, scene, solution, actor=buyer)


async def test_a_filing_counts_by_its_number_in_the_registry() -> None:
    scene, solution, buyer, _vendor = await a_pair(models=("Shanghai-X-1",))
    await Scene.filter(id=scene.id).update(serves_public=True)
    await scene.refresh_from_db()
    with pytest.raises(NotAllowedError, match="the registry has no entry for 模型1"):
        await invited(scene, solution, buyer)
    await Filing.create(kind="备案", model="模型", filing_number="Shanghai-X-1", source_id="1")
    assert (await invited(scene, solution, buyer)).state is ShortlistState.INVITED


async def test_at_most_ten_open_invitations_even_at_once() -> None:
    scene, first, buyer, vendor = await a_pair()
    listed = await invited(scene, first, buyer)
    others = [await publish_solution(f"方案{number}") for number in range(11)]
    for each in others:
        await do(actions.shortlist_solution, scene, each, actor=buyer)
    outcomes = await asyncio.gather(*(invited(scene, each, buyer) for each in others), return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert [type(each) for each in refused] == [NotAllowedError, NotAllowedError]
    assert await Shortlisting.filter(scene_id=scene.id, state=ShortlistState.INVITED).count() == 10
    await do(actions.accept_invitation, listed, scene, first, actor=vendor)
    left = await Shortlisting.filter(state=ShortlistState.SHORTLISTED).first().select_related("solution__organisation")
    await do(actions.invite_vendor, left, scene, left.solution, actor=buyer)  # an answer makes room


async def test_others_may_not_touch_it() -> None:
    scene, solution, buyer, vendor = await a_pair()
    listed = await invited(scene, solution, buyer)
    stranger = await make_actor(Role.VENDOR)
    for move in (actions.accept_invitation,):
        with pytest.raises(NotAllowedError, match="Only the vendor of the solution may answer"):
            await do(move, listed, scene, solution, actor=stranger)
    for actor in (vendor, await make_actor(Role.OFFICER), await make_actor(Role.BUYER)):
        with pytest.raises(NotAllowedError, match="Only the scene's buyer keeps its shortlist"):
            await do(actions.dismiss_match, scene, solution, "nein", actor=actor)
    assert (await Shortlisting.get()).state is ShortlistState.INVITED
