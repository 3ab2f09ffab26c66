"""Somebody with a telephone: opens pages, fills forms, presses buttons; each page is looked at in both languages."""

from collections.abc import Mapping

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect

PATIENCE = 120
WIDTH = 390
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_WIDEST = """() => [...document.querySelectorAll('main *, header *, footer *')]
    .filter(each => each.getBoundingClientRect().right > innerWidth + 1)
    .map(each => each.tagName + '.' + each.className).slice(0, 5)"""


class Person:
    """A browser of one's own, 390 pixels wide."""

    def __init__(self, name: str, browser: Browser, address: str) -> None:
        self.name = name
        self._address = address
        self._context = browser.new_context(viewport={"width": WIDTH, "height": 844}, locale="zh-CN")
        self._context.set_default_timeout(PATIENCE * 500)
        self.page = self._listened_to(self._context.new_page())
        self._second_look = self._listened_to(self._context.new_page())
        self._seen: set[str] = set()
        self.complaints: list[str] = []

    def open(self, path: str) -> None:
        """Go to a page."""
        self.page.goto(self._address + path)
        self.look()

    def follow(self, link: str) -> None:
        """Press a link."""
        with self.page.expect_navigation():
            self.page.locator(link).click()
        self.look()

    def fill(self, values: Mapping[str, str]) -> None:
        """Fill fields by their names: text is typed, options are chosen, boxes ticked."""
        for name, value in values.items():
            field = self.page.locator(f'main [name="{name}"]')
            kind = field.first.evaluate("each => each.type")
            if kind in {"radio", "checkbox"}:
                self.page.locator(f'main [name="{name}"][value="{value}"]').check()
            elif kind == "select-one":
                field.select_option(value)
            else:
                field.fill(value)

    def press(self, action: str) -> None:
        """Send the form that goes to *action*, opening its question first where it asks one."""
        form = self.page.locator(f'main form[action="{action}"]')
        if not form.is_visible():
            self.page.locator("main details.move-asks", has=self.page.locator(f'form[action="{action}"]')).click()
        button = form.locator(".actions button.button-primary, > button:not(.implicit-submit)").first
        with self.page.expect_navigation(wait_until="load"):
            button.click()
        self.look()

    def walk(self, steps: Mapping[str, Mapping[str, str]], base: str) -> None:
        """Fill and send one step of a draft after the other."""
        for step, values in steps.items():
            assert self.path == f"{base}/{step}"
            self.fill(values)
            self.press(f"{base}/{step}")

    @property
    def path(self) -> str:
        """Where the browser is."""
        return self.page.url.removeprefix(self._address).split("?", maxsplit=1)[0]

    @property
    def number(self) -> int:
        """The number in the address."""
        return int(next(part for part in self.path.split("/") if part.isdecimal()))

    def stay(self) -> None:
        """Mark the page: a reload would wipe the mark away."""
        self.page.evaluate("window.stayed = true")

    def sees_by_itself(self, words: str) -> None:
        """Wait until the marked page shows *words* without having been loaded again."""
        expect(self.page.locator("main")).to_contain_text(words, timeout=PATIENCE * 1000)
        assert self.page.evaluate("window.stayed") is True
        self.look()

    def look(self) -> None:
        """Look at the page as it is, and at a new address in English too."""
        self.page.wait_for_load_state()
        self._check(self.page)
        if self.page.url not in self._seen:
            self._seen.add(self.page.url)
            self._speak("en")
            self._second_look.goto(self.page.url)
            self._check(self._second_look)
            self._speak("zh")

    def leave(self) -> None:
        """Close the browser; whatever the console said against a page comes out now."""
        self._context.close()
        assert self.complaints == []

    def _speak(self, language: str) -> None:
        self._context.add_cookies([{"name": "jiebang_locale", "value": language, "url": self._address}])

    def _check(self, page: Page) -> None:
        try:
            overflow = page.evaluate(_OVERFLOW)
        except Error:  # the page was on its way to the next one
            page.wait_for_load_state()
            overflow = page.evaluate(_OVERFLOW)
        if overflow > 0:
            language = page.locator("html").get_attribute("lang")
            self.complaints.append(f"{page.url} ({language}) is wider than {WIDTH}: {page.evaluate(_WIDEST)}")

    def _listened_to(self, page: Page) -> Page:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.location['url']}: {message.text}")
