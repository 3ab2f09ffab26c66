"""``jiebang serve`` on a directory of its own and a real Chromium that looks at it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from market.core.servers import start_servers
from tests.browser_tests.person import PATIENCE, Person
from tests.factories import make_code
from tests.test_serve import Served

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

Visit = Callable[[str], Person]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        except Error as error:
            pytest.skip(f"Chromium does not start on this machine: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The whole system without the demonstration district; asked for after Chromium, so as not to start in vain."""
    directory = tmp_path_factory.mktemp("served")
    running = Served(directory)
    deadline = time.monotonic() + PATIENCE
    while not running.answers():
        assert running.process.poll() is None, running.told.read_text()
        assert time.monotonic() < deadline, running.told.read_text()
        time.sleep(0.2)
    yield running
    running.process.terminate()
    running.process.wait(PATIENCE)
    start_servers(directory).stop()


@pytest.fixture(scope="module")
def visit(chromium: Browser, served: Served) -> Iterator[Visit]:
    """Open a browser for somebody on a telephone, in Chinese."""
    people: list[Person] = []

    def enter(name: str) -> Person:
        people.append(Person(name, chromium, f"http://127.0.0.1:{served.port}"))
        return people[-1]

    yield enter
    for person in people:
        person.leave()


@pytest.fixture(scope="module")
def officer(served: Served, visit: Visit) -> Person:
    """An officer whose account was made at the terminal."""
    words = [
        "users", "add", "officer@example.com", "--name", "何为", "--role", "officer", "--organisation", "临江区科经委",
        "--uscc", make_code(7_000_001),
    ]  # fmt: skip
    added = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-m", "market.cli", *words],
        env={**os.environ, **served.environment, "JIEBANG_PASSWORD": "a long password"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert added.returncode == 0, added.stderr
    person = visit("officer")
    person.open("/sign-in")
    person.fill({"email": "officer@example.com", "password": "a long password"})
    person.press("/sign-in")
    return person
