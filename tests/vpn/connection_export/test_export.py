"""Exports: what is in the file, who may have it, and what is recorded. Each reads what others committed."""

import csv
import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
import time_machine
from django.template.loader import render_to_string
from django.test import Client
from django.utils.html import escape
from django.utils.translation import override

from portal.access.models import User
from portal.audit.models import AuditEvent
from portal.spreadsheets import safe_text
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import ENDPOINT, connection_id, ended, failed, keep, started, waiting
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connection_export.columns import COLUMNS
from vpn.connection_export.progress import ExportProgress
from vpn.connection_export.stream import ExportOutcome
from vpn.connection_log.reasons import reason_text

pytestmark = pytest.mark.django_db(transaction=True)

RANGE = "since=2026-11-20T00:00&until=2026-11-21T00:00"


def body(response: Any) -> bytes:
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def csv_rows(client: Client, query: str = RANGE + "&header=ids") -> list[dict[str, str]]:
    text = body(client.get(f"/connections/export.csv?{query}")).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def json_rows(client: Client, query: str = RANGE) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body(client.get(f"/connections/export.ndjson?{query}")).splitlines()]


@pytest.fixture
def auditor(suzuki: User, signed_in: SignedIn) -> Client:
    return signed_in(suzuki)


@pytest.fixture
def some_connections(tanaka: User) -> None:
    save_endpoint(endpoint_id=ENDPOINT)
    keep(
        [
            started(1),
            ended(1),
            started(2, connection_start_time="2026-11-20 03:00:00", username="M.Tanaka@Example.co.jp"),
            failed(3, at="2026-11-20 04:00:00"),
            waiting(4, at="2026-11-20 05:00:00", device_ip="203.0.113.7"),
        ]
    )


@pytest.mark.usefixtures("some_connections")
def test_csv_has_every_connection_newest_first(auditor: Client) -> None:
    rows = csv_rows(auditor)
    assert [row["connection_id"] for row in rows] == [connection_id(number) for number in (4, 3, 2, 1)]
    assert [row["status"] for row in rows] == ["unfinished", "failed", "ended", "ended"]
    assert list(rows[0]) == [column.id for column in COLUMNS]


def test_who_is_connected_has_no_end(auditor: Client) -> None:
    """What was logged before the beginning was the end of the sign-in's first leg."""
    keep(
        [waiting(1, at="2026-11-20 00:58:00"), ended(1, at="2026-11-20 00:59:00"), started(1)],
    )
    assert csv_rows(auditor)[0]["ended_at"] == ""
    assert json_rows(auditor)[0]["ended_at"] is None


@pytest.mark.parametrize("end", ["\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"])
def test_a_json_line_is_one_whatever_its_reader_takes_for_an_end(auditor: Client, end: str) -> None:
    keep([started(1, device_type=f"win{end}11"), started(2)])
    lines = body(auditor.get(f"/connections/export.ndjson?{RANGE}")).decode().splitlines()
    assert [json.loads(line)["device_type"] for line in lines] == ["win", f"win{end}11"]


@pytest.mark.usefixtures("some_connections")
def test_a_row_says_all_there_is_with_times_of_the_portals_zone(auditor: Client) -> None:
    row = csv_rows(auditor)[-1]
    assert row == {
        "at": "2026-11-20 10:00:00+09",
        "username": "tanaka@example.co.jp",
        "name": "",
        "status": "ended",
        "failure_reason": "",
        "started_at": "2026-11-20 10:00:00+09",
        "ended_at": "2026-11-20 11:30:00+09",
        "duration_seconds": "5400",
        "device_ip": "198.51.100.27",
        "client_ip": "10.8.0.2",
        "client_ip_v6": "",
        "device_type": "win",
        "endpoint": "tokyo-main",
        "endpoint_id": ENDPOINT,
        "ingress_bytes": "1000",
        "egress_bytes": "2000",
        "ingress_packets": "0",
        "egress_packets": "0",
        "transport_protocol": "udp",
        "port": "50096",
        "common_name": "",
        "updated_at": "2026-11-20 11:30:00+09",
        "connection_id": connection_id(1),
        "policy_result": "",
        "policy_type": "",
        "policy_reason": "",
        "policy_shadow_mode": "",
        "policy_devices": "",
        "client_version": "",
        "platform": "",
        "platform_version": "",
        "groups": "",
        "handler_decision": "",
        "handler_reason": "",
    }


