"""Disconnect and block stand where one sees the connection, and lead to the form filled in."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import keep, line
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.endpoints.models import Endpoint, LiveConnection
from vpn.findings.models import Finding

pytestmark = pytest.mark.django_db

ID = "cvpn-connection-0a1b2c3d4e5f60718"
MISAKI = "m.tanaka+vpn@example.co.jp"
DISCONNECT = f"/operations/new/terminate-connection/?plan=1&endpoint={{endpoint}}&connection={ID}"
BLOCK = "/operations/new/block-person/?usernames=m.tanaka%2Bvpn%40example.co.jp"


@pytest.fixture
def connection(db: None) -> LiveConnection:
    endpoint = save_endpoint()
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    times = {"connection_start_time": now, "connection_last_update_time": now}
    keep([line(connection_id=ID, username=MISAKI, client_vpn_endpoint_id=endpoint.endpoint_id, **times)])
    return save_connection(endpoint, MISAKI, connection_id=ID)


def links(client: Client, path: str) -> set[str]:
    page = client.get(path).content.decode()
    return {unescape(url) for url in re.findall(r'href="(/operations/new/[^"]*)"', page)}


@pytest.mark.parametrize("path", ["/connections/live/", f"/connections/{ID}/"])
def test_who_may_operate_can_act_where_the_connection_is_seen(
    path: str, connection: LiveConnection, takahashi: User, suzuki: User, signed_in: SignedIn
) -> None:
    disconnect = DISCONNECT.format(endpoint=connection.endpoint.endpoint_id)
    assert {disconnect, BLOCK} <= links(signed_in(takahashi), path)
    assert not {disconnect, BLOCK} & links(signed_in(suzuki), path)


def test_the_links_lead_to_what_is_filled_in(
    connection: LiveConnection, takahashi: User, signed_in: SignedIn
) -> None:
    client = signed_in(takahashi)
    assert MISAKI in client.get(BLOCK).content.decode()
    plan = client.get(DISCONNECT.format(endpoint=connection.endpoint.endpoint_id)).content.decode()
    assert f'name="connection" value="{ID}"' in plan


def test_a_connection_that_is_over_can_only_have_its_person_blocked(
    connection: LiveConnection, takahashi: User, signed_in: SignedIn
) -> None:
    connection.delete()
    assert links(signed_in(takahashi), f"/connections/{ID}/") & {BLOCK} == {BLOCK}
    assert not any("terminate" in url for url in links(signed_in(takahashi), f"/connections/{ID}/"))


def test_a_connection_that_has_ended_meanwhile_is_said_to_have(
    connection: LiveConnection, takahashi: User, signed_in: SignedIn
) -> None:
    url = DISCONNECT.format(endpoint=connection.endpoint.endpoint_id)
    save_connection(connection.endpoint, "k.mori@example.co.jp")
    connection.delete()
    assert "This connection has ended." in signed_in(takahashi).get(url).content.decode()


def test_several_connections_of_a_person_can_be_told_apart(
    connection: LiveConnection, takahashi: User, tanaka: User, signed_in: SignedIn
) -> None:
    endpoint: Endpoint = connection.endpoint
    earlier = timezone.now() - timedelta(hours=3)
    for number in range(2):
        save_connection(
            endpoint,
            tanaka.username,
            connection_id=f"cvpn-connection-{number}",
            client_ip=f"10.8.0.{number + 40}",
            established_at=earlier + timedelta(minutes=number),
        )
    page = (
        signed_in(takahashi)
        .get(f"/operations/new/terminate-connection/?endpoint={endpoint.endpoint_id}")
        .content.decode()
    )
    labels = re.findall(r'<option value="cvpn-connection-[^"]*">([^<]*)</option>', page)
    assert len(labels) == len(set(labels)) == 3
    for number in range(2):
        [label] = [label for label in labels if f"10.8.0.{number + 40}" in label]
        assert tanaka.name in label
        assert tanaka.username in label
        assert f"{timezone.localtime(earlier + timedelta(minutes=number)):%H:%M}" in label
    [logged] = [label for label in labels if MISAKI in label]
    assert "Windows" in logged
    assert "198.51.100.27" in logged


@pytest.mark.parametrize(
    ("kind", "subject", "people"),
    [
        ("not-seen", MISAKI, [MISAKI]),
        ("not-seen", "nobody-has-this-name", []),
        ("shared-device", "198.51.100.27", [MISAKI, "s.takahashi@example.co.jp"]),
    ],
)
def test_a_finding_about_people_leads_to_what_can_be_done(
    kind: str,
    subject: str,
    people: list[str],
    connection: LiveConnection,
    takahashi: User,
    suzuki: User,
    signed_in: SignedIn,
) -> None:
    moment = timezone.now().isoformat()
    evidence = {"last": moment, "since": moment, "until": moment, "device_type": "win", "connections": 2}
    finding = Finding.objects.create(
        kind=kind,
        key="0",
        subject=subject,
        evidence={**evidence, "people": people},
        first_seen_at=timezone.now(),
        last_seen_at=timezone.now(),
    )
    path = f"/connections/findings/{finding.pk}/"
    query = [f"?{urlencode({'usernames': username})}" for username in people]
    wanted = {
        f"/operations/new/{slug}/{who}" for slug in ("terminate-person", "block-person") for who in query
    }
    assert links(signed_in(takahashi), path) == wanted
    assert links(signed_in(suzuki), path) == set()
