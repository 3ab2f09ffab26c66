"""The search box: what is found, for whom, and what is forgiven."""

from collections.abc import Iterator

import pytest

from market.accounts.models import Organisation
from market.catalogue.catalogues import build_index
from market.core.vocabulary import OrganisationKind
from market.lifecycle import Role, SceneState, SolutionState
from market.search import known
from market.search.finding import LONGEST_QUERY, find
from market.solutions.models import Filing
from tests.browser import Browser
from tests.factories import make_actor, make_challenge, make_organisation, make_person, make_scene, make_solution
from tests.watching import count_queries

pytestmark = pytest.mark.usefixtures("db", "empty_index")


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    known.forget()
    yield
    known.forget()


async def titles(query: str, kind: str, **given: object) -> list[str]:
    answer = await find(query, None, **given)  # type: ignore[arg-type]
    return ["".join(piece.text for piece in result.title) for result in answer.results[kind]]


async def a_catalogue() -> None:
    await make_scene(title="钢板表面缺陷检测", title_en="Surface defects of steel plates", problem="人工检查漏检多。")
    await make_scene(title="泵站轴承故障预测", title_en="Predicting bearing faults of pumps", problem="停机损失大。")
    await make_solution(title="短临降水预报模型", title_en="Nowcasting of rain", summary="未来两小时降水。")
    await make_solution(title="政务大厅智能问答", title_en="Answers for a service hall", summary="办事指南问答。")
    await build_index()


@pytest.mark.parametrize(
    ("query", "kind", "first"),
    [
        ("缺陷检测", "scene", "钢板表面缺陷检测"),
        ("缺限检测", "scene", "钢板表面缺陷检测"),  # the same sound
        ("quexianjiance", "scene", "钢板表面缺陷检测"),
        ("que xian", "scene", "钢板表面缺陷检测"),
        ("gzyc", "scene", "泵站轴承故障预测"),
        ("軸承故障", "scene", "泵站轴承故障预测"),
        ("轴承　ｆａｕｌｔｓ", "scene", "泵站轴承故障预测"),
        ("bearng faults", "scene", "泵站轴承故障预测"),
        ("降水预报", "solution", "短临降水预报模型"),
        ("jiangshui", "solution", "短临降水预报模型"),
        ("智能文答", "solution", "政务大厅智能问答"),
    ],
)
async def test_slips_are_forgiven(query: str, kind: str, first: str) -> None:
    await a_catalogue()
    assert (await titles(query, kind))[:1] == [first]


@pytest.mark.parametrize("typed", ["大模型", "forecasting defects", "大模型 降水"])
async def test_what_is_there_is_not_corrected(typed: str) -> None:
    await a_catalogue()
    await make_solution(title="打磨型机器人", summary="打磨铸件。")
    await make_solution(title="大模型政务问答", title_en="Forecast of questions")
    await build_index()
    answer = await find(typed, None)
    assert (answer.corrected, answer.meant) == (False, typed)
    assert answer.results["solution"]


async def test_an_english_title_finds_the_chinese_row() -> None:
    await a_catalogue()
    assert (await titles("steel plate surface", "scene"))[:1] == ["钢板表面缺陷检测"]
    assert (await titles("nowcasting rain", "solution"))[:1] == ["短临降水预报模型"]


async def test_initials_are_found_inside_a_name() -> None:
    await a_catalogue()
    assert (await titles("bmqx", "scene"))[:1] == ["钢板表面缺陷检测"]


async def test_what_was_typed_can_be_insisted_on(browser: Browser) -> None:
    await a_catalogue()
    assert (await find("缺限检测", None)).meant == "缺陷检测"
    exact = await find("缺限检测", None, as_typed=True)
    assert (exact.meant, exact.corrected) == ("缺限检测", False)
    page = await browser.get("/search?q=缺限检测")
    assert "已按“缺陷检测”搜索。" in page.text
    assert page.link("仍按“缺限检测”搜索").startswith("/search?q=%E7%BC%BA%E9%99%90")


