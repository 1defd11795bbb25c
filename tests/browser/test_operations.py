"""An operation, as an administrator makes it: choose, fill in, see the plan, run, watch it end by itself."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import problems
from tests.browser.conftest import ADMIN, Open, sign_in

pytestmark = pytest.mark.browser
PATIENCE = 60_000
WORDS = {
    "ja": ("エンドポイントの設定を変更する", "変更内容を確認する", "完了"),
    "en": ("Modify the endpoint", "See what will change", "Finished"),
}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_operation_is_planned_run_and_watched(browse: Open, language: str) -> None:
    choose, see, finished = WORDS[language]
    page = browse(language=language)
    sign_in(page, ADMIN.name)
    page.goto("/operations/new/")
    page.get_by_role("link", name="tokyo-main").click()
    violations = problems(page, "kinds", language)
    page.get_by_role("link", name=re.compile(choose)).click()
    violations += problems(page, "form", language)
    page.locator("#id_description").fill(f"For everybody, in {language}")
    page.get_by_role("button", name=see).click()
    violations += problems(page, "plan", language)
    page.locator("[name=reason]").fill("A test")
    page.locator("button[value=run]").click()
    expect(page.locator("#operation")).to_be_visible()
    expect(page.locator("#operation[data-ended]")).to_be_attached(timeout=PATIENCE)
    expect(page).to_have_title(re.compile(finished))
    expect(page.locator(".step-done")).to_have_count(2)
    violations += problems(page, "operation", language)
    assert violations == []
