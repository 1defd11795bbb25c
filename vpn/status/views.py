"""`/status/`: the five requirements now and in the last 90 days, with what is told by hand above them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from vpn.assurance.queries import OLD, history, overall_state
from vpn.status.announced import announced
from vpn.status.pages import headline, last_evaluation, status_rows
from vpn.status_copy.bucket import late_copy
from vpn.subscriptions import services as subscriptions


@require_safe
@requires(Permission.HOME_READ)
def status(request: PortalRequest) -> HttpResponse:
    """For everybody; whoever looks after the VPN sees the parts with their evidence, too."""
    now = timezone.now()
    states = overall_state(now)
    evaluated_at = last_evaluation(states)
    context = {
        "headline": headline(states),
        "rows": status_rows(states, history(now=now)),
        "evaluated_at": evaluated_at,
        "is_old": evaluated_at is not None and evaluated_at < now - OLD,
        "announced": announced(),
        "late_copy": late_copy(now) if request.user.may(Permission.NOTIFICATION_MANAGE) else None,
        "may_write": request.user.may(Permission.INCIDENT_WRITE),
        "can_subscribe": subscriptions.can_subscribe(request.user),
        "subscribed": subscriptions.is_subscribed(request.user),
        "address": request.user.email,
        "sees_parts": request.user.may(Permission.ENDPOINT_READ) or request.user.may(Permission.AUDIT_READ),
    }
    template = "vpn/status/_now.html" if request.htmx else "vpn/status/page.html"
    return render(request, template, context)
