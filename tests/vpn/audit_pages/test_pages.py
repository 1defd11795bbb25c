"""Reading, searching, exporting and verifying the audit record."""

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from portal.access.models import User
from portal.audit import chain, targets
from portal.audit.models import AuditEvent
from portal.audit.queries import AuditSearch, matching
from portal.audit.serialize import as_mapping
from portal.audit.services import record
from portal.audit.tags import Tag
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_endpoint
from tests.vpn.operations.asking import ask_as
from vpn.audit_pages.details import detail_text
from vpn.audit_pages.names import AuditNames
from vpn.audit_pages.subjects import find_subject


def events(client: object, query: str = "") -> list[str]:
    """Tags in the order of the page, without the looks at the record itself."""
    text = client.get(f"/audit/{query}").content.decode()  # type: ignore[attr-defined]
    tags = re.findall(r'<span class="sub">([a-z-]+:[a-z-]+)</span>', text)
    return [tag for tag in tags if tag != "audit:searched"]


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
        ("?q=tanaka", ["profile:downloaded", "sign-in:succeeded"]),
        ("?who=tanaka", ["profile:downloaded", "sign-in:succeeded"]),
        ("?q=aaaa-222222", ["sign-in:succeeded"]),
        ("?q=ＡＡＡＡ－２２２２２２", ["sign-in:succeeded"]),
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


def test_names_and_labels_find_what_was_recorded_by_ids(
    tanaka: User, suzuki: User, takahashi: User, signed_in: SignedIn
) -> None:
    endpoint = save_endpoint("osaka-dr")
    record(Tag.CONNECTION_VIEWED, actor=takahashi, target=targets.person(tanaka.username.upper()))
    record(Tag.PROFILE_DOWNLOADED, actor=takahashi, target=targets.endpoint(endpoint.endpoint_id))
    User.objects.filter(pk=tanaka.pk).update(name="田中 美咲", email="misaki@example.co.jp")
    client = signed_in(suzuki)
    for text in ("田中", "美咲", "田中　美咲", "misaki@example.co.jp", tanaka.username):
        assert events(client, f"?q={text}") == ["connection:viewed"], text
    assert events(client, "?q=OSAKA-dr") == ["profile:downloaded"]
    assert events(client, "?target=osaka") == ["profile:downloaded"]


def test_who_did_it_and_whom_it_is_about_are_apart(
    tanaka: User, suzuki: User, takahashi: User, signed_in: SignedIn
) -> None:
    record(Tag.SIGN_OUT, actor=tanaka)
    record(Tag.CONNECTION_VIEWED, actor=takahashi, target=targets.person(tanaka.username))
    client = signed_in(suzuki)
    assert events(client, f"?actor={tanaka.name}") == ["sign-out:succeeded"]
    assert events(client, f"?target={tanaka.name}") == ["connection:viewed"]
    assert events(client, f"?q={tanaka.name}") == ["connection:viewed", "sign-out:succeeded"]
    assert events(client, f"?actor={takahashi.name}&target={tanaka.username}") == ["connection:viewed"]


def test_what_showed_everybody_is_found_under_each(tanaka: User, suzuki: User, signed_in: SignedIn) -> None:
    record(Tag.CONNECTIONS_EXPORTED, actor=suzuki, people=[targets.EVERYBODY])
    client = signed_in(suzuki)
    assert events(client, f"?target={tanaka.name}") == ["connections:exported"]
    assert events(client, "?target=nobody-of-that-name") == []
    assert ">Everybody" in client.get("/audit/").content.decode()


def test_an_operation_is_found_by_its_number_and_opened_from_there(
    takahashi: User, suzuki: User, signed_in: SignedIn
) -> None:
    operation = ask_as(takahashi)("refresh-snapshots", save_endpoint("osaka-dr"))
    record(Tag.SIGN_OUT, actor=takahashi, details={"operation": operation.number + 1})
    client = signed_in(suzuki)
    assert events(client, f"?q=%23{operation.number}") == ["operation:requested"]
    page = client.get(f"/audit/?q=%23{operation.number}").content.decode()
    assert f'href="{operation.get_absolute_url()}"' in page
    assert client.get(operation.get_absolute_url()).status_code == 200


