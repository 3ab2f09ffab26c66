"""What a vendor reads on the page of a pair: how many musts its solution covers, and with whom it would cover all."""

from dataclasses import dataclass

from market.core.vocabulary import RequirementKind
from market.lifecycle import SolutionState
from market.matches import queries
from market.matches.models import Match
from market.matches.teams import Proposed, covers_must, read_proposal
from market.solutions.models import Solution


@dataclass(frozen=True)
class TeamNote:
    """*covered* of *musts* alone; all together *with_others*, which are published, or with nobody where it is empty."""

    covered: int
    musts: int
    with_others: list[Solution]


async def note_for(match: Match | None, solution: Solution) -> TeamNote | None:
    """Return the note for a solution's match; None where it covers every must alone or the scene names none."""
    proposal = read_proposal(await queries.finished_run(match.scene_id)) if match else None  # type: ignore[attr-defined]
    if match is None or proposal is None:
        return None
    covered = sum(each["kind"] == RequirementKind.MUST and covers_must(each) for each in match.evidence)
    if covered >= len(proposal.musts):
        return None
    team = next((each for each in proposal.teams if _takes_part(each, solution.id)), None)
    return TeamNote(covered, len(proposal.musts), await _others(team, solution.id))


def _takes_part(team: Proposed, solution_id: int) -> bool:
    """Whether a solution is in a team; as an alternative it does not count: its partners were not counted with it."""
    return len(team.members) > 1 and any(member.solution_id == solution_id for member in team.members)


async def _others(team: Proposed | None, solution_id: int) -> list[Solution]:
    """Return the other members; nobody where one of them is no longer published."""
    ids = [each.solution_id for each in team.members if each.solution_id != solution_id] if team else []
    rows = Solution.filter(id__in=ids, state=SolutionState.PUBLISHED).select_related("organisation")
    found = {each.id: each for each in (await rows if ids else [])}
    return [found[each] for each in ids] if len(found) == len(ids) else []
