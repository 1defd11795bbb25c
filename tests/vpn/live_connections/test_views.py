"""Who is connected now: AWS's snapshot, with the log's names, devices and source IPs."""

from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import connection_id, keep, started
from tests.vpn.connection_log.stored_log import read_log
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.endpoints.models import Endpoint

pytestmark = pytest.mark.django_db


def subnets(many: int) -> list[dict[str, str]]:
    return [{"subnet_id": f"subnet-{number}", "status": "associated"} for number in range(many)]


def test_the_log_adds_who_and_from_where(suzuki: User, tanaka: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint("tokyo-main", target_networks=subnets(2))
    at = f"{timezone.now() - timedelta(minutes=14):%Y-%m-%d %H:%M:%S}"
    keep(
        [
            started(
                1, connection_start_time=at, connection_last_update_time=at, username=tanaka.username.upper()
            )
        ]
    )
    save_connection(endpoint, "", connection_id=connection_id(1), ingress_bytes=2048, egress_bytes=3 * 2**30)
    save_connection(endpoint, "", connection_id=connection_id(2))
    text = unescape(signed_in(suzuki).get("/connections/live/").content.decode())
    for words in (
        tanaka.name,
        "198.51.100.27",
        "Windows",
        "14 min",
        "2.0 KB",
        "3.0 GB",
        "36,500",
        "Not in the log yet",
    ):
        assert words in text
    assert f'href="/connections/{connection_id(1)}/"' in text
    assert f'href="/connections/{connection_id(2)}/"' not in text
    assert f'href="/connections/?q=person%3A{tanaka.username.upper().replace("@", "%40")}"' in text


def test_the_quota_is_the_one_that_the_summary_names(suzuki: User, signed_in: SignedIn) -> None:
    save_endpoint(target_networks=subnets(6))
    assert "126,000" in signed_in(suzuki).get("/connections/live/").content.decode()


def test_it_asks_again_by_itself_and_is_recorded_once(suzuki: User, signed_in: SignedIn) -> None:
    client = signed_in(suzuki)
    page = client.get("/connections/live/").content.decode()
    fragment = client.get("/connections/live/", headers={"hx-request": "true"}).content.decode()
    assert 'hx-trigger="refresh"' in page
    assert fragment.lstrip().startswith('<div class="stack" id="live"')
    event = AuditEvent.objects.get()
    assert (event.tag, event.details) == ("connections:searched", {"conditions": {"page": "live"}})


def test_it_says_when_nobody_is_there_and_does_not_where_nobody_looked(
    suzuki: User, signed_in: SignedIn
) -> None:
    client = signed_in(suzuki)
    endpoint = save_endpoint("tokyo-main")
    assert "Who is connected isn't known" in unescape(client.get("/connections/live/").content.decode())
    read_log()
    assert "Nobody is connected." in client.get("/connections/live/").content.decode()
    long_ago = timezone.now() - timedelta(hours=3)
    Endpoint.objects.update(seen_at=long_ago, connections_seen_at=long_ago)
    text = unescape(client.get("/connections/live/").content.decode())
    assert "Nobody is connected." not in text
    assert "These could not be looked at lately: tokyo-main." in text
    assert "This may be out of date." in text
    save_connection(endpoint, "tanaka@example.co.jp")
    assert "Others may be connected." in client.get("/connections/live/").content.decode()


def test_what_aws_no_longer_has_is_not_shown(suzuki: User, signed_in: SignedIn) -> None:
    gone = save_endpoint(vanished_at=timezone.now())
    save_connection(gone, "tanaka@example.co.jp")
    assert "tanaka@example.co.jp" not in signed_in(suzuki).get("/connections/live/").content.decode()
