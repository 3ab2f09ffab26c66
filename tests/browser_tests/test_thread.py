"""The thread of the system in a real browser: a need, its matches, a challenge, a bid, and what comes by itself."""

from dataclasses import dataclass, field

import pytest

from tests.browser_tests.conftest import Visit
from tests.browser_tests.person import Person
from tests.factories import make_code
from tests.test_serve import Served

pytestmark = pytest.mark.browser

SCENE = {
    "problem": {"title_en": "Leaks in water mains", "field": "urban_governance", "problem": "老旧管网漏损难以定位。",
                "outcome": "漏点在两小时内定位到五米以内。"},
    "requirements": {"requirements-0-text": "漏点定位误差不超过五米", "requirements-0-kind": "must",
                     "requirements-1-text": "不停水安装", "requirements-1-kind": "wish"},
    "metrics": {"metrics-0-name": "漏损率", "metrics-0-baseline": "14", "metrics-0-target": "9", "metrics-0-unit": "%",
                "metrics-0-direction": "lower"},
    "data": {"data_description": "三年的压力与流量记录", "data_level": "internal", "deployments": "edge",
             "serves_public": "no", "region": "临江区", "acceptance_test": "两个片区连续运行四周，开挖复核二十处。"},
    "budget": {"budget_max": "120万", "duration_weeks": "20"},
}  # fmt: skip
SOLUTION = {
    "what": {"title_en": "Acoustic leak location", "fields_served": "urban_governance",
             "summary": "管网声学传感加模型，定位漏点。", "capabilities-0-text": "漏点定位误差三米，不停水安装"},
    "delivery": {"deployments": "edge", "readiness": "production", "price_min": "60万", "delivery_weeks": "12"},
    "models": {"models-0-name": "听漏声学模型"},
}  # fmt: skip
CHALLENGE = {
    "grant": "30万",
    "policy_basis": "临江区人工智能专项资金管理办法",
    "panel_size": "3",
    "notice_minutes": "1",
}
BID = {
    "approach": {"approach": "先装两个片区的传感器，再用开挖结果校正模型。", "team": "算法两人，管网工程师三人。"},
    "price": {"price": "88万", "delivery_weeks": "12", "milestones-0-title": "安装", "milestones-0-due_week": "4",
              "milestones-0-percent": "50", "milestones-1-title": "验收", "milestones-1-due_week": "12",
              "milestones-1-percent": "50"},
    "pledge": {"pledge": "yes"},
}  # fmt: skip

# What each reads about matching, with the heading that says it is the right page.
READ = {
    "buyer": {"/search?q=loudian": "搜索：loudian", "/scenes/{scene}/matches?deployment=edge": "匹配的解决方案",
              "/scenes/{scene}/compare": "方案对比", "/scenes/{scene}/teams": "联合体",
              "/scenes/{scene}/runs": "本需求的历次排序", "/sessions": "供需对接会"},
    "vendor": {"/matches": "适合我的场景", "/matches/gaps": "如何提高匹配度", "/matches/searches": "场景订阅",
               "/matches/searches/new": "新建订阅", "/matches/{scene}/{solution}": "供水管网漏点定位"},
    "officer": {"/insight": "供需分析", "/insight/scenes": "无人能接的场景", "/insight/solutions": "暂无场景的方案",
                "/insight/duplicates": "疑似重复", "/exposure": "谁被展示给需求方", "/funnel": "从匹配到签约",
                "/rankers": "排序器", "/insight/index": "检索索引与匹配进度"},
}  # fmt: skip


@dataclass
class Thread:
    """Who is there and what they made."""

    people: dict[str, Person] = field(default_factory=dict)
    solution: int = 0
    scene: int = 0
    challenge: int = 0


@pytest.fixture(scope="module")
def thread(visit: Visit, officer: Person) -> Thread:
    thread = Thread({"officer": officer})
    for name, organisation in (("buyer", "临江供水公司"), ("vendor", "听漏科技公司")):
        person = thread.people[name] = visit(name)
        person.open(f"/sign-up?kind={name}")
        code = make_code(7_000_002 + len(thread.people))
        account = {"organisation": organisation, "code": code, "name": name, "email": f"{name}@example.com"}
        person.fill(account | {"password": "a long password"})
        person.press("/sign-up")
        assert person.path == "/desk"
    return thread


