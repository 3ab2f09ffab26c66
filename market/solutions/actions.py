"""What changes about solutions: drafting them, publishing them, taking them back."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypedDict

from market.core import clock
from market.core.errors import StaleStateError
from market.core.jobs import Job
from market.core.moves import make_move
from market.core.permissions import Actor, require
from market.core.text import _
from market.core.vocabulary import DataLevel, Deployment, Field, Readiness
from market.core.work import Work
from market.lifecycle import SolutionState
from market.solutions import queries, rules
from market.solutions.models import Capability, Filing, ModelUse, Reference, Solution


class ModelLine(NamedTuple):
    """One model as typed; its filing is looked up when it is saved."""

    name: str
    filing_number: str = ""


class ReferenceLine(NamedTuple):
    """One reference as typed."""

    client: str
    year: int | None = None
    result: str = ""


class SolutionContent(TypedDict, total=False):
    """What a solution says; a save gives only what its step holds."""

    title: str
    title_en: str
    fields_served: list[Field]
    summary: str
    capabilities: Sequence[str]
    deployments: list[Deployment]
    max_data_level: DataLevel | None
    regions: list[str]
    price_min_fen: int | None
    price_max_fen: int | None
    delivery_weeks: int | None
    readiness: Readiness | None
    models: Sequence[ModelLine]
    references: Sequence[ReferenceLine]


# By number where one was given, else by the model's exact name; the oldest entry where several answer.
_LINK_FILINGS = """
UPDATE model_use SET filing_id = found.filing_id
FROM (SELECT DISTINCT ON (use.id) use.id, filing.id AS filing_id
      FROM model_use use JOIN filing ON CASE WHEN use.filing_number <> ''
          THEN lower(filing.filing_number) = lower(use.filing_number) ELSE lower(filing.model) = lower(use.name) END
      WHERE use.filing_id IS NULL ORDER BY use.id, filing.id) AS found
WHERE model_use.id = found.id RETURNING model_use.id
"""
_LISTS = frozenset({"capabilities", "models", "references"})


async def create_solution(content: SolutionContent, *, work: Work, actor: Actor) -> Solution:
    """Begin a draft for the actor's organisation; refuses people who are no vendors (``NotAllowedError``)."""
    require(rules.may_create_solution(actor))
    solution = await Solution.create(
        using_db=work.connection, organisation_id=actor.organisation_id, created_by_id=actor.person_id,
        **_columns(content),
    )  # fmt: skip
    await _write_lists(solution, content, work)
    work.record("create_solution", solution, actor=actor)
    return solution


async def save_solution(
    solution: Solution, content: SolutionContent, *, work: Work, actor: Actor, revision: int | None = None,
    keep: bool = True,
) -> None:  # fmt: skip
    """Save what one step holds; an incomplete draft is fine. Filings are looked up here.

    - refuses who may not edit it, and a solution that is no draft (``NotAllowedError``)
    - refuses when somebody saved since *revision* was shown (``StaleStateError``)
    - ``keep=False`` is an autosave: compared with *revision* too, but the number stays, because the open form still
      carries it
    """
    require(rules.may_edit_solution(actor, solution))
    shown = solution.revision if revision is None else revision
    after = shown + 1 if keep else shown
    saved = (
        await Solution.filter(id=solution.id, revision=shown, state=SolutionState.DRAFT)
        .using_db(work.connection)
        .update(**_columns(content), revision=after, updated_at=clock.now())
    )
    if not saved:
        raise StaleStateError(_("Somebody else saved this solution while you were editing it."))
    solution.update_from_dict({**_columns(content), "revision": after})
    await _write_lists(solution, content, work)


async def publish_solution(solution: Solution, *, work: Work, actor: Actor) -> None:
    """Show a complete solution to everybody, and ask for the scenes that fit it.

    - refuses an incomplete solution, an unverified organisation and other organisations' people (``NotAllowedError``)
    """
    # The lock keeps a colleague from emptying a step between the check and the move.
    locked = await Solution.filter(id=solution.id).using_db(work.connection).select_for_update().first()
    capabilities = await Capability.filter(solution_id=solution.id).using_db(work.connection)
    require(rules.may_publish_solution(actor, locked or solution, capabilities))
    await make_move("publish_solution", solution, work=work, actor=actor, published_at=clock.now())
    work.after_commit(Job.MATCH_SOLUTION, solution_id=solution.id)


async def unpublish_solution(solution: Solution, *, work: Work, actor: Actor) -> None:
    """Take a published solution back to edit it: nobody else sees it until it is published again."""
    require(rules.may_own_solution(actor, solution))
    await make_move("unpublish_solution", solution, work=work, actor=actor)
    work.after_commit(Job.REFRESH_INDEX)


async def retire_solution(solution: Solution, *, work: Work, actor: Actor) -> None:
    """Stop offering a solution."""
    require(rules.may_own_solution(actor, solution))
    was_published = solution.state is SolutionState.PUBLISHED
    await make_move("retire_solution", solution, work=work, actor=actor)
    if was_published:
        work.after_commit(Job.REFRESH_INDEX)


async def restore_solution(solution: Solution, *, work: Work, actor: Actor) -> None:
    """Make a retired solution a draft again."""
    require(rules.may_own_solution(actor, solution))
    await make_move("restore_solution", solution, work=work, actor=actor, merged_into_id=None)


async def link_filings(*, work: Work) -> int:
    """Look up again every model without a filing, after the registry has grown; return how many were found."""
    rows = await work.connection.execute_query_dict(_LINK_FILINGS)
    return len(rows)


def _columns(content: SolutionContent) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in _LISTS}


async def _filing_for(line: ModelLine) -> Filing | None:
    if line.filing_number:
        return await queries.find_filing(line.filing_number)
    return await queries.find_filing_of_model(line.name)


async def _write_lists(solution: Solution, content: SolutionContent, work: Work) -> None:
    if "capabilities" in content:
        await Capability.filter(solution_id=solution.id).using_db(work.connection).delete()
        sentences = [
            Capability(solution_id=solution.id, position=position, text=text)
            for position, text in enumerate(content["capabilities"], start=1)
        ]
        await Capability.bulk_create(sentences, using_db=work.connection)
    if "models" in content:
        await ModelUse.filter(solution_id=solution.id).using_db(work.connection).delete()
        uses = [
            ModelUse(solution_id=solution.id, position=position, filing=await _filing_for(line), **line._asdict())
            for position, line in enumerate(content["models"], start=1)
        ]
        await ModelUse.bulk_create(uses, using_db=work.connection)
    if "references" in content:
        await Reference.filter(solution_id=solution.id).using_db(work.connection).delete()
        references = [
            Reference(solution_id=solution.id, position=position, **line._asdict())
            for position, line in enumerate(content["references"], start=1)
        ]
        await Reference.bulk_create(references, using_db=work.connection)
