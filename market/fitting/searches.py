"""Saved searches: what a vendor's person wants to hear of. Only its owner sees one or changes it."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from market.accounts.models import Membership
from market.core import clock
from market.core.errors import InvalidError, NotFoundError
from market.core.models import AuditEvent
from market.core.permissions import CLOCK, Actor
from market.core.text import Text, _
from market.core.work import Work
from market.fitting.models import SavedSearch
from market.lifecycle import Role, SolutionState
from market.solutions.models import Solution

MOST_SEARCHES = 20


class Frequency(StrEnum):
    """How often a search may write to its owner."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True)
class Wanted:
    """What a search asks for: the scenes of one solution or those that words find, narrowed by *filters*.

    *filters* may hold ``field``, ``region``, ``deployment`` and ``budget_fen`` (the scene pays at least this).
    """

    name: str
    query: str = ""
    solution_id: int | None = None
    filters: dict[str, Any] = field(default_factory=dict)
    frequency: Frequency = Frequency.AT_ONCE

    @classmethod
    def of(cls, search: SavedSearch) -> "Wanted":
        """Read what a row asks for."""
        return cls(search.name, search.query, search.solution_id, dict(search.filters), Frequency(search.frequency))

    def as_row(self) -> SavedSearch:
        """Return it as a row that is not stored, to try it."""
        return SavedSearch(**asdict(self), created_at=clock.now())


async def searches_of(actor: Actor) -> list[SavedSearch]:
    """List what the actor has saved for its organisation, oldest first, with the solutions."""
    rows = SavedSearch.filter(person_id=actor.person_id, organisation_id=actor.organisation_id)
    return await rows.order_by("id").select_related("solution")


async def find_search(search_id: int, actor: Actor) -> SavedSearch:
    """Return one of the actor's searches; raises ``NotFoundError`` for anybody else's."""
    rows = SavedSearch.filter(id=search_id, person_id=actor.person_id, organisation_id=actor.organisation_id)
    search = await rows.select_related("solution").first()
    if search is None:
        raise NotFoundError(_("There is no such page."))
    return search


async def save_search(wanted: Wanted, *, work: Work, actor: Actor) -> SavedSearch:
    """Keep a search; scenes ranked from now on are told.

    Refuses (``InvalidError``) more than ``MOST_SEARCHES`` a person, and what ``check`` refuses.
    """
    await check(wanted, actor)
    count = await SavedSearch.filter(person_id=actor.person_id).using_db(work.connection).count()
    if count >= MOST_SEARCHES:
        raise InvalidError(_("You have %(most)s saved searches, which is the most. Delete one first.",
                             most=MOST_SEARCHES))  # fmt: skip
    return await _keep(wanted, actor.person_id, actor.organisation_id, work=work, actor=actor)


async def change_search(search: SavedSearch, wanted: Wanted, *, work: Work, actor: Actor) -> None:
    """Change a search. One that now asks for something else begins anew: only scenes ranked from now on are told."""
    await check(wanted, actor)
    before = Wanted.of(search)
    changes = asdict(wanted)
    if (before.query, before.solution_id, before.filters) != (wanted.query, wanted.solution_id, wanted.filters):
        changes["created_at"] = clock.now()
    await SavedSearch.filter(id=search.id).using_db(work.connection).update(**changes)
    work.record("change_search", search, actor=actor, solution_id=wanted.solution_id)


async def pause_search(search: SavedSearch, *, work: Work, actor: Actor) -> None:
    """Be quiet until it is resumed; what is found meanwhile is told then, in one message."""
    await SavedSearch.filter(id=search.id, paused_at=None).using_db(work.connection).update(paused_at=clock.now())
    work.record("pause_search", search, actor=actor)


async def resume_search(search: SavedSearch, *, work: Work, actor: Actor) -> None:
    """Write again."""
    await SavedSearch.filter(id=search.id).using_db(work.connection).update(paused_at=None, looked_at=None)
    work.record("resume_search", search, actor=actor)


async def delete_search(search: SavedSearch, *, work: Work, actor: Actor) -> Wanted:
    """Forget a search and its alerts; return what it asked for, with which it can be saved again."""
    wanted = Wanted.of(search)
    work.record("delete_search", search, actor=actor, solution_id=wanted.solution_id)
    await SavedSearch.filter(id=search.id).using_db(work.connection).delete()
    return wanted


async def follow_solution(solution: Solution, *, work: Work) -> SavedSearch | None:
    """Save a search for a solution the first time it is published, for who wrote it, so that nobody misses a scene.

    Does nothing the second time: who deleted or paused it wants to be left alone.
    """
    if solution.state is not SolutionState.PUBLISHED or await _was_followed(solution.id, work):
        return None
    owner = await _writer_of(solution)
    if owner is None or await SavedSearch.filter(person_id=owner).using_db(work.connection).count() >= MOST_SEARCHES:
        return None
    wanted = Wanted(name=solution.title[:100], solution_id=solution.id)
    return await _keep(wanted, owner, solution.organisation_id, work=work, actor=CLOCK)


async def check(wanted: Wanted, actor: Actor) -> None:
    """Refuse (``InvalidError``) a search without a name, one that would find everything, and one for others' offers."""
    problems: dict[str, Text] = {}
    if not wanted.name.strip():
        problems["name"] = _("Give the search a name, for example “Inspection in Linjiang”.")
    if wanted.solution_id is None and not wanted.query.strip():
        problems["query"] = _(
            "Choose a solution, or say in words what you look for: filters alone would find too much."
        )
    elif wanted.solution_id is not None and wanted.query.strip():
        problems["query"] = _("Choose a solution or write words, not both. Save two searches if you want both.")
    elif wanted.solution_id is not None and not await _offers(actor, wanted.solution_id):
        problems["solution_id"] = _("Choose one of your published solutions.")
    if problems:
        raise InvalidError(_("The search needs correcting."), fields=problems)


async def _offers(actor: Actor, solution_id: int) -> bool:
    return await Solution.filter(
        id=solution_id, organisation_id=actor.organisation_id, state=SolutionState.PUBLISHED
    ).exists()


async def _keep(
    wanted: Wanted, person_id: int | None, organisation_id: int | None, *, work: Work, actor: Actor
) -> SavedSearch:
    search = await SavedSearch.create(
        using_db=work.connection, person_id=person_id, organisation_id=organisation_id, created_at=clock.now(),
        **asdict(wanted),
    )  # fmt: skip
    work.record("save_search", search, actor=actor, solution_id=wanted.solution_id)
    return search


async def _was_followed(solution_id: int, work: Work) -> bool:
    told = AuditEvent.filter(
        subject=SavedSearch.__name__, event="save_search", details__contains={"solution_id": solution_id}
    )
    return await told.using_db(work.connection).exists()


async def _writer_of(solution: Solution) -> int | None:
    """Who wrote it, while still working there; else the vendor's first person."""
    people = Membership.filter(organisation_id=solution.organisation_id, role=Role.VENDOR, person__disabled_at=None)
    ids = [int(each) for each in await people.order_by("id").values_list("person_id", flat=True)]  # type: ignore[call-overload]
    return solution.created_by_id if solution.created_by_id in ids else next(iter(ids), None)
