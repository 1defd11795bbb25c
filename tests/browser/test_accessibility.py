"""Every page, light and dark, wide and narrow, in both languages: no axe violation, nothing wider than the window."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from sandbox import company
from tests.browser.conftest import Open, sign_in

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
ADMIN = company.PEOPLE[4]
SIGNED_OUT = (
    "/accounts/login/",
    "/guides/windows/",
    "/accounts/signed-out/",
    "/accounts/saml/sso/acs/finish/",
    "/accounts/breakglass/x/",
)
SIGNED_IN = (
    "/",
    "/profiles/",
    "/egress/",
    "/endpoints/",
    "/audit/",
    "/audit/?since=2026-11-02&until=2026-11-01&address=y",
    "/tokens/",
    "/connections/export/",
    "/connections/export/?source=x",
    "/notifications/",
    "/design/",
    "/nothing/",
)


def problems(page: Page, path: str) -> list[str]:
    page.goto(path)
    found = [
        f"{path}: {violation['id']}: {violation['help']}"
        for violation in Axe().run(page, options=RULES).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append(f"{path}: wider than the window")
    return found


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 360])
def test_no_page_has_a_violation(browse: Open, language: str, theme: str, width: int) -> None:
    page = browse(language=language, theme=theme, width=width, refused=True)
    found = [problem for path in SIGNED_OUT for problem in problems(page, path)]
    sign_in(page, ADMIN.name)
    endpoint = _an_endpoint(page)
    found += [problem for path in (*SIGNED_IN, endpoint) for problem in problems(page, path)]
    assert found == []


def _an_endpoint(page: Page) -> str:
    page.goto("/endpoints/")
    return page.locator('main a[href^="/endpoints/cvpn-"]').first.get_attribute("href") or ""
