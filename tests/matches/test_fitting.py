"""The vendor's list of scenes that fit: why, what is missing, until when; narrowed, ordered and put away."""

from datetime import timedelta

import pytest

from market.accounts.models import Organisation, Person
from market.challenges.models import Challenge, Lot, Round
from market.core import clock
from market.core.vocabulary import Deployment, Field, OrganisationKind
from market.lifecycle import ChallengeState, Role, RoundState
from market.matches.models import Feedback
from market.solutions.models import Solution
from tests.browser import Browser, Page
from tests.factories import make_organisation, make_person
from tests.matches.rows import STEEL, publish_scene, publish_solution
from workers import matching as jobs

pytestmark = pytest.mark.usefixtures("db", "empty_index", "noon")

SAYS = ("钢板表面划伤、裂纹的在线识别，误检率低于百分之二",)


async def vendor_in(browser: Browser, *titles: str) -> tuple[Person, list[Solution]]:
    organisation = await make_organisation(OrganisationKind.VENDOR)
    solutions = [await publish_solution(title, capabilities=SAYS, organisation=organisation) for title in titles]
    person = await make_person(Role.VENDOR, organisation)
    await browser.in_english()
    await browser.sign_in(person.email)
    return person, solutions


def titles(page: Page) -> list[str]:
    return [" ".join("".join(e.itertext()).split()) for e in page.tree.iter("h2") if e.get("class") == "card-title"]


async def test_each_scene_says_why_and_what_is_missing(browser: Browser) -> None:
    _person, [solution] = await vendor_in(browser, STEEL)
    scene = await publish_scene(musts=(SAYS[0], "支持国产处理器"), region="临江区", budget_max_fen=10**8)
    await jobs.match_scene(scene_id=scene.id)
    page = await browser.get("/matches")
    assert titles(page) == [STEEL]
    assert page.link(STEEL) == f"/matches/{scene.id}/{solution.id}"
    assert f"place 1 with your solution: {STEEL}" in page.text
    assert f"You support 1 of 2 requirements, best: {SAYS[0]} You say: “{SAYS[0]}”" in page.text
    assert "No sentence of yours supports: 支持国产处理器 Must" in page.text
    assert "Budget up to ¥1,000,000" in page.text


async def test_the_best_solution_stands_for_a_scene(browser: Browser) -> None:
    _person, [_other, steel] = await vendor_in(browser, "板材检测", STEEL)
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    page = await browser.get("/matches")
    assert titles(page) == [STEEL]
    assert page.link(STEEL) == f"/matches/{scene.id}/{steel.id}"


async def test_what_has_nothing_in_common_is_not_listed(browser: Browser) -> None:
    await vendor_in(browser, STEEL)
    scene = await publish_scene("未来两小时降水预报")
    await jobs.match_scene(scene_id=scene.id)
    page = await browser.get("/matches")
    assert (
        page.text.index("No scene fits yet") < page.text.index("Nearest to you") < page.text.index("未来两小时降水预报")
    )
    assert page.link("What would raise my fit") == "/matches/gaps"


async def test_without_a_solution_the_page_says_what_to_do(browser: Browser) -> None:
    await vendor_in(browser)
    page = await browser.get("/matches")
    assert "Publish a solution first" in page.text
    assert page.link("Post a solution") == "/solutions/new"


async def test_filters_and_orders(browser: Browser) -> None:
    await vendor_in(browser, STEEL)
    today = clock.now().astimezone(clock.SHANGHAI).date()
    for number, (field, region, start) in enumerate(
        ((Field.SMART_MANUFACTURING, "临江区", today + timedelta(days=90)),
         (Field.ROBOTICS, "徐汇区", today + timedelta(days=9)),
         (Field.ROBOTICS, "临江区", None)), start=1,
    ):  # fmt: skip
        clock.fix(clock.now() + timedelta(minutes=1))
        scene = await publish_scene(f"{STEEL}{number}", field=field, region=region, start_by=start,
                                    budget_max_fen=10**8 * number, deployments=[Deployment.EDGE])  # fmt: skip
        await jobs.match_scene(scene_id=scene.id)
    page = await browser.get("/matches?sort=newest")
    assert titles(page) == [f"{STEEL}3", f"{STEEL}2", f"{STEEL}1"]
    assert "Robotics (2)" in page.text
    assert titles(await browser.get("/matches?sort=deadline")) == [f"{STEEL}2", f"{STEEL}1", f"{STEEL}3"]
    for query, kept in (
        ("field=robotics", {"2", "3"}), ("field=robotics&region=临江区", {"3"}), ("due=soon", {"2"}),
        ("budget=medium", {"1"}), ("deployment=edge", {"1", "2", "3"}), ("deployment=api", set()),
    ):  # fmt: skip
        page = await browser.get(f"/matches?{query}")
        assert {title.removeprefix(STEEL) for title in titles(page)} == kept, query
    assert "Set a filter back to “All”." in page.text


