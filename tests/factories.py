"""Rows that tests begin with, made through the same actions as people use where that is quick enough."""

from datetime import timedelta
from itertools import count
from typing import Any

from stdnum.cn import uscc

from market.accounts.models import Membership, Organisation, Person
from market.awards.models import Award
from market.bids.actions import BidContent, save_bid, start_bid, submit_bid
from market.bids.models import Bid
from market.challenges.actions import ChallengeContent, CriterionLine, Window, create_challenge, publish_challenge
from market.challenges.models import Challenge, Round
from market.challenges.rules import ChallengeRules
from market.core import clock
from market.core.permissions import CLOCK, Actor
from market.core.vocabulary import (
    ChallengeKind,
    DataLevel,
    Deployment,
    Direction,
    Field,
    OrganisationKind,
    Readiness,
    RequirementKind,
)
from market.core.work import unit_of_work
from market.grants.actions import FundContent, add_budget, commit_fund, create_fund, reserve_grant
from market.grants.models import Fund, Grant
from market.lifecycle import (
    PUBLIC_SCENES,
    AwardState,
    BidState,
    ChallengeState,
    OrganisationState,
    Role,
    RoundState,
    SceneState,
    SolutionState,
)
from market.pilots.actions import prepare_pilot, start_pilot
from market.pilots.models import Pilot
from market.scenes.models import Metric, Requirement, Scene
from market.solutions.models import Capability, Filing, ModelUse, Reference, Solution

_numbers = count(1)
KIND_OF_ROLE = {
    Role.BUYER: OrganisationKind.BUYER,
    Role.VENDOR: OrganisationKind.VENDOR,
    Role.OFFICER: OrganisationKind.DISTRICT,
    Role.REVIEWER: OrganisationKind.EXPERT_BODY,
    Role.AUDITOR: OrganisationKind.AUDIT_BODY,
}
# argon2 of "a long password", made once: hashing for every person would make the tests slow
PASSWORD_HASH: list[str] = []


def make_code(number: int) -> str:
    """A valid unified social credit code."""
    body = f"91310104MA{number:07d}"
    return body + uscc.calc_check_digit(body)


async def make_organisation(kind: OrganisationKind = OrganisationKind.BUYER, **given: Any) -> Organisation:
    number = next(_numbers)
    values = {
        "name": f"测试机构{number}", "kind": kind, "uscc": make_code(number), "state": OrganisationState.VERIFIED,
        "verified_at": clock.now(),
    }  # fmt: skip
    return await Organisation.create(**(values | given))


async def make_person(role: Role, organisation: Organisation | None = None, **given: Any) -> Person:
    """A person who can sign in with "a long password"."""
    from market.accounts.actions import hash_password

    if not PASSWORD_HASH:
        PASSWORD_HASH.append(await hash_password("a long password"))
    number = next(_numbers)
    organisation = organisation or await make_organisation(KIND_OF_ROLE[role])
    values = {"email": f"person{number}@example.com", "name": f"测试人{number}", "password_hash": PASSWORD_HASH[0]}
    person = await Person.create(**(values | given))
    await Membership.create(person=person, organisation=organisation, role=role)
    return person


async def actor_for(person: Person) -> Actor:
    membership = await Membership.filter(person_id=person.id).select_related("organisation").get()
    organisation = membership.organisation
    return Actor(
        membership.role, person.name, person.id, organisation.id, organisation.name,
        organisation.state is OrganisationState.VERIFIED,
    )  # fmt: skip


async def make_actor(role: Role, organisation: Organisation | None = None) -> Actor:
    return await actor_for(await make_person(role, organisation))


async def make_challenged_scene(buyer: Actor, **given: Any) -> Scene:
    """A published scene that has everything a challenge asks of it."""
    values = {
        "title": "铸件表面缺陷检测", "title_en": "Surface defects of castings", "problem": "漏检率高。",
        "outcome": "降低漏检。",
        "data_description": "两万张标注图像", "data_level": DataLevel.INTERNAL, "acceptance_test": "现场连续运行两周",
        "deployments": ["edge"], "state": SceneState.PUBLISHED, "organisation_id": buyer.organisation_id,
        "published_at": clock.now(),
    }  # fmt: skip
    scene = await Scene.create(**(values | given))
    await Requirement.create(scene=scene, position=1, text="在产线边缘设备上运行", kind=RequirementKind.MUST)
    await Metric.create(
        scene=scene, position=1, name="漏检率", baseline=5, target=1, unit="%", direction=Direction.LOWER
    )
    return scene


async def make_fund() -> int:
    """A fund's id, for challenges that must have one; stage 8 moves its money."""
    code = f"F{next(_numbers)}"
    fund = await Fund.create(code=code, name="专项资金", project_cap_fen=10**9, organisation_cap_fen=10**9)
    return fund.id


