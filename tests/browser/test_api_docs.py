"""The page on which the API is read and tried: Swagger UI, under the portal's Content-Security-Policy."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ADMIN, Open, sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_request_is_tried_with_a_token_that_is_pasted(browse: Open, theme: str) -> None:
    page = browse(language="en", theme=theme)
    sign_in(page, ADMIN.name)
    page.goto("/tokens/")
    page.get_by_label("Name").fill("try")
    page.get_by_label("Read the fixed IP addresses").check()
    page.get_by_role("button", name="Make the token").click()
    token = page.locator("text=/^gk_[\\w-]{40,}/").first.inner_text()
    page.get_by_role("link", name="API documentation").click()
    page.get_by_role("button", name="Authorize").first.click()
    page.get_by_role("textbox").fill(token)
    page.get_by_label("Apply credentials").click()
    page.get_by_role("button", name="Close").click()
    page.get_by_text("/api/egress-addresses/").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator("tr.response .response-col_status").first).to_contain_text("200")
    assert page.evaluate("document.documentElement.classList.contains('dark-mode')") == (theme == "dark")
