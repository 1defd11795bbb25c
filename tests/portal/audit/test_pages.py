"""Reading, searching, exporting and verifying the audit record."""

import json
import re
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from portal.access.models import User
from portal.audit import targets
from portal.audit.models import AuditEvent
from portal.audit.services import record
from portal.audit.tags import Tag
from tests.conftest import SignedIn


def events(client: object, query: str = "") -> list[str]:
    text = client.get(f"/audit/{query}").content.decode()  # type: ignore[attr-defined]
    return re.findall(r'<span class="sub">([a-z-]+:[a-z-]+)</span>', text)


@pytest.fixture
def some_events(tanaka: User, sato: User) -> None:
    record(Tag.SIGN_IN_SUCCEEDED, actor=tanaka, address=ip_address("198.51.100.27"), reference="AAAA-222222")
    record(
        Tag.PROFILE_DOWNLOADED,
        actor=tanaka,
        target=targets.endpoint("cvpn-endpoint-1"),
        address=ip_address("2001:db8::1"),
    )
    record(Tag.SIGN_OUT, actor=sato, address=ip_address("192.0.2.10"))


def test_a_look_at_somebody_is_found_under_them(tanaka: User, suzuki: User, signed_in: SignedIn) -> None:
    record(Tag.CONNECTIONS_SEARCHED, actor=suzuki, target=targets.page("live"), people=[tanaka.username, "b"])
    record(Tag.CONNECTIONS_SEARCHED, actor=suzuki, target=targets.page("live"), people=["b"])
    assert events(signed_in(suzuki), f"?who={tanaka.username.upper()}") == ["connections:searched"]


@pytest.mark.usefixtures("some_events")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["sign-out:succeeded", "profile:downloaded", "sign-in:succeeded"]),
        ("?who=tanaka", ["profile:downloaded", "sign-in:succeeded"]),
        ("?who=佐藤", ["sign-out:succeeded"]),
        ("?who=cvpn-endpoint-1", ["profile:downloaded"]),
        ("?tag=sign-out:succeeded", ["sign-out:succeeded"]),
        ("?reference=aaaa-222222", ["sign-in:succeeded"]),
        ("?address=198.51.100.27", ["sign-in:succeeded"]),
        ("?address=198.51.100.0/24", ["sign-in:succeeded"]),
        ("?address=１９８.５１.１００.２７", ["sign-in:succeeded"]),
        ("?address=2001:db8::/32", ["profile:downloaded"]),
        ("?address=2001:db8::1%25en0", ["profile:downloaded"]),
        ("?who=tanaka&tag=profile:downloaded", ["profile:downloaded"]),
        ("?who=nobody", []),
    ],
)
def test_it_finds_what_is_asked_for(
    suzuki: User, signed_in: SignedIn, query: str, expected: list[str]
) -> None:
    assert events(signed_in(suzuki), query) == expected


@pytest.mark.usefixtures("some_events")
def test_it_finds_by_day(suzuki: User, signed_in: SignedIn) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        record(Tag.ROLES_CHANGED)
        client = signed_in(suzuki)
        assert events(client, f"?since={tomorrow}") == ["roles:changed"]
        assert len(events(client, f"?until={timezone.localdate() - timedelta(days=1)}")) == 3


@pytest.mark.usefixtures("some_events")
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?address=300.1.1.1", "Enter an IP address"),
        ("?since=x", "Enter a date, like"),
        ("?since=2026-11-02&until=2026-11-01", "on or after the first day"),
        ("?tag=nothing:at-all", "among the choices"),
        ("?who=a%00b", "Remove the control characters"),
    ],
)
def test_a_wrong_search_says_so_and_keeps_what_was_typed(
    suzuki: User, signed_in: SignedIn, query: str, message: str
) -> None:
    response = signed_in(suzuki).get(f"/audit/{query}")
    assert response.status_code == 200
    assert message in response.content.decode()


def test_it_leafs_through_any_number_of_events(suzuki: User, signed_in: SignedIn) -> None:
    for number in range(120):
        record(Tag.SIGN_OUT, target=targets.page(f"n{number}"))
    client = signed_in(suzuki)
    first = client.get("/audit/?tag=sign-out:succeeded").content.decode()
    assert "n119" in first
    older = re.findall(r'href="(/audit/\?[^"]*before=\d+)"', first)[0].replace("&amp;", "&")
    second = client.get(older).content.decode()
    assert "n69" in second
    assert "n70<" not in second
    newer = re.findall(r'href="(/audit/\?[^"]*after=\d+)"', second)[0].replace("&amp;", "&")
    assert "n119" in client.get(newer).content.decode()


def test_an_export_is_the_whole_chain_and_can_be_verified_elsewhere(
    suzuki: User, signed_in: SignedIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(Tag.SIGN_OUT, target=targets.page("=cmd()"), details={"日本語": "はい"})
    response = signed_in(suzuki).get("/audit/export.ndjson")
    body = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert [json.loads(line)["tag"] for line in body.splitlines()] == ["sign-out:succeeded", "audit:exported"]
    file = tmp_path / "audit.ndjson"
    file.write_bytes(body)
    call_command("verify_audit", file=file)
    assert "2 events are as they were written" in capsys.readouterr().out
    file.write_bytes(body.replace("はい".encode(), "いい".encode()))
    with pytest.raises(SystemExit):
        call_command("verify_audit", file=file)
    assert "event 1 was changed" in capsys.readouterr().err


def test_the_command_verifies_the_database(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    record(Tag.SIGN_OUT)
    head = AuditEvent.objects.get().hash
    call_command("verify_audit", json=True, head=head)
    assert json.loads(capsys.readouterr().out) == {"ok": True, "events": 1, "head": head, "problem": ""}
    with pytest.raises(SystemExit):
        call_command("verify_audit", head="0" * 64)


def test_what_was_recorded_is_text_and_never_markup(suzuki: User, signed_in: SignedIn) -> None:
    record(Tag.SIGN_IN_FAILED, actor_username="<script>x</script>", details={"detail": "<img src=x>"})
    text = signed_in(suzuki).get("/audit/").content.decode()
    assert "<script>x" not in text
    assert "<img" not in text


def test_details_are_shown_as_json_and_what_is_empty_is_left_out(db: None) -> None:
    after = {"acted": True, "理由": "夜間"}
    record(
        Tag.SIGN_OUT, details={"kind": "route", "ids": ["a", "b"], "after": after, "before": {}, "x": None}
    )
    lines = AuditEvent.objects.get().detail_lines
    assert sorted(lines) == ['after: {"acted": true, "理由": "夜間"}', "ids: a, b", "kind: route"]
