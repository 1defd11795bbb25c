"""The open page in a real Chromium, on a network that breaks in every way: it never shows more than it knows."""

import json
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, Playwright, Route, expect, sync_playwright

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_connection, save_endpoint

pytestmark = pytest.mark.browser

ORIGIN: Final = "https://portal.example.com"
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
VPN, HOME = "203.0.113.10", "198.51.100.27"
CAPTIVE: Final = "<!doctype html><html><body><h1>Hotel Wi-Fi</h1><a href='/pay'>Accept</a></body></html>"
# Which part of an open page is refreshed as a whole, and how
PATHS: Final = ("/", "/egress/")

T = TypeVar("T")
Answer = tuple[int, str, str]


@dataclass
class Network:
    """Answers as the portal gave them to a browser at each address; ``fault`` answers instead, if there is one."""

    answers: dict[str, dict[str, Answer]]
    states: dict[str, str]
    address: str = VPN
    fault: Callable[[Route], None] | None = None
    asked: list[str] = field(default_factory=list)

    def handle(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        file = finders.find(path.removeprefix("/static/")) if path.startswith("/static/") else None
        if file:
            route.fulfill(path=file)
            return
        is_htmx = "hx-request" in route.request.headers
        self.asked.append(f"{path} for htmx" if is_htmx else path)
        if self.fault:
            self.fault(route)
            return
        status, kind, body = self.answers[self.address][self.asked[-1]]
        headers = {"content-type": kind}
        if path == "/egress.json":
            headers["genkan-state"] = self.states[self.address]
        route.fulfill(status=status, body=body, headers=headers)


def answers_for(client: Client, address: str) -> tuple[dict[str, Answer], str]:
    """Asked beforehand, because the browser's thread may not use the test's database."""
    answers = {}
    for path in (*PATHS, "/egress.json"):
        for name, headers in ((path, {}), (f"{path} for htmx", {"hx-request": "true"})):
            response = client.get(path, headers={"x-forwarded-for": address, **headers})
            answers[name] = (response.status_code, response["Content-Type"], response.content.decode())
    return answers, client.get("/egress.json")["Genkan-State"]


@pytest.fixture
def network(tanaka: User, signed_in: SignedIn) -> Network:
    save_connection(save_endpoint(), tanaka.username)
    client = signed_in(tanaka)
    per_address = {address: answers_for(client, address) for address in (VPN, HOME)}
    return Network(
        {address: answers for address, (answers, _state) in per_address.items()},
        {address: state for address, (_answers, state) in per_address.items()},
    )


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
def watch(
    chromium: Browser, thread: ThreadPoolExecutor, network: Network
) -> Callable[[str, Callable[[Page], T]], T]:
    """Opens a page behind the VPN, and hands it to what happens next. Its clock stands until it is told to run."""

    def open_page(path: str, happens: Callable[[Page], T]) -> T:
        context = chromium.new_context(base_url=ORIGIN, locale="en-US", timezone_id="Asia/Tokyo")
        page = context.new_page()
        page.clock.install()
        page.route("**/*", network.handle)
        page.goto(path)
        expect(heading(page)).to_have_text("You're connected through the company VPN")
        try:
            return happens(page)
        finally:
            context.close()

    return lambda path, happens: thread.submit(open_page, path, happens).result()


Watch = Callable[[str, Callable[[Page], None]], None]


def heading(page: Page) -> Locator:
    return page.locator("#verdict h1")


def let_time_pass(page: Page, seconds: int) -> None:
    """With a moment for the answers every three seconds; the mouse moves all the time."""
    for step in range(seconds // 3):
        page.mouse.move(10 + step % 2, 10)
        page.clock.run_for(3000)
        page.wait_for_timeout(20)


def is_grey(page: Page) -> bool:
    return (
        page.locator("#verdict .tone-unknown").count() > 0 and page.locator("#verdict .tone-ok").count() == 0
    )


def status(code: int) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=code, body=CAPTIVE, content_type="text/html")


def cut(network: Network) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        code, kind, body = network.answers[network.address][network.asked[-1]]
        route.fulfill(status=code, content_type=kind, body=body[: len(body) // 2])

    return answer


FAULTS: Final[dict[str, Callable[[Route], None]]] = {
    "no network": lambda route: route.abort("internetdisconnected"),
    "reset": lambda route: route.abort("connectionreset"),
    "500": status(500),
    "502": status(502),
    "503": status(503),
    "511": status(511),
    "404": status(404),
    "captive portal": status(200),
    "captive portal elsewhere": lambda route: route.fulfill(
        status=302, headers={"location": "https://hotel.example/pay"}
    ),
    "captive portal here": lambda route: (
        route.fulfill(status=302, headers={"location": "/pay"})
        if not route.request.url.endswith("/pay")
        else route.fulfill(body=CAPTIVE, content_type="text/html")
    ),
    "somebody else's JSON": lambda route: route.fulfill(json={"status": "ok"}),
    "nothing": lambda route: route.fulfill(body=""),
}


@pytest.mark.parametrize(
    ("path", "fault"),
    [*(pytest.param("/", fault, id=name) for name, fault in FAULTS.items()), ("/egress/", status(503))],
)
def test_nothing_stays_green_without_an_answer_and_it_recovers_by_itself(
    path: str, fault: Callable[[Route], None], network: Network, watch: Watch
) -> None:
    def happens(page: Page) -> None:
        network.fault = fault
        let_time_pass(page, 21)
        expect(heading(page)).to_have_text("We couldn't check your connection")
        assert is_grey(page)
        assert "Hotel" not in page.content()
        assert urlsplit(page.url).path == path
        # What is left of the page has no colours either.
        badges = page.locator("#overview .badge")
        assert len({badge.evaluate("one => getComputedStyle(one).color") for badge in badges.all()}) <= 1
        network.fault = None
        let_time_pass(page, 9)
        expect(heading(page)).to_have_text("You're connected through the company VPN")
        expect(page.locator(".no-answer")).to_have_count(0)

    watch(path, happens)


def test_half_an_answer_is_none(network: Network, watch: Watch) -> None:
    def happens(page: Page) -> None:
        network.fault = cut(network)
        let_time_pass(page, 21)
        expect(heading(page)).to_have_text("We couldn't check your connection")
        expect(page.locator("#profiles")).to_be_visible()

    watch("/", happens)


def test_a_server_that_hangs_is_no_answer(network: Network, watch: Watch) -> None:
    def happens(page: Page) -> None:
        network.fault = lambda _route: None
        page.get_by_role("link", name="Check again").click()
        expect(page.get_by_role("link", name="Checking…")).to_be_visible()
        expect(heading(page)).to_have_text("We couldn't check your connection", timeout=15_000)

    watch("/", happens)


def test_check_again_answers_at_once_that_it_cannot(network: Network, watch: Watch) -> None:
    def happens(page: Page) -> None:
        network.fault = status(500)
        page.get_by_role("link", name="Check again").click()
        expect(heading(page)).to_have_text("We couldn't check your connection")
        expect(page.locator("#announcer")).to_have_text("We couldn't check your connection")
        expect(page.get_by_role("link", name="Check again")).to_be_focused()
        # And so it does the next time.
        page.get_by_role("link", name="Check again").click()
        expect(page.get_by_role("link", name="Check again")).to_be_focused()
        network.fault = None
        page.get_by_role("link", name="Check again").click()
        expect(heading(page)).to_have_text("You're connected through the company VPN")
        expect(page.get_by_role("link", name="Check again")).to_be_focused()

    watch("/", happens)


def test_a_browser_that_is_offline_says_so_at_once(network: Network, watch: Watch) -> None:
    def happens(page: Page) -> None:
        network.fault = FAULTS["no network"]
        page.context.set_offline(True)
        expect(heading(page)).to_have_text("We couldn't check your connection")
        network.fault = None
        page.context.set_offline(False)
        let_time_pass(page, 9)
        expect(heading(page)).to_have_text("You're connected through the company VPN")

    watch("/", happens)


def test_only_the_page_itself_fails(network: Network, watch: Watch) -> None:
    """The small check answers, and so nothing is known to be wrong; what cannot be refreshed is not said to be new."""

    def happens(page: Page) -> None:
        network.fault = lambda route: (
            status(500)(route) if "hx-request" in route.request.headers else route.fallback()
        )
        page.route("**/egress.json", lambda route: answer_json(network, route))
        page.get_by_role("link", name="Check again").click()
        expect(heading(page)).to_have_text("We couldn't check your connection")

    watch("/", happens)


def answer_json(network: Network, route: Route) -> None:
    _status, kind, body = network.answers[network.address]["/egress.json"]
    route.fulfill(content_type=kind, body=body, headers={"genkan-state": network.states[network.address]})


def test_who_was_signed_out_is_told_so_and_stays_on_the_page(network: Network, watch: Watch) -> None:
    def happens(page: Page) -> None:
        network.fault = lambda route: (
            route.fulfill(status=401) if "hx-request" in route.request.headers else None
        )
        page.evaluate("document.getElementById('overview').dispatchEvent(new CustomEvent('refresh'))")
        notice = page.locator("#overview .notice", has_text="You were signed out.")
        expect(notice).to_be_visible()
        assert page.locator("#overview .tone-ok").first.evaluate(
            "one => getComputedStyle(one).getPropertyValue('--tone') === "
            "getComputedStyle(document.documentElement).getPropertyValue('--unknown')"
        )
        asked = len(network.asked)
        let_time_pass(page, 30)
        assert len(network.asked) == asked
        expect(notice).to_have_count(1)

    watch("/", happens)


def test_a_computer_that_slept_shows_nothing_green_when_it_wakes(network: Network, watch: Watch) -> None:
    def happens(page: Page) -> None:
        network.fault = lambda _route: None
        page.clock.fast_forward(8 * 3600 * 1000)
        page.clock.run_for(3000)
        expect(heading(page)).to_have_text("We couldn't check your connection")

    watch("/", happens)


def test_an_open_page_asks_little_and_turns_as_soon_as_the_address_does(
    network: Network, watch: Watch
) -> None:
    def happens(page: Page) -> None:
        network.asked.clear()
        let_time_pass(page, 60)
        assert 5 <= network.asked.count("/egress.json") <= 6
        assert network.asked.count("/ for htmx") == 0
        network.address = HOME
        let_time_pass(page, 12)
        assert network.asked.count("/ for htmx") == 1
        expect(heading(page)).to_have_text("This traffic isn't using the company VPN")

    watch("/", happens)


def test_the_time_of_the_last_check_is_true(network: Network, watch: Watch) -> None:
    def happens(page: Page) -> None:
        before = page.locator("[data-checked-at]").inner_text()
        let_time_pass(page, 12)
        after = page.locator("[data-checked-at]").inner_text()
        assert json.dumps([before, after]) == json.dumps(sorted({before, after}))

    watch("/", happens)


# As the pages of a running operation, of who is connected, of a search and of an export ask
OTHER_PAGE: Final = """<!doctype html><html lang="ja" data-time-zone="Asia/Tokyo"><body>
<div id="part" hx-get="/part/" hx-trigger="refresh" hx-swap="outerHTML" data-refresh="3" data-refresh-steady>
<span class="badge tone-ok">{text}</span></div>
<div id="announcer"></div>{templates}{scripts}</body></html>"""


def test_every_part_that_asks_by_itself_says_since_when_nobody_answers(
    network: Network, watch: Watch, tanaka: User, signed_in: SignedIn
) -> None:
    home = signed_in(tanaka, "ja").get("/").content.decode()
    templates = "".join(
        re.findall(r"<template id=.(?:no-answer|signed-out).>.*?</template>", home, re.DOTALL)
    )
    scripts = "".join(re.findall(r"<script[^>]*(?:htmx|adaptive)[^>]*></script>", home))
    fills = {"templates": templates, "scripts": scripts}
    for address in (VPN, HOME):
        network.answers[address]["/other/"] = (
            200,
            "text/html; charset=utf-8",
            OTHER_PAGE.format(text="実行中", **fills),
        )
        part = OTHER_PAGE.format(text="完了", **fills).partition("<body>")[2].partition('<div id="ann')[0]
        network.answers[address]["/part/ for htmx"] = (200, "text/html; charset=utf-8", part)

    def happens(page: Page) -> None:
        page.goto("/other/")
        network.fault = status(200)
        let_time_pass(page, 12)
        expect(page.locator("#part .notice")).to_contain_text(
            re.compile(r"^\s*\d\d:\d\dから応答がありません")
        )
        expect(page.locator("#part .badge")).to_have_text("実行中")
        expect(page.locator("#part.no-answer")).to_be_visible()
        network.fault = None
        let_time_pass(page, 6)
        expect(page.locator("#part .badge")).to_have_text("完了")
        expect(page.locator("#part .notice, .no-answer")).to_have_count(0)

    watch("/", happens)


def test_a_refresh_keeps_the_focus(network: Network, watch: Watch) -> None:
    def happens(page: Page) -> None:
        button = page.locator("#verdict").get_by_role("button", name="Copy diagnosis")
        button.focus()
        page.evaluate("document.querySelector('#verdict').dataset.old = 'yes'")
        page.evaluate("document.getElementById('overview').dispatchEvent(new CustomEvent('refresh'))")
        expect(page.locator("#verdict:not([data-old])")).to_be_visible()
        page.clock.run_for(1000)
        expect(button).to_be_focused()

    watch("/", happens)
