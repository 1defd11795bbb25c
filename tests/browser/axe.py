"""axe on the page that is open, in both themes and widths. Only what it complains of leaves the browser."""

from collections.abc import Iterator
from typing import Final

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
WIDTHS: Final = (1200, 360)
# 320: WCAG 1.4.10. 600: a window of 1200 at 200 %.
NARROW: Final = (320, 600)
RUN: Final = """rules => axe.run(rules).then((found) => found.violations.map(
    (one) => `${one.id}: ${one.help}: ${one.nodes[0].html.slice(0, 120)}`))"""


def problems(page: Page, where: str) -> list[str]:
    return [*_violations(page, where), *_overflows(page, where)]


def violations(page: Page) -> list[str]:
    """As the page is now."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(RUN, RULES)
    return found


def _violations(page: Page, where: str) -> Iterator[str]:
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for violation in violations(page):
                yield f"{where} {theme} {width}: {violation}"


def _overflows(page: Page, where: str) -> Iterator[str]:
    for width in (*WIDTHS, *NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            yield f"{where}: wider than a window of {width}"
