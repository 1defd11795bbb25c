"""Who was connected at a moment, for scripts: the answer of the page, and what is recorded of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from portal.audit.models import AuditEvent
from tests.vpn.api.conftest import Script
from tests.vpn.connection_log.log_lines import connection_id, ended, keep, started
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.endpoints.models import EgressAddressPeriod

pytestmark = pytest.mark.django_db

URL = "/api/connections/attribution/"
# 10:32 in Japan
AT = "2026-11-20T10:32"


@pytest.fixture(autouse=True)
def some_connections() -> None:
    endpoint = save_endpoint("tokyo-main", client_cidr_block="10.8.0.0/16")
    ours = {"client_vpn_endpoint_id": endpoint.endpoint_id}
    other = {"username": "sato@example.co.jp", "client_ip": "10.8.0.9", "device_ip": "192.0.2.1", **ours}
    keep(
        [
            started(1, **ours),
            ended(1, at="2026-11-20 02:30:00", **ours),
            started(2, **other),
            ended(2, at="2026-11-20 01:31:00", **other),
        ]
    )
    since = datetime(2026, 10, 2, tzinfo=UTC)
    EgressAddressPeriod.objects.create(endpoint=endpoint, address="203.0.113.10", since=since)


def asked(script: Script, address: str, **query: Any) -> tuple[str, list[str]]:
    answer = script(URL, data={"address": address, "at": AT, **query})
    assert answer.status_code == 200, answer.content
    body = answer.json()
    return body["kind"], [first["connection_id"] for first in body["connections"]]


def test_it_answers_for_whatever_the_page_answers_for(script: Script) -> None:
    first, second = connection_id(1), connection_id(2)
    assert asked(script, "203.0.113.10") == ("fixed", [second, first])
    assert asked(script, "203.0.113.10", minutes=0) == ("fixed", [first])
    assert asked(script, "10.8.0.9", minutes=10) == ("vpn", [second])
    assert asked(script, "192.0.2.1", minutes=10) == ("source", [second])
    assert asked(script, "sato", minutes=10) == ("person", [second])
    assert asked(script, "person:nobody@example.co.jp") == ("person", [])
    assert asked(script, "") == ("everybody", [second, first])


def test_it_says_what_the_answer_rests_on(script: Script) -> None:
    answer = script(URL, data={"address": "203.0.113.10", "at": "2026-11-20T10:32:00+09:00"}).json()
    assert (answer["since"], answer["until"]) == ("2026-11-20T01:30:00Z", "2026-11-20T01:34:01Z")
    assert (answer["recorded"], answer["more"], answer["complete_until"]) == (True, False, None)
    assert len(answer["endpoint_ids"]) == 1
    early = script(URL, data={"address": "203.0.113.10", "at": "2026-09-20T10:32"}).json()
    assert early["recorded"] is False


def test_it_is_recorded_with_the_token(script: Script) -> None:
    asked(script, "sato")
    event = AuditEvent.objects.get(tag="connections:attributed")
    assert (event.target, event.details["at"], event.details["minutes"]) == (
        "sato",
        "2026-11-20T10:32:00+09:00",
        2,
    )
    assert event.details["token"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"address": "10.8.0.9"}, "at"),
        ({"address": "10.0.0.0/8", "at": AT}, "address"),
        ({"at": "noon"}, "at"),
        ({"at": AT, "minutes": "7"}, "minutes"),
    ],
)
def test_what_is_wrong_is_said_by_parameter(script: Script, query: dict[str, str], name: str) -> None:
    answer = script(URL, data=query)
    assert (answer.status_code, answer.json()["id"]) == (400, "query-invalid")
    assert list(answer.json()["errors"]) == [name]
