"""The handler's log is read like the connection log: once, in any order, and what can't be read stops nothing else."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from sandbox.aws.control import Control, SandboxError
from sandbox.aws.seed import Architecture
from sandbox.aws.seed_vpn import handler_log_group_name
from sandbox.company import HOME_ADDRESS, TOKYO
from tests.conftest import SignedIn
from vpn.aws import accounts
from vpn.aws.logs import LogLine
from vpn.connect_attempts.models import ConnectAttempt
from vpn.connect_attempts.services import forget_attempts, store_attempts
from vpn.connection_log.ingest import services
from vpn.connection_log.ingest.batch import EventBatch
from vpn.connection_log.ingest.queries import connection_logs_being_read
from vpn.connection_log.models import Connection, LogSource, LogSourceKind, LostLog, UnreadableLine

pytestmark = pytest.mark.django_db
GROUP: Final = handler_log_group_name()
NOW: Final = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
# As infra/client-connect-handler writes it
RECORD: Final[dict[str, Any]] = {
    "log": "genkan-client-connect",
    "log-version": 1,
    "time": "2026-11-30T02:59:58.123Z",
    "connection-id": "cvpn-connection-04edd76f5201e0cb8",
    "endpoint-id": "cvpn-endpoint-0f13eeed90ec8b6a4",
    "username": "m.tanaka@example.co.jp",
    "common-name": "",
    "platform": "win",
    "platform-version": "10.0",
    "public-ip": "198.51.100.27",
    "client-openvpn-version": "2.6.12",
    "aws-client-version": "6.0.3",
    "schema-version": "v3",
    "groups": ["9067f7c2-40d1-70e5-8b5e-3c1f0a6d2b10"],
    "decision": "deny",
    "reason": "on-deny-list",
    "support-code": "201E-0CB8",
    "error": "",
    "milliseconds": 12,
}


def batch(*texts: str) -> EventBatch:
    read = EventBatch(NOW, LogSourceKind.CONNECT_HANDLER)
    read.add(LogLine(0, text) for text in texts)
    return read


def line(**changes: Any) -> str:
    return json.dumps(RECORD | {name.replace("_", "-"): value for name, value in changes.items()})


def read_tokyo() -> None:
    services.import_account(accounts.configured()[0])


@pytest.fixture
def place(synced: Architecture, settings: Settings) -> dict[str, str]:
    settings.LOG_REQUESTS_PER_SECOND = 25
    return {"account": TOKYO.account, "region": TOKYO.region, "endpoint_id": synced.tokyo.endpoint_id}


def test_what_the_handler_logged_is_kept_by_connection(control: Control, place: dict[str, str]) -> None:
    made = control.connect(
        **place,
        username="l.obrien@example.co.jp",
        device_ip=HOME_ADDRESS,
        device_type="win",
        client_version="6.0.0",
        groups=["9067f7c2-51a2-7096-a2c4-71d80e5b9f21"],
    )
    control.break_connect_handler("client-connect-handler-timed-out")
    with pytest.raises(SandboxError):
        control.connect(**place, username="l.obrien@example.co.jp", device_ip=HOME_ADDRESS)
    control.skip(60)
    read_tokyo()
    read_tokyo()
    # A function that timed out logged nothing: the attempt is in the connection log alone.
    attempt = ConnectAttempt.objects.get()
    assert Connection.objects.filter(status="failed").count() == 1
    assert (attempt.connection_id, attempt.endpoint_id) == (made["id"], place["endpoint_id"])
    assert (attempt.username, attempt.public_ip) == ("l.obrien@example.co.jp", HOME_ADDRESS)
    assert (attempt.client_version, attempt.platform, attempt.platform_version) == ("6.0.0", "win", "10.0")
    assert attempt.groups == ["9067f7c2-51a2-7096-a2c4-71d80e5b9f21"]
    assert (attempt.decision, attempt.reason) == ("allow", "not-on-deny-list")
    source = LogSource.objects.get(log_group=GROUP, account__name="tokyo")
    assert (source.kind, source.events, source.error_id) == ("connect-handler", 1, "")
    assert source.read_until is not None
    # Lambda's own lines and those of the connection log are no unreadable lines of it.
    assert not UnreadableLine.objects.exists()


def test_a_handler_that_may_not_be_read_stops_nothing_else(
    control: Control, place: dict[str, str], takahashi: User, signed_in: SignedIn
) -> None:
    read_tokyo()
    LogSource.objects.filter(kind="connect-handler").update(
        error_id="aws-access-denied", error_code="AccessDeniedException", error_message="no"
    )
    assert {source.kind for source in connection_logs_being_read()} == {"connection-log"}
    page = signed_in(takahashi).get("/connections/sources/", secure=True).content.decode()
    assert "Not known" in page
    assert "AccessDeniedException" in page


def test_switched_off_it_is_not_asked_for_and_the_page_says_so(
    control: Control, place: dict[str, str], settings: Settings, takahashi: User, signed_in: SignedIn
) -> None:
    settings.VPN_SOURCES = []
    control.connect(**place, username="l.obrien@example.co.jp", device_ip=HOME_ADDRESS)
    read_tokyo()
    assert set(LogSource.objects.filter(attempted_at__isnull=False).values_list("kind", flat=True)) == {
        "connection-log"
    }
    assert Connection.objects.exists()
    assert not ConnectAttempt.objects.exists()
    client: Client = signed_in(takahashi)
    assert "VPN_SOURCES" in client.get("/connections/sources/", secure=True).content.decode()


def test_a_group_that_is_not_there_is_not_lost(control: Control, place: dict[str, str]) -> None:
    """A function that never ran has no log group, and nobody has lost anything."""
    fault = control.fail("FilterLogEvents", "ResourceNotFoundException")
    read_tokyo()
    control.heal(fault)
    assert set(LostLog.objects.values_list("source__kind", flat=True)) == {"connection-log"}
    assert LogSource.objects.get(log_group=GROUP, account__name="tokyo").error_id == "aws-not-found"


def test_the_newest_line_counts_whatever_the_order() -> None:
    older, newer = line(), line(time="2026-11-30T02:59:59.000Z", aws_client_version="6.2.0")
    for order in ((older, newer, older), (newer, older), (newer, newer)):
        ConnectAttempt.objects.all().delete()
        for text in order:
            store_attempts(batch(text).attempts)
        assert ConnectAttempt.objects.get().client_version == "6.2.0"
    assert store_attempts(batch(*order).attempts) == 0
    assert store_attempts(batch(line(connection_id="cvpn-connection-1"), newer, older).attempts) == 1
    assert forget_attempts(NOW - timedelta(days=1)) == 0
    assert forget_attempts(NOW) == 2


def test_only_broken_lines_of_ours_are_kept_as_unreadable() -> None:
    whole = line()
    read = batch(
        "START RequestId: 5f1c Version: 1\n",
        "[ERROR] RuntimeError: something of another function",
        '{"log": "another"}',
        "[]",
        whole[: len(whole) // 2],
        line(connection_id=None),
        line(endpoint_id="two words"),
        line(time="yesterday"),
        line(time="2036-11-30T02:59:58Z"),
        line(decision="perhaps"),
    )
    assert not read.attempts
    assert [problem for problem, _line in read.unreadable] == [
        "not-json",
        "connection-id",
        "client-vpn-endpoint-id",
        "time",
        "time",
        "kind",
    ]


def test_what_is_missing_or_odd_in_a_line_costs_only_itself() -> None:
    read = batch(
        line(groups=None, platform=None, aws_client_version="", public_ip="", support_code=None),
        line(groups="one", public_ip="nowhere", username=7, platform="x" * 2000),
        line(username="nul\0name", groups=["a", 7, None, "b"]),
    )
    store_attempts(read.attempts)
    bare, odd, rest = read.attempts
    assert (bare.groups, bare.platform, bare.client_version, bare.public_ip) == ([], "", "", None)
    assert odd.left_out == ("username", "groups", "platform", "public-ip")
    assert (rest.username, rest.groups, rest.left_out) == ("nul\ufffdname", ["a", "b"], ("groups",))
    assert timezone.is_aware(bare.at)
