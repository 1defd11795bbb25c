"""An endpoint with a schedule: paused at 20:00, resumed at 08:00, on working days in Tokyo."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from portal.access.models import User
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.endpoints.models import Endpoint
from vpn.operations.models import Operation, OperationStep
from vpn.operations.schedules import services
from vpn.operations.schedules.models import Schedule
from vpn.operations.states import OperationStatus, StepStatus

FIELDS: dict[str, Any] = {
    "pause_at": time(20),
    "resume_at": time(8),
    "weekdays": [0, 1, 2, 3, 4],
    "zone": "Asia/Tokyo",
    "skips_holidays": True,
    "skipped_days": [],
    "when": "now",
    "hours": 1,
}


def at(text: str) -> datetime:
    """ "11-25 20:00" in Tokyo."""
    parsed = datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M")  # noqa: DTZ007
    return parsed.replace(tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    """With one subnet."""
    network = {
        "association_id": "cvpn-assoc-1",
        "subnet_id": "subnet-a",
        "vpc_id": "vpc-1",
        "status": "associated",
        "message": "",
        "security_groups": ["sg-1"],
    }
    return save_endpoint("tokyo-main", target_networks=[network], vpc_id="vpc-1")


@pytest.fixture
def schedule(endpoint: Endpoint, takahashi: User) -> Schedule:
    """Since Wednesday noon."""
    made = services.create(endpoint=endpoint, fields=FIELDS, actor=takahashi)
    Schedule.objects.update(checked_until=at("11-25 12:00"))
    made.refresh_from_db()
    return made


def paused(endpoint: Endpoint) -> Operation:
    """By the portal, and so without a subnet."""
    before = {
        "associations": [{"subnet_id": "subnet-a", "association_id": "cvpn-assoc-1"}],
        "routes": [],
        "security_groups": ["sg-1"],
        "vpc_id": "vpc-1",
    }
    pause = Operation.objects.create(
        number=1,
        kind="pause-endpoint",
        endpoint=endpoint,
        status=OperationStatus.SUCCEEDED,
        lock_range=(1, 2),
        before=before,
    )
    Operation.objects.filter(pk=pause.pk).update(created_at=timezone.now() - timedelta(hours=12))
    OperationStep.objects.create(
        operation=pause, position=1, key="x", title="x", status=StepStatus.DONE, acted_at=timezone.now()
    )
    endpoint.target_networks = []
    endpoint.save()
    return pause
