"""Supply and demand: what is counted, what is listed, who may ask whom."""

import io

import pytest
from python_calamine import CalamineWorkbook

from market.bids.models import Bid
from market.challenges.models import Round
from market.core import clock
from market.core.models import AuditEvent, Notification
from market.core.vocabulary import Field, OrganisationKind
from market.insight import queries
from market.insight.drawing import Cell, heat_map
from market.insight.queries import FieldRow
from market.lifecycle import BidState, Role, SceneState, SolutionState
from market.matches.models import Match, MatchRun
from market.matches.scale import GOOD_SCORE
from market.scenes.models import Scene
from market.solutions.models import Solution
from tests.browser import Browser
from tests.factories import make_actor, make_bid, make_challenge, make_organisation, make_scene, make_solution
from tests.watching import count_queries, rows_of, sign_in

pytestmark = pytest.mark.usefixtures("db")

UNSUPPORTED = {"requirement_id": 1, "requirement": "在我方机房部署", "kind": "must", "sentence": "", "strength": 0.0}
STEEL, HALL = Field.SMART_MANUFACTURING, Field.GOVERNMENT_SERVICES


async def ranked(scene: Scene, *pairs: tuple[Solution, float, bool]) -> None:
    """Store a ranking as the worker would: solution, score, whether it qualifies."""
    run = await MatchRun.create(scene=scene, asked_at=clock.now(), started_at=clock.now(), finished_at=clock.now())
    for rank, (solution, score, qualifies) in enumerate(pairs, start=1):
        await Match.create(
            run=run, scene=scene, solution=solution, rank=rank, score=score, dense=0, lexical=0, coverage=0,
            qualifies=qualifies,
            evidence=[UNSUPPORTED],
            unmet=[] if qualifies else [{"code": "price", "reason": {"message": "Too dear.", "values": {}},
                                         "remedy": {"message": "x", "values": {}}}],
        )  # fmt: skip


async def a_district() -> tuple[list[Scene], list[Solution]]:
    vendor = await make_organisation(OrganisationKind.VENDOR)
    fit = await make_solution(vendor, fields_served=[STEEL], title="质检", title_en="Inspection")
    idle = await make_solution(vendor, fields_served=[STEEL, HALL], title="问答", title_en="Answers")
    served = await make_scene(field=STEEL, title="已有匹配", title_en="Served")
    dear = await make_scene(field=STEEL, title="太贵", title_en="Too dear")
    far = await make_scene(field=HALL, title="不够近", title_en="Far away")
    new = await make_scene(field=HALL, title="尚未匹配", title_en="Brand new")
    await ranked(served, (fit, GOOD_SCORE, True), (idle, GOOD_SCORE - 0.1, True))
    await ranked(dear, (fit, 0.9, False))
    await ranked(far, (idle, GOOD_SCORE - 0.2, True))
    return [served, dear, far, new], [fit, idle]


async def test_every_field_is_counted() -> None:
    await a_district()
    steel, hall = await queries.by_field()
    assert (steel.field, steel.scenes, steel.served, steel.unserved, steel.solutions) == (STEEL, 2, 1, 1, 2)
    assert (hall.field, hall.scenes, hall.ranked, hall.unserved, hall.solutions) == (HALL, 2, 1, 1, 1)
    assert steel.median == pytest.approx(GOOD_SCORE / 2)  # the best of a scene whose only match is refused is 0
    assert hall.median == pytest.approx(GOOD_SCORE - 0.2)


async def test_a_sealed_bid_is_not_counted() -> None:
    challenge = await make_challenge()
    bid = await make_bid(await Round.get(challenge_id=challenge.id), await make_actor(Role.VENDOR))
    counted = []
    for state in BidState:
        await Bid.filter(id=bid.id).update(state=state)
        counted += [state for row in await queries.by_field() if row.bids]
    assert counted == [BidState.OPENED, BidState.WON, BidState.NOT_SELECTED]


async def test_drafts_and_withdrawn_rows_do_not_count() -> None:
    await make_scene(state=SceneState.DRAFT)
    await make_solution(state=SolutionState.RETIRED)
    assert await queries.by_field() == []
    assert await queries.unserved_scenes() == []
    assert await queries.idle_solutions() == []


async def test_scenes_nobody_serves_say_why(browser: Browser) -> None:
    await a_district()
    await sign_in(browser, await make_actor(Role.AUDITOR))
    page = await browser.get("/insight/scenes")
    assert page.h1 == "Scenes nobody serves"
    for said in (
        "What is near does not qualify: 1",
        "Nothing near enough is offered: 1",
        "1 more scenes are not ranked",
    ):
        assert said in page.text
    assert "The nearest does not qualify: Too dear." in page.text
    assert "在我方机房部署 2 scenes" in page.text
    shown = [words for words in ("Too dear", "Far away", "Brand new", "Served") if words in page.text]
    assert shown == ["Too dear", "Far away"]
    assert not [form for form in page.forms() if "/ask" in form.get("action", "")]  # auditors change nothing
    page = await browser.get(f"/insight/scenes?field={HALL}")
    assert [words in page.text for words in ("Too dear", "Far away")] == [False, True]


