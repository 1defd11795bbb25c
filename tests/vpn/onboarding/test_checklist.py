"""Four steps that tick themselves from what really happened."""

import re
from datetime import UTC, datetime

from django.test import Client

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import failed, keep, started
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.onboarding.models import Onboarding

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


def test_when_all_is_done_it_folds_up_and_stops_asking(tanaka: User, signed_in: SignedIn) -> None:
    endpoint, client = save_endpoint(), signed_in(tanaka)
    client.get(f"/profiles/{endpoint.endpoint_id}/download")
    assert states(client, VPN) == ["done"] * 4
    text = client.get("/", headers=HOME).content.decode()
    assert "You're all set." in text
    assert 'hx-get="/onboarding/"' not in text


def test_it_updates_by_itself(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    client = signed_in(tanaka)
    fragment = client.get("/onboarding/", headers={"hx-request": "true", **VPN}).content.decode()
    assert fragment.lstrip().startswith('<section class="card" id="onboarding"')
    assert re.findall(r'<li class="step-(\w+)"', fragment) == ["done", "current", "done", "done"]
    assert client.get("/onboarding/")["Location"] == "/"


def test_a_connection_in_the_log_ticks_its_step_too(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    keep([failed(2, at="2026-11-19 01:00:00", username=tanaka.username)])
    assert states(signed_in(tanaka)) == ["current", "waiting", "waiting", "waiting"]
    keep([started(1, username=tanaka.username.upper())])
    assert states(signed_in(tanaka)) == ["done", "current", "done", "waiting"]
    assert Onboarding.objects.get().connected_at == datetime(2026, 11, 20, 1, tzinfo=UTC)
