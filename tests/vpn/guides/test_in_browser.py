"""The guides in a real Chromium: on paper, by tools that look for barriers, and without JavaScript."""

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Page, Route, sync_playwright

from portal.access.models import User
from tests.browser.axe import violations
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.guides.systems import System

pytestmark = pytest.mark.browser

ORIGIN = "https://portal.example.com"
PATHS = [f"/guides/{system}/" for system in System]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

T = TypeVar("T")


def seen(client: Client, look: Callable[[Page], T], **options: Any) -> T:
    """What ``look`` sees of the guides as the client gets them; there is no server, and no network.

    In a thread of its own: Playwright's event loop would keep Django in this one from its database.
    """
    guides = {path: client.get(path) for path in PATHS}

    def fulfill(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path in guides:
            route.fulfill(headers=dict(guides[path].items()), body=guides[path].content)
        else:
            route.fulfill(path=str(finders.find(path.removeprefix(settings.STATIC_URL))))

    def browse() -> T:
        with sync_playwright() as playwright:
            program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
            browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
            context = browser.new_context(base_url=ORIGIN, **options)
            context.route("**/*", fulfill)
            return look(context.new_page())

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(browse).result()


def sheets(page: Page) -> list[int]:
    numbers = []
    for path in PATHS:
        page.goto(path)
        numbers.append(len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))))
    return numbers


def barriers(page: Page, theme: str) -> list[str]:
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    for path in PATHS:
        page.goto(f"{path}#connect")
        found += [f"{path}: {violation}" for violation in violations(page, theme)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"{path}: wider than the window")
        if page.locator(".guide-toc [aria-current]").get_attribute("href") != "#connect":
            found.append(f"{path}: another step is marked as current")
    return found


@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_guide_fits_on_two_sheets(tanaka: User, signed_in: SignedIn, language: str) -> None:
    save_endpoint()
    save_endpoint("osaka-dr", split_tunnel=True)
    assert seen(Client(headers={"accept-language": language}), sheets) == [2, 2, 2]
    assert seen(signed_in(tanaka, language), sheets) == [2, 2, 2]


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 360])
def test_no_guide_has_a_barrier(
    tanaka: User, signed_in: SignedIn, language: str, theme: str, width: int
) -> None:
    save_endpoint()
    size = {"width": width, "height": 900}
    look = partial(barriers, theme=theme)
    assert seen(signed_in(tanaka, language), look, color_scheme=theme, viewport=size) == []


def test_the_command_is_copied_as_it_stands(tanaka: User, signed_in: SignedIn) -> None:
    def copy(page: Page) -> Any:
        page.goto("/guides/macos/")
        page.get_by_role("button", name="Copy tokyo-main.ovpn").click()
        return page.evaluate("navigator.clipboard.readText()")

    save_endpoint()
    copied = seen(signed_in(tanaka, "en"), copy, permissions=["clipboard-read", "clipboard-write"])
    assert copied == (
        "aws-vpn-client import-profile --profile-name tokyo-main --config-path ~/Downloads/tokyo-main.ovpn"
    )


def test_everything_can_be_read_without_javascript(db: None) -> None:
    def read(page: Page) -> tuple[str, bool, bool]:
        page.goto("/guides/ubuntu/")
        page.get_by_role("link", name="Windows").click()
        print_button, problem = page.locator("[data-print]"), page.locator("#not-through")
        return page.locator("h1").inner_text(), print_button.is_visible(), problem.is_visible()

    client = Client(headers={"accept-language": "en"})
    assert seen(client, read, java_script_enabled=False) == ("Set up the VPN on Windows", False, True)
