from typing import Any

import pytest

from market.catalogue import offered
from market.core.vocabulary import Deployment
from market.solutions.models import Filing, ModelUse, Solution
from market.states import SolutionState


async def make_solution(**given: Any) -> Solution:
    return await Solution.create(**({"title": "方案", "state": SolutionState.PUBLISHED} | given))


async def test_facts_are_read_once_while_nothing_changes(db: Any) -> None:
    one = await make_solution(deployments=["edge"])
    await make_solution(title="草稿", state=SolutionState.DRAFT)
    facts = await offered.facts_of_published()
    assert {key: each.deployments for key, each in facts.items()} == {one.id: frozenset({Deployment.EDGE})}
    assert await offered.facts_of_published() is facts


@pytest.mark.parametrize("change", ["publish", "edit", "withdraw", "model", "filing", "unfile"])
async def test_a_change_of_any_row_they_come_from_is_seen(db: Any, change: str) -> None:
    one, other = await make_solution(price_min_fen=100), await make_solution(state=SolutionState.DRAFT)
    use = await ModelUse.create(solution=one, position=1, name="模型", filing_number="Shanghai-1")
    if change == "unfile":
        await Filing.create(kind="filing", model="模型", filing_number="Shanghai-1", source_id="r0")
    before = await offered.facts_of_published()
    if change == "publish":
        await Solution.filter(id=other.id).update(state=SolutionState.PUBLISHED)
    elif change == "edit":
        await Solution.filter(id=one.id).update(price_min_fen=200)
    elif change == "withdraw":
        await Solution.filter(id=one.id).update(state=SolutionState.RETIRED)
    elif change == "model":
        await use.delete()
    elif change == "filing":
        await Filing.create(kind="filing", model="模型", filing_number="Shanghai-1", source_id="r1")
    else:
        await Filing.filter(source_id="r0").update(filing_number="Shanghai-2")
    after = await offered.facts_of_published()
    seen = {
        "publish": sorted(after) == [one.id, other.id],
        "edit": one.id in after and after[one.id].price_min_fen == 200,
        "withdraw": not after,
        "model": one.id in after and after[one.id].models == 0,
        "filing": one.id in after and (before[one.id].filed, after[one.id].filed) == (0, 1),
        "unfile": one.id in after and (before[one.id].filed, after[one.id].filed) == (1, 0),
    }
    assert seen[change]
