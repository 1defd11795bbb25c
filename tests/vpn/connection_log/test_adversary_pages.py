"""Whatever the log holds, every page about it opens, and says nothing that a browser or a spreadsheet would run."""

import csv
import io
import json
from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.api.conftest import token_of
from tests.vpn.connection_export.test_export import body
from tests.vpn.connection_log.adversary import BEGIN, ENDPOINTS, Adversary
from tests.vpn.connection_log.test_adversary import readable
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connection_log.models import Connection, ConnectionStatus
from vpn.connection_log.store import store
from vpn.connection_summary import services as summary
from vpn.findings import services as findings
from vpn.findings.models import Finding, RuleRun
from vpn.findings.rules import RULES

pytestmark = pytest.mark.django_db
RANGE = "since=2019-01-01T00:00&until=2027-01-01T00:00"

DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")


@pytest.fixture
def client(takahashi: User, signed_in: SignedIn) -> Client:
    store(readable(Adversary(21).lines(60)), now=timezone.now())
    return signed_in(takahashi)


def test_every_connection_has_a_page(client: Client) -> None:
    rows = Connection.objects.exclude(status=ConnectionStatus.SIGN_IN)
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
    shown = Connection.objects.exclude(status=ConnectionStatus.SIGN_IN).count()
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


def test_the_api_tells_of_every_connection(client: Client, takahashi: User) -> None:
    """In a script's hands the answers are JSON that any reader takes."""
    headers = {"authorization": f"Bearer {token_of(takahashi)}"}
    url: str | None = f"/api/connections/?{RANGE}&limit=50"
    names: list[str] = []
    while url:
        page = client.get(url, headers=headers)
        assert page.status_code == 200
        rows = json.loads(page.content.decode())
        names += [row["connection_id"] for row in rows["connections"]]
        url = rows["next"]
    assert (
        len(names) == len(set(names)) == Connection.objects.exclude(status=ConnectionStatus.SIGN_IN).count()
    )
    for name in names[:80]:
        answer = client.get(f"/api/connections/{quote(name, safe='')}/", headers=headers)
        assert json.loads(answer.content.decode())["events"], name


def test_findings_are_looked_for_and_shown(client: Client) -> None:
    save_endpoint(endpoint_id=ENDPOINTS[0])
    summary.recount()
    with time_machine.travel(BEGIN + timedelta(days=60), tick=False):
        findings.evaluate()
        assert RuleRun.objects.count() == len(RULES)
        assert client.get("/connections/findings/").status_code == 200
        for row in Finding.objects.all():
            assert client.get(f"/connections/findings/{row.pk}/").status_code == 200
    assert Finding.objects.filter(kind="never-signed-in").exists()
