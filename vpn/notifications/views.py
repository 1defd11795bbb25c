"""`/notifications/`: the recipients, and what became of each message."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.paging import page_links
from vpn.notifications import queries, services
from vpn.notifications.models import DeliveryStatus


@require_safe
@requires(Permission.NOTIFICATION_MANAGE)
def notifications(request: PortalRequest) -> HttpResponse:
    status = request.GET.get("status", "")
    page = queries.page(
        status=status, before=request.GET.get("before", ""), after=request.GET.get("after", "")
    )
    counts = queries.counts()
    context = {
        "channels": queries.channels(),
        "page": page,
        "status": status if status in DeliveryStatus.values else "",
        "filters": [("", _("All"), sum(counts.values()))]
        + [(choice.value, choice.label, counts[choice.value]) for choice in DeliveryStatus],
        **page_links(request, page),
        "failed": counts[DeliveryStatus.FAILED.value],
    }
    return render(request, "vpn/notifications/page.html", context)


@require_POST
@requires(Permission.NOTIFICATION_MANAGE)
def test(request: PortalRequest) -> HttpResponse:
    deliveries = services.send_test(
        actor=request.user, address=request.client_address, reference=request.reference
    )
    if deliveries:
        messages.success(request, _("A test message is on its way. It appears below, and its state with it."))
    else:
        messages.error(request, _("There is nobody to tell: no webhook and no e-mail address is set."))
    return redirect("notifications")


@require_POST
@requires(Permission.NOTIFICATION_MANAGE)
def again(request: PortalRequest, pk: int) -> HttpResponse:
    changed = services.send_again(
        pk, actor=request.user, address=request.client_address, reference=request.reference
    )
    if not changed:
        raise Http404
    messages.success(request, _("The message is sent again in a moment."))
    return redirect("notifications")
