"""A solution that its vendor took back: what the pages of a scene show of it, to whom."""

import pytest

from market.accounts.models import Organisation, Person
from market.lifecycle import Role, SolutionState
from market.matches.models import Match, Shortlisting
from market.scenes.models import Scene
from market.solutions.models import Reference, Solution
from tests.browser import Browser, values_of
from tests.factories import make_person
from tests.matches.rows import publish_scene, publish_solution, three_solutions
from workers import matching as jobs

pytestmark = pytest.mark.usefixtures("db", "empty_index")

THEN = "金属板材表面缺陷检测系统"
DRAFT = ("第二代未公开", "¥7,654,321", "保密客户")


async def withdrawn_and_edited() -> tuple[Scene, Solution, Solution]:
    """A scene with two solutions on its shortlist, of which one was taken back and is now another draft."""
    steel, office, _weather = await three_solutions()
    scene = await publish_scene(musts=("误检率低于百分之二",))
    await jobs.match_scene(scene_id=scene.id)
    for each in (steel, office):
        await Shortlisting.create(scene_id=scene.id, solution_id=each.id, created_at=scene.published_at)
    await Solution.filter(id=steel.id).update(
        state=SolutionState.DRAFT, title=DRAFT[0], title_en=DRAFT[0], price_min_fen=7_654_321_00
    )
    await Reference.create(solution_id=steel.id, position=1, client=DRAFT[2], year=2026, result="-")
    return scene, steel, office


async def buyer_of(scene: Scene) -> Person:
    return await make_person(Role.BUYER, await Organisation.get(id=scene.organisation_id))


def shown_of(html: str) -> list[str]:
    return [each for each in DRAFT if each in html]


@pytest.mark.parametrize("ranked_again", [False, True])
async def test_the_buyer_reads_what_was_ranked_and_nothing_of_the_draft(browser: Browser, ranked_again: bool) -> None:
    scene, steel, _office = await withdrawn_and_edited()
    if ranked_again:
        await Match.filter(solution_id=steel.id).delete()
    await browser.in_english()
    await browser.sign_in((await buyer_of(scene)).email)
    page = await browser.get(f"/matches/{scene.id}/{steel.id}")
    assert THEN in page.text
    assert "The vendor has withdrawn this solution. What you read here is what was ranked." in page.text
    assert shown_of(page.html) == []
    page = await browser.get(f"/scenes/{scene.id}/shortlist")
    assert f"{THEN} The vendor has withdrawn this solution." in " ".join(page.text.split())
    assert shown_of(page.html) == []
    for path in ("matches", "teams"):
        assert shown_of((await browser.get(f"/scenes/{scene.id}/{path}")).html) == []


@pytest.mark.parametrize("path", ["compare", "compare.xlsx"])
async def test_it_is_not_compared(browser: Browser, path: str) -> None:
    scene, steel, office = await withdrawn_and_edited()
    await browser.in_english()
    await browser.sign_in((await buyer_of(scene)).email)
    page = await browser.get(f"/scenes/{scene.id}/{path}?solutions={steel.id},{office.id}", expect=422)
    assert "A vendor has withdrawn one of these solutions. Choose others from the list." in page.text
    assert shown_of(page.html) == []
    assert steel.id not in {int(box.get("value")) for box in page.form(f"/scenes/{scene.id}/compare").iter("input")}


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR, Role.VENDOR])
async def test_its_vendor_and_staff_read_the_draft(browser: Browser, role: Role) -> None:
    scene, steel, office = await withdrawn_and_edited()
    own = await Organisation.get(id=steel.organisation_id) if role is Role.VENDOR else None
    await browser.in_english()
    await browser.sign_in((await make_person(role, own)).email)
    page = await browser.get(f"/matches/{scene.id}/{steel.id}")
    assert DRAFT[0] in page.text
    assert "has withdrawn" not in page.text
    if role is not Role.VENDOR:
        page = await browser.get(f"/scenes/{scene.id}/compare?solutions={steel.id},{office.id}")
        assert shown_of(page.html) == list(DRAFT)


@pytest.mark.parametrize("move", ["add", "dismiss"])
async def test_what_was_never_ranked_is_not_put_on_the_shortlist(browser: Browser, move: str) -> None:
    scene, _steel, _office = await withdrawn_and_edited()
    later = await publish_solution("后来发布的方案")
    await browser.in_english()
    await browser.sign_in((await buyer_of(scene)).email)
    page = await browser.get(f"/scenes/{scene.id}/matches")
    ranked = await Match.get(solution__title="短临降水预报").values_list("solution_id", flat=True)
    [(_name, token)] = values_of(page.form(f"/scenes/{scene.id}/shortlist/{ranked}/add"))
    answer = await browser.client.post(
        f"/scenes/{scene.id}/shortlist/{later.id}/{move}", data={"csrf_token": token, "reason": "-"}
    )
    assert answer.status_code == 422
    assert "Only solutions that were ranked for this scene can be put on its shortlist." in answer.text
    assert not await Shortlisting.exists(solution_id=later.id)