@pytest.mark.usefixtures("some_connections")
def test_the_portals_name_of_a_person_is_found_whatever_the_case(auditor: Client, tanaka: User) -> None:
    User.objects.filter(pk=tanaka.pk).update(username="m.tanaka@example.co.jp")
    assert [row["name"] for row in csv_rows(auditor)] == ["", "", tanaka.name, ""]


def test_people_whose_usernames_differ_in_case_only_have_each_their_own_name(auditor: Client) -> None:
    User.objects.create(username="u-ABC", name="鈴木 一郎")
    User.objects.create(username="u-abc", name="高橋 花子")
    moments = [f"2026-11-20 0{hour}:00:00" for hour in range(1, 4)]
    for number, name in enumerate(("u-ABC", "u-abc", "U-ABC")):
        keep([started(number + 1, connection_start_time=moments[number], username=name)])
    named = {row["username"]: row["name"] for row in csv_rows(auditor)}
    assert named == {"u-ABC": "鈴木 一郎", "u-abc": "高橋 花子", "U-ABC": ""}


@pytest.mark.usefixtures("some_connections")
def test_ndjson_has_numbers_nulls_and_moments(auditor: Client) -> None:
    rows = json_rows(auditor)
    assert [list(row) for row in rows] == [[column.id for column in COLUMNS]] * 4
    assert rows[-1]["ingress_bytes"] == 1000
    assert rows[-1]["started_at"] == "2026-11-20T10:00:00+09:00"
    assert rows[0]["started_at"] is None


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (RANGE, [4, 3, 2, 1]),
        (f"{RANGE}&status=failed", [4, 3]),
        (f"{RANGE}&q=203.0.113.7", [4]),
        ("since=2026-11-20T12:30&until=2026-11-20T13:30", [3]),
        ("since=2025-01-01&until=2025-01-02", []),
    ],
)
@pytest.mark.usefixtures("some_connections")
def test_it_exports_what_the_search_finds(auditor: Client, query: str, numbers: list[int]) -> None:
    ids = [row["connection_id"] for row in csv_rows(auditor, f"{query}&header=ids")]
    assert ids == [connection_id(number) for number in numbers]
    assert [row["connection_id"] for row in json_rows(auditor, query)] == ids


def test_a_year_is_in_one_file_each_connection_once_newest_first(auditor: Client) -> None:
    """However many parts the range is read in; their edges lie on none of these moments or on all."""
    begin = datetime(2025, 11, 1, tzinfo=UTC)
    moments = [begin + timedelta(days=day, seconds=second) for day in range(0, 385, 5) for second in (0, 1)]
    keep(
        [
            started(number, connection_start_time=f"{at:%F %T}", connection_last_update_time=f"{at:%F %T}")
            for number, at in enumerate(moments, start=1)
        ]
    )
    query = "since=2025-11-01T09:00&until=2026-11-21T09:00&header=ids"
    ids = [row["connection_id"] for row in csv_rows(auditor, query)]
    assert ids == [connection_id(number) for number in range(len(moments), 0, -1)]
    assert tagged(["connections:exported"])[-1].details["rows"] == len(moments)


