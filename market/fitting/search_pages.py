"""Pages of saved searches: the list, the form with its trial, what one has found, and whether that was useful."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.core.errors import InvalidError, NotFoundError
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.vocabulary import Deployment, Field
from market.core.work import unit_of_work
from market.fitting import alerts, searches, verdicts
from market.fitting.models import SavedSearch, SearchAlert
from market.fitting.relevance import Threshold, alert_threshold
from market.fitting.search_forms import FREQUENCIES, facts_of, solutions_of, typed_of, wanted_in
from market.fitting.searches import Frequency, Wanted
from market.fitting.trials import Trial, scene_link, try_search
from market.fitting.vendor_tabs import Tab, tabs_at
from market.lifecycle import SolutionState
from market.matches.scale import fit_of
from market.web.access import actor_of
from market.web.drafts import Options, options_of
from market.web.forms import FieldError, Form, Typed, form_of
from market.web.languages import say
from market.web.paging import Pager, pager_of
from market.web.render import page, see_other
from market.web.secrets import sign, unsign

PATH = "/matches/searches"
_UNDO_SECONDS = 3600
_DELETED = "deleted search"


@dataclass(frozen=True)
class Line:
    """A search in the list."""

    search: SavedSearch
    href: str
    frequency: Text
    found: int
    useful: int
    useless: int
    withdrawn: bool


@dataclass(frozen=True)
class SearchesView:
    """What I have saved."""

    tabs: list[Tab]
    lines: list[Line]
    threshold: Threshold
    may_add: bool
    most: int
    deleted: str
    deleted_name: str


@dataclass(frozen=True)
class FormView:
    """The form of a search; *trial* is what it would have found, once asked."""

    action: str
    search: SavedSearch | None
    typed: Typed
    errors: list[FieldError]
    solutions: Options
    fields: Options
    deployments: Options
    frequencies: Options
    threshold: Threshold
    trial: Trial | None


@dataclass(frozen=True)
class SearchView:
    """One search: what it asks for, and what it has found."""

    line: Line
    facts: list[tuple[Text, Text | str]]
    alerts: list[tuple[SearchAlert, str, tuple[Text, str]]]
    pager: Pager
    trial: Trial | None


async def list_searches(request: Request) -> Response:
    """List the actor's searches, with how useful their alerts were."""
    actor = actor_of(request)
    saved = await searches.searches_of(actor)
    deleted = request.query_params.get("deleted", "")
    undone = unsign(_DELETED, deleted, max_age=_UNDO_SECONDS) if deleted else None
    view = SearchesView(
        tabs=tabs_at(PATH),
        lines=await _lines(saved),
        threshold=await alert_threshold(),
        may_add=len(saved) < searches.MOST_SEARCHES,
        most=searches.MOST_SEARCHES,
        deleted=deleted if isinstance(undone, dict) else "",
        deleted_name=str(undone["name"]) if isinstance(undone, dict) else "",
    )
    return page(request, "matches/searches.html", view)


async def show_new_search(request: Request) -> Response:
    """Show the form, filled with a solution or with words where the address names them."""
    actor, asked = actor_of(request), request.query_params
    typed = Typed({"solution_id": asked.get("solution", ""), "query": asked.get("q", ""), "frequency": "at_once"})
    if typed["solution_id"].isdecimal():
        chosen = [name for value, name in await solutions_of(actor.organisation_id) if value == typed["solution_id"]]
        typed["name"] = chosen[0] if chosen else ""
    return page(request, "matches/search_form.html", await _form_view(actor, typed, []))


async def create_search(request: Request) -> Response:
    """Save a search, or show what it would have found."""
    actor, form = actor_of(request), await form_of(request)
    wanted = wanted_in(form)
    if form.valid:
        try:
            if form.raw("try"):
                return await _try(request, actor, form, wanted)
            async with unit_of_work() as work:
                search = await searches.save_search(wanted, work=work, actor=actor)
            return see_other(request, f"{PATH}/{search.id}", flash=_("Saved. You are told of scenes from now on."))
        except InvalidError as error:
            form.note(error)
    view = await _form_view(actor, form.typed, form.errors)
    return page(request, "matches/search_form.html", view, status_code=422)


async def show_search(request: Request) -> Response:
    """Show what a search has found, and what it would have found before."""
    actor = actor_of(request)
    search = await _search(request, actor)
    [line] = await _lines([search])
    pager = pager_of(request, line.found)
    found = await alerts.alerts_of(search.id, offset=pager.offset, limit=pager.size)
    view = SearchView(
        line=line,
        facts=facts_of(search),
        alerts=[(each, scene_link(each.scene_id, each.solution_id), fit_of(each.score)) for each in found],
        pager=pager,
        trial=None if found else await try_search(search),
    )
    return page(request, "matches/search.html", view)


async def show_search_form(request: Request) -> Response:
    """Show the form of a saved search."""
    actor = actor_of(request)
    search = await _search(request, actor)
    return page(request, "matches/search_form.html", await _form_view(actor, typed_of(search), [], search=search))