def challenge_content(**given: Any) -> ChallengeContent:
    """What an officer writes: a rubric of 100 and one round that is open for the next hour."""
    now = clock.now()
    values: dict[str, Any] = {
        "title": "铸件质检揭榜", "kind": ChallengeKind.BEST_ONE, "summary": "征集铸件缺陷检测方案。",
        "grant_fen": 100_000_000,
        "rules": ChallengeRules(eligibility="境内注册的法人单位", policy_basis="区人工智能专项"),
        "criteria": [CriterionLine("性能", "指标", "performance", 60), CriterionLine("安全", "", "safety", 40)],
        "windows": [Window(now, now + timedelta(hours=1))],
    }  # fmt: skip
    return ChallengeContent(**(values | given))


async def make_challenge(*, publish: bool = True, buyer: Actor | None = None, **given: Any) -> Challenge:
    """A challenge from a fresh scene, published with its rounds scheduled unless told otherwise."""
    officer = await make_actor(Role.OFFICER)
    scene = await make_challenged_scene(buyer or await make_actor(Role.BUYER))
    async with unit_of_work() as work:
        challenge = await create_challenge(scene, challenge_content(**given), work=work, actor=officer)
    await Challenge.filter(id=challenge.id).update(fund_id=await make_fund())
    await challenge.refresh_from_db()
    if publish:
        async with unit_of_work() as work:
            await publish_challenge(challenge, work=work, actor=officer)
    return challenge


BID: dict[str, Any] = {
    "approach": "先标定相机，再训练小样本检测模型。", "team": "算法三人，工程两人。", "price_fen": 86_000_000,
    "delivery_weeks": 20, "pledge": True,
    "milestones": [{"title": "上线", "due_week": 8, "percent": 40}, {"title": "验收", "due_week": 20, "percent": 60}],
}  # fmt: skip


async def make_bid(bidding_round: Round, vendor: Actor, *, submit: bool = True, **given: Any) -> Bid:
    """A complete bid of *vendor*, submitted unless told otherwise."""
    async with unit_of_work() as work:
        bid = await start_bid(bidding_round, work=work, actor=vendor)
    async with unit_of_work() as work:
        await save_bid(bid, BidContent(**(BID | given)), revision=bid.revision, work=work, actor=vendor)
    if submit:
        async with unit_of_work() as work:
            await submit_bid(bid, revision=bid.revision, work=work, actor=vendor)
    return bid


SCENE_CONTENT: dict[str, Any] = {
    "title": "冷轧带钢表面缺陷检出", "title_en": "Finding defects on cold-rolled strip",
    "field": Field.SMART_MANUFACTURING, "problem": "人工抽检漏检率高，夜班尤其明显。", "outcome": "整卷在线检出。",
    "data_description": "两年的线阵相机图像。", "deployments": [Deployment.ON_PREMISES], "region": "临江区",
    "acceptance_test": "连续三十天，由质检科抽检复核。", "budget_max_fen": 120_000_000, "duration_weeks": 20,
}  # fmt: skip


async def make_scene(
    organisation: Organisation | None = None, *, state: SceneState = SceneState.PUBLISHED, **given: Any
) -> Scene:
    """A complete scene: two musts, a wish and a metric."""
    organisation = organisation or await make_organisation(OrganisationKind.BUYER)
    published = clock.now() if state in PUBLIC_SCENES else None
    values = SCENE_CONTENT | {"organisation_id": organisation.id, "state": state, "published_at": published}
    scene = await Scene.create(**(values | given))
    for position, (text, kind) in enumerate(
        (("缺陷检出率不低于百分之九十九", "must"), ("在我方机房部署", "must"), ("误报率低于百分之三", "wish")), start=1
    ):
        await Requirement.create(scene=scene, position=position, text=text, kind=RequirementKind(kind))
    await Metric.create(scene=scene, position=1, name="漏检率", baseline=3.2, target=0.5, unit="%",
                        direction=Direction.LOWER)  # fmt: skip
    return await Scene.get(id=scene.id).select_related("organisation")


