"""What the internet sees, on the page and for scripts."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from portal.access.models import User
from tests.conftest import SignedIn
from tests.forwarded_for import CASES, ForwardedCase
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.endpoints.models import Endpoint

pytestmark = pytest.mark.django_db

HOME = "198.51.100.27"


def answer(forwarded_for: str, **headers: str) -> dict[str, Any]:
    response = Client().get("/egress.json", headers={"x-forwarded-for": forwarded_for, **headers})
    body: dict[str, Any] = json.loads(response.content)
    return body


def test_the_json_has_the_keys_of_the_contract() -> None:
    save_endpoint()
    body = answer("203.0.113.10")
    assert list(body) == ["ip", "version", "verdict", "via", "checked_at"]
    assert (body["ip"], body["version"], body["verdict"], body["via"]) == (
        "203.0.113.10",
        4,
        "vpn",
        "tokyo-main",
    )
    assert body["checked_at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("forwarded_for", "ip", "verdict"),
    [
        ("192.0.2.10", "192.0.2.10", "office"),
        (HOME, HOME, "outside"),
        ("2001:db8:1b::27", "2001:db8:1b::27", "outside"),
        ("::ffff:203.0.113.10", "203.0.113.10", "vpn"),
        (f"203.0.113.10, {HOME}", HOME, "outside"),
        (f"{HOME}, 203.0.113.10", "203.0.113.10", "vpn"),
        ("203.0.113.10, garbage", None, "unknown"),
    ],
)
def test_the_verdict_follows_the_right_hand_end(forwarded_for: str, ip: str | None, verdict: str) -> None:
    save_endpoint()
    body = answer(forwarded_for)
    assert (body["ip"], body["verdict"]) == (ip, verdict)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_every_form_of_the_header_gets_the_right_verdict_or_unknown(case: ForwardedCase) -> None:
    save_endpoint()
    # As gunicorn hands them on: lines of one name joined, names with underscores left out.
    headers: dict[str, str] = {}
    for name, value in case.headers:
        if "_" not in name:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    body = json.loads(Client().get("/egress.json", headers=headers).content)
    assert (body["ip"], body["verdict"]) == (case.ip, case.verdict)


def test_an_address_that_nobody_has_is_not_called_the_public_one(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    headers = {"x-forwarded-for": "254.252.239.103"}
    page = signed_in(tanaka).get("/egress/", headers=headers).content.decode()
    assert "254.252.239.103, which is an address that nobody has on the internet" in page
    assert "Your public IP address" not in page


def test_other_forwarding_headers_change_nothing() -> None:
    save_endpoint()
    forged = {"forwarded": "for=203.0.113.10", "x-real-ip": "203.0.113.10", "true-client-ip": "203.0.113.10"}
    assert answer(HOME, **forged)["ip"] == HOME


def test_nobody_is_believed_who_is_no_proxy_of_ours(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = []
    save_endpoint()
    assert answer("203.0.113.10")["ip"] == "127.0.0.1"


def test_before_the_first_snapshot_nothing_is_known() -> None:
    assert answer(HOME)["verdict"] == "unknown"


def test_outside_is_outside_while_every_way_to_a_fixed_address_is_broken() -> None:
    save_endpoint(egress_ips=[])
    assert answer(HOME)["verdict"] == "outside"


def test_the_last_known_addresses_count_however_old_they_are() -> None:
    old = timezone.now() - timedelta(days=90)
    save_endpoint(seen_at=old, attempted_at=old)
    assert answer("203.0.113.10")["verdict"] == "vpn"


def test_the_text_is_the_bare_address_and_a_newline() -> None:
    response = Client().get("/egress.txt", headers={"x-forwarded-for": HOME})
    assert (response.content, response["Content-Type"]) == (f"{HOME}\n".encode(), "text/plain; charset=utf-8")
    unknown = Client().get("/egress.txt", headers={"x-forwarded-for": "garbage"})
    assert (unknown.status_code, unknown.content) == (400, b"unknown\n")


@pytest.mark.parametrize("path", ["/egress.json", "/egress.txt"])
def test_they_are_never_kept_and_need_no_session(path: str) -> None:
    response = Client().get(path)
    assert response["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response
    assert response["Access-Control-Allow-Origin"] == "https://vpn.example.com"


def test_the_json_takes_two_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    # endpoints, addresses that were ours until lately
    with django_assert_num_queries(2):
        Client().get("/egress.json")


def test_scripts_that_ask_often_cost_the_database_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    save_endpoint()
    assert answer("203.0.113.10")["verdict"] == "vpn"
    with django_assert_num_queries(0):
        assert answer("203.0.113.10")["verdict"] == "vpn"
        assert answer(HOME)["verdict"] == "outside"


def test_what_they_are_told_is_two_seconds_old_at_most() -> None:
    save_endpoint()
    assert answer("203.0.113.99")["verdict"] == "outside"
    Endpoint.objects.update(egress_ips=["203.0.113.99"])
    with time_machine.travel(timezone.now() + timedelta(seconds=2.1)):
        assert answer("203.0.113.99")["verdict"] == "vpn"


def test_the_page_asks_the_database_little(
    tanaka: User, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    save_endpoint()
    client = signed_in(tanaka)
    client.get("/egress/")
    # session, user, endpoints, downloads, log entries, presence, incidents, AWS Health, addresses until lately, newest
    # check
    with django_assert_num_queries(10):
        client.get("/egress/")


def page(user: User, signed_in: SignedIn, address: str, query: str = "", language: str = "en") -> str:
    response = signed_in(user, language).get(f"/egress/{query}", headers={"x-forwarded-for": address})
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_says_that_i_am_through_the_vpn(tanaka: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    save_connection(endpoint, tanaka.username.upper())
    text = page(tanaka, signed_in, "203.0.113.10")
    assert "You&#x27;re connected through the company VPN" in text
    assert 'data-result="vpn"' in text
    assert "Connected to tokyo-main since" in text


def test_the_page_says_it_in_japanese(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    assert "社内VPN経由で接続しています" in page(tanaka, signed_in, "203.0.113.10", language="ja")


@pytest.mark.parametrize(
    ("split", "connected", "result"),
    [(False, False, "outside"), (False, True, "drift"), (True, True, "split")],
)
def test_from_home_the_connection_decides(
    tanaka: User, signed_in: SignedIn, split: bool, connected: bool, result: str
) -> None:
    endpoint = save_endpoint(split_tunnel=split)
    if connected:
        save_connection(endpoint, tanaka.username)
    client = signed_in(tanaka)
    client.get("/egress/", headers={"x-forwarded-for": HOME})
    Endpoint.objects.update(connections_seen_at=timezone.now())
    text = client.get("/egress/", headers={"x-forwarded-for": HOME}).content.decode()
    assert f'data-result="{result}"' in text


def test_a_connection_seen_before_the_browser_changed_networks_proves_nothing(
    tanaka: User, signed_in: SignedIn
) -> None:
    save_connection(save_endpoint(), tanaka.username)
    client = signed_in(tanaka)
    client.get("/egress/", headers={"x-forwarded-for": "203.0.113.10"})
    text = client.get("/egress/", headers={"x-forwarded-for": HOME}).content.decode()
    assert 'data-result="outside_unknown"' in text


def test_an_old_look_at_the_connections_says_nothing(tanaka: User, signed_in: SignedIn) -> None:
    old = timezone.now() - timedelta(hours=1)
    endpoint = save_endpoint(connections_seen_at=old)
    assert 'data-result="outside_unknown"' in page(tanaka, signed_in, HOME)
    save_connection(endpoint, tanaka.username)
    assert 'data-result="outside_unknown"' in page(tanaka, signed_in, HOME)


def test_connections_without_names_say_nothing(tanaka: User, signed_in: SignedIn) -> None:
    save_connection(save_endpoint(), "")
    assert 'data-result="outside_unknown"' in page(tanaka, signed_in, HOME)


def test_the_other_ip_version_is_taken_from_the_check_host(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    text = page(tanaka, signed_in, "203.0.113.10", "?v6=2001:db8:1b::27")
    assert 'data-result="vpn_v6"' in text
    assert "2001:db8:1b::27" in text


def test_a_made_up_address_in_the_query_does_not_turn_the_verdict(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    assert 'data-result="outside"' in page(tanaka, signed_in, HOME, "?v4=203.0.113.10&v6=%3Cscript%3E")


@pytest.mark.parametrize("path", ["/", "/egress/"])
def test_htmx_gets_the_content_without_the_frame(path: str, tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    response = signed_in(tanaka).get(path, headers={"hx-request": "true"})
    text = response.content.decode().strip()
    assert text.startswith('<div class="stack')
    assert 'id="overview"' in text.partition(">")[0]
    # adaptive-refresh.js takes nothing else for an answer.
    assert text.endswith("</div>")
    assert f'hx-get="{path}"' in text


@pytest.mark.parametrize("address", ["203.0.113.10", HOME, "192.0.2.10", "10.0.0.1", "2001:db8:1b::27"])
def test_what_an_open_page_compares_is_what_the_json_says(
    address: str, tanaka: User, signed_in: SignedIn
) -> None:
    save_endpoint()
    client, headers = signed_in(tanaka), {"x-forwarded-for": address}
    shown = dict(re.findall(r'data-(ip|verdict|via|state)="([^"]*)"', page(tanaka, signed_in, address)))
    response = client.get("/egress.json", headers=headers)
    body = response.json()
    assert shown == {
        "ip": body["ip"] or "",
        "verdict": body["verdict"],
        "via": body["via"] or "",
        "state": response["Genkan-State"],
    }


def test_an_open_page_is_told_when_an_endpoint_has_changed_and_not_with_every_snapshot() -> None:
    endpoint = save_endpoint()

    def state() -> str:
        cache.clear()
        return Client().get("/egress.json")["Genkan-State"]

    first = state()
    endpoint.seen_at = endpoint.connections_seen_at = timezone.now() + timedelta(minutes=1)
    endpoint.save()
    assert state() == first
    changes = {
        "status": "pending-associate",
        "egress_ips": [],
        "configuration_hash": "f" * 64,
        "authorization_rules": [],
        "vanished_at": timezone.now(),
    }
    states = [first]
    for name, value in changes.items():
        setattr(endpoint, name, value)
        endpoint.save()
        states.append(state())
    assert len(set(states)) == len(states)
