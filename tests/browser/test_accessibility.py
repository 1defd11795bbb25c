"""Every page, light and dark, wide and narrow, and as people need it who see or move otherwise."""

from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, expect

from sandbox import company
from tests.browser.axe import problems
from tests.browser.conftest import ADMIN, Open, sign_in
from tests.browser.every_page import ERRORS, SIGNED_OUT, error_page, linked_pages, proxys_page

pytestmark = pytest.mark.browser

EMPLOYEE = company.PEOPLE[1]
# What links lead to is found by itself. Here: forms with mistakes in them, what is reached otherwise, what isn't there.
MORE = (
    "/audit/?since=2026-11-02&until=2026-11-01&address=y",
    "/connections/",
    "/connections/?q=ip:10.0&status=lost",
    "/connections/attribution/",
    "/connections/live/",
    "/connections/mine/",
    "/connections/sources/",
    "/connections/summary/",
    "/connections/summary/?range=400d",
    "/connections/summary/?range=x",
    "/connections/findings/",
    "/connections/findings/?state=resolved",
    "/connections/export/",
    "/connections/beyond/",
    "/connections/beyond/?since=x",
    "/connections/export/?source=x",
    "/notifications/",
    "/operations/new/block-person/?usernames=tanaka&plan=1",
    "/operations/schedules/",
    "/design/",
    "/nothing/",
)
# Of an endpoint's page, besides the first
TABS = ("networks", "routes", "rules", "connections", "operations")
# The class of each element that moves for longer than a moment
MOVING = """() => document.getAnimations().filter((one) => one.effect.getTiming().duration > 1)
    .map((one) => one.effect.target.className)"""
# The beginning of each control that nothing sets off from the page
WITHOUT_SHAPE = """() => [...document.querySelectorAll('.button, .badge, input, select, .card')]
    .filter((one) => !['checkbox', 'radio', 'hidden'].includes(one.type))
    .filter((one) => one.offsetParent && getComputedStyle(one).borderStyle === 'none'
      && getComputedStyle(one).outlineStyle === 'none')
    .map((one) => one.outerHTML.slice(0, 80))"""
MOST_BYTES = 60_000
MOST_SHIFT = 0.01


@pytest.fixture(scope="package")
def pages(chromium: Browser, demo: str) -> list[str]:
    """Of an administrator, who may open all of them."""
    context = chromium.new_context(base_url=demo, locale="ja-JP")
    sign_in(context.new_page(), ADMIN.name)
    paths = linked_pages(context)
    context.close()
    assert len(paths) > 8
    [endpoint] = [path for path in paths if path.startswith("/endpoints/cvpn-endpoint-")]
    tabs = [f"{endpoint}?tab={tab}" for tab in TABS]
    return list(dict.fromkeys([*paths, *tabs, *MORE]))


@dataclass
class Faults:
    """What is wrong with the pages of an administrator in Japanese, by what it would take away from whom."""

    violations: list[str] = field(default_factory=list)
    without_shape: list[str] = field(default_factory=list)
    moving: list[str] = field(default_factory=list)


@pytest.fixture(scope="package")
def faults(chromium: Browser, demo: str, pages: list[str]) -> Faults:
    """Each page is opened once, and looked at in every way."""
    result = Faults()
    with chromium.new_context(base_url=demo, locale="ja-JP", timezone_id="Asia/Tokyo") as context:
        page = context.new_page()
        sign_in(page, ADMIN.name)
        page.emulate_media(reduced_motion="reduce")
        for path in pages:
            page.goto(path)
            result.moving += [f"{path}: {name}" for name in page.evaluate(MOVING)]
            page.emulate_media(forced_colors="active")
            result.without_shape += [f"{path}: {html}" for html in page.evaluate(WITHOUT_SHAPE)]
            page.emulate_media(forced_colors="none")
            result.violations += problems(page, path)
    return result


def test_no_page_of_somebody_who_is_signed_in_has_a_violation(faults: Faults) -> None:
    assert faults.violations == []


def test_nothing_is_lost_with_the_colours_of_the_system(faults: Faults) -> None:
    """Windows' contrast themes: what has a shape by its background only must have a border then."""
    assert faults.without_shape == []


def test_nothing_moves_for_who_does_not_want_it(faults: Faults) -> None:
    assert faults.moving == []


def test_no_page_is_wider_than_the_window_in_english_either(browse: Open, pages: list[str]) -> None:
    page = browse(language="en", refused=True)
    sign_in(page, ADMIN.name)
    violations = []
    for path in pages:
        page.goto(path)
        violations += problems(page, path, language="en")
    assert violations == []


def test_no_page_before_sign_in_and_no_error_page_has_a_violation(browse: Open, demo: str) -> None:
    page = browse(refused=True)
    violations = []
    for path in SIGNED_OUT:
        page.goto(path)
        violations += problems(page, path)
    errors = {name: error_page(name, language="ja") for name in ERRORS} | {"proxy": proxys_page()}
    page.route(
        "**/error-*", lambda route: route.fulfill(body=errors[route.request.url.partition("/error-")[2]])
    )
    for name in errors:
        page.goto(f"{demo}/error-{name}")
        violations += problems(page, name)
    assert violations == []


def test_an_employee_who_may_not_open_a_page_is_told_so_without_a_violation(browse: Open) -> None:
    page = browse(language="ja", refused=True)
    sign_in(page, EMPLOYEE.name)
    violations = []
    for path in ("/", "/endpoints/", "/audit/"):
        page.goto(path)
        violations += problems(page, path)
    assert violations == []


def test_nothing_jumps_while_a_page_loads_and_little_is_transferred(browse: Open, pages: list[str]) -> None:
    """The first visit of a browser that has nothing of the portal yet; fonts are the system's."""
    shift = """() => new Promise((done) => {
        let sum = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((one) => { sum += one.value; }))
          .observe({ type: 'layout-shift', buffered: true });
        setTimeout(() => done(sum), 300);
    })"""
    bytes_of_all = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .reduce((sum, one) => sum + one.transferSize, 0)"""
    first = browse(language="ja", refused=True)
    sign_in(first, ADMIN.name)
    cookies = first.context.cookies()
    violations = []
    for path in pages:
        page = browse(language="ja", refused=True, width=360)
        page.context.add_cookies(cookies)  # type: ignore[arg-type]
        page.goto(path, wait_until="load")
        if (moved := page.evaluate(shift)) > MOST_SHIFT:
            violations.append(f"{path}: shifts by {moved:.3f}")
        if (size := page.evaluate(bytes_of_all)) > MOST_BYTES:
            violations.append(f"{path}: {size} bytes")
        page.context.close()
    for path in ("/", "/connections/"):
        # Both put something first that arrives later; an old phone paints before it is there.
        page = browse(language="ja", refused=True, width=360)
        page.context.add_cookies(cookies)  # type: ignore[arg-type]
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
        page.goto(path, wait_until="load")
        if (moved := page.evaluate(shift)) > MOST_SHIFT:
            violations.append(f"{path} on an old phone: shifts by {moved:.3f}")
        page.context.close()
    assert violations == []


def test_everything_on_the_home_page_is_reached_by_the_keyboard_alone(browse: Open) -> None:
    page = browse(language="ja")
    sign_in(page, EMPLOYEE.name)
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    wanted = page.locator("main a:visible, main button:visible, main summary:visible").count()
    reached = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.outerHTML"))
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none", reached[-1]
    assert len(set(reached)) == wanted
