"""A field that is about a person suggests people, by keyboard as by mouse, and is a plain field without JavaScript."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import problems
from tests.browser.conftest import ADMIN, Open, sign_in, wait_for_connections

pytestmark = pytest.mark.browser
BLOCK = "/operations/new/block-person/"


def chosen_line(page: Page) -> str:
    return page.locator("textarea").input_value()


def test_people_are_chosen_line_by_line_with_the_arrow_keys(browse: Open) -> None:
    page = browse()
    sign_in(page, ADMIN.name, BLOCK)
    field, options = page.locator("textarea"), page.locator(".suggestions li")
    field.press_sequentially("ＴＡＫＡＨＡ", delay=20)
    expect(options.first).to_contain_text(ADMIN.name)
    assert problems(page, BLOCK) == []
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(options.first).to_be_hidden()
    assert chosen_line(page) == ADMIN.email
    field.press("Enter")
    field.press_sequentially("高橋", delay=20)
    expect(options.first).to_be_visible()
    field.press("Escape")
    expect(options.first).to_be_hidden()
    assert chosen_line(page) == f"{ADMIN.email}\n高橋"
    field.press("ArrowUp")
    field.press("End")
    field.press("x")
    field.press("Backspace")
    expect(options.first).to_be_visible()
    options.first.click()
    assert chosen_line(page) == f"{ADMIN.email}\n高橋"


def test_a_search_asks_for_the_one_who_was_chosen(browse: Open) -> None:
    page = browse()
    sign_in(page, ADMIN.name)
    wait_for_connections(page)
    page.goto("/connections/")
    page.locator("[name=q]").press_sequentially("suzuki", delay=20)
    page.locator(".suggestions li").first.click()
    expect(page.locator("[name=q]")).to_have_value('person:"a.suzuki@example.co.jp"')