async def test_without_an_index_words_are_found_and_it_says_so(browser: Browser) -> None:
    await make_scene(title="钢板表面缺陷检测")
    page = await browser.get("/search?q=缺陷检测")
    assert "暂时只能按字面查找" in page.text
    assert page.link("钢板表面缺陷检测") == "/scenes/1"


async def test_a_number_leads_to_its_challenge_and_its_filing(browser: Browser) -> None:
    challenge = await make_challenge()
    await Filing.create(kind="备案", model="听潮大模型", entity="某公司", filing_number="BA-2026-0007", source_id="f7")
    assert await titles(challenge.number.lower(), "challenge") == [challenge.title]
    assert await titles("ba-2026-0007", "filing") == ["听潮大模型"]
    assert await titles("tingchao", "filing") == ["听潮大模型"]
    page = await browser.get(f"/search?q={challenge.number}")
    assert page.link(challenge.title) == f"/challenges/{challenge.id}"


async def test_nobody_else_finds_a_draft() -> None:
    buyer, vendor = await make_actor(Role.BUYER), await make_actor(Role.VENDOR)
    mine = await Organisation.get(id=buyer.organisation_id)
    for state in (SceneState.DRAFT, SceneState.SUBMITTED, SceneState.WITHDRAWN):
        await make_scene(mine, state=state, title=f"罕见金丝雀 {state}", title_en="")
    await make_solution(
        await Organisation.get(id=vendor.organisation_id), state=SolutionState.DRAFT, title="罕见金丝雀 方案"
    )
    draft = await make_challenge(publish=False, title="罕见金丝雀 榜单")
    await build_index()
    found = {
        name: (await find("罕见金丝雀", actor)).total
        for name, actor in {
            "stranger": None, "other": await make_actor(Role.BUYER), "vendor": vendor, "buyer": buyer,
            "reviewer": await make_actor(Role.REVIEWER), "officer": await make_actor(Role.OFFICER),
        }.items()
    }  # fmt: skip
    assert found == {"stranger": 0, "other": 0, "vendor": 1, "buyer": 3, "reviewer": 0, "officer": 5}
    assert draft.title not in {title.text for title in (await known.currently_known(["published"])).titles}


async def test_a_withdrawn_row_is_gone_before_the_index_knows() -> None:
    scene = await make_scene(title="钢板表面缺陷检测")
    await build_index()
    assert await titles("缺陷检测", "scene") == ["钢板表面缺陷检测"]
    await type(scene).filter(id=scene.id).update(state=SceneState.WITHDRAWN)
    assert await titles("缺陷检测", "scene") == []


async def test_only_staff_find_an_organisation_by_its_code() -> None:
    hidden = await make_organisation(OrganisationKind.VENDOR, name="听潮科技", uscc="91310104MA1FR00010")
    officer = await make_actor(Role.OFFICER)
    assert [(await find("91310104MA1FR00010", actor)).total for actor in (None, officer)] == [0, 1]
    assert await titles("听潮科技", "organisation") == []  # nothing of it is public yet
    await make_solution(hidden, title="降水预报")
    known.forget()
    assert await titles("tingchao", "organisation") == ["听潮科技"]


async def test_a_title_cannot_bring_markup_in(browser: Browser) -> None:
    await make_scene(title="<script>alert(1)</script> 缺陷", title_en="", problem="<img src=x> 缺陷")
    await build_index()
    page = await browser.get("/search?q=缺陷")
    assert "<script>alert" not in page.html
    assert "<img src=x" not in page.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <mark>缺陷</mark>" in page.html


