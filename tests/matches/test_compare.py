"""Solutions side by side: what differs, what is refused, and the file to take away."""

import io
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from market.accounts.models import Organisation, Person
from market.core.vocabulary import Deployment, OrganisationKind, Size
from market.lifecycle import Role
from market.matches.models import MatchRun
from market.scenes.models import Scene
from market.solutions.models import Filing, Reference, Solution
from tests.browser import Browser, text_of
from tests.factories import make_actor, make_award, make_funded, make_organisation, make_person
from tests.matches.rows import publish_scene, publish_solution
from workers import matching as jobs

pytestmark = pytest.mark.usefixtures("db", "empty_index")

FORMULA = '=HYPERLINK("http://evil.example","钢板表面缺陷检测")'


async def three_ranked() -> tuple[Scene, list[Solution], Person]:
    """A scene that serves the public, and three solutions of which one is filed, one is dear, one says nothing."""
    await Filing.create(kind="备案", model="缺陷大模型", filing_number="Shanghai-X-1", source_id="1")
    vendor = await make_organisation(OrganisationKind.VENDOR, size=Size.MICRO)
    filed = await publish_solution(
        "钢板表面缺陷检测甲", capabilities=("钢板划伤在线识别，误检率低于百分之二",), models=("Shanghai-X-1",),
        organisation=vendor, price_min_fen=50_000_00, delivery_weeks=8, deployments=[Deployment.EDGE],
    )  # fmt: skip
    await Reference.create(solution=filed, position=1, client="某钢厂", year=2025, result="漏检率降到千分之四")
    dear = await publish_solution(
        FORMULA, capabilities=("相机与产线同步，检测延迟一百毫秒",), models=("none",), price_min_fen=500_000_00,
        delivery_weeks=12, deployments=[Deployment.EDGE],
    )  # fmt: skip
    silent = await publish_solution("钢板表面缺陷检测丙")
    scene = await publish_scene(
        musts=("误检率低于百分之二",), wishes=("检测延迟一百毫秒",), serves_public=True, budget_max_fen=100_000_00,
        deployments=[Deployment.EDGE],
    )  # fmt: skip
    await jobs.match_scene(scene_id=scene.id)
    buyer = await make_person(Role.BUYER, await Organisation.get(id=scene.organisation_id))
    return scene, [filed, dear, silent], buyer


def rows_of(page_tree: object) -> dict[str, list[str]]:
    table = page_tree.find(".//table")  # type: ignore[attr-defined]
    return {text_of(row[0]): [text_of(cell) for cell in list(row)[1:]] for row in table.iter("tr")}


async def test_each_thing_has_a_row_and_each_solution_a_column(browser: Browser) -> None:
    scene, (filed, dear, silent), buyer = await three_ranked()
    await browser.in_english()
    await browser.sign_in(buyer.email)
    page = await browser.get(f"/scenes/{scene.id}/compare?solutions={filed.id},{dear.id}&solutions={silent.id}")
    rows = rows_of(page.tree)
    assert [each.title in head for each, head in zip((filed, dear, silent), rows["Compared"], strict=True)] == [
        True
    ] * 3
    assert "钢板划伤在线识别，误检率低于百分之二" in rows["误检率低于百分之二 Must"][0]
    assert "best here" in rows["误检率低于百分之二 Must"][0]
    assert rows["Filing of the models"][0] == "met"
    assert rows["Filing of the models"][1].startswith("not metThe scene serves the public")
    assert rows["Filing of the models"][2].startswith("not known")
    assert rows["Price within the budget"][1] == (
        "not metIts lowest price, ¥500,000, is above the budget of at most ¥100,000."
    )
    assert rows["Price from"] == ["¥50,000 best here", "¥500,000", "Not stated"]
    assert rows["Delivery"] == ["8 weeks best here", "12 weeks", "Not stated"]
    assert rows["Models and filings"] == [
        "模型1: 备案 Shanghai-X-1", "模型1: no entry in the registry found", "Not stated",
    ]  # fmt: skip
    assert rows["References"] == ["某钢厂 (2025): 漏检率降到千分之四", "Not stated", "Not stated"]
    assert rows["Size of the vendor"][0] == "Micro enterprise"
    assert rows["Awards here"] == ["Has not won here yet"] * 3
    assert (await MatchRun.get()).encoder in page.html


async def test_only_differences_leaves_out_what_all_say(browser: Browser) -> None:
    scene, (filed, dear, _silent), buyer = await three_ranked()
    await browser.in_english()
    await browser.sign_in(buyer.email)
    base = f"/scenes/{scene.id}/compare?solutions={filed.id},{dear.id}"
    every = await browser.get(base)
    assert every.link("Show only what differs") == f"{base}&differences=1"
    assert rows_of(every.tree)["Where it runs"] == ["met", "met"]
    fewer = await browser.get(f"{base}&differences=1")
    assert "Where it runs" not in rows_of(fewer.tree)
    assert rows_of(fewer.tree)["Delivery"] == ["8 weeks best here", "12 weeks"]


