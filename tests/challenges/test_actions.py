"""What publishing, opening and ending a challenge changes, and for whom."""

import asyncio
from datetime import datetime, timedelta

import pytest

from market.challenges import actions
from market.challenges.actions import Window, save_challenge
from market.challenges.models import Challenge, Round
from market.core import clock
from market.core.errors import MarketError, NotAllowedError, StaleStateError
from market.core.models import AuditEvent, Notification, QueuedJob
from market.core.work import unit_of_work
from market.lifecycle import ChallengeState, Role, RoundState, SceneState, ShortlistState
from market.matches.models import Shortlisting
from market.scenes.models import Scene
from tests.factories import (
    challenge_content,
    make_actor,
    make_bid,
    make_challenge,
    make_challenged_scene,
    make_fund,
    make_solution,
)
from workers import rounds

pytestmark = pytest.mark.usefixtures("db")


async def test_numbers_follow_one_another_even_when_made_at_once(noon: datetime) -> None:
    assert noon.year == 2026
    officer = await make_actor(Role.OFFICER)
    scenes = [await make_challenged_scene(await make_actor(Role.BUYER)) for _number in range(4)]

    async def create(scene: Scene) -> str:
        async with unit_of_work() as work:
            return (await actions.create_challenge(scene, challenge_content(), work=work, actor=officer)).number

    numbers = await asyncio.gather(*(create(scene) for scene in scenes))
    assert sorted(numbers) == ["JB-2026-001", "JB-2026-002", "JB-2026-003", "JB-2026-004"]


async def test_publishing_tells_the_buyer_and_the_vendors_that_fit() -> None:
    officer, buyer = await make_actor(Role.OFFICER), await make_actor(Role.BUYER)
    challenge = await make_challenge(publish=False, buyer=buyer)
    scene = await Scene.get()
    invited, declined = await make_solution(), await make_solution()
    for solution, state in ((invited, ShortlistState.INVITED), (declined, ShortlistState.DECLINED)):
        await Shortlisting.create(scene=scene, solution=solution, state=state, created_at=clock.now())
    async with unit_of_work() as work:
        await actions.publish_challenge(challenge, work=work, actor=officer)
    told = await Notification.filter(organisation_id__isnull=False).order_by("organisation_id")
    assert {(each.organisation_id, each.text["message"]) for each in told} == {
        (buyer.organisation_id, "“%(title)s” is now in a challenge."),
        (invited.organisation_id, "New challenge for a scene that fits you: %(title)s"),
    }


async def test_without_a_fund_it_is_not_published() -> None:
    officer = await make_actor(Role.OFFICER)
    challenge = await make_challenge(publish=False)
    await Challenge.filter(id=challenge.id).update(fund_id=None)
    with pytest.raises(NotAllowedError, match="State the grant, then commit a fund to it"):
        async with unit_of_work() as work:
            await actions.publish_challenge(challenge, work=work, actor=officer)
    assert (await Challenge.get(id=challenge.id)).state is ChallengeState.DRAFT
    assert await QueuedJob.all().count() == 0


async def test_two_drafts_of_one_scene_cannot_both_be_published() -> None:
    officer = await make_actor(Role.OFFICER)
    first = await make_challenge(publish=False)
    async with unit_of_work() as work:
        second = await actions.create_challenge(await Scene.get(), challenge_content(), work=work, actor=officer)
    await Challenge.filter(id=second.id).update(fund_id=await make_fund())

    async def publish(challenge: Challenge) -> bool:
        try:
            async with unit_of_work() as work:
                await actions.publish_challenge(challenge, work=work, actor=officer)
        except MarketError:
            return False
        return True

    assert sorted(await asyncio.gather(publish(first), publish(second))) == [False, True]
    assert await Challenge.filter(state=ChallengeState.PUBLISHED).count() == 1
    assert await AuditEvent.filter(event="challenge_scene").count() == 1


async def test_a_fund_committed_meanwhile_is_not_undercut_by_a_save() -> None:
    officer = await make_actor(Role.OFFICER)
    challenge = await make_challenge(publish=False)
    stale = await Challenge.get(id=challenge.id)
    stale.fund_id = None  # read before a colleague committed the fund
    with pytest.raises(StaleStateError):
        async with unit_of_work() as work:
            await save_challenge(stale, challenge_content(grant_fen=5), revision=1, work=work, actor=officer)
    assert (await Challenge.get(id=challenge.id)).grant_fen == 100_000_000


async def test_the_worker_opens_a_round_once_and_not_early(noon: datetime) -> None:
    hour = timedelta(hours=1)
    challenge = await make_challenge(windows=[Window(noon + hour, noon + 2 * hour)])
    window = await Round.get(challenge=challenge)
    await rounds.open_round(round_id=window.id)
    assert (await Round.get(id=window.id)).state is RoundState.SCHEDULED
    clock.fix(noon + hour)
    for _again in range(2):
        await rounds.open_round(round_id=window.id)
    opened = await Round.get(id=window.id)
    assert (opened.state, opened.opened_at) == (RoundState.OPEN, noon + hour)
    assert await AuditEvent.filter(event="open_round").count() == 1
    await rounds.open_round(round_id=9999)
    await rounds.close_round(round_id=9999)


async def test_ending_without_an_award_frees_the_scene_and_tells_who_bid(noon: datetime) -> None:
    officer, vendor = await make_actor(Role.OFFICER), await make_actor(Role.VENDOR)
    challenge = await make_challenge()
    window = await Round.get(challenge=challenge)
    await make_bid(window, vendor)
    assert noon < window.closes_at
    clock.fix(window.closes_at)
    await rounds.close_round(round_id=window.id)
    await challenge.refresh_from_db()
    async with unit_of_work() as work:
        await actions.fail_challenge(challenge, "应榜书均未达到要求", work=work, actor=officer)
    assert (await Scene.get()).state is SceneState.PUBLISHED
    told = await Notification.filter(organisation_id=vendor.organisation_id).order_by("-id").first()
    assert told is not None
    assert told.text["message"] == "“%(title)s” ended without an award."
