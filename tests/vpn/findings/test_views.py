"""The pages of the findings: each says what, why and what to do, and leads to the rows."""

import csv
import html
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import QueryDict
from django.utils import timezone

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_endpoint
from tests.vpn.findings.test_overlaps import ELSEWHERE, HOME, stay
from vpn.connection_log.models import UnreadableLine
from vpn.connection_log.search.forms import ConnectionSearchForm
from vpn.connection_log.search.queries import matching
from vpn.findings import pages, queries
from vpn.findings.models import Finding, RuleRun
from vpn.findings.rules import RULES
from vpn.findings.services import evaluate

pytestmark = pytest.mark.django_db
URL = "/connections/findings/"
EVIDENCE: dict[str, tuple[str, dict[str, Any]]] = {
    "expectation-broken": (
        "kato@example.co.jp",
        {"is_person": True, "endpoint": "tokyo", "destination": "10.20.0.0/16", "allowed": False},
    ),
    "left-directory": ("kato@example.co.jp", {"first_day": "2026-11-18", "last_day": "2026-11-19"}),
    "endpoint-broken": (
        "tokyo",
        {
            "endpoint_id": "cvpn-endpoint-1",
            "trouble": "no-egress",
            "since": "2026-11-20T10:00:00+00:00",
        },
    ),
    "group-gone": (
        "9067f7c2-51a2",
        {
            "endpoint": "tokyo",
            "endpoint_id": "cvpn-endpoint-1",
            "destination_cidr": "10.0.0.0/8",
            "group_id": "9067f7c2-51a2",
            "group": "9067f7c2-51a2",
        },
    ),
    "egress-contradicted": (
        "tokyo",
        {
            "endpoint": "tokyo",
            "endpoint_id": "cvpn-endpoint-1",
            "declared": ["203.0.113.77"],
            "others": ["93.184.216.34"],
            "contradicting": 1,
            "checked": 3,
            "people": ["kato@example.co.jp"],
            "last_at": "2026-11-20T10:00:00+00:00",
        },
    ),
    "client-outdated": (
        "tokyo-main",
        {
            "endpoint_id": "cvpn-endpoint-1",
            "clients": 2,
            "known": 5,
            "versions": ["6.0.0", "6.0.3"],
        },
    ),
    "aws-health": (
        "AWS_VPN_OPERATIONAL_ISSUE ap-northeast-1",
        {"since": "2026-11-27T00:00:00+00:00", "category": "issue"},
    ),
    "tunnel-maintenance": (
        "tokyo-main-office 198.51.100.101",
        {
            "vpn_connection_id": "vpn-1",
            "outside_ip": "198.51.100.101",
            "applied_after": "2026-12-27T00:00:00+00:00",
            "pending": "Available",
        },
    ),
    "health-unreadable": ("https://sqs.ap-northeast-1.amazonaws.com/1/health", {"count": 2}),
    "certificate-ending": (
        "vpn.example.co.jp",
        {"kind": "server", "reference": "arn:aws:acm:…", "not_after": "2026-11-27T00:00:00+00:00"},
    ),
    "changed-outside": ("tokyo", {"endpoint_id": "cvpn-endpoint-1", "changes": [], "actors": ["ito"]}),
    "changed-outside-info": ("tokyo", {"endpoint_id": "cvpn-endpoint-1", "changes": [], "actors": []}),
    "certificate-changed": (
        "https://idp.example.co.jp",
        {
            "kind": "saml-provider",
            "reference": "arn:aws:iam:…",
            "changed_at": "2026-11-20T10:00:00+00:00",
            "before": ["01"],
            "after": ["02"],
        },
    ),
    "many-opened": ("k.sato@example.co.jp", {"people": 72, "searched": True, "day": "2026-11-20"}),
    "two-places": (
        "tanaka@example.co.jp",
        {
            "addresses": [HOME, ELSEWHERE],
            "connections": ["a", "b"],
            "since": "2026-11-20T02:00:00+00:00",
            "until": "2026-11-20T03:00:00+00:00",
            "times": 1,
        },
    ),
    "shared-device": (
        "2001:db8::7",
        {
            "device_type": "win",
            "people": ["kato@example.co.jp", "tanaka@example.co.jp"],
            "since": "2026-11-20T02:00:00+00:00",
            "until": "2026-11-20T03:00:00+00:00",
            "connections": 2,
        },
    ),
    "failures-rising": (
        "tokyo",
        {
            "failures": 1250,
            "usual": 3.5,
            "weeks": 4,
            "since": "2026-11-19T12:00:00+00:00",
            "until": "2026-11-20T12:00:00+00:00",
            "endpoint_id": "cvpn-endpoint-1",
            "reason": "waiting-for-assertion",
        },
    ),
    "no-access": (
        "kato@example.co.jp",
        {
            "why": "no-rule",
            "groups_of": "2026-11-01T00:00:00+00:00",
            "endpoint": "tokyo",
            "endpoint_id": "cvpn-endpoint-1",
            "first_day": "2026-11-18",
            "last_day": "2026-11-19",
        },
    ),
    "never-signed-in": (
        'who "is" that',
        {"connections": 2, "endpoints": ["tokyo"], "first_day": "2026-11-18", "last_day": "2026-11-19"},
    ),
    "not-seen": ("kato@example.co.jp", {"last": "", "known_since": "2026-01-01T00:00:00+00:00"}),
    "unlogged-connections": (
        "tokyo",
        {
            "endpoint_id": "cvpn-endpoint-1",
            "since": "2026-11-20T10:10:00+00:00",
            "last_line": "2026-11-20T10:00:00+00:00",
            "connections": 1250,
        },
    ),
    "unlogged-failures": (
        "tokyo",
        {
            "endpoint_id": "cvpn-endpoint-1",
            "since": "2026-11-20T10:00:00+00:00",
            "until": "2026-11-20T11:00:00+00:00",
            "failures": 12,
            "logged": 0,
        },
    ),
    "handler-errors": (
        "tokyo",
        {
            "endpoint_id": "cvpn-endpoint-1",
            "since": "2026-11-20T10:00:00+00:00",
            "until": "2026-11-20T11:00:00+00:00",
            "errors": {"ClientConnectHandlerTimeouts": 5, "ClientConnectHandlerThrottlingErrors": 2},
        },
    ),
    "nat-errors": ("tokyo (nat-1)", {"port_errors": 1250, "dropped_packets": 0}),
    "tunnel-down": ("office (203.0.113.77)", {"status": "UP"}),
    "logging-off": ("tokyo", {"endpoint_id": "cvpn-endpoint-1"}),
    "log-behind": (
        "/vpn",
        {"account": "tokyo", "read_at": "2026-11-20T10:00:00+00:00", "error_id": ""},
    ),
    "unreadable-rising": (
        "CloudWatch Logs",
        {"lines": 1200, "usual": 0.1, "problems": ["not-json"]},
    ),
}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False):
        yield


