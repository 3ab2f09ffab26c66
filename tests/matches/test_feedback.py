"""Each thing that people do with a pair leaves one row, with the place and the versions that had shown it."""

from typing import Any

import pytest

from market.accounts.models import Organisation
from market.core.errors import InvalidError
from market.core.permissions import CLOCK, Actor
from market.core.work import unit_of_work
from market.lifecycle import Role, ShortlistState
from market.matches import actions
from market.matches.feedback import Kind, Reason, reason_of, record_award
from market.matches.models import Feedback, MatchRun, Shortlisting
from market.scenes.models import Scene
from market.solutions.models import Solution
from tests.browser import Browser
from tests.factories import make_actor, make_person
from tests.matches.rows import publish_scene, publish_solution, three_solutions
from workers import matching as jobs

pytestmark = pytest.mark.usefixtures("db", "empty_index")


async def ranked() -> tuple[Scene, Solution, Actor]:
    steel, *_others = await three_solutions()
    scene = await publish_scene(musts=("误检率低于百分之二",))
    await jobs.match_scene(scene_id=scene.id)
    buyer = await make_actor(Role.BUYER, await Organisation.get(id=scene.organisation_id))
    return scene, steel, buyer


async def do(action: Any, *given: Any, actor: Actor, **named: Any) -> Any:
    async with unit_of_work() as work:
        return await action(*given, work=work, actor=actor, **named)


async def test_everything_that_is_done_with_a_pair_is_kept_with_its_versions() -> None:
    scene, steel, buyer = await ranked()
    vendor = await make_actor(Role.VENDOR, await Organisation.get(id=steel.organisation_id))
    listed = await do(actions.shortlist_solution, scene, steel, actor=buyer)
    await do(actions.shortlist_solution, scene, steel, actor=buyer)  # twice is once
    await do(actions.invite_vendor, listed, scene, steel, actor=buyer)
    await do(actions.accept_invitation, listed, scene, steel, actor=vendor)
    rows = await Feedback.all().order_by("id")
    assert [(row.kind, row.person_id) for row in rows] == [
        (Kind.SHORTLIST, buyer.person_id), (Kind.INVITE, buyer.person_id), (Kind.INTERESTED, vendor.person_id),
    ]  # fmt: skip
    run = await MatchRun.get()
    [pair] = [pair for pair in run.outputs if pair["solution"] == steel.id]
    for row in rows:
        assert (row.run_id, row.ranker, row.encoder, row.catalogue_version) == (
            run.id, run.ranker, run.encoder, run.catalogue_version,
        )  # fmt: skip
        assert (row.rank, row.score, row.features, row.explored) == (1, pair["score"], pair["features"], False)
    assert "meaning" in rows[0].features


async def test_a_dismissal_keeps_its_reason_and_can_be_taken_back() -> None:
    scene, steel, buyer = await ranked()
    await do(actions.dismiss_match, scene, steel, "", code=Reason.TOO_EXPENSIVE, actor=buyer)
    listed = await Shortlisting.get()
    assert (listed.state, listed.reason, listed.reason_code) == (ShortlistState.DISMISSED, "", "too_expensive")
    await do(actions.reconsider_match, listed, scene, steel, actor=buyer)
    assert [(row.kind, row.reason_code) for row in await Feedback.all().order_by("id")] == [
        ("dismiss", "too_expensive"), ("reconsider", ""),
    ]  # fmt: skip


async def test_another_reason_needs_words() -> None:
    scene, steel, buyer = await ranked()
    with pytest.raises(InvalidError, match="Give a reason"):
        await do(actions.dismiss_match, scene, steel, " ", code=Reason.OTHER, actor=buyer)
    assert await Feedback.all().count() == 0


def test_a_reason_is_said_in_the_words_of_the_list_and_of_the_person() -> None:
    assert [str(reason_of(*given)) for given in (("", "zu teuer"), ("other", "100 %"), ("not_proven", ""),
                                                 ("not_proven", "one site"))] == [
        "zu teuer", "100 %", "Not proven enough", "Not proven enough: one site",
    ]  # fmt: skip


async def test_an_award_is_kept_for_the_solution_that_was_bid_or_the_vendors_best() -> None:
    scene, steel, _buyer = await ranked()
    also = await publish_solution("钢板搬运", organisation_id=steel.organisation_id, organisation=None)
    await do(record_award, [scene.id], steel.organisation_id, None, actor=CLOCK)
    await do(record_award, [scene.id], steel.organisation_id, also.id, actor=CLOCK)
    await do(record_award, [scene.id], 987654, None, actor=CLOCK)
    rows = await Feedback.filter(kind=Kind.AWARD).order_by("id")
    assert [(row.solution_id, row.rank) for row in rows] == [(steel.id, 1), (also.id, None)]


async def test_a_dismissal_on_the_page_names_its_reason_and_has_an_undo(browser: Browser) -> None:
    scene, steel, buyer = await ranked()
    await browser.in_english()
    person = await make_person(Role.BUYER, await Organisation.get(id=buyer.organisation_id))
    await browser.sign_in(person.email)
    await browser.get(f"/scenes/{scene.id}/matches")
    base = f"/scenes/{scene.id}/shortlist/{steel.id}"
    page = await browser.submit(f"{base}/dismiss", {"reason_code": "not_proven", "reason": "one site"})
    assert "Not proven enough: one site" in page.text
    page = await browser.submit(f"{base}/reconsider")  # the first form of that name is the message's button
    assert "Back on the shortlist." in page.text
    assert (await Shortlisting.get()).state is ShortlistState.SHORTLISTED
