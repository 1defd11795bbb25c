"""Whatever the log holds, every page about it opens, and says nothing that a browser or a spreadsheet would run."""

import csv
import io
import json
from urllib.parse import quote

import pytest
from django.test import Client

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.connections.adversary import Adversary
from tests.vpn.connections.export.test_export import body
from tests.vpn.connections.test_adversary import read
from vpn.connections.models import Connection, Status
from vpn.connections.store import store
from vpn.connections.summary import services as summary

pytestmark = pytest.mark.django_db
RANGE = "since=2019-01-01T00:00&until=2027-01-01T00:00"

DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")


@pytest.fixture
def client(takahashi: User, signed_in: SignedIn) -> Client:
    store(read(Adversary(21).lines(60)))
    return signed_in(takahashi)


def test_every_connection_has_a_page(client: Client) -> None:
    rows = Connection.objects.exclude(status=Status.SIGN_IN)
    for name in rows.values_list("connection_id", flat=True):
        response = client.get(f"/connections/{quote(name, safe='')}/")
        assert response.status_code == 200, name


@pytest.mark.parametrize("path", ["/connections/", "/connections/live/", "/connections/sources/"])
def test_the_lists_open(client: Client, path: str) -> None:
    assert client.get(f"{path}?{RANGE}").status_code == 200


def test_the_summary_opens(client: Client) -> None:
    summary.recount()
    assert client.get("/connections/summary/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_an_export_has_every_row_and_no_formula(client: Client) -> None:
    shown = Connection.objects.exclude(status=Status.SIGN_IN).count()
    text = body(client.get(f"/connections/export.csv?{RANGE}&header=ids")).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == shown
    cells = [
        row[name] for row in rows for name in ("username", "common_name", "device_type", "failure_reason")
    ]
    assert any(cell.startswith("'=") for cell in cells)
    assert not [cell for cell in cells if cell.lstrip(' "\ufeff\u3000')[:1] in DANGEROUS and cell]
    lines = body(client.get(f"/connections/export.ndjson?{RANGE}")).decode().splitlines()
    assert len([json.loads(line) for line in lines]) == shown