def finding(kind: str, **changes: Any) -> Finding:
    subject, evidence = EVIDENCE[kind]
    now = timezone.now()
    fields = {"kind": kind, "key": kind, "subject": subject, "evidence": evidence}
    return Finding.objects.create(**(fields | {"first_seen_at": now, "last_seen_at": now} | changes))


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("kind", RULES)
def test_each_kind_explains_itself(kind: str, language: str, suzuki: User, signed_in: SignedIn) -> None:
    row = finding(kind)
    client = signed_in(suzuki, language)
    for url in (URL, f"{URL}{row.pk}/"):
        text = html.unescape(client.get(url).content.decode())
        assert row.subject in text
        if language == "en":
            for part in (
                RULES[kind].label,
                RULES[kind].why,
                RULES[kind].advice,
                RULES[kind].basis,
            ):
                assert str(part) in text
        elif kind == "shared-device":
            assert "kato@example.co.jp、tanaka@example.co.jp" in text


# These are about no connections.
WITHOUT_SEARCH = {
    *("unreadable-rising", "certificate-ending", "certificate-changed", "group-gone"),
    *("changed-outside", "changed-outside-info", "client-outdated"),
    *("nat-errors", "tunnel-down"),
    *("egress-contradicted", "expectation-broken"),
    *("aws-health", "tunnel-maintenance", "health-unreadable"),
}


