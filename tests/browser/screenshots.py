"""`make screenshots`: the pictures of the README, taken from a running demo."""

import argparse
import base64
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Browser, Page, expect, sync_playwright

from sandbox import company
from tests.browser.conftest import CHROMIUM, FLAGS, arrive_from, sign_in
from tests.browser.running_demo import PROJECT, running_demo

IMAGES: Final = PROJECT / "docs" / "images"
WINDOWS: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
LOCALES: Final = {"ja": "ja-JP", "en": "en-US"}
QUALITY: Final = 78
# The verdict waits for the next look at AWS, which the demo takes every 10 seconds.
PATIENCE: Final = 60_000
EMPLOYEE: Final = company.PEOPLE[0].name
ADMINISTRATOR: Final = "高橋 翔"


@dataclass(frozen=True)
class Picture:
    name: str
    person: str
    place: str
    open: Callable[[Page], None]
    language: str = "ja"
    dark: bool = False
    width: int = 1200
    height: int = 800


def _home_when_connected(page: Page) -> None:
    """As it looks from the second day on: the file is there, all is ticked, and AWS lists the connection."""
    page.goto("/")
    with page.expect_download():
        page.get_by_role("link", name="ダウンロード").first.click()
    page.goto("/")
    expect(page.locator("#verdict")).to_contain_text("tokyo-mainに", timeout=PATIENCE)
    page.goto("/")


def _home_outside(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#verdict")).to_have_attribute("data-result", "outside", timeout=PATIENCE)


def _guide(page: Page) -> None:
    page.goto("/guides/windows/")


def _endpoint(page: Page) -> None:
    page.goto("/endpoints/")
    page.get_by_role("link", name="tokyo-main").first.click()
    expect(page.get_by_text(company.TOKYO.egress_ip).first).to_be_visible()


def _connections(page: Page) -> None:
    """Once the week before has been read from the log."""
    page.goto("/connections/")
    for _ in range(PATIENCE // 5_000):
        if page.locator("table tbody tr").count() > 20 and page.locator("svg rect").count() > 20:
            break
        page.wait_for_timeout(5_000)
        page.goto("/connections/")


def _plan(page: Page) -> None:
    """Before a change: who is disconnected, and what AWS will hold afterwards."""
    page.goto("/operations/new/")
    page.get_by_role("link", name="tokyo-main").click()
    page.get_by_role("link", name=re.compile("エンドポイントの設定を変更する")).click()
    page.locator("[name=split_tunnel]").select_option("true")
    page.get_by_role("button", name="変更内容を確認する").click()
    expect(page.locator("button[value=run]")).to_be_attached()


# In this order the person has done nothing yet in the first, and everything in the last.
PICTURES: Final = (
    Picture("home-outside-en-dark", EMPLOYEE, "home", _home_outside, language="en", dark=True),
    Picture("home-phone-ja", EMPLOYEE, "home", _home_outside, width=390, height=844),
    Picture("guide-ja", EMPLOYEE, "home", _guide),
    Picture("endpoint-en", ADMINISTRATOR, "home", _endpoint, language="en"),
    Picture("plan-ja", ADMINISTRATOR, "home", _plan),
    Picture("connections-en-dark", ADMINISTRATOR, "home", _connections, language="en", dark=True),
    Picture("home-vpn-ja", EMPLOYEE, "vpn-tokyo", _home_when_connected),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=18500, help="the demo takes this port and the next two")
    port: int = parser.parse_args().port
    IMAGES.mkdir(parents=True, exist_ok=True)
    with running_demo(port=port) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for picture in PICTURES:
            data = _take(browser, site, picture)
            (IMAGES / f"{picture.name}.webp").write_bytes(data)
            sys.stdout.write(f"{picture.name}.webp  {len(data) / 1000:.0f} kB\n")
        browser.close()


def _take(browser: Browser, site: str, picture: Picture) -> bytes:
    context = browser.new_context(
        base_url=site,
        viewport={"width": picture.width, "height": picture.height},
        locale=LOCALES[picture.language],
        user_agent=WINDOWS,
        timezone_id="Asia/Tokyo",
        color_scheme="dark" if picture.dark else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    arrive_from(page, picture.place)
    sign_in(page, picture.person)
    picture.open(page)
    page.wait_for_load_state("networkidle")
    data = _webp(page)
    context.close()
    return data


def _webp(page: Page) -> bytes:
    """Playwright itself writes PNG and JPEG only."""
    session = page.context.new_cdp_session(page)
    answer = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    return base64.b64decode(answer["data"])


if __name__ == "__main__":
    main()
