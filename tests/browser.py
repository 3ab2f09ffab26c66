"""A strict browser for tests: every page it is shown must be well made, and forms are sent as a person would."""

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from xml.etree.ElementTree import Element

import html5lib
import httpx
from starlette.applications import Starlette

ORIGIN = "http://127.0.0.1:8000"
UNLABELLED = {"hidden", "submit", "button", "checkbox-group"}


@dataclass
class Page:
    """A parsed answer."""

    status: int
    url: str
    tree: Element
    html: str

    @property
    def title(self) -> str:
        return text_of(self.tree.find(".//title"))

    @property
    def h1(self) -> str:
        return text_of(self.tree.find(".//h1"))

    @property
    def text(self) -> str:
        """What a person reads in the main part of the page, with the message above it."""
        parts = [e for e in self.tree.iter() if e.tag == "main" or "flash" in (e.get("class") or "").split()]
        return " ".join(text_of(part) for part in parts) or text_of(self.tree)

    def forms(self) -> list[Element]:
        return list(self.tree.iter("form"))

    def form(self, action: str) -> Element:
        for form in self.forms():
            if form.get("action") == action:
                return form
        offered = sorted({form.get("action", "") for form in self.forms()})
        raise AssertionError(f"no form {action!r} on {self.url}; there are {offered}")

    def has_form(self, action: str) -> bool:
        return any(form.get("action") == action for form in self.forms())

    def links(self) -> list[str]:
        return [a.get("href", "") for a in self.tree.iter("a")]

    def link(self, words: str) -> str:
        """The address behind the first link that says *words*."""
        for a in self.tree.iter("a"):
            if words in text_of(a):
                return a.get("href", "")
        raise AssertionError(f"no link {words!r} on {self.url}: {self.text[:300]}")


class Browser:
    """Cookies, redirects, forms; each page is checked as it arrives."""

    def __init__(self, app: Starlette) -> None:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
        self.client = httpx.AsyncClient(transport=transport, base_url=ORIGIN, follow_redirects=True)
        self.page: Page | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.aclose()

    async def get(self, path: str, *, expect: int = 200) -> Page:
        return self._arrive(await self.client.get(path), expect)

    async def submit(
        self,
        action: str,
        data: dict[str, Any] | None = None,
        *,
        expect: int = 200,
        files: dict[str, tuple[str, bytes]] | None = None,
    ) -> Page:
        """Fill the form of the current page that goes to *action* and send it; fields not named keep their values."""
        assert self.page is not None, "open a page first"
        fields = values_of(self.page.form(action))
        for name, value in (data or {}).items():
            fields = [(n, v) for n, v in fields if n != name]
            fields += [(name, str(one)) for one in (value if isinstance(value, list | tuple) else [value])]
        by_name: dict[str, list[str]] = {}
        for name, value in fields:
            by_name.setdefault(name, []).append(value)
        answer = await self.client.post(action, data=by_name, files=files)
        return self._arrive(answer, expect)

    async def sign_in(self, email: str, password: str = "a long password") -> Page:
        await self.client.post("/sign-out", data={})
        self.client.cookies.delete("jiebang_session")
        await self.get("/sign-in")
        return await self.submit("/sign-in", {"email": email, "password": password})

    async def in_english(self) -> None:
        self.client.cookies.set("jiebang_locale", "en")

    def _arrive(self, answer: httpx.Response, expect: int) -> Page:
        tree = parse(answer.text)
        page = Page(answer.status_code, str(answer.url), tree, answer.text)
        assert answer.status_code == expect, (
            f"{answer.status_code} at {answer.url}, expected {expect}: {page.text[:800]}"
        )
        check(page)
        self.page = page
        return page


def parse(html: str) -> Element:
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    tree: Element = parser.parse(html)
    known = {"expected-doctype-but-got-start-tag"}
    problems = [error for _place, error, _values in parser.errors if error not in known]
    assert not problems, f"the page does not parse: {problems[:5]}"
    return tree


def text_of(element: Element | None) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def values_of(form: Element) -> list[tuple[str, str]]:
    """What a browser would send for *form* as it stands."""
    values: list[tuple[str, str]] = []
    for field in form.iter():
        name = field.get("name")
        if not name or field.get("disabled") is not None:
            continue
        if field.tag == "textarea":
            values.append((name, (field.text or "").removeprefix("\n")))
        elif field.tag == "select":
            options = list(field.iter("option"))
            chosen = [o for o in options if o.get("selected") is not None] or options[:1]
            values += [(name, o.get("value", text_of(o))) for o in chosen]
        elif field.tag == "input":
            kind = field.get("type", "text")
            if kind in {"submit", "button", "file"}:
                continue
            if kind in {"checkbox", "radio"} and field.get("checked") is None:
                continue
            values.append((name, field.get("value", "on" if kind in {"checkbox", "radio"} else "")))
    return values


def check(page: Page) -> None:
    """Every page parses, has one h1 that its title repeats, labelled fields, safe forms and no id twice."""
    tree = page.tree
    headings = list(tree.iter("h1"))
    assert len(headings) == 1, f"{len(headings)} h1 on {page.url}"
    assert page.h1, f"empty h1 on {page.url}"
    assert page.title.startswith(page.h1), f"title {page.title!r} does not repeat h1 {page.h1!r} on {page.url}"
    ids = [e.get("id") for e in tree.iter() if e.get("id")]
    twice = sorted({i for i in ids if ids.count(i) > 1 and i})
    assert not twice, f"ids twice on {page.url}: {twice}"
    labelled = {label.get("for") for label in tree.iter("label")}
    for field in tree.iter():
        if field.tag in {"input", "select", "textarea"} and field.get("type") not in UNLABELLED:
            named = field.get("id") in labelled or field.get("aria-label") or field.get("aria-labelledby")
            assert named, f"field {field.get('name')!r} has no label on {page.url}"
    for form in tree.iter("form"):
        assert form.get("action"), f"a form without an action on {page.url}"
        method = (form.get("method") or "").lower()
        assert method in {"get", "post"}, f"a form without a method on {page.url}"
        if method == "post":
            names = {name for name, _value in values_of(form)}
            assert "csrf_token" in names, f"form {form.get('action')} on {page.url} has no CSRF token"
    assert not list(tree.iterfind(".//*[@style]")), f"inline style on {page.url}"
    assert not [s for s in tree.iter("script") if not s.get("src")], f"inline script on {page.url}"
