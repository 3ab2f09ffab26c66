"""Drafting and moving solutions on the real database; filings are looked up when a model is saved."""

import pytest

from market.accounts.models import Organisation
from market.core.errors import NotAllowedError, StaleStateError
from market.core.models import AuditEvent, QueuedJob
from market.core.permissions import Actor
from market.core.servers import Servers
from market.core.work import unit_of_work
from market.lifecycle import Role, SolutionState
from market.solutions import actions
from market.solutions.actions import ModelLine, ReferenceLine
from market.solutions.models import ModelUse, Solution
from market.solutions.queries import capabilities_of, find_filing, models_of, references_of
from tests.factories import make_actor, make_filing, make_solution


@pytest.fixture
async def vendor(db: Servers) -> Actor:
    return await make_actor(Role.VENDOR)


async def solution_of(vendor: Actor, state: SolutionState) -> Solution:
    return await make_solution(await Organisation.get(id=vendor.organisation_id), state=state)


async def save_models(solution: Solution, vendor: Actor, *models: ModelLine) -> list[int | None]:
    async with unit_of_work() as work:
        await actions.save_solution(solution, {"models": models}, work=work, actor=vendor)
    return [use.filing_id for use in await models_of(solution.id)]


async def test_a_draft_belongs_to_its_vendor(vendor: Actor) -> None:
    async with unit_of_work() as work:
        solution = await actions.create_solution(
            {"title": "检测", "capabilities": ["一", "二"], "references": [ReferenceLine("某厂", 2025, "好")]},
            work=work, actor=vendor,
        )  # fmt: skip
    assert (await Solution.get()).organisation_id == vendor.organisation_id
    assert [c.text for c in await capabilities_of(solution.id)] == ["一", "二"]
    assert [(r.client, r.year) for r in await references_of(solution.id)] == [("某厂", 2025)]
    assert await AuditEvent.all().values_list("event", flat=True) == ["create_solution"]


async def test_a_buyer_cannot_begin_a_solution(db: Servers) -> None:
    buyer = await make_actor(Role.BUYER)
    with pytest.raises(NotAllowedError, match="Only vendors post solutions"):
        async with unit_of_work() as work:
            await actions.create_solution({"title": "检测"}, work=work, actor=buyer)


async def test_a_filing_is_found_by_its_number_whatever_capitals_and_spaces(vendor: Actor) -> None:
    filing = await make_filing(filing_number="Shanghai-MoLuan-202403180001")
    solution = await solution_of(vendor, SolutionState.DRAFT)
    typed = ModelLine("我们的模型", "shanghai-moluan-202403180001")
    assert await save_models(solution, vendor, typed, ModelLine("另一个", "Nowhere-1")) == [filing.id, None]
    found = await find_filing(" Shanghai-MoLuan- 202403180001 ")
    assert found
    assert found.id == filing.id
    assert await find_filing("") is None


async def test_without_a_number_a_filing_is_found_by_the_models_exact_name(vendor: Actor) -> None:
    filing = await make_filing(model="墨峦通用大模型", filing_number="")
    solution = await solution_of(vendor, SolutionState.DRAFT)
    found = await save_models(solution, vendor, ModelLine("墨峦通用大模型"), ModelLine("墨峦"))
    assert found == [filing.id, None]


async def test_a_registry_that_grows_later_is_linked(vendor: Actor) -> None:
    solution = await solution_of(vendor, SolutionState.PUBLISHED)
    await ModelUse.create(solution=solution, position=2, name="乙", filing_number="B-2")
    by_name = await make_filing(model="缺陷小样本模型", filing_number="")
    by_number = await make_filing(filing_number="b-2")
    await make_filing(model="乙", filing_number="C-3")
    async with unit_of_work() as work:
        assert await actions.link_filings(work=work) == 2
    assert [use.filing_id for use in await models_of(solution.id)] == [by_name.id, by_number.id]
    async with unit_of_work() as work:
        assert await actions.link_filings(work=work) == 0


async def test_who_saves_second_is_told_and_overwrites_nothing(vendor: Actor) -> None:
    mine = await solution_of(vendor, SolutionState.DRAFT)
    theirs = await Solution.get(id=mine.id)
    async with unit_of_work() as work:
        await actions.save_solution(theirs, {"title": "先"}, work=work, actor=vendor, revision=1)
    content: actions.SolutionContent = {"title": "后", "capabilities": []}
    with pytest.raises(StaleStateError, match="Somebody else saved"):
        async with unit_of_work() as work:
            await actions.save_solution(mine, content, work=work, actor=vendor, revision=1)
    assert (await Solution.get()).title == "先"
    assert len(await capabilities_of(mine.id)) == 2


async def test_a_published_solution_is_not_edited_in_place(vendor: Actor) -> None:
    solution = await solution_of(vendor, SolutionState.PUBLISHED)
    with pytest.raises(NotAllowedError, match="Take it back to edit"):
        async with unit_of_work() as work:
            await actions.save_solution(solution, {"title": "后"}, work=work, actor=vendor)


async def test_publishing_asks_for_scenes_and_taking_back_refreshes_the_index(vendor: Actor) -> None:
    solution = await solution_of(vendor, SolutionState.DRAFT)
    for action in (actions.publish_solution, actions.unpublish_solution, actions.publish_solution,
                   actions.retire_solution, actions.restore_solution):  # fmt: skip
        async with unit_of_work() as work:
            await action(solution, work=work, actor=vendor)
    assert (await Solution.get()).state is SolutionState.DRAFT
    asked = await QueuedJob.all().order_by("id").values_list("name", "arguments")
    match = ("match_solution", {"solution_id": solution.id})
    assert asked == [match, ("refresh_index", {})]  # what waits already is asked once


async def test_an_incomplete_solution_is_not_published(vendor: Actor) -> None:
    opened = await solution_of(vendor, SolutionState.DRAFT)
    await Solution.filter(id=opened.id).update(summary="")
    with pytest.raises(NotAllowedError, match="Describe the solution"):
        async with unit_of_work() as work:
            await actions.publish_solution(opened, work=work, actor=vendor)


async def test_another_vendor_moves_nothing(vendor: Actor) -> None:
    other = await make_actor(Role.VENDOR)
    for state, action in (
        (SolutionState.DRAFT, actions.publish_solution), (SolutionState.PUBLISHED, actions.unpublish_solution),
        (SolutionState.PUBLISHED, actions.retire_solution), (SolutionState.RETIRED, actions.restore_solution),
    ):  # fmt: skip
        solution = await solution_of(vendor, state)
        with pytest.raises(NotAllowedError, match="Only the organisation that posted this solution"):
            async with unit_of_work() as work:
                await action(solution, work=work, actor=other)
        assert (await Solution.get(id=solution.id)).state is state