@pytest.mark.parametrize("kind", [kind for kind in RULES if kind not in WITHOUT_SEARCH])
def test_each_kind_leads_to_a_search_that_the_search_understands(kind: str) -> None:
    [line] = pages.finding_rows([finding(kind)])
    form = ConnectionSearchForm(QueryDict(line.url.partition("?")[2]))
    assert form.is_valid(), form.errors


def test_unreadable_lines_are_shown_as_text(suzuki: User, signed_in: SignedIn) -> None:
    row = finding("unreadable-rising")
    UnreadableLine.objects.create(problem="not-json", digest=1, raw="<script>alert(1)</script>" + "x" * 5000)
    text = signed_in(suzuki).get(f"{URL}{row.pk}/").content.decode()
    assert "&lt;script&gt;alert(1)" in text
    assert "x" * 3000 not in text


@pytest.mark.parametrize("why", ["no-rule", "no-role", "deactivated"])
def test_each_reason_of_having_no_access_has_its_words(why: str) -> None:
    row = finding("no-access")
    row.evidence["why"] = why
    [line] = pages.finding_rows([row])
    assert "tokyo" in line.text


def test_the_ways_lead_to_the_very_connections() -> None:
    stay(1, "01:00", "03:00", device_ip=HOME)
    stay(2, "02:00", "04:00", device_ip=ELSEWHERE)
    stay(3, "02:00", "04:00", device_ip=ELSEWHERE, username="kato@example.co.jp")
    stay(4, "05:00", "06:00", device_ip=ELSEWHERE)
    evaluate()
    connections = {}
    for line in pages.finding_rows(Finding.objects.all()):
        form = ConnectionSearchForm(QueryDict(line.url.partition("?")[2]))
        assert form.is_valid()
        connections[line.finding.kind] = sorted(row.connection_id[-1] for row in matching(form.search()))
    assert connections["two-places"] == ["1", "2", "4"]


def test_a_persons_way_leads_to_nobody_whose_name_only_holds_theirs() -> None:
    # Nor to somebody whose name differs in case: without an account nobody knows that they are one.
    stay(1, "01:00", "03:00", device_ip=HOME, username="aki")
    stay(2, "02:00", "04:00", device_ip=ELSEWHERE, username="Aki")
    stay(3, "02:00", "04:00", device_ip=ELSEWHERE, username="aki.sato")
    row = finding("two-places", subject="aki")
    form = ConnectionSearchForm(QueryDict(pages.finding_rows([row])[0].url.partition("?")[2]))
    assert form.is_valid()
    assert [connection.connection_id[-1] for connection in matching(form.search())] == ["1"]


def test_before_the_first_look_nothing_is_claimed(suzuki: User, signed_in: SignedIn) -> None:
    text = signed_in(suzuki).get(URL).content.decode()
    assert "Nobody has looked yet" in text
    assert "Nothing to look at" not in text


def test_it_says_when_it_looked_what_it_cannot_tell_and_when_nobody_looks_any_more(
    suzuki: User, signed_in: SignedIn
) -> None:
    evaluate()
    client = signed_in(suzuki)
    text = html.unescape(client.get(URL).content.decode())
    assert "Last looked at" in text
    for label, reason in (
        ("More failures than usual", "The log doesn't reach back far enough"),
        ("Not connected for 90 days, and still may", "The log doesn't reach back far enough"),
        ("An authorization rule for a group that doesn't exist", "The directory isn't read"),
    ):
        assert f"{label}: {reason}" in text
    assert "Nobody has looked since then" not in text
    RuleRun.objects.update(looked_at=timezone.now() - timedelta(minutes=31))
    assert "Nobody has looked since then" in client.get(URL).content.decode()