def test_a_number_is_looked_for_at_any_time_and_a_name_in_the_last_week(
    tanaka: User, suzuki: User, signed_in: SignedIn
) -> None:
    record(Tag.SIGN_OUT, actor=tanaka, reference="ABCD-234567")
    with time_machine.travel(timezone.now() + timedelta(days=40), tick=False):
        client = signed_in(suzuki)
        assert events(client, "?q=abcd-234567") == ["sign-out:succeeded"]
        page = client.get(f"/audit/?q={tanaka.username}&tag=sign-out:succeeded").content.decode()
        assert "No entry in this period matches" in page
        link = re.findall(r'href="(/audit/\?[^"]*range=all)"[^>]*>[^<]*Search everything', page)
        assert events(client, link[0].removeprefix("/audit/").replace("&amp;", "&")) == ["sign-out:succeeded"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("today", ["2026-11-30"]),
        ("7d", ["2026-11-30", "2026-11-24"]),
        ("", ["2026-11-30", "2026-11-24"]),
        ("month", ["2026-11-30", "2026-11-24", "2026-11-01"]),
        ("last-month", ["2026-10-31"]),
        ("all", ["2026-11-30", "2026-11-24", "2026-11-01", "2026-10-31"]),
    ],
)
def test_ranges_are_whole_days_of_the_portal(
    suzuki: User, signed_in: SignedIn, chosen: str, expected: list[str]
) -> None:
    for day in ("2026-10-31", "2026-11-01", "2026-11-24", "2026-11-30"):
        with time_machine.travel(f"{day}T00:00:01+09:00", tick=False):
            record(Tag.SIGN_OUT, target=targets.page(day))
    with time_machine.travel("2026-11-30T12:00:00+09:00", tick=False):
        page = signed_in(suzuki).get(f"/audit/?tag=sign-out:succeeded&range={chosen}").content.decode()
    assert re.findall(r'<span class="line">(\d{4}-\d\d-\d\d)', page) == expected


DETAILS: list[tuple[Tag, dict[str, Any], list[str]]] = [
    (
        Tag.CONNECTIONS_SEARCHED,
        {"conditions": {"q": 'person:"田中"', "since": "2026-11-20T10:00", "until": "2026-11-20T12:00"}},
        ["期間：2026/11/20 10:00:00から2026/11/20 12:00:00まで", "利用者・IPアドレス・接続ID：田中"],
    ),
    (Tag.CONNECTIONS_SEARCHED, {"conditions": {"page": "live"}}, ["ページ：現在の接続"]),
    (Tag.CONNECTIONS_SEARCHED, {"state": "open", "kind": "two-places"}, ["状態：要確認"]),
    (Tag.CONNECTIONS_ATTRIBUTED, {"minutes": 2}, ["前後の幅：± 2分"]),
    (Tag.ROLES_CHANGED, {"before": [], "after": ["employee", "admin"]}, ["変更後：利用者、管理者"]),
    (
        Tag.OPERATION_REQUESTED,
        {"kind": "create-route", "parameters": {"destination_cidr": "10.9.0.0/16"}},
        ["種類：ルートを作成する", "宛先：10.9.0.0/16"],
    ),
    (
        Tag.OPERATION_REQUESTED,
        {
            "kind": "block-person",
            "parameters": {
                "usernames": ["m.tanaka@example.co.jp", "guest"],
                "typed": {"m.tanaka@example.co.jp": "田中 美咲"},
                "unknown": ["guest"],
            },
        },
        ["入力した言葉：m.tanaka@example.co.jp：田中 美咲", "ポータルが認識していなかった名前：guest"],
    ),
    (Tag.CONNECTIONS_EXPORTED, {"rows": 12345, "outcome": "complete"}, ["件数：12,345", "結果：完了"]),
    (Tag.SCHEDULE_CREATED, {"weekdays": [0, 4], "enabled": True}, ["曜日：月曜日、金曜日", "有効：はい"]),
    (Tag.SIGN_OUT, {"future": {"a": [1, {"b": 2}]}}, ['future：a：[1, {"b": 2}]']),
]


@pytest.mark.parametrize(("tag", "details", "lines"), DETAILS)
def test_details_are_words_in_the_readers_language(
    suzuki: User, tag: Tag, details: dict[str, Any], lines: list[str]
) -> None:
    event = record(tag, details=details)
    with override("ja"):
        text = detail_text(event, AuditNames(), suzuki)
    for line in lines:
        assert line in text.splitlines(), text


def test_the_event_as_it_was_written_is_one_click_away(suzuki: User, signed_in: SignedIn) -> None:
    event = record(Tag.SIGN_OUT, details={"理由": "夜間"})
    client = signed_in(suzuki)
    assert f'href="/audit/{event.sequence}/"' in client.get("/audit/").content.decode()
    page = unescape(client.get(f"/audit/{event.sequence}/").content.decode())
    written = page.partition('<pre class="code">')[2].partition("</pre>")[0]
    assert chain.digest(json.loads(written)) == event.hash


