"""Four steps that tick themselves from what really happened."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import failed, keep, started
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.endpoints.models import Endpoint
from vpn.onboarding.models import Onboarding
from vpn.profiles.models import ProfileDownload

HOME, VPN = {"x-forwarded-for": "198.51.100.27"}, {"x-forwarded-for": "203.0.113.10"}


def states(client: Client, headers: dict[str, str] = HOME) -> list[str]:
    text = client.get("/", headers=headers).content.decode()
    return re.findall(r'<li class="step-(\w+)"', text)


def test_at_first_nothing_is_done(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    assert states(signed_in(tanaka)) == ["current", "waiting", "waiting", "waiting"]


def test_the_person_says_that_the_client_is_installed(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    client = signed_in(tanaka)
    assert client.get("/onboarding/installed/").status_code == 405
    client.post("/onboarding/installed/")
    assert states(client) == ["done", "current", "waiting", "waiting"]


def test_a_download_ticks_its_step(tanaka: User, signed_in: SignedIn) -> None:
    endpoint, client = save_endpoint(), signed_in(tanaka)
    client.get(f"/profiles/{endpoint.endpoint_id}/download")
    assert states(client) == ["current", "done", "waiting", "waiting"]


def test_a_connection_ticks_its_step_and_stays_ticked(tanaka: User, signed_in: SignedIn) -> None:
    endpoint, client = save_endpoint(), signed_in(tanaka)
    connection = save_connection(endpoint, tanaka.username)
    assert states(client) == ["done", "current", "done", "waiting"]
    assert Onboarding.objects.get().connected_at == connection.established_at
    connection.delete()
    assert states(client) == ["done", "current", "done", "waiting"]


def test_somebody_elses_connection_ticks_nothing(tanaka: User, sato: User, signed_in: SignedIn) -> None:
    save_connection(save_endpoint(), sato.username)
    assert "done" not in states(signed_in(tanaka))


def test_the_person_can_take_back_what_was_pressed_by_mistake(tanaka: User, signed_in: SignedIn) -> None:
    endpoint, client = save_endpoint(), signed_in(tanaka)
    client.post("/onboarding/installed/")
    assert 'name="undo"' in client.get("/").content.decode()
    client.post("/onboarding/installed/", {"undo": "1"})
    assert states(client) == ["current", "waiting", "waiting", "waiting"]
    client.post("/onboarding/installed/")
    # A connection proves it: nothing is left to take back.
    save_connection(endpoint, tanaka.username)
    assert 'name="undo"' not in client.get("/").content.decode()


def test_htmx_gets_the_list_in_place(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    answer = signed_in(tanaka).post("/onboarding/installed/", headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert re.findall(r'<li class="step-(\w+)"', answer.content.decode()) == [
        "done",
        "current",
        "waiting",
        "waiting",
    ]


def test_each_step_leads_to_where_it_is_done(tanaka: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    save_endpoint("a-branch", split_tunnel=True)
    windows = {**HOME, "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"}
    text = signed_in(tanaka).get("/", headers=windows).content.decode()
    checklist = text.partition('id="onboarding"')[2].partition("</section>")[0]
    assert "Get it for Windows" in checklist
    assert f'href="/profiles/{endpoint.endpoint_id}/download"' in checklist
    assert "Which profile?" in checklist
    assert 'href="/guides/#add-profile"' in checklist
    assert 'href="/egress/"' in checklist
    # One thing to press at a time
    assert checklist.count("button-primary") == 1


@pytest.mark.parametrize(
    ("agent", "system"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "iOS"),
        ("Mozilla/5.0 (iPad; CPU OS 12_0 like Mac OS X) Safari/604.1", "iPadOS"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/142.0.0.0 Mobile", "Android"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/142.0.0.0", "ChromeOS"),
    ],
)
def test_a_device_without_a_client_is_told_where_to_go_on(
    tanaka: User, signed_in: SignedIn, agent: str, system: str
) -> None:
    save_endpoint()
    client = signed_in(tanaka)
    for path in ("/", "/profiles/", "/guides/windows/"):
        text = unescape(client.get(path, headers={**HOME, "user-agent": agent}).content.decode())
        assert f"The VPN doesn't work on {system}." in text
        assert 'data-copy="https://vpn.example.com"' in text
    assert (
        "I have installed it" not in client.get("/", headers={**HOME, "user-agent": agent}).content.decode()
    )


def test_an_ipad_that_calls_itself_a_mac_is_known_by_touch(tanaka: User, signed_in: SignedIn) -> None:
    agent = (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15"
    )
    text = signed_in(tanaka).get("/profiles/", headers={"user-agent": agent}).content.decode()
    assert '<div class="notice tone-info touch-only">' in text


def test_at_the_end_something_happens_and_later_it_folds_up(tanaka: User, signed_in: SignedIn) -> None:
    endpoint, client = save_endpoint(), signed_in(tanaka)
    client.get(f"/profiles/{endpoint.endpoint_id}/download")
    arrived = client.get("/", headers=VPN).content.decode()
    assert "onboarding-done" in arrived
    assert "give them this one" in arrived
    hour_ago = timezone.now() - timedelta(hours=2)
    ProfileDownload.objects.update(downloaded_at=hour_ago)
    Onboarding.objects.update(egress_at=hour_ago)
    assert states(client, VPN) == ["done"] * 4
    text = client.get("/", headers=HOME).content.decode()
    assert "onboarding-done" not in text
    assert "You're all set." in unescape(text)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"egress_ips": []}, id="an outage"),
        pytest.param({"vanished_at": timezone.now()}, id="the endpoint is gone"),
        pytest.param({"authorization_rules": []}, id="no longer allowed"),
    ],
)
def test_nobody_is_told_to_just_connect_while_that_cannot_work(
    broken: dict[str, Any], tanaka: User, signed_in: SignedIn
) -> None:
    endpoint, client = save_endpoint(), signed_in(tanaka)
    client.get(f"/profiles/{endpoint.endpoint_id}/download")
    assert "just press Connect in the app" in client.get("/", headers=VPN).content.decode()
    Endpoint.objects.update(**broken)
    text = unescape(client.get("/", headers=HOME).content.decode())
    assert "just press Connect" not in text
    assert "You have done every step. What is wrong right now stands above." in text


def test_nobody_is_told_to_just_connect_after_an_attempt_that_failed(
    tanaka: User, signed_in: SignedIn
) -> None:
    endpoint, client = save_endpoint(), signed_in(tanaka)
    client.get(f"/profiles/{endpoint.endpoint_id}/download")
    client.get("/", headers=VPN)
    keep([failed(2, at=f"{timezone.now():%Y-%m-%d %H:%M:%S}", username=tanaka.username)])
    text = unescape(client.get("/", headers=HOME).content.decode())
    assert "The attempt to connect at" in text
    assert "just press Connect" not in text


def test_a_connection_in_the_log_ticks_its_step_too(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    keep([failed(2, at="2026-11-19 01:00:00", username=tanaka.username)])
    assert states(signed_in(tanaka)) == ["current", "waiting", "waiting", "waiting"]
    keep([started(1, username=tanaka.username.upper())])
    assert states(signed_in(tanaka)) == ["done", "current", "done", "waiting"]
    assert Onboarding.objects.get().connected_at == datetime(2026, 11, 20, 1, tzinfo=UTC)