def test_a_person_is_called_by_their_name_too(suzuki: User, signed_in: SignedIn) -> None:
    User.objects.create(username="KATO@example.co.jp", name="加藤 蓮")
    finding("not-seen")
    assert "加藤 蓮" in signed_in(suzuki).get(URL).content.decode()


def test_of_many_the_first_are_shown_and_the_kind_has_a_page(suzuki: User, signed_in: SignedIn) -> None:
    for number in range(23):
        finding("not-seen", key=str(number), subject=f"p{number}@example.co.jp")
    client = signed_in(suzuki)
    assert "3 more" in client.get(URL).content.decode()
    text = client.get(f"{URL}?kind=not-seen").content.decode()
    assert "more</a>" not in text
    assert text.count("<tr>") == 24


def test_what_is_more_than_a_kinds_page_shows_is_counted_and_leads_nowhere(
    suzuki: User, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "SHOWN_ALONE", 2)
    for number in range(5):
        finding("not-seen", key=str(number))
    text = signed_in(suzuki).get(f"{URL}?kind=not-seen").content.decode()
    assert "3 more" in text
    assert "3 more</a>" not in text


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("open", "Nothing to look at"),
        ("acknowledged", "Nothing is acknowledged"),
        ("resolved", "Nothing is resolved yet"),
        ("nonsense", "Nothing to look at"),
    ],
)
def test_where_there_is_nothing_it_says_so(
    state: str, expected: str, suzuki: User, signed_in: SignedIn
) -> None:
    evaluate()
    assert expected in signed_in(suzuki).get(f"{URL}?state={state}&kind=nonsense").content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=not-seen", "The log doesn't reach back far enough for this to be judged yet."),
        ("kind=logging-off", "There is nothing of this kind here."),
        ("kind=not-seen&state=resolved", "There is nothing of this kind here."),
    ],
)
def test_of_one_kind_it_says_nothing_about_the_others(
    query: str, expected: str, suzuki: User, signed_in: SignedIn
) -> None:
    evaluate()
    finding("two-places")
    text = html.unescape(signed_in(suzuki).get(f"{URL}?{query}").content.decode())
    assert expected in text
    assert "No rule found anything" not in text
    assert "Nothing is resolved yet" not in text


def test_acknowledging_needs_a_reason_and_loses_nothing(suzuki: User, signed_in: SignedIn) -> None:
    row = finding("two-places")
    client = signed_in(suzuki)
    text = client.post(f"{URL}{row.pk}/", {"reason": "   "}).content.decode()
    assert "There is a problem" in text
    text = client.post(f"{URL}{row.pk}/", {"reason": "x" * 1001}).content.decode()
    assert "x" * 1001 in text
    row.refresh_from_db()
    assert row.acknowledged_at is None


def test_it_is_acknowledged_by_form_and_shown_with_its_reason(suzuki: User, signed_in: SignedIn) -> None:
    row = finding("two-places")
    client = signed_in(suzuki)
    response = client.post(f"{URL}{row.pk}/", {"reason": "電話でご本人に確認しました"}, follow=True)
    assert "The finding was acknowledged." in response.content.decode()
    assert "Nothing to look at" in response.content.decode()
    assert "電話でご本人に確認しました" in client.get(f"{URL}?state=acknowledged").content.decode()
    again = client.post(f"{URL}{row.pk}/", {"reason": "x"}, follow=True).content.decode()
    assert "nothing was changed" in again


def test_who_looks_is_recorded(suzuki: User, signed_in: SignedIn) -> None:
    row = finding("two-places")
    signed_in(suzuki).get(f"{URL}{row.pk}/")
    event = AuditEvent.objects.latest("sequence")
    assert (event.tag, event.target) == ("connections:searched", row.subject)


def test_home_tells_auditors_and_administrators_and_nobody_else(
    tanaka: User, sato: User, suzuki: User, takahashi: User, signed_in: SignedIn
) -> None:
    save_endpoint()
    finding("two-places")
    notices = [
        "waiting to be looked at" in signed_in(user).get("/").content.decode()
        for user in (tanaka, sato, suzuki, takahashi)
    ]
    assert notices == [False, False, True, True]


