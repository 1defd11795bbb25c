"""What people announced on `/status/`: incidents now and of the last 90 days, and planned work."""

from collections.abc import Sequence
from dataclasses import dataclass

from vpn.endpoints.models import Endpoint
from vpn.endpoints.trouble import find_trouble
from vpn.incidents.queries import IncidentView, current_incidents, past_incidents
from vpn.notices.plans import planned_work
from vpn.notices.queries import planned_effect, planned_title


@dataclass(frozen=True)
class PlannedRow:
    title: str
    effect: str


@dataclass(frozen=True)
class Announced:
    active: Sequence[IncidentView]
    past: Sequence[IncidentView]
    planned: Sequence[PlannedRow]


def announced() -> Announced:
    """Without the reasons of planned work: those are written for the record, and may name somebody."""
    work = planned_work()
    endpoints = {
        endpoint.pk: endpoint
        for endpoint in Endpoint.objects.filter(pk__in=[item.endpoint for item in work], vanished_at=None)
    }
    return Announced(
        active=current_incidents(),
        past=past_incidents(),
        planned=[
            PlannedRow(planned_title(item, endpoints[item.endpoint].label), planned_effect(item))
            for item in work
            # As in the notices: what is broken anyway needs no announcement.
            if item.endpoint in endpoints and not find_trouble(endpoints[item.endpoint])
        ],
    )
