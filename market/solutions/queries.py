"""Questions about solutions and the registry: reads only."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from tortoise.expressions import Q
from tortoise.functions import Coalesce

from market.core.permissions import Actor
from market.lifecycle import Role, SolutionState
from market.solutions.models import Capability, Filing, ModelUse, Reference, Solution

FACETS = ("field", "deployment", "readiness", "filed", "state")
EXCERPT = 160


@dataclass(frozen=True)
class SolutionSearch:
    """What a reader asks of the list; empty facets do not narrow it."""

    words: str = ""
    mine: bool = False
    facets: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class FoundSolutions:
    """The ids that answer a search, newest first, and how many each value of each facet would give."""

    ids: list[int]
    counts: dict[str, Counter[str]]


async def get_solution(solution_id: int) -> Solution | None:
    """Return a solution with its organisation."""
    return await Solution.filter(id=solution_id).select_related("organisation").first()


async def capabilities_of(solution_id: int) -> list[Capability]:
    """List what a solution does, in the vendor's order."""
    return await Capability.filter(solution_id=solution_id).order_by("position")


async def models_of(solution_id: int) -> list[ModelUse]:
    """List the models a solution uses, each with its filing where the registry has one."""
    return await ModelUse.filter(solution_id=solution_id).select_related("filing").order_by("position")


async def references_of(solution_id: int) -> list[Reference]:
    """List where a solution already works, in the vendor's order."""
    return await Reference.filter(solution_id=solution_id).order_by("position")


async def find_filing(filing_number: str) -> Filing | None:
    """Return the registry's entry with this number, whatever its capitals and spaces."""
    number = "".join(filing_number.split())
    return await Filing.filter(filing_number__iexact=number).order_by("id").first() if number else None


async def find_filing_of_model(name: str) -> Filing | None:
    """Return the registry's entry for a model's name: the national list gives most entries no number."""
    plain = name.strip()
    return await Filing.filter(model__iexact=plain).order_by("id").first() if plain else None


async def search_filings(words: str, kind: str, *, offset: int, limit: int) -> tuple[list[Filing], int]:
    """Return one page of the registry, newest first, and how many entries answer."""
    rows = Filing.all()
    for word in words.split()[:8]:
        rows = rows.filter(
            Q(model__icontains=word) | Q(entity__icontains=word) | Q(filing_number__icontains=word)
            | Q(jurisdiction__icontains=word)
        )  # fmt: skip
    if kind:
        rows = rows.filter(kind=kind)
    # Without a date last: PostgreSQL would put them first.
    ordered = rows.annotate(dated=Coalesce("filed_on", date.min)).order_by("-dated", "-id")
    return await ordered.offset(offset).limit(limit), await rows.count()


async def filing_kinds() -> list[str]:
    """List the kinds of entry that the registry holds."""
    return [str(kind) for kind in await Filing.all().distinct().order_by("kind").values_list("kind", flat=True)]


def visible_to(actor: Actor | None, *, mine: bool = False) -> Q:
    """Return the condition for solutions in *actor*'s list: staff all, a vendor's own on request, else published."""
    if mine and actor and actor.organisation_id:
        return Q(organisation_id=actor.organisation_id)
    return Q() if actor and actor.is_staff else Q(state=SolutionState.PUBLISHED)


async def search_solutions(search: SolutionSearch, actor: Actor | None) -> FoundSolutions:
    """Find solutions by words and facets; the facets are counted here, each without its own choice."""
    rows = Solution.filter(visible_to(actor, mine=search.mine))
    for word in search.words.split()[:8]:
        rows = rows.filter(
            Q(title__icontains=word) | Q(title_en__icontains=word) | Q(summary__icontains=word)
            | Q(organisation__name__icontains=word)
        )  # fmt: skip
    found = await rows.values("id", "published_at", "updated_at", "fields_served", "deployments", "readiness", "state")
    filed = set(await ModelUse.filter(filing_id__isnull=False).distinct().values_list("solution_id", flat=True))
    chosen = dict(search.facets)
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    kept = []
    for row in found:
        values = _facet_values(row, filed)
        missed = [facet for facet, value in chosen.items() if value not in values[facet]]
        if not missed:
            kept.append(row)
        for facet in FACETS if not missed else missed[: len(missed) == 1]:
            counts[facet].update(values[facet])
    kept.sort(key=lambda row: (row["published_at"] or row["updated_at"], row["id"]), reverse=True)
    return FoundSolutions([row["id"] for row in kept], counts)


async def listed_solutions(ids: list[int]) -> list[dict[str, Any]]:
    """Return what a list shows of these solutions, in the given order; the summary is cut to its beginning."""
    rows = await Solution.filter(id__in=ids).values(
        "id", "title", "title_en", "fields_served", "deployments", "readiness", "state", "price_min_fen",
        "price_max_fen", "published_at", "updated_at", "summary", organisation="organisation__name",
        organisation_en="organisation__name_en",
    )  # fmt: skip
    filed = set(
        await ModelUse.filter(solution_id__in=ids, filing_id__isnull=False).values_list("solution_id", flat=True)
    )
    for row in rows:
        row["summary"], row["filed"] = _excerpt(row["summary"]), row["id"] in filed
    by_id = {row["id"]: row for row in rows}
    return [by_id[solution_id] for solution_id in ids if solution_id in by_id]


def may_list_own(actor: Actor | None) -> bool:
    """Whether the list offers "ours": only vendors post solutions."""
    return actor is not None and actor.role is Role.VENDOR


def _facet_values(row: dict[str, Any], filed: set[Any]) -> dict[str, list[str]]:
    return {
        "field": [str(each) for each in row["fields_served"]],
        "deployment": [str(each) for each in row["deployments"]],
        "readiness": [str(row["readiness"])] if row["readiness"] else [],
        "filed": ["yes" if row["id"] in filed else "no"],
        "state": [str(row["state"])],
    }


def _excerpt(text: str) -> str:
    plain = " ".join(text[: EXCERPT * 2].split())
    return plain if len(plain) <= EXCERPT else plain[:EXCERPT].rstrip() + "…"