@pytest.mark.parametrize(
    ("language", "query", "first"),
    [
        ("ja", "", "日時（Asia/Tokyo時間）,ユーザー名"),
        ("en", "", "Time (Asia/Tokyo time),Username"),
        ("en", "&header=ids", "at,username"),
        ("en", "&header=none", "2026-11-20 14:00:00+09,"),
    ],
)
@pytest.mark.usefixtures("some_connections")
def test_excel_reads_it_as_utf_8_with_the_header_that_was_asked_for(
    suzuki: User, signed_in: SignedIn, language: str, query: str, first: str
) -> None:
    response = signed_in(suzuki, language).get(f"/connections/export.csv?{RANGE}{query}")
    assert body(response).startswith(b"\xef\xbb\xbf" + first.encode())
    assert response["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    ("language", "query", "name"),
    [
        ("en", RANGE, 'attachment; filename="connections_2026-11-20.csv"'),
        (
            "ja",
            "since=2026-10-01T00:00&until=2026-11-01T00:00",
            f"attachment; filename*=utf-8''{quote('接続ログ_2026-10-01_2026-10-31.csv')}",
        ),
        (
            "en",
            "since=2026-11-20T10:00&until=2026-11-20T12:30",
            'attachment; filename="connections_2026-11-20T1000_2026-11-20T1230.csv"',
        ),
        ("en", "q=cvpn-connection-0a", 'attachment; filename="connections_cvpn-connection-0a.csv"'),
    ],
)
def test_a_files_name_says_what_it_holds(
    suzuki: User, signed_in: SignedIn, language: str, query: str, name: str
) -> None:
    response = signed_in(suzuki, language).get(f"/connections/export.csv?{query}")
    body(response)
    assert response["Content-Disposition"] == name


@pytest.mark.usefixtures("some_connections")
@time_machine.travel("2026-12-03T03:00:00Z", tick=False)
def test_last_month_is_a_range(suzuki: User, signed_in: SignedIn) -> None:
    auditor = signed_in(suzuki)
    assert len(csv_rows(auditor, "range=last-month&header=ids")) == 4
    assert csv_rows(auditor, "range=this-month&header=ids") == []


FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    '"=1',
    "''=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "=cmd|' /C calc'!A0",
    ";=1+1",
    "a;=1",
    '=HYPERLINK("http://x","y")',
)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula_to_a_spreadsheet(auditor: Client, text: str) -> None:
    save_endpoint(text, endpoint_id=ENDPOINT)
    keep([started(1, username=text, device_type=text, common_name=text, transport_protocol=text)])
    row = csv_rows(auditor)[0]
    for name in ("username", "device_type", "common_name", "transport_protocol", "endpoint"):
        assert row[name] == safe_text(text), name
    assert json_rows(auditor)[0]["username"] == text


@pytest.mark.parametrize(
    "text", ["tanaka", "0x", "田中", "a=1", "Zoë", "x,y", 'a"b', "a\nb", "_x", "{x}", "'x", " x", "１"]
)
def test_other_text_stays_as_it_is(auditor: Client, text: str) -> None:
    keep([started(1, username=text)])
    assert csv_rows(auditor)[0]["username"] == text
    assert json_rows(auditor)[0]["username"] == text


def test_a_connection_id_that_is_a_formula_is_none(auditor: Client) -> None:
    keep([started(1).replace(connection_id(1), "=1+cmd")])
    assert csv_rows(auditor)[0]["connection_id"] == "'=1+cmd"


def test_numbers_and_addresses_are_left_alone(auditor: Client) -> None:
    keep([started(1, device_ip="2001:db8::1", port="443")])
    row = csv_rows(auditor)[0]
    assert (row["device_ip"], row["port"], row["client_ip"]) == ("2001:db8::1", "443", "10.8.0.2")


def tagged(tags: Iterable[str]) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(tag__in=tags).order_by("sequence"))