@pytest.mark.parametrize(("count", "problem"), [(1, "Choose two to four"), (5, "Choose two to four")])
async def test_one_or_five_are_refused_with_a_list_to_choose_from(browser: Browser, count: int, problem: str) -> None:
    scene, (filed, dear, silent), buyer = await three_ranked()
    await browser.in_english()
    await browser.sign_in(buyer.email)
    ids = [filed.id, dear.id, silent.id, 987, 988][:count]
    page = await browser.get(f"/scenes/{scene.id}/compare?solutions={','.join(map(str, ids))}", expect=422)
    assert problem in page.text
    offered = {box.get("value") for box in page.form(f"/scenes/{scene.id}/compare").iter("input")}
    assert offered == {str(filed.id), str(silent.id)}  # the third does not qualify


async def test_a_solution_that_was_not_ranked_is_refused_without_its_name(browser: Browser) -> None:
    scene, (filed, _dear, _silent), buyer = await three_ranked()
    hidden = await publish_solution("别人的草稿", state="draft")
    await browser.in_english()
    await browser.sign_in(buyer.email)
    address = f"/scenes/{scene.id}/compare?solutions={filed.id},{hidden.id}"
    page = await browser.get(address, expect=422)
    assert "Only solutions that were ranked for this scene can be compared." in page.text
    assert hidden.title not in page.html
    refused = await browser.get(address.replace("compare?", "compare.xlsx?"), expect=422)
    assert refused.h1 == "Side by side"


async def test_strangers_do_not_see_it(browser: Browser) -> None:
    scene, (filed, dear, _silent), _buyer = await three_ranked()
    await browser.sign_in((await make_person(Role.BUYER)).email)
    for path in ("compare", "compare.xlsx"):
        answer = await browser.client.get(f"/scenes/{scene.id}/{path}?solutions={filed.id},{dear.id}")
        assert answer.status_code == 404


async def test_the_file_opens_in_the_readers_language_and_holds_no_formula(browser: Browser) -> None:
    scene, (filed, dear, _silent), buyer = await three_ranked()
    await browser.sign_in(buyer.email)
    answer = await browser.client.get(f"/scenes/{scene.id}/compare.xlsx?solutions={filed.id},{dear.id}")
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == ["对比", "依据语句", "阅读说明"]
    table = {str(row[0]): row[1:] for row in book.get_sheet_by_name("对比").to_python()}
    assert table["对比项"] == [filed.title, FORMULA]  # a text, or Excel would run it
    assert table["最低报价"] == [50_000, 500_000]
    assert table["中榜记录"] == ["尚未在本平台中榜"] * 2
    quoted = book.get_sheet_by_name("依据语句").to_python()
    assert [quoted[1][0], quoted[1][2], quoted[1][3]] == [
        "误检率低于百分之二", filed.title, "钢板划伤在线识别，误检率低于百分之二",
    ]  # fmt: skip
    assert len(quoted) == 5  # two requirements, each with two solutions
    run = await MatchRun.get()
    assert run.catalogue_version in str(book.get_sheet_by_name("阅读说明").to_python())
    assert b"<f>" not in b"".join(parts_of(answer.content))


def parts_of(workbook: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        return [parts.read(name) for name in parts.namelist() if "worksheets" in name]


async def test_a_vendor_that_won_is_said_to_have_won(browser: Browser) -> None:
    scene, (filed, dear, _silent), buyer = await three_ranked()
    winner = await make_actor(Role.VENDOR, await Organisation.get(id=filed.organisation_id))
    await make_award(await make_funded(), vendor=winner)
    await browser.in_english()
    await browser.sign_in(buyer.email)
    page = await browser.get(f"/scenes/{scene.id}/compare?solutions={filed.id},{dear.id}")
    assert rows_of(page.tree)["Awards here"] == ["Awards won here: 1", "Has not won here yet"]


async def test_a_sentence_that_says_the_opposite_is_called_so_and_never_the_best(browser: Browser) -> None:
    against = await publish_solution("钢板表面缺陷检测甲", capabilities=("误检率不超过百分之五",))
    silent = await publish_solution("钢板表面缺陷检测乙", capabilities=("夜间自动巡检",))
    scene = await publish_scene(musts=("误检率不超过百分之二",))
    await jobs.match_scene(scene_id=scene.id)
    await browser.in_english()
    await browser.sign_in((await make_person(Role.BUYER, await Organisation.get(id=scene.organisation_id))).email)
    page = await browser.get(f"/scenes/{scene.id}/compare?solutions={against.id}&solutions={silent.id}")
    said = rows_of(page.tree)["误检率不超过百分之二 Must"]
    assert "speaks against it" in said[0]
    assert ["best here" in each for each in said] == [False, False]
