"""What a person copies for the helpdesk."""

import re
from datetime import UTC, timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import CONFIGURATION, save_connection, save_endpoint
from vpn.connection_log import partitions
from vpn.connection_log.models import Connection, ConnectionStatus, ConnectionUser
from vpn.profiles.models import ProfileDownload

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"


def diagnosis(
    user: User, signed_in: SignedIn, path: str = "/egress/", language: str = "en"
) -> dict[str, str]:
    response = signed_in(user, language).get(
        path, headers={"x-forwarded-for": "198.51.100.27", "user-agent": WINDOWS}
    )
    match = re.search(r'data-copy="([^"]*Chrome/142[^"]*)"', response.content.decode())
    assert match
    lines = [line.partition(": ") for line in match[1].splitlines()]
    return {name: value for name, _colon, value in lines}


@pytest.mark.parametrize("path", ["/", "/egress/"])
def test_it_says_all_that_the_helpdesk_asks_first(path: str, tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    shown = diagnosis(tanaka, signed_in, path)
    assert list(shown) == [
        "Time",
        "User",
        "Verdict",
        "IPv4",
        "IPv6",
        "VPN connection",
        "Profile",
        "Last failed attempt",
        "Computer",
        "Browser",
        "Reference number",
    ]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d JST", shown["Time"])
    assert shown["User"] == "田中 美咲 &lt;m.tanaka@example.co.jp&gt;"
    assert shown["Verdict"] == "You&#x27;re not connected to the company VPN (outside)"
    assert (shown["IPv4"], shown["IPv6"]) == ("198.51.100.27", "-")
    assert (shown["Computer"], shown["Browser"]) == ("Windows", WINDOWS)
    assert (shown["Profile"], shown["Last failed attempt"]) == ("not downloaded yet", "none in 7 days")
    assert re.fullmatch(r"\w{4}-\w{6}", shown["Reference number"])


def test_it_says_it_in_japanese(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    shown = diagnosis(tanaka, signed_in, language="ja")
    assert shown["判定"] == "社内VPNに接続していません（outside）"
    assert shown["接続プロファイル"] == "未ダウンロード"
    assert shown["最後に失敗した接続"] == "7日以内にはありません"


def test_it_names_the_version_of_the_profile_and_says_when_it_is_out_of_date(
    tanaka: User, signed_in: SignedIn
) -> None:
    endpoint = save_endpoint()
    with time_machine.travel("2026-11-24T01:12:00Z", tick=False):
        ProfileDownload.objects.create(
            user=tanaka,
            endpoint=endpoint,
            configuration_hash=endpoint.configuration_hash,
            downloaded_at=timezone.now(),
        )
    version = endpoint.configuration_hash[:8]
    shown = diagnosis(tanaka, signed_in)["Profile"]
    assert shown == f"tokyo-main, version {version}, downloaded 2026-11-24 10:12"
    endpoint.configuration, endpoint.configuration_hash = CONFIGURATION + "\n", "f" * 64
    endpoint.save()
    assert diagnosis(tanaka, signed_in)["Profile"].endswith("; out of date")


def test_it_says_to_what_the_person_is_connected(tanaka: User, signed_in: SignedIn) -> None:
    save_connection(save_endpoint(), tanaka.username)
    client = signed_in(tanaka)
    client.get("/egress/", headers={"x-forwarded-for": "203.0.113.10"})
    text = client.get("/egress/", headers={"x-forwarded-for": "203.0.113.10"}).content.decode()
    assert re.search(r"\nVPN connection: tokyo-main since [\d\- :]+ \(as of [\d\- :]+\)\n", text)


def failed(username: str, *, ago: timedelta, reason: str) -> None:
    at = timezone.now() - ago
    partitions.ensure([at.astimezone(UTC).date().replace(day=1)])
    user, _created = ConnectionUser.objects.get_or_create(username=username)
    Connection.objects.create(
        at=at,
        connection_id=f"cvpn-connection-{ago.total_seconds():.0f}",
        endpoint_id="cvpn-endpoint-0",
        status=ConnectionStatus.FAILED,
        seen=1,
        user=user,
        updated_at=at,
        failure_reason=reason,
    )


def test_it_names_the_newest_failure_in_words_and_as_aws_wrote_it(tanaka: User, signed_in: SignedIn) -> None:
    failed("M.Tanaka@example.co.jp", ago=timedelta(hours=1), reason="authorization-policy-deny")
    failed("m.tanaka@example.co.jp", ago=timedelta(hours=3), reason="client-connect-failed")
    failed("somebody.else@example.co.jp", ago=timedelta(minutes=1), reason="client-connect-failed")
    shown = diagnosis(tanaka, signed_in)["Last failed attempt"]
    assert shown.endswith(", This computer or account is not allowed to connect (authorization-policy-deny)")


def test_a_reason_that_nobody_knows_is_told_as_it_is(tanaka: User, signed_in: SignedIn) -> None:
    failed(tanaka.username, ago=timedelta(hours=1), reason="something-new")
    assert re.fullmatch(r"[\d\- :]+, something-new", diagnosis(tanaka, signed_in)["Last failed attempt"])


def test_an_old_failure_is_history(tanaka: User, signed_in: SignedIn) -> None:
    failed(tanaka.username, ago=timedelta(days=8), reason="client-connect-failed")
    assert diagnosis(tanaka, signed_in)["Last failed attempt"] == "none in 7 days"


def test_it_can_be_read_on_the_page_without_javascript(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    text = signed_in(tanaka).get("/egress/").content.decode()
    match = re.search(r'<pre[^>]* id="diagnosis-text"[^>]*>([^<]+)</pre>', text)
    assert match
    assert "Reference number: " in match[1]
