"""The export for scripts: the same file, with names for scripts."""

import json
from contextlib import closing
from typing import Any

import pytest
from django.db import connection

from portal.audit.models import AuditEvent
from portal.locks import AdvisoryLock
from tests.vpn.api.conftest import Script
from tests.vpn.connection_log.log_lines import connection_id, ended, keep, started
from vpn.connection_export.columns import COLUMNS
from vpn.connection_export.stream import MAX_EXPORTS

pytestmark = pytest.mark.django_db(transaction=True)

RANGE = "since=2026-11-20T00:00&until=2026-11-21T00:00"


@pytest.fixture
def a_connection(db: None) -> None:
    keep([started(1), ended(1)])


def body(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content).decode("utf-8-sig")


@pytest.mark.usefixtures("a_connection")
def test_both_forms_have_the_names_for_scripts(script: Script) -> None:
    lines = body(script(f"/api/connections/export.csv?{RANGE}")).splitlines()
    assert lines[0] == ",".join(column.id for column in COLUMNS)
    assert dict(zip(lines[0].split(","), lines[1].split(","), strict=True))["connection_id"] == connection_id(
        1
    )
    [line] = body(script(f"/api/connections/export.ndjson?{RANGE}")).splitlines()
    assert list(json.loads(line)) == lines[0].split(",")


@pytest.mark.usefixtures("a_connection")
def test_it_is_recorded_with_the_token(script: Script) -> None:
    body(script(f"/api/connections/export.ndjson?{RANGE}"))
    event = AuditEvent.objects.order_by("-sequence")[0]
    assert (event.tag, event.details["token"], event.details["rows"]) == ("connections:exported", "script", 1)


def test_a_query_that_is_wrong_is_a_problem(script: Script) -> None:
    answer = script("/api/connections/export.csv?header=x")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["header"])


def test_it_says_when_too_many_are_under_way(script: Script) -> None:
    other: Any = connection.copy()
    with closing(other), other.cursor() as cursor:
        for place in range(MAX_EXPORTS):
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [AdvisoryLock.EXPORT, place])
        answer = script(f"/api/connections/export.csv?{RANGE}")
    assert (answer.status_code, answer.json()["id"], answer["Retry-After"]) == (503, "busy", "60")