async def test_a_challenge_says_when_bids_close(browser: Browser) -> None:
    await vendor_in(browser, STEEL)
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    challenge = await Challenge.create(number="JB-1", title="揭榜", state=ChallengeState.PUBLISHED)
    await Lot.create(challenge=challenge, scene=scene)
    page = await browser.get("/matches")
    assert page.link("In a challenge") == f"/challenges/{challenge.id}"
    await Round.create(challenge=challenge, number=1, opens_at=clock.now(), closes_at=clock.now() + timedelta(days=20),
                       state=RoundState.OPEN)  # fmt: skip
    page = await browser.get("/matches?due=bidding")
    assert page.link("Bids close 22 Nov 2026, 12:00 (Beijing time)") == f"/challenges/{challenge.id}"


async def test_a_scene_is_put_away_with_its_reason_and_taken_back(browser: Browser) -> None:
    person, [solution] = await vendor_in(browser, STEEL)
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    await browser.get("/matches")
    page = await browser.submit(f"/matches/{scene.id}/hide", {"reason_code": "busy"})
    assert titles(page) == []
    assert f"“{STEEL}” is put away. Its buyer is not told." in page.text
    assert "1 scene put away" in page.text
    said = await Feedback.get()
    assert (said.kind, said.reason_code, said.scene_id, said.solution_id, said.person_id, said.rank) == (
        "useless", "busy", scene.id, solution.id, person.id, 1,
    )  # fmt: skip
    page = await browser.submit(f"/matches/{scene.id}/show")
    assert titles(page) == [STEEL]
    assert "is back in your list." in page.text


async def test_the_pair_says_to_its_vendor_what_to_state(browser: Browser) -> None:
    _person, [solution] = await vendor_in(browser, STEEL)
    scene = await publish_scene(musts=(SAYS[0], "支持国产处理器"))
    await jobs.match_scene(scene_id=scene.id)
    page = await browser.get(f"/matches/{scene.id}/{solution.id}")
    assert "If it is true, say it in your solution, in a sentence of its own; if not, leave it." in page.text
    assert f"支持国产处理器 Must In “{STEEL}” the score would rise from" in page.text
    assert page.has_form(f"/matches/{scene.id}/hide")
    await browser.sign_in((await make_person(Role.BUYER, await Organisation.get(id=scene.organisation_id))).email)
    page = await browser.get(f"/matches/{scene.id}/{solution.id}")
    assert "If it is true, say it in your solution" not in page.text
    assert not page.has_form(f"/matches/{scene.id}/hide")


async def test_one_vendor_cannot_put_a_scene_away_for_another(browser: Browser) -> None:
    _person, [solution] = await vendor_in(browser, STEEL)
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    other = await make_person(Role.VENDOR, await make_organisation(OrganisationKind.VENDOR))
    await browser.get("/matches")
    assert browser.page is not None
    await browser.sign_in(other.email)
    await browser.get("/account")
    token = {name: value for form in browser.page.forms() for name, value in _values(form)}["csrf_token"]
    answer = await browser.client.post(f"/matches/{scene.id}/hide", data={"csrf_token": token})
    assert (answer.status_code, await Feedback.all().count()) == (404, 0)
    colleague = await make_person(Role.VENDOR, await Organisation.get(id=solution.organisation_id))
    await browser.sign_in(colleague.email)
    assert titles(await browser.get("/matches")) == [STEEL]


def _values(form: object) -> list[tuple[str, str]]:
    from tests.browser import values_of

    return values_of(form)  # type: ignore[arg-type]