@pytest.mark.usefixtures("some_connections")
def test_who_exported_what_and_how_much_is_recorded(auditor: Client, suzuki: User) -> None:
    csv_rows(auditor, f"{RANGE}&status=failed&header=ids")
    begun, finished = tagged(["connections:export-started", "connections:exported"])
    assert (begun.actor, finished.actor) == (suzuki.username, suzuki.username)
    assert begun.target == finished.target
    assert finished.details["conditions"] == {
        "since": "2026-11-20T00:00",
        "until": "2026-11-21T00:00",
        "status": "failed",
    }
    assert (finished.details["rows"], finished.details["outcome"]) == (2, "complete")


@pytest.mark.usefixtures("some_connections")
def test_an_export_is_not_compressed_and_not_kept(auditor: Client) -> None:
    response = auditor.get(f"/connections/export.csv?{RANGE}", headers={"accept-encoding": "gzip, br"})
    assert body(response).startswith(b"\xef\xbb\xbf")
    assert "Content-Encoding" not in response
    assert response["Cache-Control"] == "no-store"


def test_a_search_that_is_wrong_is_said_and_exports_nothing(auditor: Client) -> None:
    response = auditor.get(
        "/connections/export.csv?source=here&since=2026-11-21T00:00&until=2026-11-20T00:00"
    )
    page = response.content.decode()
    assert response.status_code == 400
    assert "Enter an IP address" in page
    assert "The end must be after the beginning." in page
    assert tagged(["connections:export-started"]) == []


def test_a_search_that_is_wrong_can_be_corrected_where_it_was_entered(auditor: Client) -> None:
    query = "source=here&q=tanaka"
    url = f"/connections/?{query}"
    page = auditor.get(f"/connections/export/?{query}").content.decode()
    assert f'href="{escape(url)}"' in page
    search = auditor.get(url).content.decode()
    assert 'value="here"' in search
    assert "Enter an IP address" in search


@pytest.mark.usefixtures("some_connections")
def test_the_page_says_what_will_be_exported_before(auditor: Client) -> None:
    page = auditor.get(f"/connections/export/?{RANGE}&status=failed").content.decode()
    assert "<dt>Rows</dt><dd>2</dd>" in page
    assert '<input type="hidden" name="status" value="failed">' in page
    assert "In Asia/Tokyo" in page


@pytest.mark.usefixtures("some_connections")
def test_the_page_knows_how_an_export_ended(auditor: Client, takahashi: User, signed_in: SignedIn) -> None:
    export = uuid4()
    where = f"/connections/export/{export}/"
    waits = auditor.get(where).content.decode()
    assert "Waiting for the download to begin" in waits
    assert "hx-trigger" in waits
    csv_rows(auditor, f"{RANGE}&export={export}")
    ended_well = auditor.get(where).content.decode()
    assert "4 rows were sent. The file is complete." in ended_well
    assert "hx-trigger" not in ended_well
    assert "Waiting" in signed_in(takahashi).get(where).content.decode()


@pytest.mark.parametrize(
    ("language", "text"), [("ja", "1,234,567件をすべて出力しました。"), ("en", "1,234,567 rows were sent.")]
)
def test_many_rows_are_said_in_groups_of_three_digits(language: str, text: str) -> None:
    with override(language):
        context = {"export_id": uuid4(), "progress": ExportProgress(1_234_567, ExportOutcome.COMPLETE)}
        assert text in render_to_string("vpn/connection_export/_progress.html", context)


def spreadsheet_rows(client: Client) -> list[dict[str, str]]:
    text = body(client.get(f"/connections/export.csv?{RANGE}")).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.usefixtures("some_connections")
def test_people_read_words_and_local_times(suzuki: User, signed_in: SignedIn) -> None:
    rows = spreadsheet_rows(signed_in(suzuki, "ja"))
    unfinished, denied, _, ended_well = rows
    assert ended_well["日時（Asia/Tokyo時間）"] == "2026-11-20 10:00:00"
    assert ended_well["接続終了（Asia/Tokyo時間）"] == "2026-11-20 11:30:00"
    assert (ended_well["状態"], ended_well["端末"], ended_well["プロトコル"]) == ("終了", "Windows", "UDP")
    assert ended_well["失敗の理由"] == ended_well["失敗の理由（AWSの値）"] == ""
    assert denied["失敗の理由（AWSの値）"] == "authorization-policy-deny"
    assert denied["失敗の理由"] == reason_text("authorization-policy-deny")
    assert unfinished["接続開始（Asia/Tokyo時間）"] == ""