async def test_solutions_nobody_needs(browser: Browser) -> None:
    await a_district()
    await sign_in(browser, await make_actor(Role.OFFICER))
    page = await browser.get("/insight/solutions")
    best = f"{GOOD_SCORE - 0.1:.0%}"
    assert [(row[0], row[3], row[4]) for row in rows_of(page)] == [("Answers", best, "2")]


async def test_the_map_leads_to_the_lists(browser: Browser) -> None:
    await a_district()
    await sign_in(browser, await make_actor(Role.OFFICER))
    page = await browser.get("/insight")
    assert rows_of(page) == [
        ["Smart manufacturing", "2", "1", "2", f"{GOOD_SCORE / 2:.0%}", "0", "0", "0"],
        ["Government services", "2", "1", "1", f"{GOOD_SCORE - 0.2:.0%}", "0", "0", "0"],
    ]
    assert f"/insight/scenes?field={HALL}" in page.links()
    assert "2without a credible match1 not ranked yet" in page.text


async def test_an_empty_district_says_so(browser: Browser) -> None:
    await sign_in(browser, await make_actor(Role.OFFICER))
    assert "No supply or demand yet" in (await browser.get("/insight")).text
    assert "Every open scene has a credible match" in (await browser.get("/insight/scenes")).text
    assert "Every published solution is a credible match somewhere." in (await browser.get("/insight/solutions")).text


async def test_vendors_of_the_field_are_asked_once_a_week(browser: Browser, noon: object) -> None:
    (_served, dear, _far, _new), (fit, _idle) = await a_district()
    await sign_in(browser, await make_actor(Role.OFFICER))
    await browser.get("/insight/scenes")
    page = await browser.submit(f"/insight/scenes/{dear.id}/ask")
    assert "1 vendors were asked." in page.text
    assert not page.has_form(f"/insight/scenes/{dear.id}/ask")
    told = await Notification.filter(organisation_id=fit.organisation_id).get()
    assert (told.text["message"], told.link) == (
        "Nobody serves the scene “%(scene)s” yet. Could one of your solutions?", f"/scenes/{dear.id}",
    )  # fmt: skip
    assert (await AuditEvent.get(event="ask_vendors")).subject_id == dear.id
    again = await browser.client.post(
        f"/insight/scenes/{dear.id}/ask", data={"csrf_token": page.form("/sign-out")[0].get("value", "")}
    )
    assert again.status_code == 403
    assert await Notification.filter(organisation_id=fit.organisation_id).count() == 1


async def test_a_buyer_is_told_what_may_help(browser: Browser) -> None:
    (_served, _dear, far, _new), _solutions = await a_district()
    await sign_in(browser, await make_actor(Role.OFFICER))
    await browser.get("/insight/scenes")
    page = await browser.submit(f"/insight/scenes/{far.id}/tell")
    assert "The buyer was told." in page.text
    told = await Notification.filter(organisation_id=far.organisation_id).get()
    assert told.text["values"]["advice"]["message"].startswith("Describe the problem")


async def test_the_workbook_holds_all_three_tables(browser: Browser) -> None:
    await a_district()
    await Scene.filter(title="太贵").update(title_en="=1+1")
    await sign_in(browser, await make_actor(Role.OFFICER))
    answer = await browser.client.get("/insight/export.xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == ["By field", "Scenes nobody serves", "Solutions nobody needs yet"]
    scenes = book.get_sheet_by_index(1).to_python()
    assert sorted(row[1] for row in scenes[1:]) == ["=1+1", "Far away"]
    assert book.get_sheet_by_index(0).to_python()[1][:4] == ["Smart manufacturing", 2, 1, 2]


async def test_as_many_questions_for_many_rows(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    await a_district()
    await sign_in(browser, await make_actor(Role.OFFICER))
    paths = ("/insight", "/insight/scenes", "/insight/solutions")
    before = [await count_queries(browser, path, monkeypatch) for path in paths]
    for _each in range(10):
        await a_district()
    assert [await count_queries(browser, path, monkeypatch) for path in paths] == before


def test_shades_go_by_the_largest_of_the_column() -> None:
    rows = [FieldRow(STEEL, 40, 31, 1, 30, 0.5, 0, 0, 0), FieldRow(HALL, 1, 1, 0, 1, None, 0, 0, 0)]
    steel, hall = heat_map(rows)
    assert [cell.shade for cell in steel.cells[:3]] == [4, 1, 4]
    assert hall.cells[0] == Cell("1", 1, f"/scenes?field={HALL}")
    assert (hall.cells[1].shade, hall.cells[3].text) == (0, "–")
