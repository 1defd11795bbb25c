"""What the handler saw, in searches, exports, the list of who is connected, and the API."""

import pytest
from django.http import QueryDict
from django.utils import timezone

from tests.vpn.connection_log.log_lines import failed, keep, started
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connect_attempts.models import ConnectAttempt
from vpn.connection_log.models import Connection
from vpn.connection_log.search.conditions import query_string
from vpn.connection_log.search.forms import ConnectionSearchForm
from vpn.connection_log.search.queries import matching
from vpn.connection_log.search.schemas import connection_schemas

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def connections() -> list[Connection]:
    save_endpoint()
    now = f"{timezone.now():%Y-%m-%d %H:%M:%S}"
    times = {"connection_start_time": now, "connection_last_update_time": now}
    keep([started(1, **times), started(2, **times), started(3, **times), failed(4, at=now)])
    rows = list(Connection.objects.order_by("connection_id"))
    for row, version in zip(rows, ("6.0.0", "6.0.3", "", None), strict=True):
        if version is not None:
            ConnectAttempt.objects.create(
                connection_id=row.connection_id,
                endpoint_id=row.endpoint_id,
                at=timezone.now(),
                groups=["g1", "=g2"],
                platform="win",
                platform_version="10.0",
                client_version=version,
                decision="allow",
                reason="not-on-deny-list",
                raw="{}",
            )
    return rows


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"version": "6.0.0"}, [0]),
        ({"version": "6.0"}, [0, 1]),
        ({"version": "6"}, [0, 1]),
        ({"q": "version:6.0.3"}, [1]),
        # 6.0 is not 6.01, and what nobody told is unknown, whether the handler logged a line or not.
        ({"version": "6.01"}, []),
        ({"version": "unknown"}, [2, 3]),
        ({"q": "version:Unknown"}, [2, 3]),
    ],
)
def test_a_search_finds_by_client_version(
    connections: list[Connection], asked: dict[str, str], expected: list[int]
) -> None:
    data = QueryDict(mutable=True)
    data.update(asked)
    form = ConnectionSearchForm(data)
    assert form.is_valid(), form.errors
    found_ids = set(matching(form.search()).values_list("connection_id", flat=True))
    assert found_ids == {connections[number].connection_id for number in expected}
    assert "version" in query_string(form.search())


def test_a_version_that_is_none_is_refused() -> None:
    assert not ConnectionSearchForm(QueryDict("version=six")).is_valid()


def test_the_api_has_null_for_what_is_not_known(connections: list[Connection]) -> None:
    known, _second, told_nothing, no_line = connection_schemas(connections)
    assert (known.client_version, known.platform, known.groups) == ("6.0.0", "win", ["g1", "=g2"])
    assert (told_nothing.client_version, told_nothing.handler_decision) == (None, "allow")
    assert (no_line.client_version, no_line.groups, no_line.handler_decision) == (None, None, None)
