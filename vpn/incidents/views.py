"""`/status/incidents/`: to read for everybody signed in, to write for the helpdesk and administrators."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from vpn.endpoints.queries import visible_endpoints
from vpn.incidents import forms, queries, services
from vpn.incidents.models import IncidentPost, IncidentStage
from vpn.incidents.queries import IncidentView


@require_safe
@requires(Permission.HOME_READ)
def incidents(request: PortalRequest) -> HttpResponse:
    context = {
        "active": queries.current_incidents(),
        "past": queries.past_incidents(),
        "may_write": request.user.may(Permission.INCIDENT_WRITE),
    }
    return render(request, "vpn/incidents/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.INCIDENT_WRITE)
def new(request: PortalRequest) -> HttpResponse:
    initial = {"stage": IncidentStage.LOOKING, "began_at": timezone.now()}
    form = forms.IncidentForm(_data(request), initial=initial, endpoints=visible_endpoints())
    if form.is_valid():
        incident = services.open_incident(
            fields=form.cleaned_data, actor=request.user, origin=request_origin(request)
        )
        messages.success(request, _("The incident is published."))
        return redirect(incident)
    context = {
        "form": form,
        "title": _("New incident"),
        "lead": _("Everybody can read it as soon as you publish it, also on the status copy. Name nobody.")
        if settings.STATUS_COPY
        else _("Everybody signed in can read it as soon as you publish it."),
        "submit": _("Publish"),
        "cancel_url": reverse("incidents"),
        "parents": _parents(),
    }
    return render(request, "vpn/incidents/form.html", context)


@require_safe
@requires(Permission.HOME_READ)
def incident(request: PortalRequest, pk: int) -> HttpResponse:
    shown = _get(pk)
    form = forms.IncidentPostForm(initial={"stage": shown.incident.stage})
    return _incident_page(request, shown, form)


@require_POST
@requires(Permission.INCIDENT_WRITE)
def post(request: PortalRequest, pk: int) -> HttpResponse:
    """Another post."""
    shown = _get(pk)
    form = forms.IncidentPostForm(request.POST)
    if not form.is_valid():
        return _incident_page(request, shown, form)
    services.post(
        incident=shown.incident,
        fields=form.cleaned_data,
        actor=request.user,
        origin=request_origin(request),
    )
    messages.success(request, _("The post is published."))
    return redirect(shown.incident)


def _incident_page(request: PortalRequest, shown: IncidentView, form: forms.IncidentPostForm) -> HttpResponse:
    context = {
        "view": shown,
        "form": form,
        "parents": _parents(),
        "may_write": request.user.may(Permission.INCIDENT_WRITE),
    }
    return render(request, "vpn/incidents/incident.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.INCIDENT_WRITE)
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    """Title, endpoints and beginning."""
    shown = _get(pk)
    form = forms.IncidentAboutForm(
        _data(request), initial=forms.about_values(shown.incident), endpoints=visible_endpoints()
    )
    if form.is_valid():
        services.edit_incident(
            incident=shown.incident,
            fields=form.cleaned_data,
            actor=request.user,
            origin=request_origin(request),
        )
        return _edited(request, shown)
    return _edit_page(request, shown, form, _("Edit the incident"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.INCIDENT_WRITE)
def edit_post(request: PortalRequest, pk: int, post_pk: int) -> HttpResponse:
    shown = _get(pk)
    post = get_object_or_404(IncidentPost, pk=post_pk, incident=shown.incident)
    form = forms.PostTextForm(_data(request), initial=forms.text_values(post))
    if form.is_valid():
        services.edit_post(
            post=post, fields=form.cleaned_data, actor=request.user, origin=request_origin(request)
        )
        return _edited(request, shown)
    return _edit_page(request, shown, form, _("Edit the post"))


def _edited(request: PortalRequest, shown: IncidentView) -> HttpResponse:
    messages.success(request, _("The change is published. What it said before is kept."))
    return redirect(shown.incident)


def _edit_page(request: PortalRequest, shown: IncidentView, form: Any, title: str) -> HttpResponse:
    above = {"label": str(shown.incident.title), "url": shown.incident.get_absolute_url()}
    context = {
        "form": form,
        "title": title,
        "submit": _("Save"),
        "cancel_url": above["url"],
        "parents": [*_parents(), above],
    }
    return render(request, "vpn/incidents/form.html", context)


def _get(pk: int) -> IncidentView:
    shown = queries.get_incident(pk)
    if shown is None:
        raise Http404
    return shown


def _data(request: PortalRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _parents() -> list[dict[str, str]]:
    return [{"label": _("Incidents"), "url": reverse("incidents")}]
