"""Near-duplicates: what is found, who proposes, who decides, where the old address leads."""

import pytest

from market.accounts.models import Organisation
from market.catalogue.catalogues import SCENES, build_index
from market.core.models import Notification
from market.core.permissions import Actor
from market.insight import finding
from market.insight.duplicate_pages import differences
from market.insight.models import MergeProposal
from market.lifecycle import MergeState, Role, SceneState, ShortlistState, SolutionState
from market.matches.models import Shortlisting
from market.scenes.models import Scene
from market.solutions.models import Solution
from tests.browser import Browser
from tests.factories import make_actor, make_scene, make_solution
from tests.watching import rows_of, sign_in

pytestmark = pytest.mark.usefixtures("db", "empty_index")

PROBLEM = "热轧板坯表面裂纹靠人工目检，夜班漏检多，客户投诉逐年增加。"


async def two_alike() -> tuple[Scene, Scene, Actor]:
    """Two scenes of two buyers that say the same but for a word, and a third that does not; the second's buyer."""
    await make_scene(
        title="政务大厅智能问答", title_en="", problem="群众排队久，窗口重复解释办事流程。", outcome="少跑一趟。"
    )
    first_buyer, second_buyer = await make_actor(Role.BUYER), await make_actor(Role.BUYER)
    scenes = [
        await make_scene(
            await Organisation.get(id=buyer.organisation_id), title="板坯裂纹识别", title_en="", problem=text
        )
        for buyer, text in ((first_buyer, PROBLEM), (second_buyer, PROBLEM))
    ]
    await build_index()
    return scenes[0], scenes[1], second_buyer


async def found_pair() -> tuple[MergeProposal, Scene, Scene, Actor]:
    first, second, buyer = await two_alike()
    await finding.find_duplicates()
    return await MergeProposal.get(), first, second, buyer


async def test_what_says_the_same_is_found_once() -> None:
    first, second, _buyer = await two_alike()
    assert await finding.find_duplicates() == 3
    pair = await MergeProposal.get()
    assert (pair.kind, pair.first_id, pair.second_id, pair.state) == ("scene", first.id, second.id, MergeState.FOUND)
    assert (round(pair.likeness, 3), pair.shared) == (1.0, 1.0)
    assert await finding.find_duplicates() == 0
    assert await finding.entries_waiting(SCENES) == []


async def test_only_what_is_new_is_compared() -> None:
    first, _second, buyer = await two_alike()
    await finding.find_duplicates()
    third = await make_scene(await Organisation.get(id=buyer.organisation_id), title="板坯裂纹识别", title_en="",
                             problem=PROBLEM)  # fmt: skip
    await build_index()
    assert await finding.find_duplicates() == 1
    pairs = {(pair.first_id, pair.second_id) for pair in await MergeProposal.all()}
    assert {(first.id, third.id), (first.id + 1, third.id)} <= pairs


async def test_a_pair_that_was_decided_is_not_found_again(browser: Browser) -> None:
    pair, first, _second, _buyer = await found_pair()
    await sign_in(browser, await make_actor(Role.OFFICER))
    await browser.get(f"/merges/{pair.id}")
    await browser.submit(f"/merges/{pair.id}/dismiss", {"reason": "Two lines of one plant"})
    await Scene.filter(id=first.id).update(problem=PROBLEM + "。", revision=2)
    await build_index()
    assert await finding.find_duplicates() == 1
    assert [(each.state, each.reason) for each in await MergeProposal.all()] == [
        (MergeState.DISMISSED, "Two lines of one plant")
    ]


async def test_the_owner_of_what_goes_decides_and_the_old_address_leads_on(
    browser: Browser, another_browser: Browser
) -> None:
    pair, first, second, buyer = await found_pair()
    await sign_in(browser, await make_actor(Role.OFFICER))
    assert [row[0] for row in rows_of(await browser.get("/insight/duplicates"))] == ["板坯裂纹识别"]
    page = await browser.get(f"/merges/{pair.id}")
    assert "They belong to different organisations." in page.text
    page = await browser.submit(f"/merges/{pair.id}/propose", {"keep": first.id, "reason": ""}, expect=422)
    assert "Give a reason." in page.text
    await browser.submit(f"/merges/{pair.id}/propose", {"keep": first.id, "reason": "The same line"})
    told = await Notification.filter(organisation_id=second.organisation_id, link=f"/merges/{pair.id}").get()
    assert told.text["values"] == {"goes": second.title, "keep": first.title}
    assert not (await browser.get(f"/merges/{pair.id}")).has_form(f"/merges/{pair.id}/accept")  # not the officer's

    await sign_in(another_browser, buyer)
    page = await another_browser.get(f"/merges/{pair.id}")
    assert "Reason: The same line" in page.text
    await another_browser.submit(f"/merges/{pair.id}/accept")
    gone = await Scene.get(id=second.id)
    assert (gone.state, gone.merged_into_id) == (SceneState.WITHDRAWN, first.id)
    assert "Merged into another one" in (await another_browser.get(f"/scenes/{second.id}")).text

    another_browser.client.cookies.clear()
    page = await another_browser.get(f"/scenes/{second.id}")
    assert page.url.endswith(f"/scenes/{first.id}")


