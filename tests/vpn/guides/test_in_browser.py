"""The guides in a real Chromium: on paper, by tools that look for barriers, and without JavaScript."""

import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, Page, Playwright, Route, sync_playwright

from portal.access.models import User
from tests.browser.axe import AXE_RUNS, violations
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.guides.systems import System

pytestmark = pytest.mark.browser

ORIGIN = "https://portal.example.com"
PATHS = [f"/guides/{system}/" for system in System]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

T = TypeVar("T")


class Browse(Protocol):
    """What ``read_page`` sees of the guides as the client gets them; there is no server, and no network."""

    def __call__(self, client: Client, read_page: Callable[[Page], T], **options: Any) -> T: ...


@pytest.fixture(scope="module")
def thread() -> Iterator[ThreadPoolExecutor]:
    """Playwright's own: its event loop would keep Django in the tests' from its database."""
    with ThreadPoolExecutor(1) as alone:
        yield alone


@pytest.fixture(scope="module")
def chromium(thread: ThreadPoolExecutor) -> Iterator[Browser]:
    def launch(playwright: Playwright) -> Browser:
        program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        return playwright.chromium.launch(executable_path=program, args=FLAGS)

    playwright = thread.submit(sync_playwright().start).result()
    browser = thread.submit(launch, playwright).result()
    yield browser
    thread.submit(browser.close).result()
    thread.submit(playwright.stop).result()


@pytest.fixture
def browse(chromium: Browser, thread: ThreadPoolExecutor) -> Browse:
    def visit(client: Client, read_page: Callable[[Page], T], **options: Any) -> T:
        guides = {path: client.get(path) for path in PATHS}

        def fulfill(route: Route) -> None:
            path = urlsplit(route.request.url).path
            if path in guides:
                route.fulfill(headers=dict(guides[path].items()), body=guides[path].content)
            else:
                route.fulfill(path=str(finders.find(path.removeprefix(settings.STATIC_URL))))

        def open_page() -> T:
            with chromium.new_context(base_url=ORIGIN, **options) as context:
                context.route("**/*", fulfill)
                return read_page(context.new_page())

        return thread.submit(open_page).result()

    return visit


def sheets(page: Page) -> list[int]:
    numbers = []
    for path in PATHS:
        page.goto(path)
        numbers.append(len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))))
    return numbers


def barriers(page: Page) -> list[str]:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    for path in PATHS:
        page.goto(f"{path}#connect")
        problems += [f"{path}: {violation}" for violation in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            problems.append(f"{path}: wider than the window")
        if page.locator(".guide-toc [aria-current]").get_attribute("href") != "#connect":
            problems.append(f"{path}: another step is marked as current")
    return problems


@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_guide_fits_on_two_sheets(
    browse: Browse, tanaka: User, signed_in: SignedIn, language: str
) -> None:
    save_endpoint()
    save_endpoint("osaka-dr", split_tunnel=True)
    assert browse(Client(headers={"accept-language": language}), sheets) == [2, 2, 2]
    assert browse(signed_in(tanaka, language), sheets) == [2, 2, 2]


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(("theme", "width"), AXE_RUNS)
def test_no_guide_has_a_barrier(
    browse: Browse, tanaka: User, signed_in: SignedIn, language: str, theme: str, width: int
) -> None:
    save_endpoint()
    size = {"width": width, "height": 900}
    assert browse(signed_in(tanaka, language), barriers, color_scheme=theme, viewport=size) == []


def test_the_command_is_copied_as_it_stands(browse: Browse, tanaka: User, signed_in: SignedIn) -> None:
    def copy(page: Page) -> Any:
        page.goto("/guides/macos/")
        page.get_by_role("button", name="Copy tokyo-main.ovpn").click()
        return page.evaluate("navigator.clipboard.readText()")

    save_endpoint()
    copied = browse(signed_in(tanaka, "en"), copy, permissions=["clipboard-read", "clipboard-write"])
    assert copied == (
        "aws-vpn-client import-profile --profile-name tokyo-main --config-path ~/Downloads/tokyo-main.ovpn"
    )


def test_everything_can_be_read_without_javascript(browse: Browse, db: None) -> None:
    def read(page: Page) -> tuple[str, bool, bool]:
        page.goto("/guides/ubuntu/")
        page.get_by_role("link", name="Windows").click()
        print_button, problem = page.locator("[data-print]"), page.locator("#not-through")
        return page.locator("h1").inner_text(), print_button.is_visible(), problem.is_visible()

    client = Client(headers={"accept-language": "en"})
    assert browse(client, read, java_script_enabled=False) == ("Set up the VPN on Windows", False, True)


@pytest.mark.parametrize(
    ("typed", "anchors"),
    [
        (
            "2026-11-30 10:12 [ERROR] TLS Error: TLS handshake failed (code 7)",
            ["tls"],
        ),
        ("ＴＬＳ　ｅｒｒｏｒ", ["tls"]),
        ("printer", ["local-network"]),
        ("nothing says this", None),
    ],
)
def test_a_problem_is_found_by_the_words_that_somebody_sees(
    browse: Browse, db: None, typed: str, anchors: list[str] | None
) -> None:
    def find(page: Page) -> tuple[list[str], int, str]:
        page.goto("/guides/windows/")
        page.get_by_label("Type or paste what you see").fill(typed)
        every = page.locator(".guide-problem")
        shown = [step.get_attribute("id") or "" for step in every.all() if step.is_visible()]
        return shown, every.count(), page.locator("#guide-found").inner_text()

    shown, total, said = browse(Client(headers={"accept-language": "en"}), find)
    if anchors is None:
        assert len(shown) == total
        assert said == "No problem matches. Below are all of them."
    else:
        assert shown == anchors
        assert said == f"Problems that match: {len(anchors)}"


def test_a_change_of_language_stays_at_the_step(browse: Browse, db: None) -> None:
    def change(page: Page) -> str:
        page.goto("/guides/windows/")
        page.evaluate("document.getElementById('connect').scrollIntoView()")
        page.wait_for_timeout(1000)
        page.route("**/preferences/language/", lambda route: route.fulfill(body=route.request.post_data))
        page.get_by_role("button", name="日本語").click()
        return page.content()

    assert "next=%2Fguides%2Fwindows%2F%23connect" in browse(
        Client(headers={"accept-language": "en"}), change
    )
