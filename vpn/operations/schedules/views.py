"""`/operations/schedules/`: schedules that pause and resume endpoints."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from vpn.endpoints import queries as endpoints
from vpn.endpoints.models import Endpoint
from vpn.operations.schedules import queries, services
from vpn.operations.schedules.forms import ScheduleForm, initial_values
from vpn.operations.schedules.models import Schedule


@require_safe
@requires(Permission.OPERATION_READ)
def schedules(request: PortalRequest) -> HttpResponse:
    context = {
        "rows": queries.schedule_rows(),
        "endpoints": endpoints.visible_endpoints(),
        "may_request": request.user.may(Permission.OPERATION_REQUEST),
    }
    return render(request, "vpn/operations/schedules/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.OPERATION_REQUEST)
def new(request: PortalRequest, endpoint_id: str) -> HttpResponse:
    visible = endpoints.visible_endpoints()
    endpoint = next((endpoint for endpoint in visible if endpoint.endpoint_id == endpoint_id), None)
    if endpoint is None:
        raise Http404
    return _edit(request, endpoint, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.OPERATION_REQUEST)
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    schedule = _schedule(pk)
    return _edit(request, schedule.endpoint, schedule)


def _edit(request: PortalRequest, endpoint: Endpoint, schedule: Schedule | None) -> HttpResponse:
    """The form, then the form with a preview of the next runs, then saved. What was typed stays."""
    context: dict[str, Any] = {"endpoint": endpoint, "schedule": schedule}
    if request.method != "POST":
        form = ScheduleForm(endpoint=endpoint, initial=initial_values(schedule) if schedule else {})
        return _form(request, form, context)
    saving = request.POST.get("stage") == "save"
    form = ScheduleForm(request.POST, endpoint=endpoint, saving=saving)
    if form.is_valid() and saving:
        _save(request, form, schedule)
        return redirect("operation_schedules")
    return _form(request, form, context)


def _form(request: PortalRequest, form: ScheduleForm, context: dict[str, Any]) -> HttpResponse:
    previewed = form.is_bound and not {"pause_at", "resume_at", "weekdays", "zone", "skipped_days"} & set(
        form.errors
    )
    context |= {"form": form, "previewed": previewed, "next": []}
    if previewed:
        context["next"] = queries.next_runs(form.rhythm())
    return render(request, "vpn/operations/schedules/form.html", context)


def _save(request: PortalRequest, form: ScheduleForm, schedule: Schedule | None) -> None:
    if schedule is None:
        services.create(
            endpoint=form.endpoint,
            fields=form.cleaned_data,
            actor=request.user,
            origin=request_origin(request),
        )
    else:
        services.change(
            schedule=schedule, fields=form.cleaned_data, actor=request.user, origin=request_origin(request)
        )
    messages.success(request, _("The schedule is saved."))


@require_POST
@requires(Permission.OPERATION_REQUEST)
def switch(request: PortalRequest, pk: int) -> HttpResponse:
    on = request.POST.get("on") == "true"
    services.switch(schedule=_schedule(pk), on=on, actor=request.user, origin=request_origin(request))
    done = _("The schedule is on.") if on else _("The schedule is off.")
    messages.success(request, done)
    return redirect("operation_schedules")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.OPERATION_REQUEST)
def delete(request: PortalRequest, pk: int) -> HttpResponse:
    """A page that asks first."""
    schedule = _schedule(pk)
    if request.method != "POST":
        return render(request, "vpn/operations/schedules/delete.html", {"schedule": schedule})
    services.delete(schedule=schedule, actor=request.user, origin=request_origin(request))
    messages.success(request, _("The schedule is deleted. Its operations stay in the list."))
    return redirect("operation_schedules")


def _schedule(pk: int) -> Schedule:
    schedule = queries.get_schedule(pk)
    if schedule is None:
        raise Http404
    return schedule