def test_a_search_is_exported_as_it_is_shown(tanaka: User, suzuki: User, signed_in: SignedIn) -> None:
    record(Tag.SIGN_OUT, actor=tanaka, reference="ABCD-234567")
    record(Tag.SIGN_IN_FAILED, details={"reason": "=cmd"})
    response: Any = signed_in(suzuki).get(
        "/audit/export.csv?tag=sign-in:failed&since=2026-01-01&until=2026-12-31"
    )
    [row] = csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")))
    assert (row["Event"], row["Event id"]) == ("Sign-in failed", "sign-in:failed")
    assert row["Details"] == "Reason: =cmd"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row["Time (Asia/Tokyo time)"])
    assert 'filename="audit-record_2026-01-01_2026-12-31.csv"' in response["Content-Disposition"]
    exported = AuditEvent.objects.get(tag=Tag.AUDIT_EXPORTED)
    assert exported.details["conditions"]["tag"] == "sign-in:failed"


def test_reading_the_record_is_recorded_under_those_whom_it_shows(
    tanaka: User, suzuki: User, signed_in: SignedIn
) -> None:
    record(Tag.SIGN_OUT, actor=tanaka)
    client = signed_in(suzuki)
    for _again in range(3):
        client.get("/audit/")
    [event] = AuditEvent.objects.filter(tag=Tag.AUDIT_SEARCHED)
    assert event.people == [tanaka.username]


def test_events_of_older_versions_are_shown_and_stay_as_they_were(suzuki: User, signed_in: SignedIn) -> None:
    """Neither a typed target nor people, and details that no version knows."""
    record(Tag.SIGN_OUT)
    older = {
        "sequence": 2,
        "at": timezone.now(),
        "tag": "gone:tag",
        "target": "osaka",
        "details": {"x": 1},
        "target_kind": "",
        "target_id": "",
        "people": [],
    }
    event = AuditEvent(**older, previous_hash=AuditEvent.objects.get().hash)
    event.hash = chain.digest(as_mapping(event))
    event.save()
    client = signed_in(suzuki)
    assert events(client, "?q=osaka") == ["gone:tag"]
    assert client.get("/audit/2/").status_code == 200
    call_command("verify_audit")


@pytest.mark.usefixtures("some_events")
def test_somebody_who_is_known_by_the_whole_name_is_asked_for_by_an_index(tanaka: User) -> None:
    subject = find_subject(tanaka.username.upper())
    assert subject is not None
    longer = User.objects.create(username=f"x{tanaka.username}")
    record(Tag.SIGN_OUT, actor=longer)
    with connection.cursor() as cursor:
        # Of three rows PostgreSQL would read all.
        cursor.execute("SET LOCAL enable_seqscan = off")
        done_by = matching(AuditSearch(actor=subject))
        assert "audit_lower_actor" in done_by.explain()
        assert set(done_by.values_list("actor", flat=True)) == {tanaka.username}


def test_an_auditor_who_looks_for_one_name_finds_nothing_about_its_twin_in_another_case(
    suzuki: User, signed_in: SignedIn
) -> None:
    for name in ("u-abc", "u-ABC"):
        record(Tag.SIGN_OUT, actor=User.objects.create(username=name))
        record(Tag.CONNECTION_VIEWED, actor=suzuki, target=targets.person(name))
        record(Tag.CONNECTIONS_SEARCHED, actor=suzuki, people=[name])
    record(Tag.CONNECTIONS_SEARCHED, actor=suzuki, people=["M.Tanaka@Example.co.jp"])
    client = signed_in(suzuki)
    for typed in ("u-abc", "u-ABC"):
        assert events(client, f"?q={typed}") == [
            "connections:searched",
            "connection:viewed",
            "sign-out:succeeded",
        ]
        assert events(client, f"?actor={typed}") == ["sign-out:succeeded"]
        assert events(client, f"?target={typed}") == ["connections:searched", "connection:viewed"]
    User.objects.create(username="m.tanaka@example.co.jp")
    assert events(client, "?target=M.TANAKA@example.co.jp") == ["connections:searched"]


def test_a_search_asks_once_whom_a_name_means(suzuki: User, signed_in: SignedIn) -> None:
    with CaptureQueriesContext(connection) as queries:
        signed_in(suzuki).get("/audit/?q=tanaka")
    looked = [query["sql"] for query in queries if "vpn_endpoint" in query["sql"] and "UPPER" in query["sql"]]
    assert len(looked) == 1
