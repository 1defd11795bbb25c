"""What the card says, the one thing to do, and the path: for each verdict, and for what has just happened."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.utils import timezone

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import connection_id, ended, failed, keep, started
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.endpoints.models import Endpoint
from vpn.profiles.models import ProfileDownload

HOME, VPN, OFFICE, DRIFT = "198.51.100.27", "203.0.113.10", "192.0.2.10", "203.0.113.99"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
)
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"


def minutes_ago(minutes: float) -> str:
    return f"{datetime.now(UTC) - timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S}"


class Card:
    """The card of one request, as read off the page."""

    def __init__(self, html: str) -> None:
        card = re.sub(r"<template.*?</template>", "", html, flags=re.DOTALL).partition('<div id="verdict"')[2]
        self.html = card.partition("</section>")[0]
        self.tone = re.findall(r'class="card verdict tone-(\w+)"', self.html)[0]
        self.heading = self._text(r"<h1>(.*?)</h1>")
        self.body = self._text(r"</h1>\s*<p>(.*?)</p>")
        self.facts = self._text(r'<ul class="facts-line">(.*?)</ul>')
        self.primary = self._text(r'class="button button-small button-primary".*?>(.*?)</(?:a|button)>')
        self.primary_url = "".join(re.findall(r'button-primary" href="([^"]*)"', self.html))
        self.path = [
            (state, self._strip(detail))
            for state, detail in re.findall(
                r'<li class="stop stop-(\w+).*?(?:<span class="stop-detail">(.*?)</span>)?\s*</li>',
                self.html,
                re.DOTALL,
            )
        ]

    def _text(self, pattern: str) -> str:
        match = re.search(pattern, self.html, re.DOTALL)
        return self._strip(match[1]) if match else ""

    def _strip(self, html: str) -> str:
        return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))).strip()


def card(user: User, signed_in: SignedIn, address: str = HOME, query: str = "", agent: str = WINDOWS) -> Card:
    """The second look of a browser that has been at this address since before the last snapshot."""
    client = signed_in(user)
    headers = {"x-forwarded-for": address, "user-agent": agent}
    client.get("/", headers=headers)
    Endpoint.objects.filter(connections_seen_at__isnull=False).update(connections_seen_at=timezone.now())
    return Card(client.get(f"/{query}", headers=headers).content.decode())


def have_profile(user: User, endpoint: Endpoint) -> Endpoint:
    ProfileDownload.objects.create(
        user=user,
        endpoint=endpoint,
        configuration_hash=endpoint.configuration_hash,
        downloaded_at=timezone.now() - timedelta(days=1),
    )
    return endpoint


def test_outside_the_steps_are_what_helps(tanaka: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    assert card(tanaka, signed_in).primary_url == "/guides/"
    have_profile(tanaka, endpoint)
    shown = card(tanaka, signed_in)
    assert (shown.primary, shown.primary_url) == ("Show how to connect", "/guides/#connect")
    assert [state for state, _detail in shown.path] == ["reached", "reached", "dashed", "dashed", "dashed"]
    assert [detail for _state, detail in shown.path] == [
        "Windows",
        HOME,
        "not connected",
        "203.0.113.10",
        "not available",
    ]


def test_through_the_vpn_nothing_is_to_be_done(tanaka: User, signed_in: SignedIn) -> None:
    endpoint = have_profile(tanaka, save_endpoint())
    save_connection(endpoint, tanaka.username, connection_id=connection_id(1))
    started_at = minutes_ago(14)
    keep(
        [
            started(
                1,
                username=tanaka.username,
                client_vpn_endpoint_id=endpoint.endpoint_id,
                connection_start_time=started_at,
                connection_last_update_time=started_at,
            )
        ]
    )
    shown = card(tanaka, signed_in, VPN)
    assert (shown.tone, shown.primary) == ("ok", "")
    # The person's own network is in the log, since the browser's address is the company's now.
    assert shown.path[1] == ("reached", HOME)
    assert [state for state, _detail in shown.path] == ["reached"] * 5
    assert "Connected to tokyo-main since" in shown.facts


def test_behind_our_address_a_connection_that_is_not_listed_yet_is_not_denied(
    tanaka: User, signed_in: SignedIn
) -> None:
    save_endpoint()
    shown = card(tanaka, signed_in, VPN)
    assert "VPN connection: being checked (takes up to a minute)" in shown.facts


def test_a_leak_by_ipv6_is_drawn_and_leads_to_its_cure(tanaka: User, signed_in: SignedIn) -> None:
    save_connection(save_endpoint(), tanaka.username)
    shown = card(tanaka, signed_in, VPN, "?v6=2001:db8:1b::27")
    assert shown.primary_url == "/guides/#ipv6"
    assert [state for state, _detail in shown.path] == ["reached", "reached", "partial", "partial", "partial"]
    assert shown.path[1][1] == "2001:db8:1b::27"
    assert shown.path[3][1] == VPN


def test_a_split_tunnel_shows_no_other_endpoint_s_address(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    save_connection(save_endpoint("osaka-dr", split_tunnel=True, egress_ips=[]), tanaka.username)
    shown = card(tanaka, signed_in)
    assert shown.primary_url == "/guides/#split"
    assert [state for state, _detail in shown.path] == ["reached", "reached", "passed", "passed", "reached"]
    assert VPN not in [detail for _state, detail in shown.path]
    assert shown.path[4][1] == "see your own address"


def test_an_address_that_is_not_registered_is_shown_behind_the_vpn(tanaka: User, signed_in: SignedIn) -> None:
    save_connection(save_endpoint(), tanaka.username)
    shown = card(tanaka, signed_in, DRIFT)
    assert shown.primary == "Copy diagnosis"
    assert shown.path[1] == ("reached", "")
    assert shown.path[3] == ("broken", f"{DRIFT} (not registered)")


def test_in_the_office_the_next_thing_is_the_day_outside(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    shown = card(tanaka, signed_in, OFFICE)
    assert (shown.primary, shown.primary_url) == ("Set up for working remotely", "/guides/")
    assert shown.path[1][1] == OFFICE
    # In English by its English name (OFFICE_NAMES_EN)
    assert "Head office" in shown.heading
    japanese = signed_in(tanaka, "ja").get("/", headers={"x-forwarded-for": OFFICE, "user-agent": WINDOWS})
    assert "本社" in Card(japanese.content.decode()).heading


def test_what_is_unknown_is_not_drawn_as_known(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    shown = card(tanaka, signed_in, "10.0.128.10")
    assert (shown.tone, shown.primary) == ("unknown", "Copy diagnosis")
    assert [state for state, _detail in shown.path[1:]] == ["unknown"] * 4
    assert "10.0.128.10" not in [detail for _state, detail in shown.path]
    assert "whether your traffic gets here isn't known" in unescape(shown.html)


def test_where_the_connection_is_unknown_one_asks_again(tanaka: User, signed_in: SignedIn) -> None:
    save_connection(save_endpoint(), "")
    shown = card(tanaka, signed_in)
    assert shown.primary == "Check again"
    assert unescape(shown.html).count(">Check again<") == 1


@pytest.mark.parametrize("ago", [0.3, 9])
def test_an_attempt_that_just_failed_is_the_answer(ago: float, tanaka: User, signed_in: SignedIn) -> None:
    have_profile(tanaka, save_endpoint())
    keep([failed(1, at=minutes_ago(ago), username=tanaka.username)])
    shown = card(tanaka, signed_in)
    # With the date, where midnight has passed since
    assert re.fullmatch(r"The attempt to connect at (\S+ )?\d\d:\d\d failed", shown.heading)
    assert (shown.tone, shown.primary) == ("out", "Copy diagnosis")
    assert "The company's rules for the VPN don't let this computer or account connect." in shown.body
    assert shown.path[2] == ("broken", "couldn't connect")


def test_a_sign_in_that_was_not_finished_is_such_an_attempt(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    keep([failed(1, at=minutes_ago(1), username=tanaka.username, reason="sandbox-saml-assertion-invalid")])
    shown = card(tanaka, signed_in)
    assert "AWS refused the attempt for a reason that its documents don't explain." in shown.body


def test_what_failed_earlier_or_before_a_success_is_history(tanaka: User, signed_in: SignedIn) -> None:
    have_profile(tanaka, save_endpoint())
    keep([failed(1, at=minutes_ago(11), username=tanaka.username)])
    assert card(tanaka, signed_in).heading == "You're not connected to the company VPN"
    keep([failed(2, at=minutes_ago(5), username=tanaka.username)])
    mine = {"username": tanaka.username, "connection_start_time": minutes_ago(3)}
    keep(
        [started(3, connection_last_update_time=minutes_ago(3), **mine), ended(3, at=minutes_ago(2), **mine)]
    )
    assert card(tanaka, signed_in).heading == "You're not connected to the company VPN"


def test_a_known_outage_comes_before_the_failure_that_it_caused(tanaka: User, signed_in: SignedIn) -> None:
    have_profile(tanaka, save_endpoint(status="pending-associate"))
    keep([failed(1, at=minutes_ago(1), username=tanaka.username)])
    assert card(tanaka, signed_in).heading.startswith("tokyo-main can't be connected to right now")


@pytest.mark.parametrize(
    "agent", [IPHONE, IPHONE.replace("iPhone;", "iPad;"), "Mozilla/5.0 (Linux; Android 16)"]
)
def test_a_telephone_is_told_that_the_vpn_needs_a_computer(
    agent: str, tanaka: User, signed_in: SignedIn
) -> None:
    save_endpoint()
    shown = card(tanaka, signed_in, agent=agent)
    assert "Open this page on a computer with Windows, macOS or Ubuntu: https://vpn.example.com" in shown.body
    assert shown.primary == "Copy the address of this page"
    assert "AWS VPN Client;" not in shown.body
    assert "#phone" in shown.html


def test_the_log_knows_of_a_new_connection_before_the_next_snapshot(
    tanaka: User, signed_in: SignedIn
) -> None:
    endpoint = save_endpoint(split_tunnel=True)
    client = signed_in(tanaka)
    headers = {"x-forwarded-for": HOME}
    client.get("/", headers=headers)
    at = f"{datetime.now(UTC) + timedelta(seconds=5):%Y-%m-%d %H:%M:%S}"
    fields = {"connection_start_time": at, "connection_last_update_time": at}
    keep([started(1, username=tanaka.username, client_vpn_endpoint_id=endpoint.endpoint_id, **fields)])
    text = client.get("/", headers=headers).content.decode()
    assert 'data-result="split"' in text


def test_history_and_card_do_not_contradict_each_other(tanaka: User, signed_in: SignedIn) -> None:
    """The log has no end of the connection yet; AWS's newer list of connections hasn't got it any more."""
    endpoint = have_profile(tanaka, save_endpoint())
    at = minutes_ago(20)
    fields = {"connection_start_time": at, "connection_last_update_time": at}
    keep([started(1, username=tanaka.username, client_vpn_endpoint_id=endpoint.endpoint_id, **fields)])
    client = signed_in(tanaka)
    text = client.get("/", headers={"x-forwarded-for": HOME}).content.decode()
    recent = text.partition('aria-labelledby="recent"')[2].partition("</section>")[0]
    assert 'data-result="outside"' in text
    assert "When it ended is not in the log" in recent
    assert "tone-ok" not in recent