async def test_an_owner_keeps_both(browser: Browser, another_browser: Browser) -> None:
    pair, first, second, buyer = await found_pair()
    await sign_in(browser, await make_actor(Role.OFFICER))
    await browser.get(f"/merges/{pair.id}")
    await browser.submit(f"/merges/{pair.id}/propose", {"keep": first.id, "reason": "x"})
    await sign_in(another_browser, buyer)
    await another_browser.get(f"/merges/{pair.id}")
    await another_browser.submit(f"/merges/{pair.id}/decline", {"reason": "Another plant"})
    kept = await MergeProposal.get()
    assert (kept.state, kept.answer, (await Scene.get(id=second.id)).state) == (
        MergeState.DECLINED, "Another plant", SceneState.PUBLISHED,
    )  # fmt: skip
    assert "The owner keeps both: Another plant" in (await browser.get(f"/merges/{pair.id}")).text


async def test_an_officer_takes_a_proposal_back(browser: Browser) -> None:
    pair, first, _second, _buyer = await found_pair()
    await sign_in(browser, await make_actor(Role.OFFICER))
    await browser.get(f"/merges/{pair.id}")
    await browser.submit(f"/merges/{pair.id}/propose", {"keep": first.id, "reason": "x"})
    page = await browser.submit(f"/merges/{pair.id}/recall")
    assert page.has_form(f"/merges/{pair.id}/propose")


async def test_nobody_else_sees_a_pair(browser: Browser) -> None:
    pair, first, _second, buyer = await found_pair()
    await sign_in(browser, buyer)
    await browser.get(f"/merges/{pair.id}", expect=404)  # nothing is proposed yet
    await MergeProposal.filter(id=pair.id).update(keep_id=first.id, proposed_by_id=1)
    await sign_in(browser, await make_actor(Role.VENDOR))
    await browser.get(f"/merges/{pair.id}", expect=404)


async def test_open_invitations_and_challenges_stand_in_the_way(browser: Browser) -> None:
    pair, first, second, _buyer = await found_pair()
    solution = await make_solution()
    listed = await Shortlisting.create(
        scene=second, solution=solution, state=ShortlistState.INVITED, created_at=second.created_at
    )
    await sign_in(browser, await make_actor(Role.OFFICER))
    await browser.get(f"/merges/{pair.id}")
    page = await browser.submit(f"/merges/{pair.id}/propose", {"keep": first.id, "reason": "x"}, expect=403)
    assert "1 invitations about" in page.text
    await listed.delete()
    await Scene.filter(id=first.id).update(state=SceneState.CHALLENGED)
    await browser.get(f"/merges/{pair.id}")
    page = await browser.submit(f"/merges/{pair.id}/propose", {"keep": first.id, "reason": "x"}, expect=403)
    assert "is in a challenge" in page.text


async def test_where_nobody_owns_it_the_officer_decides(browser: Browser) -> None:
    solutions = [
        await make_solution(title="短临降水预报", summary="未来两小时逐十分钟降水。", source_id=f"s{number}")
        for number in range(2)
    ]
    await build_index()
    await finding.find_duplicates()
    pair = await MergeProposal.get(kind="solution")
    await sign_in(browser, await make_actor(Role.OFFICER))
    await browser.get(f"/merges/{pair.id}")
    await browser.submit(f"/merges/{pair.id}/propose", {"keep": solutions[1].id, "reason": "imported twice"})
    await browser.submit(f"/merges/{pair.id}/accept")
    gone = await Solution.get(id=solutions[0].id)
    assert (gone.state, gone.merged_into_id) == (SolutionState.RETIRED, solutions[1].id)


def test_a_snapshot_that_lags_behind_is_waited_for() -> None:
    assert finding.indexed_so_far([(1, 7), (2, 8), (3, 9)], {7, 9}) == [(1, 7)]


async def test_a_draft_shows_what_is_near_and_already_published(browser: Browser) -> None:
    _first, second, buyer = await two_alike()
    draft = await make_scene(
        await Organisation.get(id=buyer.organisation_id), state=SceneState.DRAFT, title="板坯裂纹识别", problem=PROBLEM
    )
    await sign_in(browser, buyer)
    page = await browser.get(f"/scenes/{draft.id}/similar")
    assert f"/scenes/{second.id}" in page.links()
    assert f"/scenes/{draft.id}/similar" in (await browser.get(f"/scenes/{draft.id}/edit/check")).links()
    await sign_in(browser, await make_actor(Role.BUYER))
    await browser.get(f"/scenes/{draft.id}/similar", expect=404)


def test_what_only_one_side_says_is_marked() -> None:
    left, right = differences(["厚度 10 毫米", "同一句"], ["厚度 12 毫米", "同一句"])
    assert [[(piece.text, piece.marked) for piece in line] for line in left] == [
        [("厚度 ", False), ("10", True), (" 毫米", False)], [("同一句", False)],
    ]  # fmt: skip
    assert [piece.text for line in right for piece in line if piece.marked] == ["12"]
