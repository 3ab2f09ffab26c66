"""The beginning of the demonstration: organisations, people, the fund, the registry, scenes and solutions."""

from datetime import date, timedelta
from decimal import Decimal

from market.accounts.actions import add_organisation
from market.core.money import FEN_PER_YUAN
from market.core.permissions import Actor
from market.core.vocabulary import (
    DataLevel,
    Deployment,
    Direction,
    Field,
    OrganisationKind,
    Readiness,
    RequirementKind,
    Size,
)
from market.core.work import Work
from market.demo import content
from market.demo.content import Entry
from market.demo.people import Cast, hire
from market.grants.actions import FundContent, add_budget, create_fund
from market.grants.models import Fund
from market.lifecycle import Role
from market.scenes import actions as scenes
from market.scenes.actions import MetricLine, RequirementLine, SceneContent
from market.scenes.models import Scene
from market.solutions import actions as solutions
from market.solutions.actions import ModelLine, ReferenceLine, SolutionContent
from market.solutions.models import Filing, Solution

BUDGET_FEN = 10_000_000 * FEN_PER_YUAN


async def found_district(*, work: Work) -> Cast:
    """Create every organisation and who acts in it."""
    organisations = {
        entry["key"]: await add_organisation(
            name=entry["name"], name_en=entry["name_en"], kind=OrganisationKind(entry["kind"]), code=entry["uscc"],
            size=Size(entry["size"]), region=entry["region"] or "", intro=entry["intro"], work=work,
        )
        for entry in content.organisations()
    }  # fmt: skip
    return await hire(organisations, work=work)


async def fill_registry(*, work: Work) -> None:
    """Enter the invented registry of filed models."""
    rows = [
        Filing(
            kind=entry["kind"], jurisdiction=entry["jurisdiction"], model=entry["model"], entity=entry["entity"],
            filed_on=date.fromisoformat(str(entry["date"])), filing_number=entry["filing_number"],
            number=str(number), source="demonstration", source_id=f"demo:{entry['filing_number']}",
        )
        for number, entry in enumerate(content.filings(), start=1)
    ]  # fmt: skip
    await Filing.bulk_create(rows, using_db=work.connection)


async def open_fund(*, work: Work, actor: Actor) -> Fund:
    """Create the fund from which every grant of the demonstration comes, with its budget of the year."""
    fund = await create_fund(
        FundContent(
            code="LJ-MODEL-2026", name="临江区“模型+”场景资助资金", name_en="Linjiang grants for model scenes",
            policy_basis="《临江区“模型+”行动若干措施》（演示）第四条：对通过验收的场景，按审定并已支付合同额的一定比例事后资助。",
            project_cap_fen=3_000_000 * FEN_PER_YUAN, organisation_cap_fen=3_000_000 * FEN_PER_YUAN,
        ),
        work=work, actor=actor,
    )  # fmt: skip
    await add_budget(fund, BUDGET_FEN, "2026 年度预算", nth=1, work=work, actor=actor)
    return fund


async def draft_scene(entry: Entry, cast: Cast, *, start_by: date, work: Work) -> Scene:
    """Write one scene as its buyer would."""
    values = SceneContent(
        title=entry["title"], title_en=entry["title_en"], field=Field(entry["field"]), problem=entry["problem"],
        outcome=entry["outcome"],
        requirements=[RequirementLine(each["text"], RequirementKind(each["kind"])) for each in entry["requirements"]],
        metrics=[_metric(each) for each in entry["metrics"]],
        data_description=entry["data"]["description"], data_level=DataLevel(entry["data"]["level"]),
        data_access=entry["data"]["access"], deployments=[Deployment(each) for each in entry["deployment"]],
        serves_public=entry["serves_public"], region=entry["region"] or "", acceptance_test=entry["acceptance_test"],
        budget_min_fen=_fen(entry["budget_min_yuan"]), budget_max_fen=_fen(entry["budget_max_yuan"]),
        start_by=start_by, duration_weeks=entry["duration_weeks"],
    )  # fmt: skip
    return await scenes.create_scene(values, work=work, actor=cast.of(entry["organisation"], Role.BUYER))


async def draft_solution(entry: Entry, cast: Cast, *, work: Work) -> Solution:
    """Write one solution as its vendor would."""
    values = SolutionContent(
        title=entry["title"], title_en=entry["title_en"], fields_served=[Field(each) for each in entry["fields"]],
        summary=entry["summary"], capabilities=entry["capabilities"],
        deployments=[Deployment(each) for each in entry["deployment"]],
        max_data_level=DataLevel(entry["max_data_level"]), regions=entry["regions"],
        price_min_fen=_fen(entry["price_min_yuan"]), price_max_fen=_fen(entry["price_max_yuan"]),
        delivery_weeks=entry["delivery_weeks"], readiness=Readiness(entry["readiness"]),
        models=[ModelLine(each["name"], each["filing_number"] or "") for each in entry["models"]],
        references=[ReferenceLine(each["client"], each["year"], each["result"]) for each in entry["references"]],
    )  # fmt: skip
    return await solutions.create_solution(values, work=work, actor=cast.of(entry["organisation"], Role.VENDOR))


def start_after(published: date) -> date:
    """Return by when a scene published then would start."""
    return published + timedelta(days=90)


def _metric(entry: Entry) -> MetricLine:
    baseline = None if entry["baseline"] is None else Decimal(str(entry["baseline"]))
    return MetricLine(
        entry["name"], baseline, Decimal(str(entry["target"])), entry["unit"], Direction(entry["direction"])
    )


def _fen(yuan: int | None) -> int | None:
    return None if yuan is None else yuan * FEN_PER_YUAN
