"""What the helpdesk may do for a person: for the opened one only, with a reason, recorded, and nothing else."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from portal.access.models import User
from portal.audit.models import AuditEvent
from portal.audit.tags import Tag
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.endpoints.models import LiveConnection
from vpn.operation_kinds import get_kind
from vpn.operations.models import Operation
from vpn.operations.requests import services

pytestmark = pytest.mark.django_db

ID = "cvpn-connection-0a1b2c3d4e5f60718"
OTHERS = "cvpn-connection-0a1b2c3d4e5f60719"


@pytest.fixture
def agent(sato: User, signed_in: SignedIn) -> Client:
    return signed_in(sato)


@pytest.fixture
def connection(tanaka: User) -> LiveConnection:
    endpoint = save_endpoint()
    save_connection(endpoint, "somebody.else@example.co.jp", connection_id=OTHERS)
    return save_connection(endpoint, tanaka.username, connection_id=ID)


def open_page(agent: Client, person: User) -> str:
    url = f"/helpdesk/{person.username}/"
    agent.post(url, {"reason": "INC-4711"})
    return agent.get(url).content.decode()


def end(agent: Client, person: User, **given: str) -> Any:
    data = {"connection": ID, "reason": "INC-4711: hangs", **given}
    return agent.post(f"/helpdesk/-/end/{person.username}/", data, follow=True)


def test_the_connection_of_the_opened_person_is_ended_with_a_reason(
    agent: Client, connection: LiveConnection, tanaka: User, sato: User
) -> None:
    assert "End the connection tokyo-main" in open_page(agent, tanaka)
    page = end(agent, tanaka).content.decode()
    operation = Operation.objects.get()
    assert (operation.kind, operation.parameters["connection_id"], operation.requested_by) == (
        "terminate-connection",
        ID,
        sato,
    )
    event = AuditEvent.objects.get(tag=Tag.OPERATION_REQUESTED)
    assert (event.actor, event.details["reason"]) == (sato.username, "INC-4711: hangs")
    # It is under way, so it isn't offered again; and nothing leads to the page of the operation.
    assert "It is being ended." in page
    assert f"/operations/{operation.pk}/" not in page
    end(agent, tanaka)
    assert Operation.objects.count() == 1


def test_nothing_is_ended_without_an_opened_page_or_a_reason_or_of_somebody_else(
    agent: Client, connection: LiveConnection, tanaka: User
) -> None:
    end(agent, tanaka)
    open_page(agent, tanaka)
    end(agent, tanaka, reason=" ")
    end(agent, tanaka, connection=OTHERS)
    end(agent, tanaka, connection="cvpn-connection-00000000000000000")
    assert not Operation.objects.exists()


def test_the_helpdesk_may_ask_for_that_kind_alone(
    agent: Client, connection: LiveConnection, sato: User, suzuki: User, tanaka: User
) -> None:
    for path in ("/operations/", "/operations/new/", "/operations/new/terminate-connection/"):
        assert agent.get(path).status_code == 403
    draft = services.make_draft(
        kind=get_kind("terminate-person"), endpoint=None, data={"usernames": tanaka.username}
    )
    with pytest.raises(PermissionDenied):
        services.request(draft=draft, actor=sato, reason="x", digest=draft.digest)
    draft = services.make_draft(
        kind=get_kind("terminate-connection"), endpoint=connection.endpoint, data={"connection": ID}
    )
    with pytest.raises(PermissionDenied):
        services.request(draft=draft, actor=suzuki, reason="x", digest=draft.digest)