async def test_all_of_a_kind_with_its_facets_and_pages(browser: Browser) -> None:
    for number in range(23):
        await make_scene(title=f"钢板缺陷检测 {number:02}", field="finance" if number < 3 else "smart_manufacturing")
    await build_index()
    await browser.in_english()
    page = await browser.get("/search?q=缺陷检测")
    assert page.link("All 23: Scenes") == "/search?q=%E7%BC%BA%E9%99%B7%E6%A3%80%E6%B5%8B&kind=scene"
    page = await browser.get("/search?q=缺陷检测&kind=scene&page=2")
    assert len([href for href in page.links() if href.startswith("/scenes/")]) == 3
    page = await browser.get("/search?q=缺陷检测&kind=scene&field=finance")
    assert len([href for href in page.links() if href.startswith("/scenes/")]) == 3
    assert "Finance (3)" in page.text


async def test_as_many_questions_to_the_database_for_many_rows_as_for_one(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    for count in (1, 30):
        for _each in range(count):
            await make_scene(title="钢板缺陷检测")
        await build_index()
        await browser.get("/search?q=缺陷检测")
        asked.append(await count_queries(browser, "/search?q=缺陷检测", monkeypatch))
    assert asked[0] == asked[1]


async def test_suggestions_by_characters_pinyin_and_initials(browser: Browser) -> None:
    await make_scene(title="钢板表面缺陷检测", title_en="Surface defects")
    for typed in ("钢板", "gangb", "gbbm", "surface"):
        answer = await browser.client.get(f"/search/suggest?q={typed}", headers={"HX-Request": "true"})
        assert (answer.status_code, 'href="/scenes/1"' in answer.text) == (200, True), typed
    answer = await browser.client.get("/search/suggest?q=x", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text.strip()) == (200, "")


async def test_too_long_a_query_is_told_and_kept(browser: Browser) -> None:
    await browser.in_english()
    page = await browser.get("/search?q=" + "缺" * (LONGEST_QUERY + 1), expect=422)
    assert "Use at most 200 characters." in page.text
    assert "缺" * (LONGEST_QUERY + 1) in page.html


async def test_nothing_asked_and_nothing_found(browser: Browser) -> None:
    await browser.in_english()
    assert (await browser.get("/search")).h1 == "Search"
    assert "Nothing found" in (await browser.get("/search?q=qqqqzzzz")).text
    assert "Nothing found" in (await browser.get("/search?q=%25_%5C")).text


async def test_what_a_buyer_and_a_vendor_can_do_next(browser: Browser, another_browser: Browser) -> None:
    await browser.sign_in((await make_person(Role.BUYER)).email)
    page = await browser.get("/search?q=桥梁巡检")
    assert page.link("把它发布为场景需求") == "/scenes/new?title=%E6%A1%A5%E6%A2%81%E5%B7%A1%E6%A3%80"
    assert 'value="桥梁巡检"' in (await browser.get("/scenes/new?title=桥梁巡检")).html
    await another_browser.sign_in((await make_person(Role.VENDOR)).email)
    page = await another_browser.get("/search?q=桥梁巡检")
    assert page.link("有这类新需求时告诉我") == "/matches/searches/new?q=%E6%A1%A5%E6%A2%81%E5%B7%A1%E6%A3%80"


async def test_a_stranger_cannot_ask_without_end(browser: Browser) -> None:
    for _each in range(60):
        await browser.get("/search?q=x")
    await browser.get("/search?q=x", expect=429)


async def test_a_person_with_an_account_cannot_either(browser: Browser) -> None:
    await browser.sign_in((await make_person(Role.BUYER)).email)
    for _each in range(120):
        await browser.get("/search?q=x")
    await browser.get("/search?q=x", expect=429)


async def test_a_profile_shows_what_is_public(browser: Browser) -> None:
    await browser.in_english()
    organisation = await make_organisation(OrganisationKind.VENDOR, name="听潮科技", name_en="Tingchao")
    await browser.get(f"/profiles/{organisation.id}", expect=404)
    solution = await make_solution(organisation, title_en="Nowcasting")
    await make_solution(organisation, state=SolutionState.DRAFT, title_en="Secret")
    page = await browser.get(f"/profiles/{organisation.id}")
    assert (page.h1, page.link("Nowcasting")) == ("Tingchao", f"/solutions/{solution.id}")
    assert "Secret" not in page.text
    assert "No award yet" in page.text
