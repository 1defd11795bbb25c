"""What CloudWatch Logs handed out can be looked at one by one, and taken away as a file."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.connection_export.test_export import body
from tests.vpn.connection_log.log_lines import ENDPOINT, ended, failed, keep, started
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connection_export.columns import COLUMNS
from vpn.connection_export.stream import MAX_EXPORTS
from vpn.connection_log.search.conditions import ConnectionSearch, parameters
from vpn.log_insights import results
from vpn.log_insights.models import LogQuery, LogQueryPart, LogQueryRow

pytestmark = pytest.mark.django_db(transaction=True)
LINES = [
    started(1),
    ended(1),
    failed(2, at="2026-11-20 03:00:00", username="=cmd|' /C calc'!A0", reason="\u3000＝1"),
    started(3, connection_start_time="2026-11-20 05:00:00", posture='"\\ud83d"', username="o'brien"),
]


@pytest.fixture
def auditor(suzuki: User, signed_in: SignedIn) -> Client:
    return signed_in(suzuki)


@pytest.fixture
def url(suzuki: User) -> str:
    """Of a search that has ended."""
    account = save_endpoint(endpoint_id=ENDPOINT).account
    search = ConnectionSearch(datetime(2026, 11, 19, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC))
    now = timezone.now()
    query = LogQuery.objects.create(
        requested_by=suzuki,
        requested_at=now,
        expires_at=now + timedelta(days=7),
        conditions=dict(parameters(search)),
    )
    part = LogQueryPart.objects.create(query=query, account=account, log_groups=["/vpn"])
    results.save_result(part, search, LINES)
    return f"/connections/beyond/{query.pk}/"


def csv_rows(client: Client, url: str) -> list[dict[str, str]]:
    text = body(client.get(url)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_each_row_leads_to_its_page_with_the_lines_word_for_word(auditor: Client, url: str) -> None:
    row = LogQueryRow.objects.get(fields__username="tanaka@example.co.jp")
    page = f"{url}{row.pk}/"
    assert page in auditor.get(url).content.decode()
    text = auditor.get(page).content.decode()
    assert text.count("connection-log-type") == 2
    assert f'href="{url}"' in text
    assert "1 h 30 m" in text
    event = AuditEvent.objects.filter(tag="connection:viewed").latest("sequence")
    assert (event.target, event.details) == ("tanaka@example.co.jp", {"connection": row.connection_id})


def test_a_row_is_found_in_its_own_search_only(auditor: Client, url: str) -> None:
    row = LogQueryRow.objects.earliest("pk")
    assert auditor.get(f"{url}{row.pk}/").status_code == 200
    assert auditor.get(f"/connections/beyond/999/{row.pk}/").status_code == 404
    assert auditor.get(f"{url}{row.pk + 1000}/").status_code == 404


def test_the_file_is_that_of_the_same_connections_from_the_database(auditor: Client, url: str) -> None:
    keep(LINES)
    query = "since=2026-11-19T09:00&until=2026-11-22T09:00&header=ids"
    kept = csv_rows(auditor, f"/connections/export.csv?{query}")
    assert csv_rows(auditor, f"{url}export.csv?header=ids") == kept
    assert [row["username"] for row in kept] == ["o'brien", "'=cmd|' /C calc'!A0", "tanaka@example.co.jp"]
    assert kept[1]["failure_reason"] == "'\u3000＝1"
    lines = body(auditor.get(f"{url}export.ndjson")).splitlines()
    assert lines == body(auditor.get(f"/connections/export.ndjson?{query}")).splitlines()
    assert list(json.loads(lines[0])) == [column.id for column in COLUMNS]


def test_who_took_it_away_is_recorded(auditor: Client, url: str, suzuki: User) -> None:
    body(auditor.get(f"{url}export.csv"))
    events = AuditEvent.objects.filter(tag__startswith="connections:export").order_by("sequence")
    assert [event.tag for event in events] == ["connections:export-started", "connections:exported"]
    for event in events:
        assert event.actor == suzuki.username
        assert event.details["log_query"] == LogQuery.objects.get().pk
        assert event.details["conditions"]["since"] == "2026-11-19T09:00"
    assert events[1].details["rows"] == 3


def test_the_result_leads_to_a_page_that_says_what_will_be_exported_and_how_far_it_is(
    auditor: Client, url: str
) -> None:
    assert f'href="{url}export/"' in auditor.get(url).content.decode()
    text = auditor.get(f"{url}export/").content.decode()
    assert "<dt>Rows</dt><dd>3</dd>" in text
    assert "2026-11-19 09:00" in text
    for file in ("csv", "ndjson"):
        assert f'action="{url}export.{file}"' in text
    export = re.search('name="export" value="([^"]+)"', text)
    assert export
    progress = f"/connections/export/{export[1]}/"
    assert f'hx-get="{progress}" hx-trigger="export-begun"' in text
    assert "Waiting for the download to begin" in auditor.get(progress).content.decode()
    body(auditor.get(f"{url}export.csv?export={export[1]}"))
    assert "3 rows were sent. The file is complete." in auditor.get(progress).content.decode()


def test_more_exports_than_run_at_once_are_refused_there(auditor: Client, url: str) -> None:
    files = [auditor.get(f"{url}export.csv") for _ in range(MAX_EXPORTS)]
    refused = auditor.get(f"{url}export.csv")
    for file in files:
        file.close()
    assert refused.status_code == 503
    assert "Try again when one has ended." in refused.content.decode()


def test_a_wrong_address_of_a_file_leads_to_the_page_with_a_reason(auditor: Client, url: str) -> None:
    refused = auditor.get(f"{url}export.csv?header=none-of-these")
    assert refused.status_code == 400
    assert "“none-of-these” isn&#x27;t among the choices" in refused.content.decode()
    assert not AuditEvent.objects.filter(tag__startswith="connections:export").exists()


def test_helpdesk_and_employees_have_neither(sato: User, tanaka: User, url: str, signed_in: SignedIn) -> None:
    row = LogQueryRow.objects.earliest("pk")
    for user in (sato, tanaka):
        for path in (f"{url}{row.pk}/", f"{url}export/", f"{url}export.csv", f"{url}export.ndjson"):
            assert signed_in(user).get(path).status_code == 403
