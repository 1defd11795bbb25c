"""axe on the page that is open, and whether it fits into the window. Only what is wrong leaves the browser."""

from collections.abc import Iterator
from typing import Final, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Each theme and each width once: a theme changes nothing but colours, a width nothing but the layout.
AXE_RUNS: Final[tuple[tuple[Literal["light", "dark"], int], ...]] = (("light", 1200), ("dark", 360))
# 320: WCAG 1.4.10. 600: a window of 1200 at 200 %.
WIDTHS: Final = (1200, 600, 360, 320)
RUN: Final = """rules => axe.run(rules).then((found) => found.violations.map(
    (one) => `${one.id}: ${one.help}: ${one.nodes[0].html.slice(0, 120)}`))"""


def problems(page: Page, where: str, language: str = "ja") -> list[str]:
    """axe reads the Japanese page: in English the templates are the same. Only its words have other lengths."""
    violations_of_template = _violations(page, where) if language == "ja" else ()
    return [*violations_of_template, *_overflows(page, where)]


def violations(page: Page) -> list[str]:
    """As the page is now.

    Whether text stands out takes axe longer than all other rules together. It asks that in the light theme only:
    tests/portal/test_templates.py computes the contrast of the same pairs of variables in both.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    light = page.evaluate("matchMedia('(prefers-color-scheme: light)').matches")
    rules = {"color-contrast": {"enabled": light}}
    found_violations: list[str] = page.evaluate(
        RUN, {"runOnly": TAGS, "resultTypes": ["violations"], "rules": rules}
    )
    return found_violations


def _overflows(page: Page, where: str) -> Iterator[str]:
    """The widths of a window in which something sticks out to the right."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            yield f"{where}: wider than a window of {width}"


def _violations(page: Page, where: str) -> Iterator[str]:
    for theme, width in AXE_RUNS:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        for violation in violations(page):
            yield f"{where} {theme} {width}: {violation}"
