"""An employee's first day in a real browser, in both languages: sign in, download, connect, see the verdict turn."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from sandbox import company
from tests.browser.conftest import Open, arrive_from, sign_in

pytestmark = pytest.mark.browser

WORDS = {
    "ja": {
        "outside": "社内VPNに接続していません",
        "vpn": "社内VPN経由で接続しています",
        "office": "社内ネットワーク（本社）から接続しています",
        "up to date": "最新",
        "out": "ログアウト",
        "signed out": "ログアウトしました",
    },
    "en": {
        "outside": "You're not connected to the company VPN",
        "vpn": "You're connected through the company VPN",
        "office": "You're on the office network (Head office)",
        "up to date": "Up to date",
        "out": "Sign out",
        "signed out": "signed out",
    },
}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_employee_signs_in_downloads_connects_and_sees_the_fixed_address(
    browse: Open, language: str, tmp_path: Path
) -> None:
    words, page = WORDS[language], browse(language=language)
    arrive_from(page, "home")
    sign_in(page, company.PEOPLE[0].name)
    heading = page.locator("#verdict h1")
    expect(heading).to_have_text(words["outside"], timeout=60_000)

    with page.expect_download() as downloading:
        page.locator("a[download]").first.click()
    file = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(file)
    assert file.name == "tokyo-main.ovpn"
    assert "auth-federate" in file.read_text(encoding="utf-8")
    page.reload()
    expect(page.get_by_text(words["up to date"], exact=True)).to_be_visible()

    # The verdict is looked at in one tab while the VPN connects elsewhere: it turns by itself.
    other = page.context.new_page()
    arrive_from(other, "vpn-tokyo")
    other.close()
    expect(heading).to_have_text(words["vpn"], timeout=30_000)
    expect(page.locator("#verdict .address")).to_have_text(company.TOKYO.egress_ip)

    arrive_from(page, "office")
    page.goto("/egress/")
    expect(page.locator("#verdict h1")).to_have_text(words["office"])

    arrive_from(page, "home")
    page.goto("/")
    page.locator("header details summary").last.click()
    page.get_by_role("button", name=words["out"]).click()
    expect(page.locator("main")).to_contain_text(words["signed out"])


def test_every_finding_can_be_seen(browse: Open) -> None:
    """Some need the next snapshot of the live connections; the page asks again by itself until it is there."""
    page = browse(language="en")
    person = company.PEOPLE[1]
    sign_in(page, person.name)
    for place, finding in {
        "office": "office",
        "vpn-tokyo": "vpn",
        "vpn-tokyo-ipv6": "vpn_v6",
        "vpn-osaka": "split",
        "vpn-drift": "drift",
        "vpn-private": "unknown",
        "elsewhere": "outside",
        "home": "outside",
    }.items():
        arrive_from(page, place, person.email)
        page.goto("/egress/")
        expect(page.locator("#verdict")).to_have_attribute("data-result", finding, timeout=60_000)


def test_somebody_without_a_group_is_told_whom_to_ask(browse: Open) -> None:
    page = browse(language="ja", refused=True)
    person = company.PEOPLE[-1]
    page.goto("/")
    page.locator("a.button-primary").click()
    page.get_by_role("button", name=person.name).click()
    expect(page.locator("main")).to_contain_text(person.email)
    expect(page.locator("main")).to_contain_text("ヘルプデスク")


def test_the_address_can_be_copied(browse: Open) -> None:
    page = browse(language="en")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, company.PEOPLE[0].name)
    page.get_by_role("button", name="Copy Your public IP address").click()
    assert page.evaluate("navigator.clipboard.readText()") == company.HOME_ADDRESS
    page.get_by_role("button", name="Copy diagnosis").click()
    diagnosis = page.evaluate("navigator.clipboard.readText()")
    assert "m.tanaka@example.co.jp" in diagnosis
    assert "Reference number:" in diagnosis


def test_it_works_without_javascript(browse: Open, chromium: object, demo: str) -> None:
    page = browse(language="en")
    sign_in(page, company.PEOPLE[0].name)
    cookies = page.context.cookies()
    context = page.context.browser.new_context(java_script_enabled=False, base_url=demo, locale="en-US")  # type: ignore[union-attr]
    context.add_cookies(cookies)  # type: ignore[arg-type]
    plain = context.new_page()
    plain.goto("/")
    plain.get_by_role("link", name="Check again").click()
    expect(plain.locator("#verdict h1")).to_be_visible()
    expect(plain.get_by_role("button", name="Copy diagnosis")).to_be_hidden()
    # Nothing changes by itself then, and nothing says that it does.
    assert "by itself" not in plain.locator("main").inner_text()
    assert "by itself" in page.locator("main").inner_text()
    context.close()


def test_what_refreshes_by_itself_keeps_the_focus_and_leaves_a_selection_alone(browse: Open) -> None:
    page = browse(language="en")
    page.clock.install()
    sign_in(page, company.PEOPLE[0].name)
    button = page.locator("#verdict").get_by_role("button", name="Copy diagnosis")
    page.evaluate("document.querySelector('#verdict').dataset.old = 'yes'")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#verdict .address'))")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.headers.get("hx-target", "")))
    page.clock.run_for(30_000)
    assert "overview" not in asked
    # Nobody is about to copy it by hand any more.
    page.evaluate("getSelection().removeAllRanges()")
    # A selection elsewhere has taken the focus away.
    button.focus()
    page.evaluate("document.getElementById('overview').dispatchEvent(new CustomEvent('refresh'))")
    expect(page.locator("#verdict:not([data-old])")).to_be_visible()
    # htmx settles what it has swapped a moment later, by this clock.
    page.clock.run_for(1_000)
    expect(button).to_be_focused()
