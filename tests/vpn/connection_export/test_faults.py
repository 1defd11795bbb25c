"""What goes wrong on the way: the person can see it, it is recorded, and nothing is left behind."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django.test import Client

from portal.access.models import User
from portal.audit.models import AuditEvent
from portal.locks import AdvisoryLock
from tests.conftest import SignedIn
from vpn.connection_export.stream import MAX_EXPORTS, PIECE_BYTES, application_name

pytestmark = pytest.mark.django_db(transaction=True)

# More than sockets and libpq hold, so that an export is still under way when something happens to it
MANY = 60_000
QUERY = "since=2026-11-20T00:00&until=2026-11-22T00:00"


@pytest.fixture
def auditor(suzuki: User, signed_in: SignedIn) -> Client:
    return signed_in(suzuki)


@pytest.fixture
def many_connections(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS vpn_connection_2026_11 PARTITION OF vpn_connection"
            " FOR VALUES FROM ('2026-11-01Z') TO ('2026-12-01Z')"
        )
        cursor.execute(
            "INSERT INTO vpn_connection (at, connection_id, endpoint_id, status, seen, updated_at, ingress_bytes,"
            " egress_bytes, ingress_packets, egress_packets)"
            " SELECT '2026-11-20Z'::timestamptz + i * interval '1 second', 'cvpn-connection-' || i, 'cvpn-endpoint-1',"
            " 'ended', 17, '2026-11-20Z', i, i, i, i FROM generate_series(1, %s) AS i",
            [MANY],
        )


def begin(client: Client, form: str = "csv", export: Any = "") -> Iterator[bytes]:
    response: Any = client.get(f"/connections/export.{form}?{QUERY}&header=ids&export={export}")
    assert response.status_code == 200
    return iter(response.streaming_content)


def last_event() -> AuditEvent:
    return AuditEvent.objects.order_by("-sequence")[0]


def open_connections(export: Any) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = %s", [application_name(export)]
        )
        return [pid for (pid,) in cursor.fetchall()]


@pytest.mark.usefixtures("many_connections")
@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_an_export_that_the_database_ends_says_so_in_its_last_line(auditor: Client, form: str) -> None:
    export = uuid4()
    pieces = begin(auditor, form, export)
    got = next(pieces)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", open_connections(export))
    rest: list[bytes] = []
    with pytest.raises(psycopg.OperationalError):
        rest.extend(pieces)
    got += b"".join(rest)
    event = last_event()
    assert (event.tag, event.details["outcome"]) == ("connections:export-failed", "failed")
    assert 0 < event.details["rows"] < MANY
    last = got.splitlines()[-1].decode()
    if form == "csv":
        assert f"broke off after {event.details['rows']} rows" in last
        assert event.reference in last
    else:
        assert json.loads(last) == {
            "incomplete": True,
            "rows": event.details["rows"],
            "reference": event.reference,
        }
    assert len(got.splitlines()) == event.details["rows"] + (2 if form == "csv" else 1)
    page = auditor.get(f"/connections/export/{export}/").content.decode()
    assert "What has been saved is not complete" in page


@pytest.mark.usefixtures("many_connections")
def test_whoever_goes_away_leaves_no_connection_behind(auditor: Client) -> None:
    export = uuid4()
    response: Any = auditor.get(f"/connections/export.csv?{QUERY}&export={export}")
    pieces = iter(response.streaming_content)
    next(pieces)
    assert open_connections(export)
    response.close()
    assert last_event().details["outcome"] == "cancelled"
    deadline = time.monotonic() + 10
    while open_connections(export):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.usefixtures("many_connections")
def test_an_answer_that_nobody_reads_leaves_no_connection_behind(auditor: Client) -> None:
    export = uuid4()
    auditor.get(f"/connections/export.csv?{QUERY}&export={export}").close()
    assert last_event().details["outcome"] == "cancelled"


@pytest.mark.usefixtures("many_connections")
def test_how_far_it_is_can_be_seen_meanwhile(auditor: Client) -> None:
    export = uuid4()
    pieces = begin(auditor, "csv", export)
    next(pieces)
    page = auditor.get(f"/connections/export/{export}/").content.decode()
    assert "rows so far" in page
    assert sum(piece.count(b"\n") for piece in pieces) == MANY - 1
    assert last_event().details == {
        "format": "csv",
        "token": "",
        "conditions": {"since": "2026-11-20T00:00", "until": "2026-11-22T00:00"},
        "rows": MANY,
        "outcome": "complete",
    }


@pytest.mark.usefixtures("many_connections")
def test_it_is_passed_on_in_pieces_of_which_the_first_is_small(auditor: Client) -> None:
    pieces = list(begin(auditor))
    assert len(pieces[0]) < 1000
    assert max(map(len, pieces)) < PIECE_BYTES + 1000


def test_only_so_many_run_at_once_and_the_page_says_so(auditor: Client) -> None:
    other: Any = connection.copy()
    with closing(other), other.cursor() as cursor:
        for place in range(MAX_EXPORTS):
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [AdvisoryLock.EXPORT, place])
        response = auditor.get(f"/connections/export.csv?{QUERY}")
    assert response.status_code == 503
    assert f"{MAX_EXPORTS} exports are under way" in response.content.decode()
    tags = AuditEvent.objects.order_by("sequence").values_list("tag", flat=True)
    # The page that says so shows the number of rows, too.
    assert list(tags) == ["connections:export-started", "connections:export-failed", "connections:searched"]


def test_a_database_that_refuses_at_once_is_an_error_page_and_no_file(
    suzuki: User, signed_in: SignedIn
) -> None:
    client = signed_in(suzuki)
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE vpn_endpoint RENAME COLUMN label TO name")
    try:
        response = client.get(f"/connections/export.ndjson?{QUERY}")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE vpn_endpoint RENAME COLUMN name TO label")
    assert response.status_code == 500
