"""Reading incidents: what goes on now, and what is over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from vpn.endpoints.models import Endpoint
from vpn.incidents.models import BilingualText, Incident, IncidentPost

PAST: Final = timedelta(days=90)


@dataclass(frozen=True)
class ActiveIncident:
    """``text``: of the newest post, ``posted_at`` when that was."""

    incident: Incident
    text: BilingualText
    posted_at: datetime


@dataclass(frozen=True)
class IncidentView:
    """An incident with its posts, the newest first, and what the endpoints are called that it concerns."""

    incident: Incident
    posts: list[IncidentPost]
    labels: list[str]


def active_incidents() -> list[ActiveIncident]:
    """What isn't over, the newest first. One query: every page of an employee asks it."""
    newest = IncidentPost.objects.filter(incident=OuterRef("pk")).order_by("-posted_at", "-pk")
    incidents = Incident.objects.filter(over_at=None).annotate(
        newest_ja=Subquery(newest.values("text_ja")[:1]),
        newest_en=Subquery(newest.values("text_en")[:1]),
        newest_at=Subquery(newest.values("posted_at")[:1]),
    )
    return [
        ActiveIncident(
            incident,
            BilingualText(incident.newest_ja or "", incident.newest_en or ""),
            incident.newest_at or incident.created_at,
        )
        for incident in incidents
    ]


def incident_views(incidents: Iterable[Incident]) -> list[IncidentView]:
    listed = list(incidents)
    ids = {endpoint_id for incident in listed for endpoint_id in incident.endpoint_ids}
    labels = dict(Endpoint.objects.filter(endpoint_id__in=ids).values_list("endpoint_id", "label"))
    return [
        IncidentView(
            incident,
            list(incident.posts.all()),
            # An id says nothing to an employee, but more than nothing.
            sorted(labels.get(endpoint_id, endpoint_id) for endpoint_id in incident.endpoint_ids),
        )
        for incident in listed
    ]


def current_incidents() -> list[IncidentView]:
    return incident_views(Incident.objects.filter(over_at=None).prefetch_related("posts"))


def past_incidents() -> list[IncidentView]:
    """Those that ended within 90 days."""
    since = timezone.now() - PAST
    return incident_views(Incident.objects.filter(over_at__gte=since).prefetch_related("posts"))


def get_incident(pk: int) -> IncidentView | None:
    """With what each post said before."""
    return next(
        iter(incident_views(Incident.objects.filter(pk=pk).prefetch_related("posts__versions"))), None
    )
