"""`/operations/`: the list, the page of one operation, and what can be done with it."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access.decorators import requires
from portal.access.names import is_same_account
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from portal.downloads import attachment
from portal.paging import page_links
from vpn.operations import queries
from vpn.operations.models import Operation
from vpn.operations.refusals import OperationRefused
from vpn.operations.requests import looks, pages, plan_pages, services
from vpn.operations.requests.evidence import collect_evidence
from vpn.operations.requests.forms import DecisionForm, OperationSearchForm
from vpn.operations.requests.outcome import describe_outcome
from vpn.operations.requests.refusal_texts import approval_refusal_text, refusal_text
from vpn.operations.requests.shown_status import silence_text
from vpn.operations.requests.step_rows import step_rows
from vpn.operations.states import OperationStatus

# More names are no help to somebody who looks for one person to ask.
MOST_APPROVERS: Final = 8


@require_safe
@requires(Permission.OPERATION_READ)
def operations(request: PortalRequest) -> HttpResponse:
    form = OperationSearchForm(request.GET)
    context: dict[str, Any] = {
        "form": form,
        "searching": any(form.data.get(name) for name in form.fields),
        "may_request": request.user.may(Permission.OPERATION_REQUEST),
    }
    if form.is_valid():
        page = queries.operations_page(
            form.search(), before=request.GET.get("before", ""), after=request.GET.get("after", "")
        )
        shown: set[str] = set().union(*(looks.people_shown(operation) for operation in page.rows))
        looks.record_operations(request, shown, details={})
        context |= {
            "rows": [pages.operation_row(operation) for operation in page.rows],
            "page": page,
            "csv_url": f"{reverse('operations_csv')}?{urlencode(form.conditions())}",
            **page_links(request, page),
        }
    return render(request, "vpn/operations/list.html", context)


@require_safe
@requires(Permission.OPERATION_READ)
def operation(request: PortalRequest, pk: UUID) -> HttpResponse:
    """The page of one operation. While the operation is live, htmx polls the fragment of it."""
    operation = _get_operation(pk)
    steps = list(operation.steps.all())
    is_own = is_same_account(operation.requested_by_username, request.user.username)
    may_decide = request.user.may(Permission.OPERATION_APPROVE) and not is_own
    awaits_approval = operation.status == OperationStatus.AWAITING_APPROVAL
    approval = _approval(operation, may_decide=may_decide) if awaits_approval else {}
    shown = looks.people_shown(operation, steps)
    if "draft" in approval:
        shown |= looks.people_planned(approval["draft"])
    looks.record_operations(request, shown, details={"operation": operation.number})
    row = pages.operation_row(operation)
    outcome = describe_outcome(operation, steps, request.user)
    context = {
        "row": row,
        "operation": operation,
        "lead": pages.operation_lead(row),
        "steps": step_rows(steps, silent=row.status.silence is not None),
        "silence": silence_text(row.status.silence) if row.status.silence else "",
        "outcome": outcome,
        "title": pages.page_title(row, steps),
        "undone_by": queries.get_undoing_operation(operation),
        "made_endpoint": queries.get_made_endpoint(steps),
        "files": list(operation.files.order_by("name")),
        "evidence": collect_evidence(steps),
        "may_request": request.user.may(Permission.OPERATION_REQUEST),
        # Auditors read operations, but not the pages of endpoints.
        "may_read_endpoint": request.user.may(Permission.ENDPOINT_READ),
        "is_own": is_own,
        "may_decide": may_decide,
        **approval,
    }
    template = "vpn/operations/_operation.html" if request.htmx else "vpn/operations/operation.html"
    return render(request, template, context)


def _approval(operation: Operation, *, may_decide: bool) -> dict[str, Any]:
    """For who decides: the whole plan as it is now. For who asked: who can decide."""
    stale = services.find_staleness(operation)
    context: dict[str, Any] = {"stale": approval_refusal_text(stale, may_decide=may_decide) if stale else ""}
    if not may_decide:
        return {**context, "approvers": queries.people_who_may_approve(operation, most=MOST_APPROVERS)}
    draft = services.draft_again(operation)
    return {
        **context,
        "decision": DecisionForm(),
        **(plan_pages.plan_parts(draft) if draft and draft.plan else {}),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.OPERATION_REQUEST)
def cancel(request: PortalRequest, pk: UUID) -> HttpResponse:
    """A page that asks first, because steps that are done stay done."""
    operation = _get_operation(pk)
    if request.method != "POST":
        looks.record_operations(
            request, looks.people_shown(operation), details={"operation": operation.number}
        )
        context = {"row": pages.operation_row(operation), "warning": pages.cancel_warning(operation)}
        return render(request, "vpn/operations/cancel.html", context)
    try:
        services.cancel(operation=operation, actor=request.user, origin=request_origin(request))
    except OperationRefused as refused:
        messages.warning(request, refusal_text(refused))
    return redirect(operation)


@require_safe
@requires(Permission.OPERATION_READ)
def file(request: PortalRequest, pk: UUID, name: str) -> HttpResponse:
    """A file that the operation fetched. Always a download, because its content comes from elsewhere."""
    stored = queries.get_file(pk, name)
    if stored is None:
        raise Http404
    headers = {
        "Content-Disposition": attachment(stored.name),
        "Cache-Control": "no-store",
    }
    return HttpResponse(stored.content, content_type="application/octet-stream", headers=headers)


@require_POST
@requires(Permission.OPERATION_APPROVE)
def decide(request: PortalRequest, pk: UUID) -> HttpResponse:
    operation = _get_operation(pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, str(errors[0]))
        return redirect(operation)
    decision = services.approve if form.cleaned_data["decision"] == "approve" else services.reject
    try:
        decision(
            operation=operation,
            actor=request.user,
            reason=form.cleaned_data["reason"],
            origin=request_origin(request),
        )
    except OperationRefused as refused:
        messages.warning(request, refusal_text(refused))
    else:
        done = _("Approved.") if decision is services.approve else _("Rejected.")
        messages.success(request, done)
    return redirect(operation)


def _get_operation(pk: UUID) -> Operation:
    operation = queries.get_operation(pk)
    if operation is None:
        raise Http404
    return operation
