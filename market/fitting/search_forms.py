"""The form of a saved search: what was typed → what is wanted, and back."""

from market.core.money import format_yuan
from market.core.text import Text, _
from market.core.vocabulary import LABELS, Deployment, Field
from market.fitting.models import SavedSearch
from market.fitting.searches import Frequency, Wanted
from market.lifecycle import SolutionState
from market.solutions.models import Solution
from market.web.filters import titled
from market.web.forms import Form, Typed

LONGEST_NAME, LONGEST_QUERY, LONGEST_REGION = 100, 300, 60
FREQUENCIES: dict[Frequency, Text] = {
    Frequency.AT_ONCE: _("At once"),
    Frequency.DAILY: _("Once a day, at 9:00"),
    Frequency.WEEKLY: _("Once a week, Monday at 9:00"),
}


def wanted_in(form: Form) -> Wanted:
    """Read a form; what is wrong is noted in it."""
    filters = {
        "field": form.choice("field", Field),
        "region": form.text("region", longest=LONGEST_REGION),
        "deployment": form.choice("deployment", Deployment),
        "budget_fen": form.yuan("budget"),
    }
    frequency = form.choice("frequency", Frequency, missing=_("Choose how often you want to hear of it."))
    solution = form.raw("solution_id")
    return Wanted(
        name=form.text("name", longest=LONGEST_NAME),
        query=form.text("query", longest=LONGEST_QUERY),
        solution_id=int(solution) if solution.isdecimal() and len(solution) < 10 else None,  # noqa: PLR2004
        filters={name: str(value) if name != "budget_fen" else value for name, value in filters.items() if value},
        frequency=frequency or Frequency.AT_ONCE,
    )


def typed_of(search: SavedSearch) -> Typed:
    """Return a saved search as the form shows it."""
    filters = search.filters
    budget = filters.get("budget_fen", 0) / 100
    return Typed({
        "name": search.name, "query": search.query, "solution_id": str(search.solution_id or ""),
        "field": filters.get("field", ""), "region": filters.get("region", ""),
        "deployment": filters.get("deployment", ""), "budget": f"{budget:.2f}".removesuffix(".00") if budget else "",
        "frequency": search.frequency,
    })  # fmt: skip


async def solutions_of(organisation_id: int | None) -> list[tuple[str, str]]:
    """Return a vendor's published solutions as the options of a field."""
    rows = Solution.filter(organisation_id=organisation_id, state=SolutionState.PUBLISHED).order_by("id")
    return [(str(row["id"]), titled(row)) for row in await rows.values("id", "title", "title_en")]


def facts_of(search: SavedSearch) -> list[tuple[Text, Text | str]]:
    """Return what a search asks for, line by line."""
    filters = search.filters
    lines: list[tuple[Text, Text | str]] = []
    if search.solution_id is not None:
        lines.append((_("For the solution"), titled(search.solution)))
    if search.query:
        lines.append((_("Words"), search.query))
    for name, label in (("field", _("Field")), ("deployment", _("Deployment"))):
        if name in filters:
            lines.append((label, Text(_labels[filters[name]])))
    if "region" in filters:
        lines.append((_("Region"), filters["region"]))
    if "budget_fen" in filters:
        lines.append((_("Budget of at least"), format_yuan(filters["budget_fen"])))
    return [*lines, (_("You are told"), FREQUENCIES[Frequency(search.frequency)])]


_labels = {str(member): label for member, label in LABELS.items()}
