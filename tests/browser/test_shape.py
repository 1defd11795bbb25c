"""Where things stand: results on the first screen, rows of three lines on a phone, the navigation in sight."""

from statistics import median
from typing import Final

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ADMIN, Open, sign_in, wait_for_connections

pytestmark = pytest.mark.browser
# Three lines of 22 pixels, the room around them, and what is taller than its line: a badge, an action to touch
ROW_ON_A_PHONE: Final = 112
SCROLLED_SIDEWAYS: Final = (
    "frames => frames.filter(frame => frame.scrollWidth > frame.clientWidth + 1).length"
)


# Not the table that a chart is folded up in
ROWS: Final = ".table-log tbody tr, .table-lines tbody tr"


def heights(page: Page) -> list[float]:
    boxes = (row.bounding_box() for row in page.locator(ROWS).all()[:20])
    return [box["height"] for box in boxes if box]


def test_the_first_connections_are_on_the_first_screen(browse: Open) -> None:
    page = browse(width=1440)
    sign_in(page, ADMIN.name)
    wait_for_connections(page)
    tops = [box["y"] for row in page.locator(ROWS).all()[:5] if (box := row.bounding_box())]
    assert len([top for top in tops if top < 900]) >= 3


def test_rows_take_three_lines_on_a_phone_and_no_table_scrolls_sideways(browse: Open) -> None:
    page = browse(width=390)
    sign_in(page, ADMIN.name)
    wait_for_connections(page)
    # Most: the reason of a failure takes a line or two of its own.
    assert 0 < median(heights(page)) <= ROW_ON_A_PHONE
    page.goto("/endpoints/")
    endpoint = page.locator('main a[href^="/endpoints/cvpn-endpoint-"]').first.get_attribute("href") or ""
    for tab in ("networks", "routes", "rules", "connections"):
        page.goto(f"{endpoint.partition('?')[0]}?tab={tab}")
        # A group's name with its id, or somebody's description, may take two lines.
        assert tab == "rules" or max(heights(page), default=0) <= ROW_ON_A_PHONE, tab
        assert page.locator(".table-frame").evaluate_all(SCROLLED_SIDEWAYS) == 0, tab


def test_an_administrators_navigation_is_in_sight_at_1024_pixels(browse: Open) -> None:
    page = browse(width=1024)
    sign_in(page, ADMIN.name)
    links = page.locator(".site-header .site-nav a")
    assert links.count() >= 6
    assert all(link.is_visible() for link in links.all())
    assert not page.locator(".menu-button").is_visible()


def test_the_persons_menu_has_one_left_edge_and_fits_into_a_low_window(browse: Open) -> None:
    page = browse(width=1024)
    page.set_viewport_size({"width": 1024, "height": 300})
    sign_in(page, ADMIN.name)
    page.locator(".site-header .menu summary").last.click()
    panel = page.locator(".menu-panel:visible")
    assert panel.evaluate("panel => panel.getBoundingClientRect().bottom <= innerHeight")
