"""Where things stand: results on the first screen, rows of three lines on a phone, the navigation in sight."""

from statistics import median
from typing import Final

import pytest
from playwright.sync_api import Page

from sandbox import company
from tests.browser.conftest import ADMIN, Open, sign_in, wait_for_connections

pytestmark = pytest.mark.browser
EMPLOYEE: Final = company.PEOPLE[0]
# Three lines of 22 pixels, the room around them, and what is taller than its line: a badge, an action to touch
ROW_ON_A_PHONE: Final = 112
SCROLLED_SIDEWAYS: Final = (
    "frames => frames.filter(frame => frame.scrollWidth > frame.clientWidth + 1).length"
)


LEFT_EDGES_OF_WORDS: Final = """panel => {
  const range = document.createRange(), edges = new Set();
  for (const element of panel.querySelectorAll("p, a, legend, label, .menu-title")) {
    range.selectNodeContents(element);
    if (element.offsetParent) edges.add(Math.round(range.getBoundingClientRect().left));
  }
  return [...edges];
}"""


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
    assert len(panel.evaluate(LEFT_EDGES_OF_WORDS)) == 1


def test_the_summary_takes_three_lines_a_row_on_a_phone(browse: Open) -> None:
    page = browse(width=390)
    sign_in(page, ADMIN.name)
    wait_for_connections(page)
    page.goto("/connections/summary/")
    # Folded up below the charts
    page.locator("details.fold > summary").evaluate_all("folds => folds.forEach(fold => fold.click())")
    boxes = [row.bounding_box() for row in page.locator(ROWS).all()]
    # Reasons are sentences, and may take a line more.
    assert all(box and 0 < box["height"] <= ROW_ON_A_PHONE for box in boxes)
    assert page.locator(".table-frame:not(:has(.table-plain))").evaluate_all(SCROLLED_SIDEWAYS) == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


DRAWN_UNDER_THE_MARK: Final = """marks => marks.every(mark => {
  const style = getComputedStyle(mark), line = getComputedStyle(mark.parentElement, "::before");
  const opaque = !/(, 0\\)|transparent)/.test(style.backgroundColor);
  return opaque && Number(style.zIndex) > (Number(line.zIndex) || 0);
})"""
LINE_ENDS_AT_THE_MARKS: Final = """stops => stops.every(stop => {
  const box = element => element.getBoundingClientRect();
  const before = box(stop.previousElementSibling.querySelector(".stop-mark"));
  const mark = box(stop.querySelector(".stop-mark"));
  // Beside each other or above each other, but never one over the other
  return before.right <= mark.left || before.bottom <= mark.top;
})"""
FACTS_BEGIN_WITHOUT_SEPARATOR: Final = """facts => facts.every(fact => {
  const list = fact.parentElement, gap = parseFloat(getComputedStyle(fact, "::before").width);
  const left = list.getBoundingClientRect().left;
  const cut = parseFloat(getComputedStyle(list).clipPath.match(/ ([\\d.]+)px\\)/)[1]);
  const first = facts.filter(other => other.offsetTop === fact.offsetTop)
    .reduce((one, other) => one.offsetLeft <= other.offsetLeft ? one : other);
  return first !== fact || Math.abs(fact.getBoundingClientRect().left - left) < 1 && Math.abs(gap - cut) < 1;
})"""
GAP_BELOW_THE_HEADING: Final = """() => {
  const heading = document.querySelector("main h1");
  const lead = heading.nextElementSibling || heading.parentElement.nextElementSibling;
  return lead.getBoundingClientRect().top - heading.getBoundingClientRect().bottom;
}"""


@pytest.mark.parametrize("width", [390, 640, 1200])
def test_the_path_and_the_headings_have_room(browse: Open, width: int) -> None:
    page = browse(width=width)
    sign_in(page, EMPLOYEE.name)
    assert page.locator(".path .stop-mark").count() == 5
    assert page.locator(".path .stop-mark").evaluate_all(DRAWN_UNDER_THE_MARK)
    assert page.locator(".path .stop:not(:first-child)").evaluate_all(LINE_ENDS_AT_THE_MARKS)
    # The separator before the first fact of each line stands outside of the list, which cuts it off.
    assert page.locator(".facts-line > li").evaluate_all(FACTS_BEGIN_WITHOUT_SEPARATOR)
    for path in ("/profiles/", "/guides/", "/connections/mine/", "/egress/", "/help/"):
        page.goto(path)
        assert page.evaluate(GAP_BELOW_THE_HEADING) >= 4, path


def test_the_guide_s_tab_stops_are_what_somebody_may_press(browse: Open) -> None:
    page = browse()
    sign_in(page, EMPLOYEE.name)
    page.goto("/guides/ubuntu/")
    assert page.locator("main a.guide-anchor").count() > 20
    assert page.locator('main a.guide-anchor:not([tabindex="-1"])').count() == 0
    assert page.locator('main .guide-command:has-text("apt install") button').count() == 1
