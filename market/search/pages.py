"""The search page, and what is suggested while somebody types."""

from collections import Counter
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from market.core.text import _
from market.core.vocabulary import Field
from market.lifecycle import PUBLIC_SCENES, Role
from market.search.finding import LONGEST_QUERY, Answer, find
from market.search.known import currently_known
from market.search.results import KINDS, LABELS, Result
from market.web.access import visitor_of
from market.web.filters import label
from market.web.forms import FieldError
from market.web.languages import current, say
from market.web.paging import Pager, pager_of
from market.web.render import page

A_GROUP = 5
SUGGESTIONS = 8
_SEARCHES, _SUGGESTED = "60/minute", "300/minute"
_SIGNED_IN = {"search": "120/minute", "suggest": "600/minute"}


@dataclass(frozen=True)
class Tab:
    """All results, or those of one kind."""

    label: str
    href: str
    current: bool
    count: int | None = None


@dataclass(frozen=True)
class Group:
    """The first results of one kind, and where the rest are."""

    kind: str
    label: str
    results: list[Result]
    total: int
    href: str


@dataclass(frozen=True)
class SearchView:
    """What somebody searched for and what was found."""

    query: str
    kind: str
    errors: list[FieldError]
    answer: Answer | None
    tabs: list[Tab]
    groups: list[Group]
    fields: list[tuple[str, str]]
    states: list[tuple[str, str]]
    field: str
    state: str
    pager: Pager | None
    as_typed_href: str
    may_save: bool
    may_post: bool


@dataclass(frozen=True)
class Suggestion:
    """A public row whose name begins like what was typed."""

    kind: str
    text: str
    href: str


@dataclass(frozen=True)
class SuggestionsView:
    """What is offered below the search box."""

    query: str
    suggestions: list[Suggestion]


async def show_search(request: Request) -> Response:
    """Answer a search: a few of each kind, or all of one with its facets."""
    actor, asked = visitor_of(request), request.query_params
    query = " ".join(asked.get("q", "").split())
    kind = asked.get("kind", "") if asked.get("kind", "") in KINDS else ""
    if len(query) > LONGEST_QUERY:
        view = _view(request, query[: 2 * LONGEST_QUERY], kind, None)
        error = FieldError("q", _("Use at most %(most)s characters.", most=LONGEST_QUERY))
        return page(request, "search/show.html", replace(view, errors=[error]), status_code=422)
    answer = None
    if query:
        await _count(request, "search", _SEARCHES)
        answer = await find(query, actor, as_typed=asked.get("exact") == "1")
    return page(request, "search/show.html", _view(request, query, kind, answer))


async def suggest(request: Request) -> Response:
    """Offer public rows whose names begin like what is typed, in characters, pinyin or initials."""
    query = " ".join(request.query_params.get("q", "").split())[:LONGEST_QUERY]
    found = []
    if len(query) > 1:
        await _count(request, "suggest", _SUGGESTED)
        known = await currently_known([str(state) for state in PUBLIC_SCENES])
        titles = known.titles_like(query, kinds=KINDS[:4], limit=SUGGESTIONS)
        english = current.get() == "en"
        found = [
            Suggestion(
                say(LABELS[title.kind]),
                title.text_en if english and title.text_en else title.text,
                _href(title.kind, title.id),
            )
            for title in titles
        ]
    return page(request, "search/suggest.html", SuggestionsView(query, found), block="found")


def _view(request: Request, query: str, kind: str, answer: Answer | None) -> SearchView:
    asked, actor = request.query_params, visitor_of(request)
    found = answer.results.get(kind, []) if answer else []
    fields = Counter(slug for each in found for slug in each.fields)
    states = Counter(each.state for each in found if each.state is not None)
    field = asked.get("field", "") if asked.get("field", "") in fields else ""
    state = asked.get("state", "") if asked.get("state", "") in {str(each) for each in states} else ""
    kept = [each for each in found if (not field or field in each.fields) and (not state or state == each.state)]
    pager = pager_of(request, len(kept)) if kind and answer else None
    shown = kept[pager.offset : pager.offset + pager.size] if pager else []
    return SearchView(
        query=query,
        kind=kind,
        errors=[],
        answer=answer,
        tabs=_tabs(query, kind, answer, asked.get("exact", "")) if answer and answer.total else [],
        groups=_groups(query, answer, asked.get("exact", "")) if not kind else _one(kind, shown, len(kept)),
        fields=[(slug, f"{label(Field(slug))} ({fields[slug]})") for slug in Field if slug in fields],
        states=[(str(each), f"{label(each)} ({states[each]})") for each in sorted(states)],
        field=field,
        state=state,
        pager=pager,
        as_typed_href=_search_href(query, kind, exact="1"),
        may_save=actor is not None and actor.role is Role.VENDOR,
        may_post=actor is not None and actor.role is Role.BUYER,
    )


def _groups(query: str, answer: Answer | None, exact: str) -> list[Group]:
    if answer is None:
        return []
    groups = [
        Group(kind, say(LABELS[kind]), found[:A_GROUP], len(found), _search_href(query, kind, exact=exact))
        for kind, found in answer.results.items()
        if found
    ]
    # What was called by its name comes first, whatever it is.
    return sorted(groups, key=lambda group: -min(group.results[0].score, 2.0) if group.results[0].score >= 1 else 0.0)


def _one(kind: str, shown: list[Result], total: int) -> list[Group]:
    return [Group(kind, say(LABELS[kind]), shown, total, "")] if shown else []


def _tabs(query: str, kind: str, answer: Answer, exact: str) -> list[Tab]:
    everything = Tab(say(_("Everything")), _search_href(query, "", exact=exact), not kind, answer.total)
    return [everything] + [
        Tab(say(LABELS[each]), _search_href(query, each, exact=exact), each == kind, len(found))
        for each, found in answer.results.items()
        if found or each == kind
    ]


def _search_href(query: str, kind: str, *, exact: str = "") -> str:
    asked = {"q": query, "kind": kind, "exact": exact}
    return f"/search?{urlencode({name: value for name, value in asked.items() if value})}"


def _href(kind: str, row_id: int) -> str:
    return f"/{'profile' if kind == 'organisation' else kind}s/{row_id}"


async def _count(request: Request, what: str, limit: str) -> None:
    """Refuse who asks more often than a person types (``TooManyError``): a person anywhere, others by their address."""
    actor = visitor_of(request)
    address = request.client.host if request.client else ""
    who, most = (address, limit) if actor is None else (f"person-{actor.person_id}", _SIGNED_IN[what])
    await request.app.state.limiter.count(f"{what}:{who}", most)
