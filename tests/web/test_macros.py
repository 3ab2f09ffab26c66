"""The shared macros, rendered by the real template environment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

import pytest

from market.core.text import _
from market.lifecycle import MilestoneState, RoundState
from market.web import languages
from market.web.forms import FieldError
from market.web.render import templates
from tests.browser import parse, text_of, values_of

NOW = datetime(2026, 11, 21, 6, 5, tzinfo=UTC)
COLUMNS = [
    {"name": "text", "label": "Text", "type": "textarea"},
    {"name": "kind", "label": "Kind", "type": "select", "options": [("must", "Must"), ("wish", "Wish")]},
]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    token = languages.current.set("en")
    yield
    languages.current.reset(token)


def render(source: str, **values: object) -> Element:
    imports = "".join(
        f'{{% import "shared/{file}.html" as {name} %}}'
        for file, name in (("forms", "f"), ("page", "p"), ("charts", "c"))
    )
    tree = parse(templates().from_string(f"<!doctype html><title>t</title>{imports}{source}").render(**values))
    body = tree.find("body")
    assert body is not None
    return body


def one(tree: Element, path: str) -> Element:
    found = tree.findall(path)
    assert len(found) == 1, f"{len(found)} of {path}"
    return found[0]


def test_a_form_goes_to_the_same_address_with_and_without_htmx() -> None:
    form = one(render('{% call f.form("/scenes/7", "secret", hx_target="#box") %}{% endcall %}'), ".//form")
    assert (form.get("method"), form.get("action"), form.get("hx-post")) == ("post", "/scenes/7", "/scenes/7")
    assert (form.get("hx-target"), form.get("hx-select")) == ("#box", "#box")
    assert values_of(form) == [("csrf_token", "secret")]


def test_a_search_carries_no_token_in_its_address() -> None:
    form = one(render('{% call p.filters("/scenes") %}{{ f.text_field("q", "Words", "<b>") }}{% endcall %}'), ".//form")
    assert (form.get("method"), form.get("hx-get")) == ("get", None)
    assert values_of(form) == [("q", "<b>")]


def test_a_field_stands_beside_its_message_and_the_summary_leads_to_it() -> None:
    errors = [FieldError("title", _("Enter at most %(n)s signs.", n=9)), FieldError("", _("Nothing was saved."))]
    tree = render(
        '{{ f.error_summary(errors) }}{{ f.text_field("title", "Title", hint="Short", errors=errors) }}', errors=errors
    )
    field = one(tree, ".//input")
    assert field.get("aria-invalid") == "true"
    assert field.get("aria-describedby") == "f-title-hint f-title-error"
    assert text_of(one(tree, ".//p[@id='f-title-error']")) == "Error: Enter at most 9 signs."
    assert [(a.get("href"), text_of(a)) for a in tree.iter("a")] == [("#f-title", "Enter at most 9 signs.")]
    assert [text_of(li) for li in tree.iter("li")] == ["Enter at most 9 signs.", "Nothing was saved."]


def test_no_errors_no_summary() -> None:
    assert len(render("{{ f.error_summary([]) }}")) == 0


def test_what_was_chosen_before_is_chosen_again() -> None:
    tree = render(
        '<form>{{ f.radios("level", "Level", [(1, "One"), (2, "Two", "hint")], 2) }}'
        '{{ f.checkboxes("where", "Where", options, ["edge", "api"]) }}'
        '{{ f.select("field", "Field", options, "api", blank="Choose") }}'
        '{{ f.textarea("why", "Why", "\\nA & B") }}{{ f.checkbox("agree", "Agree", True) }}</form>',
        options=[("edge", "Edge"), ("api", "API"), ("cloud", "Cloud")],
    )
    form = one(tree, ".//form")
    assert [pair for pair in values_of(form) if pair[0] != "why"] == [
        ("level", "2"),
        ("where", "edge"),
        ("where", "api"),
        ("field", "api"),
        ("agree", "yes"),
    ]
    assert "A & B" in text_of(one(tree, ".//textarea"))


def test_fields_of_the_same_name_in_two_forms_have_ids_of_their_own() -> None:
    tree = render('{{ f.text_field("note", "Note", key="note-1") }}{{ f.text_field("note", "Note", key="note-2") }}')
    assert [(i.get("id"), i.get("name")) for i in tree.iter("input")] == [("f-note-1", "note"), ("f-note-2", "note")]
    assert [label.get("for") for label in tree.iter("label")] == ["f-note-1", "f-note-2"]


def test_repeated_rows_are_numbered_and_enter_neither_adds_nor_removes() -> None:
    rows = [{"text": "Fast", "kind": "must"}, {"text": "", "kind": "wish"}]
    tree = render(
        '{% call f.form("/x", "t", repeats=True) %}'
        '{{ f.repeated("needs", "Needs", rows, columns, errors=errors) }}{% endcall %}',
        rows=rows,
        columns=COLUMNS,
        errors=[FieldError("needs-1-text", _("Write it down."))],
    )
    assert values_of(one(tree, ".//form"))[1:] == [
        ("needs-0-text", "Fast"),
        ("needs-0-kind", "must"),
        ("needs-1-text", ""),
        ("needs-1-kind", "wish"),
    ]
    assert one(tree, ".//textarea[@id='f-needs-1-text']").get("aria-invalid") == "true"
    assert one(tree, ".//textarea[@id='f-needs-0-text']").get("aria-invalid") is None
    buttons = [(b.get("name"), b.get("value")) for b in tree.iter("button")]
    assert buttons == [(None, None), ("remove_row", "needs-0"), ("remove_row", "needs-1"), ("add_row", "needs")]


def test_a_plain_move_is_one_button_and_a_grave_one_asks_first() -> None:
    plain = render('{{ f.move_button("/x/open", "Open", "t") }}')
    assert plain.find(".//details") is None
    grave = render(
        '{{ f.move_button("/x/return", "Return", "t", reason=True, confirm="Sure?", fields={"version": 3}) }}'
    )
    form = one(grave, ".//details/form")
    assert values_of(form) == [("csrf_token", "t"), ("version", "3"), ("reason", "")]
    assert one(form, ".//textarea").get("required") is not None
    assert text_of(form.find("p")) == "Sure?"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=2, hours=3, minutes=12), "2 d 3 h 12 min"),
        (timedelta(minutes=4, seconds=59), "4 min"),
        (timedelta(seconds=0), "Over"),
        (timedelta(days=-1), "Over"),
    ],
)
def test_a_countdown_reads_right_without_scripts(left: timedelta, words: str) -> None:
    tree = render('{{ p.countdown(deadline, now, over="Over") }}', deadline=NOW + left, now=NOW)
    assert text_of(one(tree, ".//strong")) == words
    assert one(tree, "p").get("data-now") == NOW.isoformat()


@pytest.mark.parametrize(
    ("arguments", "classes"),
    [
        ('"b"', ["step step-done", "step step-current", "step"]),
        ("", ["step", "step", "step"]),
        ("done=True", ["step step-done", "step step-done", "step step-done"]),
    ],
)
def test_steps_know_what_is_behind(arguments: str, classes: list[str]) -> None:
    tree = render('{{ p.steps([("a", "A"), ("b", "B"), ("c", "C")], %s) }}' % arguments)  # noqa: UP031  braces are Jinja's
    assert [li.get("class") for li in tree.iter("li")] == classes


def test_a_state_has_its_colour_and_its_word() -> None:
    tree = render("{{ p.status_tag(a) }}{{ p.status_tag(b) }}", a=RoundState.OPEN, b=MilestoneState.NOT_MET)
    assert [span.get("class") for span in tree.iter("span")] == ["tag tag-active", "tag tag-bad"]
    assert all(text_of(span) for span in tree.iter("span"))


def test_a_table_names_its_cells_for_a_phone_and_says_when_it_is_empty() -> None:
    source = (
        '{% call(row) p.data_table("Bids", ["Vendor", ("Price", "number")], rows, empty="None yet.") %}'
        '{{ p.cell("Vendor", row[0], kind="main", href="/v") }}'
        '{{ p.cell("Price", row[1], kind="number") }}{% endcall %}'
    )
    tree = render(source, rows=[("A", 5), ("B", None)])
    assert [(text_of(td), td.get("data-label")) for td in tree.iter("td")] == [("5", "Price"), ("–", "Price")]
    assert [th.get("scope") for th in tree.iter("th")] == ["col", "col", "row", "row"]
    assert text_of(render(source, rows=[])) == "None yet."


@dataclass
class Pages:
    page: int
    pages: int
    total: int = 230

    def href(self, page: int) -> str:
        return f"?page={page}"


@pytest.mark.parametrize(
    ("pager", "links"),
    [
        (Pages(1, 2), ["1", "2", "Next"]),
        (Pages(6, 12), ["Previous", "1", "5", "6", "7", "12", "Next"]),
        (Pages(1, 1), []),
    ],
)
def test_pages_lead_to_their_neighbours_and_to_both_ends(pager: Pages, links: list[str]) -> None:
    tree = render("{{ p.pagination(pager) }}", pager=pager)
    assert [text_of(a) for a in tree.iter("a")] == links
    assert "230 entries" in text_of(tree)


def test_a_live_region_asks_for_itself() -> None:
    region = one(render('{% call p.live("/live/abc", "/rounds/5", "state") %}open{% endcall %}'), "div")
    asked = {name: region.get(name) for name in ("id", "data-live", "hx-get", "hx-select", "hx-trigger")}
    assert asked == {
        "id": "state",
        "data-live": "/live/abc",
        "hx-get": "/rounds/5",
        "hx-select": "#state",
        "hx-trigger": "moved",
    }


def test_evidence_says_in_words_whether_a_must_is_met() -> None:
    tree = render('{{ c.evidence_bar(1.4, "It runs offline.", met=False) }}{{ c.evidence_bar(0.5, "Maybe.") }}')
    assert [div.get("class") for div in tree.iter("div")] == ["evidence evidence-unmet", "evidence"]
    assert "not met" in text_of(tree)
    assert [rect.get("width") for rect in tree.iter("{http://www.w3.org/2000/svg}rect")] == [
        "100",
        "100",
        "100",
        "50.0",
    ]
