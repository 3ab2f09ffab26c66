"""Who gets in where: every URL, every kind of person, on rows that are theirs and rows that are not."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from tortoise import connections

from market.core import clock
from market.core.servers import Servers
from market.lifecycle import Role
from market.routes import all_routes
from market.web.access import GuardedRoute
from tests.browser import parse, values_of
from tests.conftest import EMPTY_ALL
from tests.world import HEAD, MARKUP, TAIL, World, build_world

NAMES = ("stranger", "buyer", "buyer2", "unverified", "vendor", "vendor2", "suspended", "officer", "auditor",
         "reviewer", "reviewer2")  # fmt: skip
ALL = " ".join(NAMES)
STAFF = "officer auditor"
SIGNED_IN = " ".join(NAMES[1:])
VENDORS = "vendor vendor2 suspended"
BUYERS = "buyer buyer2 unverified"
# Every page on every kind of row, and who is let in. Everybody else is refused.
TABLE = {
    "/sign-in": ALL, "/sign-up": ALL, "/account": SIGNED_IN, "/messages": SIGNED_IN, "/": ALL, "/desk": SIGNED_IN,
    "/organisations": STAFF, "/organisations/{vendor_organisation}": STAFF, "/audit": STAFF, "/audit/export": STAFF,
    "/insight": STAFF, "/insight/scenes": STAFF, "/insight/solutions": STAFF, "/insight/export.xlsx": STAFF,
    "/insight/index": STAFF,
    "/insight/duplicates": STAFF, "/merges/{merge}": f"buyer {STAFF}", "/scenes/{draft_scene}/similar": "buyer",
    "/solutions/{draft_solution}/similar": "vendor",
    "/search": ALL, "/search/suggest": ALL, "/profiles/{vendor_organisation}": ALL,
    "/scenes": ALL, "/scenes/new": BUYERS,
    "/scenes/{draft_scene}": f"buyer {STAFF}", "/scenes/{submitted_scene}": f"buyer {STAFF}",
    "/scenes/{returned_scene}": f"buyer {STAFF}", "/scenes/{withdrawn_scene}": f"buyer {STAFF}",
    "/scenes/{published_scene}": ALL,
    "/scenes/{draft_scene}/edit": "buyer", "/scenes/{published_scene}/edit": "",
    "/scenes/{draft_scene}/edit/check": "buyer", "/scenes/{draft_scene}/edit/problem": "buyer",
    "/scenes/{submitted_scene}/edit/problem": "", "/scenes/{published_scene}/edit/problem": "",
    "/scenes/{draft_scene}/describe": "buyer", "/scenes/{submitted_scene}/describe": "",
    "/scenes/{draft_scene}/describe/added": "",
    "/solutions": ALL, "/solutions/new": VENDORS, "/filings": ALL, "/filings/lookup": ALL,
    "/solutions/{draft_solution}": f"vendor {STAFF}", "/solutions/{retired_solution}": f"vendor {STAFF}",
    "/solutions/{published_solution}": ALL, "/solutions/{draft_solution}/edit": "vendor",
    "/solutions/{draft_solution}/edit/check": "vendor", "/solutions/{draft_solution}/edit/what": "vendor",
    "/scenes/{published_scene}/matches": f"buyer {STAFF}", "/scenes/{published_scene}/shortlist": f"buyer {STAFF}",
    "/scenes/{published_scene}/teams": f"buyer {STAFF}", "/scenes/{draft_scene}/teams": f"buyer {STAFF}",
    "/scenes/{published_scene}/compare": f"buyer {STAFF}", "/scenes/{draft_scene}/compare": f"buyer {STAFF}",
    "/scenes/{published_scene}/compare.xlsx": f"buyer {STAFF}",
    "/scenes/{draft_scene}/compare.xlsx": f"buyer {STAFF}",
    "/scenes/{published_scene}/runs": f"buyer {STAFF}", "/scenes/{published_scene}/runs/{run}": f"buyer {STAFF}",
    "/scenes/{published_scene}/runs/{run}/again": STAFF, "/scenes/{draft_scene}/runs/{run}": "",
    "/scenes/{published_scene}/runs/{run}/run.json": f"buyer {STAFF}",
    "/scenes/{published_scene}/runs/{run}/pairs.csv": f"buyer {STAFF}",
    "/rankers": STAFF, "/exposure": STAFF, "/exposure/exposure.csv": STAFF,
    "/scenes/{draft_scene}/matches": f"buyer {STAFF}", "/scenes/{draft_scene}/shortlist": f"buyer {STAFF}",
    "/matches/gaps": VENDORS, "/matches/searches": VENDORS, "/matches/searches/new": VENDORS,
    "/matches/searches/{saved_search}": "vendor", "/matches/searches/{saved_search}/edit": "vendor",
    "/matches": VENDORS, "/matches/{draft_scene}/{published_solution}": "",
    "/matches/{published_scene}/{draft_solution}": "",
    "/funnel": STAFF, "/funnel/funnel.csv": STAFF,
    "/sessions": ALL, "/sessions/new": "officer", "/sessions/{draft_session}": STAFF, "/sessions/{session}": ALL,
    "/sessions/{draft_session}/edit": "officer", "/sessions/{session}/edit": "",
    "/sessions/{draft_session}/join": "", "/sessions/{session}/join": f"{BUYERS} {VENDORS}",
    "/sessions/{session}/timetable": STAFF, "/sessions/{draft_session}/timetable": STAFF,
    "/sessions/{session}/mine": f"{BUYERS} {VENDORS}", "/sessions/{session}/mine.ics": f"{BUYERS} {VENDORS}",
    "/sessions/{session}/meetings/{meeting}": f"buyer vendor {STAFF}",
    "/sessions/{session}/meetings/{meeting}/invitation.ics": "buyer vendor",
    "/sessions/{draft_session}/meetings/{meeting}": "",
    "/sessions/{session}/desk": "officer", "/sessions/{session}/tables": STAFF,
    "/challenges": ALL, "/scenes/{published_scene}/challenge": "officer", "/scenes/{draft_scene}/challenge": "",
    "/challenges/{draft_challenge}": STAFF, "/challenges/{open_challenge}": ALL,
    "/challenges/{reviewed_challenge}": ALL,
    "/challenges/{draft_challenge}/edit": "officer", "/challenges/{open_challenge}/edit": "",
    "/bids": VENDORS, "/rounds/{open_round}/bid": ALL, "/rounds/{closed_round}/bid": ALL,
    "/bids/{sealed_bid}": "vendor", "/bids/{sealed_bid}/edit/approach": "vendor", "/bids/{sealed_bid}/files": "vendor",
    "/bids/{sealed_bid}/files/{sealed_file}": "vendor", "/bids/{sealed_bid}/check": "vendor",
    "/bids/{sealed_bid}/receipt": "vendor", "/bids/{sealed_bid}/result": "vendor",
    "/bids/{opened_bid}": f"vendor {STAFF}", "/bids/{opened_bid}/receipt": "vendor",
    "/bids/{opened_bid}/result": f"vendor {STAFF}", "/bids/{opened_bid}/files/{sealed_file}": "",
    "/bids/{opened_bid}/edit/approach": "", "/bids/{opened_bid}/check": "", "/bids/{opened_bid}/files": "",
    "/challenges/{open_challenge}/bids": STAFF, "/challenges/{reviewed_challenge}/bids": STAFF,
    "/reviews": "reviewer reviewer2", "/reviews/{review}": "reviewer", "/reviews/{review}/files/{sealed_file}": "",
    "/challenges/{reviewed_challenge}/reviews": STAFF, "/challenges/{open_challenge}/reviews": STAFF,
    "/challenges/{reviewed_challenge}/ranking": STAFF, "/challenges/{open_challenge}/ranking": STAFF,
    "/awards": STAFF, "/awards/{proposed_award}": STAFF, "/awards/{paused_award}": STAFF, "/notices": ALL,
    "/notices/{proposed_award}": "", "/notices/{paused_award}": ALL,
    "/funds": STAFF, "/funds/ledger.jsonl": STAFF, "/funds/new": "officer", "/funds/{fund}": STAFF,
    "/funds/{fund}/ledger.csv": STAFF, "/challenges/{open_challenge}/fund": STAFF,
    "/grants/{grant}": f"buyer vendor {STAFF}",
    "/pilots": f"{BUYERS} {VENDORS} {STAFF}", "/pilots/{pilot}": f"buyer vendor {STAFF}",
    "/pilots/{pilot}/readings/new": "vendor", "/pilots/{pilot}/milestones/{milestone}": f"buyer vendor {STAFF}",
    "/pilots/{pilot}/files/{evidence}": f"buyer vendor {STAFF}", "/pilots/{pilot}/files/{sealed_file}": "",
    "/pilots/{pilot}/acceptance": "",
}  # fmt: skip
# Pages for who is not signed in lead the others on; nothing is refused.
KNOWN_BY_ALL = ("published_scene", "published_solution", "open_challenge", "open_round", "{session}")
GUARDED = [route for route in all_routes() if isinstance(route, GuardedRoute)]
HIDDEN_FROM_OTHERS = {
    "scene_id": "draft_scene", "solution_id": "draft_solution", "challenge_id": "draft_challenge",
    "bid_id": "sealed_bid", "review_id": "review", "award_id": "proposed_award", "grant_id": "grant",
    "pilot_id": "pilot", "milestone_id": "milestone", "file_id": "sealed_file", "tranche_id": "tranche",
    "objection_id": "objection", "organisation_id": "vendor_organisation",
    "merge_id": "merge", "fund_id": "fund", "round_id": "open_round",
    "session_id": "draft_session", "meeting_id": "meeting", "participant_id": "participant",
    "run_id": "run", "ranker_id": "run", "search_id": "saved_search", "alert_id": "saved_search",
}  # fmt: skip
USUAL_FORMS = 2  # to choose the language and to sign out
KEPT = {"csrf_token", "revision", "version"}
TEXTS = {"step": "problem", "section": "approach", "token": "x"}


@pytest.fixture(scope="module")
async def world(opened: Servers) -> AsyncIterator[World]:
    await connections.get("default").execute_script(EMPTY_ALL)
    built = await build_world()
    yield built
    clock.fix(None)


@pytest.fixture(scope="module")
async def app(world: World) -> AsyncIterator[Starlette]:
    from market.app import create_app

    application = create_app()
    yield application
    await application.state.limiter.close()


def route_of(path: str, method: str = "GET") -> GuardedRoute:
    for route in GUARDED:
        if method in (route.methods or ()) and route.path_regex.match(path):
            return route
    raise AssertionError(f"no route for {method} {path}")


def said(answer: httpx.Response, *ids: int) -> str:
    """What an answer says, without what differs between two requests that mean the same."""
    text = re.sub(r'name="csrf_token" value="\w+"', "", answer.text)
    for each in ids:
        text = re.sub(rf"/{each}\b", "/ID", text)
    return f"{answer.status_code} {answer.headers.get('location', '')} {text}"


def test_the_table_has_every_page() -> None:
    covered = {route_of(re.sub(r"\{\w+\}", "1", path)).path for path in TABLE}
    pages = {route.path for route in GUARDED if "GET" in (route.methods or ())} - {"/live/{token}"}
    assert pages - covered == set()


@pytest.mark.parametrize("name", NAMES)
async def test_pages(name: str, world: World, app: Starlette) -> None:
    """Let in who the table names; a row that others may not know of looks exactly like one that is not there."""
    wrong: list[str] = []
    async with world.visitor(app, name) as visitor:
        for pattern, allowed in TABLE.items():
            path = world.path(pattern)
            route, answer = route_of(path), await visitor.get(path)
            actor = world.people.get(name)
            enters = answer.status_code in {200, 303} and not answer.headers.get("location", "").startswith("/sign-in")
            if enters is not (name in allowed.split()):
                wrong.append(f"{pattern}: {answer.status_code}")
            if not enters:
                expected = _refusals(route, actor is not None, route.access.admits(actor), pattern)
                if answer.status_code not in expected:
                    wrong.append(f"{pattern}: {answer.status_code}, not one of {expected}")
                if 404 in expected and answer.status_code == 404:
                    ids = [world.ids[key] for key in re.findall(r"\{(\w+)\}", pattern)]
                    nothing = await visitor.get(_without(pattern, name, world))
                    if said(answer, *ids) != said(nothing, 987654):
                        wrong.append(f"{pattern}: tells that it exists")
            if MARKUP[:16] in answer.text and "attachment" not in answer.headers.get("content-disposition", ""):
                wrong.append(f"{pattern}: shows markup as it was typed")
            if name != "vendor" and (HEAD in answer.text or TAIL in answer.text or "771,234.56" in answer.text):
                wrong.append(f"{pattern}: tells the sealed bid")
    assert wrong == []


def _without(pattern: str, name: str, world: World) -> str:
    """Return the address of nothing: of no row at all, or where its first row may be read, of that row without more."""
    first = re.match(r"/\w+/\{\w+\}", pattern)
    if first and name in TABLE.get(first[0], "").split() and pattern.endswith("}"):
        return world.path(re.sub(r"\{\w+\}$", "987654", pattern))
    return re.sub(r"\{\w+\}", "987654", pattern)


def _refusals(route: GuardedRoute, signed_in: bool, admitted: bool, pattern: str) -> set[int]:
    if not admitted:
        return {403} if signed_in else {303}
    return {403, 404, 409} if any(known in pattern for known in KNOWN_BY_ALL) or _seen_elsewhere(pattern) else {404}


def _seen_elsewhere(pattern: str) -> bool:
    """Whether people who may read the row are refused this page of it: then the reason may be told."""
    return any(f"{{{row}}}/" in pattern for row in ("opened_bid", "submitted_scene", "draft_scene", "pilot"))


def _path_to(route: GuardedRoute, world: World, *, missing: bool = False) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name in TEXTS:
            return TEXTS[name]
        return "987654" if missing else str(world.ids[HIDDEN_FROM_OTHERS[name]])

    return re.sub(r"\{(\w+)(?::\w+)?\}", value, route.path)


@pytest.mark.parametrize("name", ["buyer2", "vendor2", "unverified", "suspended", "reviewer2"])
async def test_changes_to_what_is_hidden_look_like_changes_to_nothing(name: str, world: World, app: Starlette) -> None:
    told = []
    async with world.visitor(app, name) as visitor:
        for route in GUARDED:
            if "POST" not in (route.methods or ()) or "{" not in route.path or "round_id" in route.path:
                continue  # a round is public
            hidden, nothing = _path_to(route, world), _path_to(route, world, missing=True)
            data = {"csrf_token": world.csrf(name), "reason": "because", "revision": "1"}
            first, second = await visitor.post(hidden, data=data), await visitor.post(nothing, data=data)
            ids = [world.ids[HIDDEN_FROM_OTHERS[key]] for key in route.param_convertors if key in HIDDEN_FROM_OTHERS]
            if first.status_code not in {403, 404} or said(first, *ids) != said(second, 987654):
                told.append(f"{route.path}: {first.status_code}, without the row {second.status_code}")
    assert told == []


@pytest.mark.parametrize(
    ("headers", "with_token"),
    [({}, False), ({"sec-fetch-site": "cross-site"}, True), ({"sec-fetch-site": "same-site"}, True),
     ({"origin": "https://evil.example"}, True), ({"origin": "null"}, True), ({"origin": "http://[evil"}, True)],
)  # fmt: skip
async def test_forged_forms_are_refused(
    headers: dict[str, str],
    with_token: bool,
    world: World,
    app: Starlette,
) -> None:
    accepted = []
    people = {Role.BUYER: "buyer", Role.VENDOR: "vendor", Role.OFFICER: "officer", Role.REVIEWER: "reviewer"}
    for route in GUARDED:
        if "POST" not in (route.methods or ()):
            continue
        name = next((people[role] for role in sorted(route.access.roles) if role in people), "buyer")
        async with world.visitor(app, name) as visitor:
            data = {"csrf_token": world.csrf(name)} if with_token else {}
            answer = await visitor.post(_path_to(route, world), data=data, headers=headers)
        if answer.status_code != 403 or "This form was not sent from our page" not in answer.text:
            accepted.append(f"{route.path}: {answer.status_code}")
    assert accepted == []


async def test_people_of_a_suspended_organisation_read_and_change_nothing(world: World, app: Starlette) -> None:
    async with world.visitor(app, "suspended") as visitor:
        assert (await visitor.get("/solutions/new")).status_code == 200
        answer = await visitor.post("/solutions/new", data={"csrf_token": world.csrf("suspended")})
        assert answer.status_code == 403
        assert "The organisation is suspended. Ask the district office." in answer.text
        answer = await visitor.post("/account/role", data={"csrf_token": world.csrf("suspended"), "membership": "0"})
        assert answer.status_code == 404


async def test_no_search_finds_what_is_sealed(world: World, app: Starlette) -> None:
    """Half of the secret is asked for, the other half must not come back."""
    asked = ("/scenes?q=", "/solutions?q=", "/challenges?q=", "/filings?q=", "/organisations?q=", "/audit?subject=")
    for name in (each for each in NAMES if each != "vendor"):
        async with world.visitor(app, name) as visitor:
            for path in asked:
                answer = await visitor.get(path + HEAD)
                assert TAIL not in answer.text, f"{name} {path}"


async def test_the_vendor_reads_the_sealed_bid_and_its_file(world: World, app: Starlette) -> None:
    """Otherwise the tests above would prove nothing."""
    async with world.visitor(app, "vendor") as visitor:
        assert TAIL in (await visitor.get(world.path("/bids/{sealed_bid}/edit/approach"))).text
        file = await visitor.get(world.path("/bids/{sealed_bid}/files/{sealed_file}"))
        assert TAIL in file.text
        assert file.headers["content-disposition"].startswith("attachment; filename*=UTF-8''script%3E")


@pytest.mark.parametrize("name", ["buyer", "vendor", "reviewer", "officer"])
async def test_no_form_fails_whatever_is_typed_into_it(name: str, world: World, app: Starlette) -> None:
    """Last, for it changes the world: every form on every page of one person, each field filled with too much."""
    failed, forms = [], 0
    async with world.visitor(app, name) as visitor:
        for pattern, allowed in TABLE.items():
            if name not in allowed.split() or pattern.endswith((".jsonl", ".csv", "/export}", "_file}", "{evidence}")):
                continue
            answer = await visitor.get(world.path(pattern), follow_redirects=True)
            if answer.text.count('method="post"') <= USUAL_FORMS:
                continue
            for form in parse(answer.text).iter("form"):
                action = form.get("action", "")
                if form.get("method") == "post" and action not in {"/language", "/sign-out"}:
                    given = dict(values_of(form))
                    data = {key: value if key in KEPT else MARKUP * 300 for key, value in given.items()}
                    sent, forms = await visitor.post(action, data=data), forms + 1
                    if sent.status_code >= 500:
                        failed.append(f"{pattern} {action}: {sent.status_code}")
    assert failed == []
    assert forms >= (1 if name == "reviewer" else 8)