def test_numeric_names_keep_their_zeros_and_unknown_values_are_shown(auditor: Client) -> None:
    save_endpoint("2026", endpoint_id=ENDPOINT)
    keep(
        [
            started(1, username="0012345", device_type="1e5", common_name="0012345"),
            failed(2, at="2026-11-20 04:00:00", reason="odd"),
        ]
    )
    newest, oldest = spreadsheet_rows(auditor)
    assert oldest["Username"] == oldest["Common name"] == "'0012345"
    assert (oldest["Device"], oldest["Endpoint"]) == ("'1e5", "'2026")
    assert newest["Reason for failure"] == newest["Reason for failure (AWS)"] == "odd"
    assert csv_rows(auditor)[1]["username"] == "0012345"


SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def converted(text: bytes, folder: Path) -> list[dict[str, tuple[str, str]]]:
    """LibreOffice's type and value of each cell by its column: n is a number or a time, s is text."""
    (folder / "file.csv").write_bytes(text)
    command = [
        "soffice",
        f"-env:UserInstallation=file://{folder}/profile",
        "--headless",
        "--convert-to",
        "xlsx",
    ]
    subprocess.run(
        [*command, "--infilter=CSV:44,34,76,1,,1041,false,true", "--outdir", folder, folder / "file.csv"],
        check=True,
        capture_output=True,
        timeout=120,
    )
    with zipfile.ZipFile(folder / "file.xlsx") as archive:
        shared = ET.fromstring(archive.read("xl/sharedStrings.xml"))
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    texts = ["".join(part.text or "" for part in item.iter(f"{SHEET}t")) for item in shared]
    rows = []
    for row in sheet.iter(f"{SHEET}row"):
        assert row.find(f".//{SHEET}f") is None, "a formula"
        values = {}
        for cell in row:
            kind, value = cell.get("t", "n"), cell.findtext(f"{SHEET}v") or ""
            # Empty cells are left out, so the column's letters say which it is.
            column = cell.get("r", "").rstrip("0123456789")
            values[column] = (kind, texts[int(value)] if kind == "s" and value else value)
        rows.append(values)
    return rows


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice isn't installed")
def test_libreoffice_takes_times_for_times_and_names_for_text(auditor: Client, tmp_path: Path) -> None:
    save_endpoint(";=1+1", endpoint_id=ENDPOINT)
    named = {"username": "0012345", "device_type": "1e5", "common_name": "=1+1"}
    keep([started(1, **named), ended(1, **named)])
    titles, cells = converted(body(auditor.get(f"/connections/export.csv?{RANGE}")), tmp_path)
    row = {title: cells.get(column, ("", "")) for column, (_kind, title) in titles.items()}
    # Days since 1899-12-30: 2026-11-20 10:00
    assert row["Time (Asia/Tokyo time)"] == ("n", "46346.4166666667")
    assert row["Username"] == ("s", "'0012345")
    assert row["Device"] == ("s", "'1e5")
    assert row["Common name"] == ("s", "'=1+1")
    assert row["Endpoint"][0] == "s"
    assert row["Duration in seconds"][0] == "n"


def test_what_lies_before_the_stored_log_is_not_a_time_without_connections(auditor: Client) -> None:
    save_endpoint(endpoint_id=ENDPOINT, log_group="/vpn")
    page = auditor.get("/connections/export/?since=2020-01-01T00:00&until=2020-01-02T00:00").content.decode()
    assert "<dt>Rows</dt><dd>0</dd>" in page
    assert "/connections/beyond/?" in page