async def make_solution(
    organisation: Organisation | None = None, *, state: SolutionState = SolutionState.PUBLISHED, **given: Any
) -> Solution:
    """A complete solution: two capabilities, a model without a filing and a reference."""
    organisation = organisation or await make_organisation(OrganisationKind.VENDOR)
    published = clock.now() if state is SolutionState.PUBLISHED else None
    values = {
        "title": "表面缺陷视觉检测", "title_en": "Visual inspection of surfaces", "summary": "线阵相机加小样本模型。",
        "fields_served": [Field.SMART_MANUFACTURING], "deployments": [Deployment.ON_PREMISES, Deployment.EDGE],
        "max_data_level": DataLevel.SENSITIVE, "readiness": Readiness.PRODUCTION, "price_min_fen": 50_000_000,
        "price_max_fen": 90_000_000, "delivery_weeks": 12, "organisation_id": organisation.id, "state": state,
        "published_at": published,
    }  # fmt: skip
    solution = await Solution.create(**(values | given))
    for position, text in enumerate(("缺陷检出率百分之九十九点三", "单卷检测不超过二十秒"), start=1):
        await Capability.create(solution=solution, position=position, text=text)
    await ModelUse.create(solution=solution, position=1, name="缺陷小样本模型")
    await Reference.create(solution=solution, position=1, client="某钢厂", year=2025, result="漏检率降到千分之四")
    return await Solution.get(id=solution.id).select_related("organisation")


async def make_filing(**given: Any) -> Filing:
    number = next(_numbers)
    values = {
        "kind": "备案", "model": f"测试大模型{number}", "entity": "测试公司", "jurisdiction": "上海",
        "filing_number": f"Shanghai-Test-{number:06d}", "source_id": f"filing-{number}",
    }  # fmt: skip
    return await Filing.create(**(values | given))


async def make_funded(officer: Actor | None = None, *, budget_fen: int = 10**9, **caps: int) -> Fund:
    """A fund with money in it."""
    officer = officer or await make_actor(Role.OFFICER)
    values = {"project_cap_fen": 10**9, "organisation_cap_fen": 10**9} | caps
    content = FundContent(code=f"JG-{next(_numbers)}", name="场景资金", policy_basis="区政策", **values)
    async with unit_of_work() as work:
        fund = await create_fund(content, work=work, actor=officer)
    async with unit_of_work() as work:
        await add_budget(fund, budget_fen, "年度预算", nth=1, work=work, actor=officer)
    return fund


async def make_award(
    fund: Fund, *, buyer: Actor | None = None, vendor: Actor | None = None, amount_fen: int = 90_000_000,
    state: AwardState = AwardState.CONFIRMED, **given: Any,
) -> Award:  # fmt: skip
    """An award as it stands when it is confirmed: money committed, bid won; review and notice are other tests'."""
    officer, second = await make_actor(Role.OFFICER), await make_actor(Role.OFFICER)
    challenge = await make_challenge(publish=False, buyer=buyer, **given)
    await Challenge.filter(id=challenge.id).update(fund_id=None)
    async with unit_of_work() as work:
        await commit_fund(challenge, fund, work=work, actor=officer)
    async with unit_of_work() as work:
        await publish_challenge(challenge, work=work, actor=officer)
    bidding_round = await Round.get(challenge_id=challenge.id)
    bid = await make_bid(bidding_round, vendor or await make_actor(Role.VENDOR))
    await Bid.filter(id=bid.id).update(state=BidState.WON)
    await Round.filter(id=bidding_round.id).update(state=RoundState.CLOSED)
    await Challenge.filter(id=challenge.id).update(state=ChallengeState.AWARDED)
    await Scene.filter(lots__challenge_id=challenge.id).update(state=SceneState.AWARDED)
    now = clock.now()
    return await Award.create(
        challenge_id=challenge.id, bid_id=bid.id, amount_fen=amount_fen, state=state, proposed_by_id=officer.person_id,
        proposed_at=now, approved_by_id=second.person_id, approved_at=now, confirmed_at=now, notice_starts_at=now,
        notice_ends_at=now + timedelta(days=5),
    )  # fmt: skip


async def make_grant(
    fund: Fund | None = None, *, buyer: Actor | None = None, vendor: Actor | None = None, **given: Any
) -> Grant:
    """A grant of ¥900,000 reserved for a confirmed award: 40 and 60 percent."""
    award = await make_award(fund or await make_funded(), buyer=buyer, vendor=vendor, **given)
    async with unit_of_work() as work:
        grant = await reserve_grant(award, work=work, actor=CLOCK)
    assert grant is not None
    return grant


async def make_pilot(buyer: Actor, vendor: Actor, *, start: bool = True, **given: Any) -> Pilot:
    """A pilot of two milestones and one metric, running unless told otherwise."""
    grant = await make_grant(buyer=buyer, vendor=vendor, **given)
    async with unit_of_work() as work:
        pilot = await prepare_pilot(await Award.get(id=grant.award_id), work=work, actor=CLOCK)
    assert pilot is not None
    if start:
        async with unit_of_work() as work:
            await start_pilot(pilot, work=work, actor=vendor)
    return pilot
