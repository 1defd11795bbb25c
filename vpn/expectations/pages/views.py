"""`/operations/expectations/`: who should reach what, whether it is so, and a form for one more."""

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from portal.audit import targets
from portal.audit.looks import record_look
from portal.audit.tags import Tag
from vpn.expectations import services
from vpn.expectations.models import ReachExpectation
from vpn.expectations.pages.forms import ExpectationForm
from vpn.expectations.queries import judge_all


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.OPERATION_READ)
def expectations(request: PortalRequest) -> HttpResponse:
    may_write = request.user.may(Permission.OPERATION_REQUEST)
    if request.method == "POST" and not may_write:
        raise PermissionDenied(Permission.OPERATION_REQUEST)
    form = ExpectationForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        services.create(form.expectation(), actor=request.user, origin=request_origin(request))
        messages.success(request, _("Every plan and every snapshot is held against it from now on."))
        return redirect("expectations")
    judged = judge_all()
    # What a person reaches by their groups is theirs.
    people = {line.row.username for line in judged} - {""}
    if people:
        record_look(request, Tag.EXPECTATIONS_VIEWED, target=targets.page("expectations"), people=people)
    context = {"lines": judged, "form": form, "may_write": may_write}
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "vpn/expectations/list.html", context, status=status)


@require_POST
@requires(Permission.OPERATION_REQUEST)
def delete(request: PortalRequest, pk: int) -> HttpResponse:
    expectation = get_object_or_404(ReachExpectation.objects.select_related("endpoint"), pk=pk)
    services.delete(expectation, actor=request.user, origin=request_origin(request))
    messages.success(request, _("The expectation is deleted."))
    return redirect("expectations")
