"""`/status/`: the five requirements now and in the last 90 days, with what is told by hand above them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from vpn.assurance.queries import OLD, current_state, history
from vpn.endpoints.queries import endpoints_for, visible_endpoints
from vpn.status.announced import announced
from vpn.status.pages import headline, last_evaluation, status_rows
from vpn.status_copy.bucket import late_copy
from vpn.subscriptions import services as subscriptions


@require_safe
@requires(Permission.HOME_READ)
def status(request: PortalRequest) -> HttpResponse:
    """For everybody; whoever looks after the VPN sees the parts with their evidence, too."""
    now = timezone.now()
    states = current_state(now)
    overall = [state for state in states if state.endpoint is None]
    allowed = [access.endpoint for access in endpoints_for(request.user, visible_endpoints())]
    sees_parts = request.user.may(Permission.ENDPOINT_READ) or request.user.may(Permission.AUDIT_READ)
    evaluated_at = last_evaluation(overall)
    context = {
        "headline": headline(states, allowed),
        "rows": status_rows(states, history(now=now), allowed=allowed, parts_at=now if sees_parts else None),
        "evaluated_at": evaluated_at,
        "is_old": evaluated_at is not None and evaluated_at < now - OLD,
        "announced": announced(),
        "late_copy": late_copy(now) if request.user.may(Permission.NOTIFICATION_MANAGE) else None,
        "may_write": request.user.may(Permission.INCIDENT_WRITE),
        "can_subscribe": subscriptions.can_subscribe(request.user),
        "subscribed": subscriptions.is_subscribed(request.user),
        "address": request.user.email,
        "may_open": request.user.may(Permission.ENDPOINT_READ),
        "may_accept": request.user.may(Permission.REQUIREMENT_STATE),
        "may_export": request.user.may(Permission.AUDIT_EXPORT),
        "sees_parts": sees_parts,
    }
    template = "vpn/status/_now.html" if request.htmx else "vpn/status/page.html"
    return render(request, template, context)
