"""The sign-in page in a real browser: with and without JavaScript, narrow, dark, and read by axe."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from werkzeug.wrappers import Request, Response

from sandbox.company import PEOPLE
from sandbox.idp.server import IdpServer
from tests.sandbox.idp.listener import serving
from tests.sandbox.idp.messages import authn_request, deflate

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Portal:
    """Keeps what is posted to its ACS."""

    url: str = ""
    posted: list[dict[str, str]] = field(default_factory=list)

    def login_url(self, idp: IdpServer) -> str:
        message = deflate(authn_request(f"{self.url}/acs/"))
        return f"{idp.url}/sso?{urlencode({'SAMLRequest': message, 'RelayState': '/'})}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def portal() -> Iterator[Portal]:
    kept = Portal()

    @Request.application
    def application(request: Request) -> Response:
        if request.method == "POST":
            kept.posted.append(request.form.to_dict())
        return Response("<title>Portal</title>", mimetype="text/html")

    with serving(application) as url:
        kept.url = url
        yield kept


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console has to say, such as a breach of the content security policy."""
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB")
    opened = context.new_page()

    def note(message: ConsoleMessage) -> None:
        complaints.append(message.text)

    opened.on("console", note)
    yield opened
    context.close()


def test_choosing_a_person_goes_straight_to_the_portal(
    page: Page, idp: IdpServer, portal: Portal, complaints: list[str]
) -> None:
    page.goto(portal.login_url(idp))
    page.get_by_role("button", name="Liam O'Brien").click()
    page.wait_for_url(f"{portal.url}/acs/")
    assert portal.posted[0]["RelayState"] == "/"
    assert portal.posted[0]["SAMLResponse"]
    assert complaints == []


def test_without_javascript_there_is_a_button(browser: Browser, idp: IdpServer, portal: Portal) -> None:
    with browser.new_context(locale="ja", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(portal.login_url(idp))
        page.get_by_role("button", name="田中 美咲").click()
        page.get_by_role("button", name="続ける").click()
        page.wait_for_url(f"{portal.url}/acs/")
    assert len(portal.posted) == 1


def test_the_replay_posts_the_same_twice(page: Page, idp: IdpServer, portal: Portal) -> None:
    page.goto(portal.login_url(idp))
    page.get_by_text("Error cases").click()
    page.get_by_role("button", name="The same response twice").click()
    for _ in range(2):
        with page.context.expect_page() as opened:
            page.get_by_role("button", name="Send").click()
        opened.value.wait_for_url(f"{portal.url}/acs/")
    assert portal.posted[0] == portal.posted[1]


def test_the_language_switch_keeps_the_request(page: Page, idp: IdpServer, portal: Portal) -> None:
    page.goto(portal.login_url(idp))
    page.get_by_role("button", name="日本語").click()
    assert page.get_by_role("heading", name="サインイン", exact=True).is_visible()
    page.get_by_role("button", name=PEOPLE[0].name).click()
    page.wait_for_url(f"{portal.url}/acs/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/sso", "/keys"])
def test_everybody_can_read_it(
    browser: Browser, idp: IdpServer, portal: Portal, scheme: str, path: str
) -> None:
    dark = scheme == "dark"
    with browser.new_context(
        locale="ja", color_scheme="dark" if dark else "light", viewport={"width": 320, "height": 640}
    ) as context:
        page = context.new_page()
        page.goto(portal.login_url(idp) if path == "/sso" else f"{idp.url}{path}")
        for folded in page.locator("summary").all():
            folded.click()
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
