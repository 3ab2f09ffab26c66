"""The pages of saved searches, as a vendor's person walks them."""

import pytest

from market.accounts.models import Organisation, Person
from market.core.vocabulary import OrganisationKind
from market.fitting import searches
from market.fitting.models import SavedSearch, SearchAlert
from market.lifecycle import Role, SolutionState
from market.matches.models import Feedback
from market.solutions.models import Solution
from tests.browser import Browser
from tests.factories import make_organisation, make_person
from tests.matches.rows import STEEL, publish_scene, publish_solution
from tests.matches.test_alerts import later, ranked_scene
from workers import alerts as jobs
from workers import matching

pytestmark = pytest.mark.usefixtures("db", "empty_index", "noon")

PATH = "/matches/searches"


async def vendor() -> tuple[Person, Solution]:
    organisation = await make_organisation(OrganisationKind.VENDOR)
    solution = await publish_solution(STEEL, capabilities=(STEEL,), organisation=organisation)
    return await make_person(Role.VENDOR, organisation), solution


async def signed_in(browser: Browser) -> tuple[Person, Solution]:
    person, solution = await vendor()
    await browser.in_english()
    await browser.sign_in(person.email)
    return person, solution


async def test_an_empty_list_says_what_to_do(browser: Browser) -> None:
    await signed_in(browser)
    page = await browser.get(PATH)
    assert "No saved searches" in page.text
    assert page.link("Save a search") == f"{PATH}/new"


async def test_save_try_change_pause_delete_and_undo(browser: Browser) -> None:
    _person, solution = await signed_in(browser)
    scene = await publish_scene()
    await matching.match_scene(scene_id=scene.id)
    page = await browser.get(f"{PATH}/new?solution={solution.id}")
    page = await browser.submit(f"{PATH}/new", {"try": "yes"})
    assert "This scene of the last 90 days, still open, would have been found:" in page.text
    assert page.link(STEEL) == f"/matches/{scene.id}/{solution.id}"
    assert await SavedSearch.all().count() == 0
    page = await browser.submit(f"{PATH}/new", {"frequency": "daily", "region": "临江区", "budget": "50万"})
    search = await SavedSearch.get()
    assert (page.h1, search.frequency, search.filters) == (
        STEEL, "daily", {"region": "临江区", "budget_fen": 50_000_000},
    )  # fmt: skip
    base = f"{PATH}/{search.id}"
    await browser.get(f"{base}/edit")
    page = await browser.submit(f"{base}/edit", {"name": "Steel", "frequency": "weekly", "budget": ""})
    assert "Once a week, Monday at 9:00" in page.text
    assert (await SavedSearch.get()).filters == {"region": "临江区"}
    page = await browser.submit(f"{base}/pause")
    assert "Paused since" in page.text
    page = await browser.submit(f"{base}/resume")
    assert "Paused since" not in page.text
    page = await browser.submit(f"{base}/delete")
    assert "“Steel” is deleted." in page.text
    assert await SavedSearch.all().count() == 0
    page = await browser.submit(f"{PATH}/restore")
    back = await SavedSearch.get()
    assert (back.name, back.frequency, back.filters, back.solution_id) == (
        "Steel", "weekly", {"region": "临江区"}, solution.id,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"name": ""}, "Give the search a name"),
        ({"query": ""}, "Choose a solution, or say in words what you look for"),
        ({"solution_id": "MINE"}, "Choose a solution or write words, not both."),
        ({"query": "", "solution_id": "99"}, "Choose one of your published solutions."),
        ({"budget": "viel"}, "Enter an amount in yuan"),
        ({"frequency": "hourly"}, "Choose how often you want to hear of it."),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field(browser: Browser, typed: dict[str, str], expected: str) -> None:
    _person, solution = await signed_in(browser)
    await browser.get(f"{PATH}/new")
    given = {"name": "n", "query": "welds", "solution_id": "", "frequency": "at_once"} | typed
    given["solution_id"] = given["solution_id"].replace("MINE", str(solution.id))
    page = await browser.submit(f"{PATH}/new", given, expect=422)
    assert expected in page.text
    assert await SavedSearch.all().count() == 0


async def test_one_search_too_many_is_refused(browser: Browser) -> None:
    person, solution = await signed_in(browser)
    for number in range(searches.MOST_SEARCHES):
        await SavedSearch.create(person_id=person.id, organisation_id=solution.organisation_id, name=str(number),
                                 query="x", created_at=solution.published_at)  # fmt: skip
    page = await browser.get(PATH)
    assert f"{PATH}/new" not in page.links()
    await browser.get(f"{PATH}/new")
    page = await browser.submit(f"{PATH}/new", {"name": "n", "query": "welds"}, expect=422)
    assert "You have 20 saved searches, which is the most." in page.text


async def test_an_alert_is_judged_and_the_ranker_may_learn_from_it(browser: Browser) -> None:
    person, solution = await signed_in(browser)
    await browser.get(f"{PATH}/new?solution={solution.id}")
    await browser.submit(f"{PATH}/new")
    search = await SavedSearch.get()
    scene = await ranked_scene()
    await jobs.send_alerts(search_id=search.id)
    base = f"{PATH}/{search.id}"
    page = await browser.get("/messages")
    assert page.link(f"A new scene for your search “{STEEL}”: “{STEEL}”.") == base
    alert = await SearchAlert.get()
    page = await browser.get(base)
    assert "Was this useful?" in page.text
    for answer, said in (("no", "You said: not useful."), ("yes", "You said: useful."), ("yes", "You said: useful.")):
        page = await browser.get(base)
        if page.has_form(f"{base}/alerts/{alert.id}"):
            token = dict(value_pairs(page, f"{base}/alerts/{alert.id}"))["csrf_token"]
            await browser.client.post(f"{base}/alerts/{alert.id}", data={"csrf_token": token, "useful": answer})
        page = await browser.get(base)
        assert said in page.text
    rows = await Feedback.all().order_by("id").values_list("kind", "scene_id", "solution_id", "person_id", "rank")
    assert rows == [
        ("useless", scene.id, solution.id, person.id, 1), ("useful", scene.id, solution.id, person.id, 1),
    ]  # fmt: skip


def value_pairs(page: object, action: str) -> list[tuple[str, str]]:
    from tests.browser import Page, values_of

    assert isinstance(page, Page)
    return values_of(page.form(action))


async def test_nobody_sees_anothers_search(browser: Browser) -> None:
    person, solution = await vendor()
    search = await SavedSearch.create(person_id=person.id, organisation_id=solution.organisation_id, name="geheim",
                                      query="x", created_at=solution.published_at)  # fmt: skip
    colleague = await make_person(Role.VENDOR, await Organisation.get(id=solution.organisation_id))
    await browser.sign_in(colleague.email)
    assert "geheim" not in (await browser.get(PATH)).html
    for address in (f"{PATH}/{search.id}", f"{PATH}/{search.id}/edit"):
        await browser.get(address, expect=404)


async def test_a_withdrawn_solution_is_said(browser: Browser) -> None:
    _person, solution = await signed_in(browser)
    await browser.get(f"{PATH}/new?solution={solution.id}")
    await browser.submit(f"{PATH}/new")
    await later()
    await Solution.filter(id=solution.id).update(state=SolutionState.DRAFT)
    assert "Solution not published" in (await browser.get(PATH)).text
    search = await SavedSearch.get()
    assert "The solution is not published" in (await browser.get(f"{PATH}/{search.id}")).text
