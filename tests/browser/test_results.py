"""What is seen only where something was found or is about to happen: answers, results, plans. In both languages."""

import json
import re
from typing import Final
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox import company
from tests.browser.axe import problems
from tests.browser.conftest import ADMIN, Open, sign_in, wait_for_connections

pytestmark = pytest.mark.browser
PATIENCE: Final = 90_000
# What is filled in to see the plan
PLANS: Final[dict[str, dict[str, str]]] = {
    "authorize-ingress": {"destination_cidr": "10.99.0.0/16", "group_id": company.EMPLOYEES.id},
    "delete-endpoint": {},
    "pause-endpoint": {},
    "refresh-snapshots": {},
    # Whoever has just signed in is known, whatever has been logged by then.
    "terminate-person": {"usernames": ADMIN.email},
}


@pytest.fixture(scope="package")
def results(chromium: Browser, demo: str) -> list[str]:
    """Of one connection, of who was behind addresses at that time, and of a search in CloudWatch Logs."""
    context = chromium.new_context(base_url=demo, locale="ja-JP", timezone_id="Asia/Tokyo")
    page = context.new_page()
    sign_in(page, ADMIN.name)
    wait_for_connections(page)
    answer = context.request.get("/connections/export.ndjson?status=ended")
    connection = json.loads(answer.text().partition("\n")[0])
    at = connection["at"][:16]
    asked = [
        urlencode({"address": address, "at": at, "minutes": 60})
        for address in (connection["client_ip"], company.TOKYO.egress_ip)
    ]
    paths = [
        f"/connections/{connection['connection_id']}/",
        *(f"/connections/attribution/?{query}" for query in asked),
        *_searched_in_cloudwatch_logs(page, at),
    ]
    context.close()
    return paths


def _searched_in_cloudwatch_logs(page: Page, at: str) -> list[str]:
    """The result, one row of it, and the page of its export."""
    page.goto(f"/connections/beyond/?{urlencode({'since': f'{at[:10]}T00:00', 'until': f'{at[:10]}T23:59'})}")
    page.locator("main form button").last.click()
    expect(page.locator("main tbody a").first).to_be_visible(timeout=PATIENCE)
    row = page.locator('main tbody a[href^="/connections/beyond/"]').first.get_attribute("href")
    result = re.sub(r"\d+/$", "", row or "")
    return [result, f"{row}", f"{result}export/"]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_page_with_results_has_a_violation(browse: Open, results: list[str], language: str) -> None:
    page = browse(language=language)
    sign_in(page, ADMIN.name)
    violations = []
    for path in results:
        page.goto(path)
        violations += problems(page, path, language)
    assert violations == []


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_plan_has_a_violation(browse: Open, demo: str, language: str) -> None:
    page = browse(language=language)
    sign_in(page, ADMIN.name)
    page.goto("/operations/new/")
    page.get_by_role("link", name="tokyo-main").click()
    query = page.url.partition("?")[2]
    violations = []
    for kind, values in PLANS.items():
        page.goto(f"/operations/new/{kind}/?{query}")
        for name, value in values.items():
            # Where something is offered to choose from, the field to type in comes last.
            page.locator(f"main [name={name}]").last.fill(value)
        # Without anything to fill in, the plan is there at once.
        if page.locator("button[value=plan]").count():
            page.locator("button[value=plan]").click()
        expect(page.locator("button[value=run]")).to_be_attached()
        violations += problems(page, f"plan of {kind}", language)
    assert violations == []


def test_paper_shows_the_connections_and_not_the_chart_once_more_as_a_table(browse: Open) -> None:
    page = browse()
    sign_in(page, ADMIN.name)
    wait_for_connections(page)
    page.emulate_media(media="print")
    table = page.locator("details", has=page.locator("caption", has_text="接続数の推移")).locator("table")
    expect(table).to_be_hidden()
    for chart_or_row in ("main figure", "main tbody tr"):
        expect(page.locator(chart_or_row).last).to_be_visible()
