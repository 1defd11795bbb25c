"""A requirement that turns is told once, and once when it holds again; neither a blip nor silence is news."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.vpn.endpoints_in_database import save_endpoint
from vpn.assurance.models import PartAcceptance, PartStatus, RequirementStatus
from vpn.endpoints.models import Endpoint
from vpn.findings.tasks import look_for_outages
from vpn.notifications.models import Delivery, DeliveryStatus
from vpn.requirement_alerts.models import RequirementAlert
from vpn.requirement_alerts.services import send_alerts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def operators(settings: Settings) -> None:
    settings.NOTIFY_EMAILS = ["operators@example.co.jp"]
    settings.LANGUAGE_CODE = "en"


def evaluated(value: str, endpoint: Endpoint | None, *, key: str = "nat", requirement: str = "R1") -> None:
    """What the evaluation stores: a part, and the requirement that it belongs to."""
    now = timezone.now()
    common: dict[str, Any] = {"since": now - timedelta(minutes=3), "evaluated_at": now, "value": value}
    PartStatus.objects.update_or_create(
        key=key,
        endpoint=endpoint,
        defaults={
            **common,
            "requirement": requirement,
            "sentence": "Tanaka left.",
            "seen": value,
            "seen_since": now,
        },
    )
    for scope in {endpoint, None}:
        RequirementStatus.objects.update_or_create(requirement=requirement, endpoint=scope, defaults=common)


def told() -> list[str]:
    """The subjects of what was sent since the last time that this was asked."""
    send_alerts()
    send_alerts()
    subjects = list(Delivery.objects.filter(key__startswith="requirement-").values_list("subject", flat=True))
    Delivery.objects.filter(key__startswith="requirement-").delete()
    return subjects


FAILS = ["VPN requirement fails: The internet sees the fixed IP address"]
MENDED = ["VPN requirement is met again: The internet sees the fixed IP address"]


def test_it_is_told_once_when_it_turns_and_once_when_it_is_over() -> None:
    endpoint = save_endpoint()
    evaluated("holds", endpoint)
    assert told() == []
    evaluated("fails", endpoint)
    send_alerts()
    message = Delivery.objects.get()
    assert message.text.startswith("tokyo-main · The internet sees the fixed IP address: since ")
    # The evidence may name people, and stays in the portal.
    assert "Tanaka" not in message.text
    assert message.url.endswith("/status/")
    assert told() == FAILS
    # Another part of the same requirement is the same trouble.
    evaluated("fails", endpoint, key="route")
    evaluated("holds", endpoint)
    assert told() == []
    evaluated("holds", endpoint, key="route")
    assert told() == MENDED
    evaluated("fails", endpoint)
    assert told() == FAILS


def test_what_cannot_be_told_is_neither_a_failure_nor_a_recovery() -> None:
    endpoint = save_endpoint()
    evaluated("unknown", endpoint)
    assert told() == []
    evaluated("fails", endpoint)
    assert told() == FAILS
    evaluated("unknown", endpoint)
    assert told() == []
    # Nor is that nobody has evaluated for a while.
    PartStatus.objects.update(value="holds", evaluated_at=timezone.now() - timedelta(minutes=9))
    assert told() == []
    evaluated("holds", endpoint)
    assert told() == MENDED


def test_each_endpoint_and_what_belongs_to_none_are_told_for_themselves() -> None:
    tokyo, osaka = save_endpoint(), save_endpoint("osaka-dr")
    evaluated("fails", tokyo)
    assert told() == FAILS
    evaluated("fails", osaka)
    evaluated("fails", None, key="chain", requirement="R4")
    assert told() == ["VPN requirement fails: The internet sees the fixed IP address, Connections are logged"]
    evaluated("holds", tokyo)
    assert told() == MENDED
    assert RequirementAlert.objects.filter(closed_at=None).count() == 2


def test_what_an_administrator_lives_with_is_not_told() -> None:
    endpoint = save_endpoint()
    now = timezone.now()
    PartAcceptance.objects.create(
        key="nat",
        endpoint=endpoint,
        until=now + timedelta(days=1),
        reason="x",
        accepted_by="x",
        accepted_at=now,
    )
    evaluated("fails", endpoint)
    assert told() == []
    PartAcceptance.objects.update(until=now)
    assert told() == FAILS
    # Accepted when it was told already: nothing is met again by that.
    PartAcceptance.objects.update(until=now + timedelta(days=1))
    assert told() == []
    assert not RequirementAlert.objects.filter(closed_at=None).exists()
    PartAcceptance.objects.update(until=now)
    assert told() == FAILS


def test_a_broken_endpoint_that_a_finding_has_told_is_told_again_only_when_it_is_mended() -> None:
    endpoint = save_endpoint(egress_ips=[])
    look_for_outages()
    Delivery.objects.update(status=DeliveryStatus.SENT)
    evaluated("fails", endpoint)
    assert told() == []
    Endpoint.objects.update(egress_ips=["203.0.113.10"])
    evaluated("holds", endpoint)
    assert told() == MENDED


def test_a_broken_endpoint_that_a_finding_has_told_hides_nothing_else_that_fails_there() -> None:
    endpoint = save_endpoint(egress_ips=[])
    look_for_outages()
    Delivery.objects.update(status=DeliveryStatus.SENT)
    evaluated("fails", endpoint, key="logging-on", requirement="R4")
    assert told() == ["VPN requirement fails: Connections are logged"]


def test_of_what_belongs_to_no_endpoint_each_failure_is_told() -> None:
    evaluated("fails", None, key="log-retention", requirement="R4")
    failing = ["VPN requirement fails: Connections are logged"]
    assert told() == failing
    evaluated("fails", None, key="audit-chain", requirement="R4")
    assert told() == failing
    evaluated("holds", None, key="log-retention", requirement="R4")
    assert told() == []
    evaluated("holds", None, key="audit-chain", requirement="R4")
    assert told() == ["VPN requirement is met again: Connections are logged"]


def test_a_closed_endpoint_hides_what_fails_and_mends_nothing() -> None:
    endpoint = save_endpoint()
    evaluated("holds", endpoint, key="session", requirement="R3")
    evaluated("fails", endpoint)
    assert told() == FAILS
    # Unplanned: that nobody can connect is all that is known of it.
    PartStatus.objects.all().delete()
    evaluated("fails", endpoint, key="open")
    assert told() == []
    # As planned: nothing is.
    PartStatus.objects.all().delete()
    assert told() == []
    evaluated("holds", endpoint, key="open")
    evaluated("holds", endpoint)
    assert told() == MENDED


def test_without_the_endpoint_nothing_is_left_to_tell() -> None:
    endpoint = save_endpoint()
    evaluated("fails", endpoint)
    assert told() == FAILS
    PartStatus.objects.all().delete()
    Endpoint.objects.update(vanished_at=timezone.now())
    assert told() == []
    assert not RequirementAlert.objects.filter(closed_at=None).exists()
