"""`/allowlist/partners/` and `/allowlist/announcements/`: for administrators."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from vpn.partners import services
from vpn.partners.models import AddressAnnouncement, AnnouncedDirection, Partner
from vpn.partners.pages import queries
from vpn.partners.pages.forms import AnnouncementForm, OverrideForm, PartnerForm


@require_safe
@requires(Permission.PARTNER_MANAGE)
def partners(request: PortalRequest) -> HttpResponse:
    context = {"partners": queries.partners(), "announcements": queries.announcements()}
    return render(request, "vpn/partners/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PARTNER_MANAGE)
def partner(request: PortalRequest, pk: int | None = None) -> HttpResponse:
    """Add one, or change it."""
    partner = _get_partner(pk) if pk is not None else None
    form = PartnerForm(request.POST if request.method == "POST" else None, partner=partner)
    if form.is_bound and form.is_valid():
        services.save_partner(
            partner, form.partner_fields(), actor=request.user, origin=request_origin(request)
        )
        messages.success(request, _("Saved."))
        return redirect("partners")
    return render(request, "vpn/partners/partner.html", {"form": form, "partner": partner})


@require_POST
@requires(Permission.PARTNER_MANAGE)
def remove(request: PortalRequest, pk: int) -> HttpResponse:
    services.remove_partner(_get_partner(pk), actor=request.user, origin=request_origin(request))
    messages.success(request, _("Removed. Nobody asks this partner any more."))
    return redirect("partners")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PARTNER_MANAGE)
def announce(request: PortalRequest) -> HttpResponse:
    form = AnnouncementForm(
        request.POST if request.method == "POST" else None,
        initial={name: request.GET.get(name, "") for name in ("endpoint", "address", "direction")},
    )
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        announcement = services.announce(
            endpoint=form.chosen_endpoint,
            address=data["address"],
            direction=AnnouncedDirection(data["direction"]),
            effective_at=data["effective_at"],
            reason=data["reason"],
            actor=request.user,
            origin=request_origin(request),
        )
        return redirect("announcement", pk=announcement.pk)
    return render(request, "vpn/partners/announce.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PARTNER_MANAGE)
def announcement(request: PortalRequest, pk: int) -> HttpResponse:
    """Who has acknowledged. POST overrides those who haven't."""
    announcement = _get_announcement(pk)
    form = OverrideForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        services.override(
            announcement,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            origin=request_origin(request),
        )
        return redirect("announcement", pk=pk)
    context = {
        "announcement": announcement,
        "rows": queries.notice_rows(announcement),
        "waits": queries.waits_for_partners(announcement),
        "may_be_overridden": queries.may_be_overridden(announcement),
        "is_carried_out": services.is_carried_out(announcement),
        "form": form,
    }
    return render(request, "vpn/partners/announcement.html", context)


@require_POST
@requires(Permission.PARTNER_MANAGE)
def again(request: PortalRequest, pk: int) -> HttpResponse:
    count = services.tell_again(_get_announcement(pk), actor=request.user, origin=request_origin(request))
    text = ngettext("%(count)s partner is told again.", "%(count)s partners are told again.", count)
    messages.success(request, text % {"count": count})
    return redirect("announcement", pk=pk)


@require_POST
@requires(Permission.PARTNER_MANAGE)
def cancel(request: PortalRequest, pk: int) -> HttpResponse:
    if services.cancel(_get_announcement(pk), actor=request.user, origin=request_origin(request)):
        messages.success(request, _("Taken back. All who were told hear of it."))
    return redirect("announcement", pk=pk)


def _get_partner(pk: int) -> Partner:
    partner = queries.get_partner(pk)
    if partner is None:
        raise Http404
    return partner


def _get_announcement(pk: int) -> AddressAnnouncement:
    announcement = queries.get_announcement(pk)
    if announcement is None:
        raise Http404
    return announcement
