"""Both kinds of rows that can be there twice, behind one face: how they are read, whose they are, how one goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q

from market.accounts.models import Membership
from market.challenges.models import Lot
from market.core.jobs import Job
from market.core.moves import make_move
from market.core.permissions import CLOCK, Actor
from market.core.work import Work
from market.lifecycle import OPEN_SCENES, Role, SceneState, ShortlistState, SolutionState
from market.matches.models import Shortlisting
from market.scenes.actions import withdraw_scene
from market.scenes.models import Requirement, Scene
from market.solutions.actions import retire_solution
from market.solutions.models import Capability, Solution

WAITING = (ShortlistState.INVITED, ShortlistState.INTERESTED)


@dataclass(frozen=True)
class Side:
    """One of two rows: what it says, line by line, and whether somebody here owns it."""

    row: Any
    href: str
    lines: tuple[str, ...]
    claimed: bool

    @property
    def organisation_id(self) -> int | None:
        """Whose it is."""
        found: int | None = self.row.organisation_id
        return found


async def sides_of(kind: str, ids: Sequence[int]) -> dict[int, Side]:
    """Return these rows with what they say, by id; rows that are gone are left out."""
    rows = await (Scene if kind == "scene" else Solution).filter(id__in=list(ids)).select_related("organisation")
    said: dict[int, list[str]] = {row.id: [] for row in rows}
    for each in await _sentences(kind, ids):
        said[each["owner"]].append(each["text"])
    owners = {row.organisation_id for row in rows if row.organisation_id}
    role = Role.BUYER if kind == "scene" else Role.VENDOR
    members = Membership.filter(organisation_id__in=owners or {0}, role=role)
    peopled: set[Any] = set(await members.values_list("organisation_id", flat=True))
    return {
        row.id: Side(row, f"/{kind}s/{row.id}", (*_texts(kind, row), *said[row.id]), row.organisation_id in peopled)
        for row in rows
    }


async def is_open(kind: str, row: Any) -> bool:
    """Whether a row is still offered or asked for, and in no challenge."""
    if kind == "solution":
        return row.state is SolutionState.PUBLISHED
    return (
        row.state is SceneState.PUBLISHED
        and not await Lot.filter(scene_id=row.id, challenge__state__in=("draft", "published")).exists()
    )


async def waiting_invitations(kind: str, row_id: int) -> int:
    """Count the invitations of a row that somebody still waits for."""
    mine = Q(scene_id=row_id) if kind == "scene" else Q(solution_id=row_id)
    return await Shortlisting.filter(mine, state__in=WAITING).count()


async def give_up(kind: str, row: Any, into: Any, reason: str, *, work: Work, actor: Actor) -> None:
    """Take *row* out by its own move and let it lead to *into*. Without an owner here, the clock moves it."""
    if kind == "scene":
        if actor.role is Role.BUYER:
            await withdraw_scene(row, reason, work=work, actor=actor)
        else:
            await make_move("withdraw_scene", row, work=work, actor=CLOCK, reason=reason)
    elif actor.role is Role.VENDOR:
        await retire_solution(row, work=work, actor=actor)
    else:
        await make_move("retire_solution", row, work=work, actor=CLOCK, reason=reason)
    await type(row).filter(id=row.id).using_db(work.connection).update(merged_into_id=into.id)
    # What already led to the row that goes now leads on.
    await type(row).filter(merged_into_id=row.id).using_db(work.connection).update(merged_into_id=into.id)
    work.after_commit(Job.REFRESH_INDEX)


def open_states(kind: str) -> frozenset[Any]:
    """Return the states in which a row of that kind can be compared."""
    return OPEN_SCENES if kind == "scene" else frozenset({SolutionState.PUBLISHED})


async def _sentences(kind: str, ids: Sequence[int]) -> list[dict[str, Any]]:
    if kind == "scene":
        return await Requirement.filter(scene_id__in=list(ids)).order_by("position").values("text", owner="scene_id")
    rows = Capability.filter(solution_id__in=list(ids)).order_by("position")
    return await rows.values("text", owner="solution_id")


def _texts(kind: str, row: Any) -> list[str]:
    texts = (row.problem, row.outcome) if kind == "scene" else (row.summary,)
    return [text for text in texts if text]
