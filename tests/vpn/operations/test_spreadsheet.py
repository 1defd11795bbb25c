"""The list of operations as a file for a spreadsheet."""

import csv
import io
from typing import Any

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.operations.asking import ask_as
from vpn.endpoints.models import Endpoint
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

ROUTE = {"destination_cidr": "10.9.0.0/16", "target_subnet": "subnet-0a1b2c3d", "description": "office"}


def spreadsheet(client: Any, path: str) -> list[list[str]]:
    response = client.get(path)
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def test_what_the_search_finds_is_a_file_in_the_readers_words(
    plain_endpoint: Endpoint, takahashi: User, suzuki: User, signed_in: SignedIn
) -> None:
    ask_as(takahashi)("create-route", plain_endpoint, **ROUTE)
    Operation.objects.update(status=OperationStatus.CANCELLED, reason="=1+1")
    client = signed_in(suzuki, "ja")
    assert 'href="/operations/export.csv?status=cancelled"' in (
        client.get("/operations/?status=cancelled").content.decode()
    )
    titles, row = spreadsheet(client, "/operations/export.csv?status=cancelled")
    assert titles[:7] == ["番号", "操作", "エンドポイント", "エンドポイントID", "状態", "理由", "依頼者"]
    assert row[2:7] == [
        plain_endpoint.label,
        plain_endpoint.endpoint_id,
        "中止",
        "'=1+1",
        takahashi.name,
    ]
    event = AuditEvent.objects.order_by("sequence").last()
    assert event is not None
    assert (event.tag, event.target_id, event.people) == (
        "operation:viewed",
        "operations",
        [takahashi.username],
    )
    assert event.details == {"format": "csv", "status": "cancelled"}
    assert len(spreadsheet(client, "/operations/export.csv?status=failed")) == 1
