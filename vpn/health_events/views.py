"""`/aws-health/`: what AWS reports, in its own words."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from vpn.endpoints.queries import endpoints_for, visible_endpoints
from vpn.endpoints.sources import unknown_reason
from vpn.health_events.models import HealthEvent
from vpn.health_events.pages import event_rows
from vpn.health_events.queries import OLD, SHOWN, issues_for, queue_row, unreadable_messages
from vpn.health_events.services import configured_queue


@require_safe
@requires(Permission.HOME_READ)
def health_events(request: PortalRequest) -> HttpResponse:
    """Everybody reads what concerns their own endpoints now; who looks after them reads all, and what was over."""
    now = timezone.now()
    if not request.user.may(Permission.ENDPOINT_READ) and not request.user.may(Permission.CONNECTION_READ):
        allowed = [access.endpoint for access in endpoints_for(request.user, visible_endpoints())]
        events = issues_for(allowed, now)
        return render(request, "vpn/health_events/page.html", {"rows": event_rows(events, now)})
    context = {
        "rows": event_rows(HealthEvent.objects.all()[:SHOWN], now),
        "is_configured": configured_queue() is not None,
        "unknown": unknown_reason("health", queue_row(), now, old=OLD),
        "queue": queue_row(),
        "messages": unreadable_messages(),
        "sees_all": True,
    }
    return render(request, "vpn/health_events/page.html", context)