def test_a_vendor_posts_a_solution(thread: Thread) -> None:
    vendor = thread.people["vendor"]
    vendor.open("/solutions/new")
    vendor.fill({"title": "管网声学听漏"})
    vendor.press("/solutions/new")
    thread.solution = vendor.number
    base = f"/solutions/{thread.solution}"
    vendor.walk(SOLUTION, f"{base}/edit")
    vendor.press(f"{base}/publish")
    assert vendor.path == base


def test_a_buyer_posts_a_scene_through_all_steps(thread: Thread) -> None:
    buyer = thread.people["buyer"]
    buyer.open("/scenes/new")
    buyer.fill({"title": "供水管网漏点定位"})
    buyer.press("/scenes/new")
    thread.scene = buyer.number
    buyer.walk(SCENE, f"/scenes/{thread.scene}/edit")
    buyer.press(f"/scenes/{thread.scene}/submit")
    assert buyer.path == f"/scenes/{thread.scene}"


def test_matches_appear_by_themselves(thread: Thread, served: Served) -> None:
    buyer, officer, scene = thread.people["buyer"], thread.people["officer"], f"/scenes/{thread.scene}"
    worker = served.children()["worker"]
    buyer.stay()
    worker.suspend()  # or the ranking is done before anybody can look
    try:
        officer.open(scene)
        officer.press(f"{scene}/publish")
        buyer.sees_by_itself("已发布")
        buyer.open(f"{scene}/matches")
        buyer.stay()
        assert "管网声学听漏" not in buyer.page.inner_text("main")
    finally:
        worker.resume()
    buyer.sees_by_itself("管网声学听漏")
    buyer.sees_by_itself("漏点定位误差三米，不停水安装")


def test_everybody_reads_about_matching_on_a_telephone(thread: Thread) -> None:
    for name, pages in READ.items():
        person = thread.people[name]
        for path, heading in pages.items():
            person.open(path.format(scene=thread.scene, solution=thread.solution))
            assert (path, person.page.inner_text("h1").strip()) == (path, heading)


def test_the_officer_makes_a_challenge(thread: Thread) -> None:
    officer = thread.people["officer"]
    officer.open("/funds/new")
    officer.fill({"code": "WATER-1", "name": "场景资金", "policy_basis": "办法第三条", "project_cap": "50万",
                  "organisation_cap": "100万"})  # fmt: skip
    officer.press("/funds/new")
    fund = officer.path
    officer.fill({"amount": "200万", "reason": "年度预算"})
    officer.press(f"{fund}/budget")
    officer.open(f"/scenes/{thread.scene}/challenge")
    officer.fill(CHALLENGE)
    officer.press(f"/scenes/{thread.scene}/challenge")
    thread.challenge = officer.number
    officer.open(f"/challenges/{thread.challenge}/fund")
    officer.press(f"/challenges/{thread.challenge}/fund")
    assert officer.path == f"/challenges/{thread.challenge}"


def test_the_vendor_bids_and_sees_the_round_close_by_itself(thread: Thread) -> None:
    officer, vendor, notice = thread.people["officer"], thread.people["vendor"], f"/challenges/{thread.challenge}"
    officer.open(f"{notice}/edit")
    officer.fill({"rounds-0-opens_in": "0", "rounds-0-closes_in": "1"})  # the shortest that the form takes
    officer.press(f"{notice}/edit")
    officer.press(f"{notice}/publish")

    vendor.open(notice)
    vendor.follow('main a[href$="/bid"]')
    vendor.press(vendor.path)
    bid = vendor.path
    for section, values in BID.items():
        vendor.open(f"{bid}/edit/{section}")
        vendor.fill(values)
        vendor.press(f"{bid}/edit/{section}")
    vendor.open(f"{bid}/check")
    vendor.press(f"{bid}/submit")
    assert vendor.path == f"{bid}/receipt"

    vendor.open(notice)
    vendor.stay()
    vendor.sees_by_itself("专家正在评审")
    assert vendor.page.inner_text("main .page-above .tag") == "评审中"
    officer.open(f"{notice}/bids")
    assert "听漏科技公司" in officer.page.inner_text("main")


def test_no_page_was_too_wide_and_no_console_complained(thread: Thread) -> None:
    assert [line for person in thread.people.values() for line in person.complaints] == []


def test_nothing_died_meanwhile(served: Served) -> None:
    assert "starting it again" not in served.told.read_text()