def test_what_the_log_says_is_only_text(suzuki: User, signed_in: SignedIn) -> None:
    row = finding("never-signed-in", subject="<script>alert(1)</script>")
    for url in (URL, f"{URL}{row.pk}/"):
        assert "<script>alert" not in signed_in(suzuki).get(url).content.decode()


def test_people_who_never_signed_in_are_one_matter_with_a_number(suzuki: User, signed_in: SignedIn) -> None:
    for number in range(58):
        finding("never-signed-in", key=str(number), subject=f"p{number}@example.co.jp")
    finding("two-places")
    client = signed_in(suzuki)
    assert queries.open_count() == 2
    assert "2 findings in the connections" in client.get("/").content.decode()
    text = client.get(URL).content.decode()
    assert "p57@example.co.jp" not in text
    assert "Show all 58 entries" in text
    assert client.get(f"{URL}?kind=never-signed-in").content.decode().count("<tr>") == 59


def test_all_of_a_kind_are_acknowledged_with_one_reason_and_nothing_found_later(
    suzuki: User, signed_in: SignedIn
) -> None:
    shown = [
        finding("never-signed-in", key=str(number), subject=f"p{number}@example.co.jp") for number in range(3)
    ]
    other = finding("two-places")
    client = signed_in(suzuki)
    page = client.get(f"{URL}never-signed-in/acknowledge/").content.decode()
    assert f'name="up_to" value="{shown[-1].pk}"' in page
    later = finding("never-signed-in", key="later", subject="later@example.co.jp")
    assert (
        "There is a problem"
        in client.post(f"{URL}never-signed-in/acknowledge/", {"up_to": 1}).content.decode()
    )
    data = {"reason": "全員、導入前の利用者です", "up_to": shown[-1].pk}
    answer = client.post(f"{URL}never-signed-in/acknowledge/", data, follow=True).content.decode()
    assert "3 findings were acknowledged." in answer
    for row in (*shown, other, later):
        row.refresh_from_db()
    assert {row.reason for row in shown} == {"全員、導入前の利用者です"}
    assert (other.acknowledged_at, later.acknowledged_at) == (None, None)
    event = AuditEvent.objects.get(tag="finding:acknowledged")
    assert (event.details["count"], event.details["reason"]) == (3, "全員、導入前の利用者です")
    again = client.post(f"{URL}never-signed-in/acknowledge/", data, follow=True).content.decode()
    assert "nothing was changed" in again


def test_findings_are_a_spreadsheet_in_the_readers_words_and_whoever_got_it_is_recorded(
    suzuki: User, tanaka: User, signed_in: SignedIn
) -> None:
    finding("logging-off", subject="=cmd()")
    finding("not-seen", subject=tanaka.username)
    finding("two-places", acknowledged_at=timezone.now())
    client = signed_in(suzuki, "ja")
    assert f"{URL}export.csv?state=open" in client.get(URL).content.decode()
    response: Any = client.get(f"{URL}export.csv")
    titles, *rows = csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")))
    assert titles[:4] == ["種類", "対象", "名前", "検出した内容"]
    assert sorted(row[1] for row in rows) == ["'=cmd()", tanaka.username]
    assert {row[0] for row in rows} == {
        "接続ログの無効なエンドポイント",
        "接続権限があり、90日間接続していない利用者",
    }
    assert rows[0][4] == "2026-11-20 21:00:00"
    assert "filename*=utf-8''%E6%A4%9C" in response["Content-Disposition"]
    event = AuditEvent.objects.order_by("sequence").last()
    assert event is not None
    assert (event.target_id, event.people, event.details["format"]) == ("findings", [tanaka.username], "csv")
    [_titles, row] = csv.reader(
        io.StringIO(
            b"".join(client.get(f"{URL}export.csv?state=acknowledged").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        )
    )
    assert row[1] == EVIDENCE["two-places"][0]
