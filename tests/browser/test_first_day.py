"""Five people's first day, from the first click to the green check, each as that person works."""

import json
import os
import signal
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from sandbox import company
from tests.browser.conftest import arrive_from
from tests.browser.running_demo import Demo, demo_directory
from tests.processes import assert_all_gone

pytestmark = pytest.mark.browser

# What depends on the next look at AWS, on a busy machine
PATIENCE = 90_000
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"
MACOS = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15"
UBUNTU = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
WORDS = {
    "ja": {
        "installed": "インストールしました",
        "again": "もう一度確認する",
        "done": "準備ができました",
        "vpn": "社内VPN経由で接続しています",
    },
    "en": {
        "installed": "I have installed it",
        "again": "Check again",
        "done": "You're all set",
        "vpn": "You're connected through the company VPN",
    },
}


def by_mouse(target: Locator) -> None:
    target.click()


def by_keyboard(target: Locator) -> None:
    """Tab until it is there, then Enter: nothing but what a person without a mouse has."""
    page = target.page
    for _ in range(80):
        page.keyboard.press("Tab")
        if target.evaluate("one => one === document.activeElement"):
            break
    else:
        raise AssertionError(f"{target} is not reached by Tab")
    page.keyboard.press("Enter")


@dataclass(frozen=True)
class FirstDay:
    """``person`` is another one each time: for each it is the first day."""

    person: int
    system: str
    label: str
    language: str
    agent: str
    width: int = 1200
    theme: str = "light"
    scale: float = 1
    javascript: bool = True
    press: Callable[[Locator], None] = by_mouse


DAYS = {
    "windows-in-japanese-as-narrow-as-a-phone": FirstDay(0, "windows", "Windows", "ja", WINDOWS, width=390),
    "macos-in-english": FirstDay(1, "macos", "macOS", "en", MACOS),
    "ubuntu-by-keyboard-alone": FirstDay(2, "ubuntu", "Ubuntu", "ja", UBUNTU, press=by_keyboard),
    "without-javascript": FirstDay(3, "windows", "Windows", "en", WINDOWS, javascript=False),
    # A window of 1200 pixels, zoomed
    "dark-at-200-percent": FirstDay(4, "macos", "macOS", "ja", MACOS, width=600, theme="dark", scale=2),
}


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with demo_directory() as directory:
        yield directory


@pytest.fixture(scope="module")
def first_start(data: Path) -> Iterator[Demo]:
    """Of a company that has never used the VPN: what people did before would tick their steps."""
    demo = Demo(data, port=port(), options=("--days", "0"))
    yield demo
    demo.end(signal.SIGKILL)


@pytest.fixture(scope="module")
def demo(first_start: Demo) -> str:
    return first_start.site


def port() -> int:
    """The first of five that no other test process uses."""
    return 27500 + os.getpid() % 900 * 5


@pytest.fixture(params=list(DAYS.values()), ids=list(DAYS))
def day(request: pytest.FixtureRequest) -> FirstDay:
    first_day: FirstDay = request.param
    return first_day


@pytest.fixture
def context(chromium: Browser, demo: str, day: FirstDay) -> Iterator[BrowserContext]:
    browser_context = chromium.new_context(
        base_url=demo,
        locale={"ja": "ja-JP", "en": "en-US"}[day.language],
        user_agent=day.agent,
        viewport={"width": day.width, "height": 800},
        color_scheme="dark" if day.theme == "dark" else "light",
        device_scale_factor=day.scale,
        java_script_enabled=day.javascript,
        timezone_id="Asia/Tokyo",
    )
    yield browser_context
    browser_context.close()


def sign_in(page: Page, day: FirstDay, name: str) -> None:
    page.goto("/")
    day.press(page.locator("a.button-primary"))
    day.press(page.get_by_role("button", name=name))
    if not day.javascript:
        # The identity provider answers by a form, whose button somebody must press without scripts.
        page.locator("button.main").click()
    expect(page.locator("#verdict")).to_be_visible(timeout=PATIENCE)


def test_a_person_is_connected_at_the_end_of_the_first_day(
    day: FirstDay, context: BrowserContext, tmp_path: Path
) -> None:
    words, page, person = WORDS[day.language], context.new_page(), company.PEOPLE[day.person]
    arrive_from(page, "home", person.email)
    sign_in(page, day, person.name)
    day.press(page.get_by_role("button", name=words["installed"]))
    expect(page.locator("#onboarding")).to_contain_text("1 / 4")

    # The guide opens for this computer, with this person's own file in its steps.
    page.goto("/guides/")
    expect(page.locator('main [aria-current="page"]').filter(has_text=day.label)).to_be_visible()
    with page.expect_download() as downloading:
        day.press(page.locator('main a[href*="/download"]').first)
    file = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(file)
    assert "auth-federate" in file.read_text(encoding="utf-8")

    # The app connects, and the check is the last step.
    arrive_from(page, "vpn-tokyo", person.email)
    page.goto("/egress/")
    expect(page.locator("#verdict h1")).to_have_text(words["vpn"])
    day.press(page.get_by_role("link", name=words["again"]))
    expect(page.locator("#verdict h1")).to_have_text(words["vpn"])
    page.goto("/")
    expect(page.locator("#onboarding")).to_contain_text(words["done"])


def test_no_step_of_it_is_wider_than_the_window(day: FirstDay, context: BrowserContext) -> None:
    if not day.javascript:
        return  # it is measured by a script
    page = context.new_page()
    sign_in(page, day, company.PEOPLE[day.person].name)
    for path in ("/", "/profiles/", "/egress/", f"/guides/{day.system}/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.demo
def test_the_demo_keeps_its_data_and_leaves_no_process_behind_however_it_ends(
    first_start: Demo, data: Path
) -> None:
    """The last test of this file: it ends the demo that the others use. Ctrl-C ends the one of all other files."""
    assert "田中 美咲" in first_start.output
    key, pids = (data / "secret-key").read_text(), first_start.descendants()
    assert len(pids) > 9
    assert first_start.named("sandbox.demo.traffic") in pids
    first_start.end(signal.SIGKILL)
    assert_all_gone(pids)

    again = Demo(data, port=port())
    seen = egress(again.site)
    assert (seen["ip"], seen["verdict"]) == (company.HOME_ADDRESS, "outside")
    assert (data / "secret-key").read_text() == key
    assert "Applying" not in (data / "logs" / "migrate.log").read_text()
    pids = again.descendants()
    os.kill(again.named("sandbox.idp"), signal.SIGKILL)
    assert again.end() == 1
    assert "sandbox-idp has ended (signal SIGKILL)" in again.output
    assert_all_gone(pids)


def egress(site: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{site}/egress.json", timeout=10) as response:
        return dict(json.load(response))
