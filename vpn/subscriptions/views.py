"""`/status/subscription/` for the person; `/status/unsubscribe/…/` for whoever has a mail's link."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from vpn.notifications.unsubscribing import signed_subscription
from vpn.subscriptions import services


@require_POST
@requires(Permission.HOME_READ)
def subscription(request: PortalRequest) -> HttpResponse:
    origin = request_origin(request)
    if request.POST.get("on") == "true":
        services.subscribe(actor=request.user, origin=origin)
        if services.is_subscribed(request.user):
            text = _("You will get an e-mail at %(address)s when something is written about an incident.")
            messages.success(request, text % {"address": request.user.email})
        else:
            messages.error(request, _("The portal can't send you e-mails: it knows no address of yours."))
    else:
        services.unsubscribe(user=request.user, origin=origin)
        messages.success(request, _("You won't get these e-mails any more."))
    return redirect("status")


# Mail programs post here by themselves (RFC 8058), without a cookie: the signed link is what lets them.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET only asks: programs that scan mails open every link in them."""
    subscription = signed_subscription(token)
    if subscription is None:
        raise Http404
    if request.method == "POST":
        services.unsubscribe(user=subscription.user, origin=request_origin(request))
    done = request.method == "POST" or not services.is_subscribed(subscription.user)
    return render(request, "vpn/subscriptions/unsubscribe.html", {"done": done})
