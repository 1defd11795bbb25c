"""Every role tries every kind: by the page, by the service, and two administrators at once."""

import threading
from collections.abc import Callable
from contextlib import suppress
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import connection
from django.test import Client

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.api.conftest import token_of
from tests.vpn.endpoints_in_database import save_endpoint
from tests.vpn.operations.asking import plan
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import KINDS
from vpn.operations.base.kind import OperationKind
from vpn.operations.models import Operation
from vpn.operations.refusals import EndpointBusy
from vpn.operations.requests import services

SUBNET = "subnet-0a1b2c3d"


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    network = {
        "association_id": "cvpn-assoc-1",
        "subnet_id": SUBNET,
        "vpc_id": "vpc-1",
        "status": "associated",
    }
    return save_endpoint(target_networks=[{**network, "message": "", "security_groups": []}], routes=[])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_nobody_but_administrators_sees_or_sends_any_kind(
    kind: OperationKind,
    endpoint: Endpoint,
    tanaka: User,
    sato: User,
    suzuki: User,
    takahashi: User,
    signed_in: SignedIn,
) -> None:
    url = f"/operations/new/{kind.slug}/?endpoint={endpoint.endpoint_id}"
    for user in (tanaka, sato, suzuki):
        client = signed_in(user)
        assert client.get(url).status_code == 403
        assert client.post(url, {"stage": "run", "endpoint": endpoint.endpoint_id}).status_code == 403
    assert signed_in(takahashi).get(url).status_code == 200
    assert not Operation.objects.exists()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_nor_does_anybody_elses_script_plan_or_ask(
    kind: OperationKind, endpoint: Endpoint, tanaka: User, sato: User, suzuki: User, takahashi: User
) -> None:
    asked = {"kind": kind.slug, "endpoint_id": endpoint.endpoint_id, "parameters": {}, "reason": "x"}
    for user in (tanaka, sato, suzuki):
        headers = {"authorization": f"Bearer {token_of(user)}"}
        for url in ("/api/operations/plan/", "/api/operations/"):
            answer = Client().post(url, asked, content_type="application/json", headers=headers)
            assert answer.status_code == 403, (user, url)
    headers = {"authorization": f"Bearer {token_of(takahashi)}"}
    answer = Client().post("/api/operations/plan/", asked, content_type="application/json", headers=headers)
    assert answer.status_code in {200, 400}
    assert not Operation.objects.exists()


@pytest.mark.parametrize("who", ["tanaka", "sato", "suzuki", "takahashi"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_nor_does_anybody_else_from_the_shell(
    kind: OperationKind, who: str, endpoint: Endpoint, request: pytest.FixtureRequest
) -> None:
    """They are told of nothing but that; an administrator is told what is wrong with the rest."""
    user: User = request.getfixturevalue(who)
    words = [kind.slug, "--as", user.username, "--yes", "--reason", "x"]
    words += ["--endpoint", endpoint.endpoint_id] if kind.needs_endpoint else []
    err = StringIO()
    with suppress(SystemExit):
        call_command("operation", *words, stdout=StringIO(), stderr=err)
    refused = err.getvalue() == f"--as: {user.username} may not ask for operations.\n"
    assert refused == (who != "takahashi")
    assert not (refused and Operation.objects.exists())


@pytest.mark.parametrize("who", ["tanaka", "sato", "suzuki"])
def test_the_service_asks_again(who: str, endpoint: Endpoint, request: pytest.FixtureRequest) -> None:
    draft = plan("pause-endpoint", endpoint, when="now")
    with pytest.raises(PermissionDenied):
        services.request(
            draft=draft,
            actor=request.getfixturevalue(who),
            reason="x",
            digest=draft.digest,
            typed_name=draft.name_to_type,
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("slug", "data"),
    [
        ("pause-endpoint", {"when": "now"}),
        ("give-office-route", {"destination_cidr": "192.168.200.0/24", "who": "everybody"}),
        ("block-person", {"usernames": "m.tanaka@example.co.jp", "accept_unknown": "on"}),
    ],
)
def test_of_two_administrators_at_once_one_is_told_of_the_other(
    slug: str, data: dict[str, str], takahashi: User
) -> None:
    network = {
        "association_id": "cvpn-assoc-1",
        "subnet_id": SUBNET,
        "vpc_id": "vpc-1",
        "status": "associated",
    }
    endpoint = save_endpoint(target_networks=[{**network, "message": "", "security_groups": []}], routes=[])
    draft = plan(slug, None if slug == "block-person" else endpoint, **data)
    outcomes: list[str] = []

    def ask() -> None:
        try:
            services.request(
                draft=draft,
                actor=takahashi,
                reason="x",
                digest=draft.digest,
                typed_name=draft.name_to_type,
            )
            outcomes.append("taken")
        except EndpointBusy as busy:
            outcomes.append(f"busy {busy.other.number if busy.other else ''}")
        finally:
            connection.close()

    at_once(ask, ask, ask)
    assert sorted(outcomes) == ["busy 1", "busy 1", "taken"]
    assert Operation.objects.count() == 1


def at_once(*calls: Callable[[], None]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
