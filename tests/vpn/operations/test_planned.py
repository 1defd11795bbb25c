"""Operations that begin at a time of their own, and who is told beforehand."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from sandbox import company
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import rule, save_connection, save_endpoint
from tests.vpn.operations.asking import plan
from vpn.endpoints.models import Endpoint
from vpn.notifications.models import Delivery
from vpn.operations.engine.advancing import advance
from vpn.operations.models import Operation
from vpn.operations.requests import services
from vpn.operations.states import OperationStatus

SUBNET = "subnet-0a1b2c3d"
IN_AN_HOUR = timedelta(hours=1)


@pytest.fixture
def paused_later(db: None) -> Endpoint:
    network = {
        "association_id": "cvpn-assoc-1",
        "subnet_id": SUBNET,
        "vpc_id": "vpc-1",
        "status": "associated",
    }
    return save_endpoint(target_networks=[{**network, "message": "", "security_groups": []}], routes=[])


def ask(endpoint: Endpoint, actor: User, slug: str = "pause-endpoint", **data: str) -> Operation:
    draft = plan(slug, endpoint, **(data or {"when": "now"}))
    return services.request(
        draft=draft,
        actor=actor,
        reason="Saving money",
        digest=draft.digest,
        typed_name=draft.name_to_type,
        not_before=timezone.now() + IN_AN_HOUR,
    )


def test_it_begins_when_its_time_has_come(paused_later: Endpoint, takahashi: User) -> None:
    operation = ask(paused_later, takahashi)
    assert operation.status == OperationStatus.SCHEDULED
    advance()
    operation.refresh_from_db()
    assert operation.status == OperationStatus.SCHEDULED
    with time_machine.travel(timezone.now() + IN_AN_HOUR):
        assert advance() == [str(operation.pk)]
    operation.refresh_from_db()
    assert operation.status == OperationStatus.QUEUED


def test_it_does_not_begin_on_other_settings_than_were_confirmed(
    paused_later: Endpoint, takahashi: User
) -> None:
    operation = ask(paused_later, takahashi)
    paused_later.authorization_rules = []
    paused_later.save(update_fields=["authorization_rules"])
    with time_machine.travel(timezone.now() + IN_AN_HOUR):
        advance()
    operation.refresh_from_db()
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, "operation-stale")


def test_people_whose_profile_it_is_are_told_on_their_home_page(
    paused_later: Endpoint, takahashi: User, tanaka: User, signed_in: SignedIn
) -> None:
    save_endpoint("osaka-dr")
    ask(paused_later, takahashi)
    page = signed_in(tanaka).get("/").content.decode()
    assert "tokyo-main: work is planned for" in page
    assert "Connect to osaka-dr instead." in page


def test_others_are_not_told(
    takahashi: User, tanaka: User, signed_in: SignedIn, paused_later: Endpoint
) -> None:
    paused_later.authorization_rules = [rule("0.0.0.0/0", group=company.ENGINEERING.id)]
    paused_later.save(update_fields=["authorization_rules"])
    ask(paused_later, takahashi)
    assert "work is planned" not in signed_in(tanaka).get("/").content.decode()


def test_what_nobody_will_feel_is_no_news(
    takahashi: User, tanaka: User, signed_in: SignedIn, paused_later: Endpoint
) -> None:
    ask(paused_later, takahashi, "create-route", destination_cidr="192.168.77.0/24", target_subnet=SUBNET)
    assert "work is planned" not in signed_in(tanaka).get("/").content.decode()


def test_the_channels_hear_of_it_once(paused_later: Endpoint, takahashi: User, settings: Settings) -> None:
    settings.NOTIFY_EMAILS = ["vpn-admins@example.co.jp"]
    operation = ask(paused_later, takahashi)
    (delivery,) = Delivery.objects.all()
    assert "tokyo-main" in delivery.subject
    assert "Saving money" in delivery.text
    assert str(operation.pk) in delivery.url


@pytest.mark.parametrize(("hours", "taken"), [(1, True), (-1, False), (24 * 31, False)])
def test_the_page_takes_a_time_within_thirty_days(
    paused_later: Endpoint,
    takahashi: User,
    signed_in: SignedIn,
    hours: int,
    taken: bool,
) -> None:
    save_connection(paused_later, "m.tanaka@example.co.jp")
    client: Client = signed_in(takahashi)
    at = timezone.localtime(timezone.now() + timedelta(hours=hours))
    draft = plan("pause-endpoint", paused_later, when="now")
    given: dict[str, Any] = {
        "endpoint": paused_later.endpoint_id,
        "when": "now",
        "stage": "run",
        "reason": "Saving money",
        "typed_name": paused_later.label,
        "digest": draft.digest,
        "not_before": at.strftime("%Y-%m-%dT%H:%M"),
    }
    response = client.post("/operations/new/pause-endpoint/", given)
    assert (response.status_code == 302) == taken
    assert Operation.objects.exists() == taken
    if not taken:
        assert "Saving money" in response.content.decode()


@pytest.mark.parametrize("typed", ["tomorrow at eight", "2026-13-45T99:00", "１２月"])
def test_a_time_that_is_no_time_stays_as_it_was_typed(
    paused_later: Endpoint, takahashi: User, signed_in: SignedIn, typed: str
) -> None:
    """A picker would throw it away: then it is a field of text."""
    page = signed_in(takahashi).post(
        "/operations/new/pause-endpoint/",
        {
            "endpoint": paused_later.endpoint_id,
            "when": "now",
            "stage": "run",
            "reason": "x",
            "not_before": typed,
        },
    )
    assert re.search(rf'<input type="text" name="not_before" value="{typed}"', page.content.decode())
