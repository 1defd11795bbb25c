"""Endpoints that are closed and opened as planned: nobody misses them, and nothing turns red."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from tests.vpn.assurance.healthy import HealthyCompany, ways_out
from vpn.assurance.models import PartStatus, Requirement
from vpn.endpoints.models import Endpoint
from vpn.endpoints.trouble import find_trouble
from vpn.notices.plans import find_closing
from vpn.notifications.models import Delivery
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus
from vpn.requirement_alerts.services import send_alerts

pytestmark = pytest.mark.django_db
R1 = Requirement.FIXED_ADDRESS


def save_operation(
    endpoint: Endpoint, kind: str, status: str, finished_at: datetime | None = None
) -> Operation:
    number = Operation.objects.count() + 1
    return Operation.objects.create(
        number=number,
        kind=kind,
        endpoint=endpoint,
        digest="",
        reason="The night",
        status=status,
        finished_at=finished_at,
        lock_range=(number, number + 1),
    )


class Night:
    """``tokyo`` is closed and opened by operations, and each minute is evaluated and told."""

    def __init__(self, company: HealthyCompany) -> None:
        self.company = company

    @property
    def tokyo(self) -> Endpoint:
        return Endpoint.objects.get(pk=self.company.tokyo.pk)

    def minutes(self, count: int, **changes: Any) -> str:
        """R1 after them; no part of the endpoint may be red on the way."""
        Endpoint.objects.filter(pk=self.company.tokyo.pk).update(**changes)
        for _minute in range(count):
            values = self.company.minute()
            send_alerts(self.company.now)
            assert not PartStatus.objects.filter(value="fails").exists()
            assert not Delivery.objects.exists()
            trouble = find_trouble(self.tokyo)
            assert trouble is None or find_closing(trouble) is not None
        return values[R1]


def test_a_night_with_a_pause_turns_nothing_red_and_tells_nobody(
    healthy: HealthyCompany, settings: Settings
) -> None:
    settings.NOTIFY_EMAILS = ["operators@example.co.jp"]
    night = Night(healthy)
    in_order = {"status": "available", "egress": ways_out(), "egress_ips": healthy.tokyo.egress_ips}
    closed = {"status": "pending-associate", "egress": [], "egress_ips": []}
    assert night.minutes(2, **in_order, configuration_seen_at=healthy.now) == "holds"
    save_operation(healthy.tokyo, "pause-endpoint", OperationStatus.SUCCEEDED, healthy.now)
    # Nobody's traffic leaves by the fixed address then: that isn't called in order either.
    assert night.minutes(8, **closed) == "unknown"
    resumption = save_operation(healthy.tokyo, "resume-endpoint", OperationStatus.WAITING)
    assert night.minutes(12) == "unknown"
    # AWS lets people in, and the routes come last.
    unrouted = ways_out("no-endpoint-route", via="", addresses=())
    assert night.minutes(1, status="available", egress=unrouted[:1]) == "unknown"
    Operation.objects.filter(pk=resumption.pk).update(
        status=OperationStatus.SUCCEEDED, finished_at=healthy.now
    )
    assert night.minutes(1, egress=unrouted, egress_ips=healthy.tokyo.egress_ips) == "unknown"
    assert night.minutes(2, **in_order) == "holds"


def test_what_closes_after_it_was_opened_again_was_not_planned(healthy: HealthyCompany) -> None:
    tokyo, day = healthy.tokyo, timedelta(days=1)
    save_operation(tokyo, "pause-endpoint", OperationStatus.SUCCEEDED, healthy.now - 2 * day)
    save_operation(tokyo, "resume-endpoint", OperationStatus.SUCCEEDED, healthy.now - day)
    healthy.minute()
    healthy.change(tokyo, status="pending-associate", target_networks=[])
    assert [values[R1] for values in healthy.minutes(3)] == ["holds", "holds", "fails"]
