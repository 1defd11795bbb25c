"""An export in a real browser: the file arrives, and the page says how it went."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from sandbox import company
from tests.browser.conftest import Open, sign_in, wait_for_connections

pytestmark = pytest.mark.browser

AUDITOR = next(person for person in company.PEOPLE if company.AUDITORS in person.groups)


@pytest.mark.parametrize(("button", "first"), [("CSV", "\ufeff日時（"), ("NDJSON", '{"at":')])
def test_the_file_arrives_and_the_page_says_that_it_is_complete(
    browse: Open, tmp_path: Path, button: str, first: str
) -> None:
    page = browse()
    sign_in(page, AUDITOR.name)
    wait_for_connections(page)
    page.goto("/connections/export/")
    with page.expect_download() as download:
        page.get_by_role("button", name=f"{button}をダウンロード", exact=True).click()
    download.value.save_as(tmp_path / "file")
    lines = (tmp_path / "file").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(first)
    rows = len(lines) - (button == "CSV")
    assert rows > 0
    expect(page.locator("#export-progress")).to_contain_text(f"{rows:,}件をすべて出力しました。")