async def change_search(request: Request) -> Response:
    """Change a search, or show what it would find if it were changed so."""
    actor, form = actor_of(request), await form_of(request)
    search = await _search(request, actor)
    wanted = wanted_in(form)
    if form.valid:
        try:
            if form.raw("try"):
                return await _try(request, actor, form, wanted, search)
            async with unit_of_work() as work:
                await searches.change_search(search, wanted, work=work, actor=actor)
            return see_other(request, f"{PATH}/{search.id}", flash=_("Changed."))
        except InvalidError as error:
            form.note(error)
    view = await _form_view(actor, form.typed, form.errors, search=search)
    return page(request, "matches/search_form.html", view, status_code=422)


async def pause_search(request: Request) -> Response:
    """Stop a search from writing."""
    return await _change(request, searches.pause_search, _("Paused. What is found meanwhile comes later."))


async def resume_search(request: Request) -> Response:
    """Let a search write again."""
    return await _change(request, searches.resume_search, _("It writes again."))


async def delete_search(request: Request) -> Response:
    """Delete a search, and offer to bring it back."""
    actor = actor_of(request)
    search = await _search(request, actor)
    async with unit_of_work() as work:
        wanted = await searches.delete_search(search, work=work, actor=actor)
    kept = {"name": wanted.name, "query": wanted.query, "solution_id": wanted.solution_id, "filters": wanted.filters,
            "frequency": wanted.frequency, "person_id": search.person_id}  # fmt: skip
    return see_other(request, f"{PATH}?deleted={sign(_DELETED, kept)}")


async def restore_search(request: Request) -> Response:
    """Bring back a search that was deleted within the last hour."""
    actor, form = actor_of(request), await form_of(request)
    kept = unsign(_DELETED, form.raw("deleted"), max_age=_UNDO_SECONDS)
    if not isinstance(kept, dict) or kept.pop("person_id") != actor.person_id:
        raise NotFoundError(_("There is no such page."))
    wanted = Wanted(**(kept | {"frequency": Frequency(kept["frequency"])}))
    async with unit_of_work() as work:
        search = await searches.save_search(wanted, work=work, actor=actor)
    return see_other(request, f"{PATH}/{search.id}", flash=_("It is back."))


async def judge_alert(request: Request) -> Response:
    """Note whether an alert was useful."""
    actor, form = actor_of(request), await form_of(request)
    search = await _search(request, actor)
    alert = await SearchAlert.get_or_none(id=request.path_params["alert_id"], search_id=search.id)
    if alert is None:
        raise NotFoundError(_("There is no such page."))
    useful = form.raw("useful") == "yes"
    async with unit_of_work() as work:
        await verdicts.judge_alert(alert, useful=useful, work=work, actor=actor)
    thanks = _("Thank you: useful.") if useful else _("Thank you: not useful. The scene leaves your list.")
    return see_other(request, f"{PATH}/{search.id}", flash=thanks)


async def _search(request: Request, actor: Actor) -> SavedSearch:
    return await searches.find_search(request.path_params["search_id"], actor)


async def _change(request: Request, change: Callable[..., Awaitable[Any]], done: Text) -> Response:
    actor = actor_of(request)
    search = await _search(request, actor)
    async with unit_of_work() as work:
        await change(search, work=work, actor=actor)
    return see_other(request, f"{PATH}/{search.id}", flash=done)


async def _try(
    request: Request, actor: Actor, form: Form, wanted: Wanted, search: SavedSearch | None = None
) -> Response:
    await searches.check(wanted, actor)
    row = wanted.as_row()
    row.organisation_id = actor.organisation_id or 0
    view = await _form_view(actor, form.typed, [], search=search, trial=await try_search(row))
    return page(request, "matches/search_form.html", view)


async def _lines(saved: list[SavedSearch]) -> list[Line]:
    counts = await alerts.counts_of([each.id for each in saved])
    return [
        Line(
            search=each,
            href=f"{PATH}/{each.id}",
            frequency=FREQUENCIES[Frequency(each.frequency)],
            found=counts[each.id][0],
            useful=counts[each.id][1],
            useless=counts[each.id][2],
            withdrawn=each.solution is not None and each.solution.state is not SolutionState.PUBLISHED,
        )
        for each in saved
    ]


async def _form_view(
    actor: Actor, typed: Typed, errors: list[FieldError], *, search: SavedSearch | None = None,
    trial: Trial | None = None,
) -> FormView:  # fmt: skip
    return FormView(
        action=f"{PATH}/{search.id}/edit" if search else f"{PATH}/new",
        search=search,
        typed=typed,
        errors=errors,
        solutions=await solutions_of(actor.organisation_id),
        fields=options_of(Field),
        deployments=options_of(Deployment),
        frequencies=[(str(value), say(label)) for value, label in FREQUENCIES.items()],
        threshold=await alert_threshold(),
        trial=trial,
    )
