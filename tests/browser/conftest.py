"""The whole product, as `make demo` runs it, and a real Chromium. What the console complains about fails the test."""

import os
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from sandbox import company
from tests.browser.running_demo import running_demo

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ADMIN = company.PEOPLE[4]
Open = Callable[..., Page]


@pytest.fixture(scope="package")
def demo() -> Iterator[str]:
    """The address of a running demo; each test process has ports of its own."""
    with running_demo(port=18300 + os.getpid() % 900 * 10) as site:
        yield site


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium: Browser, demo: str) -> Iterator[Open]:
    """``browse(language="en", theme="dark", width=360)``: a page of a fresh browser at the demo's address.

    ``refused``: the test asks for pages that answer 4xx, which the console reports.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    # A browser says so itself where there is no IPv6: that is how the check host is meant.
    expected = ["ERR_EMPTY_RESPONSE"]

    def complain(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{message.text} ({message.location.get('url')})")

    def open_page(
        *, language: str = "ja", theme: str = "light", width: int = 1200, refused: bool = False
    ) -> Page:
        if refused:
            expected.append("the server responded with a status of 4")
        context = chromium.new_context(
            base_url=demo,
            viewport={"width": width, "height": 900},
            locale={"ja": "ja-JP", "en": "en-US"}[language],
            timezone_id="Asia/Tokyo",
            color_scheme="dark" if theme == "dark" else "light",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [text for text in complaints if not any(words in text for words in expected)] == []


def sign_in(page: Page, person: str, path: str = "/") -> None:
    """Through the portal's sign-in page and the company's SSO page, as a person does."""
    page.goto(path)
    page.locator("a.button-primary").click()
    page.get_by_role("button", name=person).click()
    page.wait_for_url(lambda url: "/sso" not in url and "/accounts/" not in url)


def arrive_from(page: Page, place: str, person: str = "m.tanaka@example.co.jp") -> None:
    """Choose a network on the sandbox's own page; ``place`` is its id there."""
    page.goto("/sandbox/network/")
    page.locator(f'input[type="radio"][value="{place}"]').check()
    page.locator("select").select_option(person)
    page.locator('main button[type="submit"], form button[type="submit"]').last.click()
    page.wait_for_load_state()


def wait_for_connections(page: Page) -> None:
    """A demo that has just been started reads its log within a minute."""
    deadline = time.monotonic() + 90
    page.goto("/connections/")
    while not page.locator("main tbody tr").count():
        assert time.monotonic() < deadline
        page.wait_for_timeout(1000)
        page.reload()
