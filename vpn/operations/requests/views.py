"""`/operations/`: the list, the pages that request an operation, and the page of one."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
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
from vpn.endpoints import queries as endpoints
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_kind, get_undo
from vpn.operations import queries
from vpn.operations.base.kind import OperationKind
from vpn.operations.engine.headings import undo_heading
from vpn.operations.models import Operation
from vpn.operations.people_limit import too_many_people_text
from vpn.operations.refusals import EndpointBusy, OperationRefused, PlanStale
from vpn.operations.requests import looks, pages, plan_pages, services
from vpn.operations.requests.evidence import collect_evidence
from vpn.operations.requests.forms import ConfirmForm, DecisionForm, OperationSearchForm
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
@requires(Permission.OPERATION_REQUEST)
def kinds(request: PortalRequest) -> HttpResponse:
    """Choose an endpoint, and then a kind of operation."""
    visible = endpoints.visible_endpoints()
    chosen = _endpoint(request.GET) or (visible[0] if len(visible) == 1 else None)
    context = {
        "endpoint": chosen,
        "choices": pages.endpoint_choices(visible, chosen),
        "groups": pages.kinds_by_group(chosen),
    }
    return render(request, "vpn/operations/kinds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.OPERATION_REQUEST)
def new(request: PortalRequest, slug: str) -> HttpResponse:
    """Three stages: form, plan, request. Each page carries what was typed before; only the last stage writes."""
    kind, given = _kind(slug), request.POST if request.method == "POST" else request.GET
    endpoint = _endpoint(given)
    if kind.needs_endpoint and endpoint is None:
        return redirect("operation_kinds")
    if kind.why_not(endpoint):
        return _form_page(request, kind, endpoint, None)
    has_fields = bool(kind.form(endpoint=endpoint).fields)
    if has_fields and (given.get("stage") == "edit" or (request.method != "POST" and "plan" not in given)):
        # An empty field counts if the form has it: to set something to nothing is a change, too.
        initial = {name: value for name, value in given.items() if value or name in kind.form.base_fields}
        return _form_page(request, kind, endpoint, kind.form(initial=initial, endpoint=endpoint))
    draft = services.make_draft(kind=kind, endpoint=endpoint, data=given, files=request.FILES)
    if draft.plan is None:
        return _form_page(request, kind, endpoint, draft.form)
    return _plan_page(request, draft, given)


def _form_page(
    request: PortalRequest, kind: OperationKind, endpoint: Endpoint | None, form: Any
) -> HttpResponse:
    looks.record_form(request, kind, endpoint)
    context = {
        "kind": kind,
        "endpoint": endpoint,
        "form": form,
        "unavailable": kind.why_not(endpoint),
        "notes": kind.form_notes(endpoint),
        **_in_the_way(_excluding(kind, endpoint), None),
        "undo_of": _given(request).get("undo_of", ""),
    }
    return render(request, "vpn/operations/form.html", context)


def _plan_page(request: PortalRequest, draft: services.Draft, given: QueryDict) -> HttpResponse:
    running = request.method == "POST" and given.get("stage") == "run"
    undone = _undone_operation(given, draft)
    confirm = ConfirmForm(given if running else None, draft=draft, initial={"digest": draft.digest})
    context: dict[str, Any] = {}
    if draft.plan and not running:
        # Before somebody has written a reason for nothing.
        context |= _in_the_way(draft.busy_with, draft.unread_change)
    if draft.people > settings.OPERATION_MAX_PEOPLE:
        context["refusal"] = too_many_people_text(draft.people)
    if running and confirm.is_valid():
        try:
            return redirect(_request(request, draft, confirm, given))
        except OperationRefused as refused:
            requested_before = _same_operation(refused, draft, request)
            if requested_before is not None:
                _say_that_it_was_requested(request, requested_before, confirm.cleaned_data["reason"])
                return redirect(requested_before)
            context |= {"refusal": refusal_text(refused), "other": getattr(refused, "other", None)}
            # The page now shows the plan as it is now, so that is the one to confirm.
            confirm = ConfirmForm(given.dict() | {"digest": draft.digest}, draft=draft)
    looks.record_draft(request, draft)
    context |= {
        **plan_pages.plan_parts(draft),
        "confirm": confirm,
        "button": plan_pages.button_label(draft),
        "heading": undo_heading(undone, draft.heading) if undone else draft.heading,
        "undo_of": given.get("undo_of", ""),
    }
    return render(request, "vpn/operations/plan.html", context)


def _excluding(kind: OperationKind, endpoint: Endpoint | None) -> Operation | None:
    """A live operation that excludes this kind on the endpoint, whatever the form will say."""
    if endpoint is None or not kind.needs_endpoint or kind.ignores_endpoint_lock:
        return None
    locks_endpoint = type(kind).lock_name is OperationKind.lock_name
    return queries.find_excluding(locks_endpoint, endpoint)


def _in_the_way(busy_with: Operation | None, changed_by: Operation | None) -> dict[str, Any]:
    """What the page says of another operation, with the operation that it leads to."""
    if busy_with is not None:
        return {"refusal": refusal_text(EndpointBusy(busy_with)), "other": busy_with}
    if changed_by is not None:
        return {"refusal": refusal_text(PlanStale(changed_by)), "other": changed_by}
    return {}


def _say_that_it_was_requested(request: PortalRequest, first: Operation, reason: str) -> None:
    """A second click needs no words. Another reason does: it isn't recorded."""
    if reason == first.reason:
        return
    text = _("You have asked for this already, with the reason “%(first)s”. “%(second)s” is not recorded.")
    messages.warning(request, text % {"first": first.reason, "second": reason})


def _same_operation(
    refused: OperationRefused, draft: services.Draft, request: PortalRequest
) -> Operation | None:
    """The operation in the way, if it is the very same request: somebody clicked the button twice."""
    other = refused.other if isinstance(refused, EndpointBusy) else None
    if other is None:
        return None
    given = (other.requested_by_id, other.kind, other.parameters)
    return other if given == (request.user.pk, draft.kind.slug, draft.stored_parameters) else None


def _request(
    request: PortalRequest, draft: services.Draft, confirm: ConfirmForm, given: QueryDict
) -> Operation:
    return services.request(
        draft=draft,
        actor=request.user,
        reason=confirm.cleaned_data["reason"],
        digest=confirm.cleaned_data["digest"],
        typed_name=confirm.cleaned_data.get("typed_name", ""),
        origin=request_origin(request),
        not_before=confirm.cleaned_data["not_before"],
        undo_of=_undone_operation(given, draft),
    )


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


def _kind(slug: str) -> OperationKind:
    try:
        return get_kind(slug)
    except LookupError as error:
        raise Http404 from error


def _get_operation(pk: UUID) -> Operation:
    operation = queries.get_operation(pk)
    if operation is None:
        raise Http404
    return operation


def _given(request: PortalRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def _endpoint(given: QueryDict) -> Endpoint | None:
    """The endpoint of the parameter ``endpoint``, if AWS had it at the last snapshot."""
    wanted = given.get("endpoint", "")
    visible = endpoints.visible_endpoints()
    return next((endpoint for endpoint in visible if endpoint.endpoint_id == wanted), None)


def _undone_operation(given: QueryDict, draft: services.Draft) -> Operation | None:
    """The operation that the draft undoes, if the parameter ``undo_of`` names one that it really undoes."""
    try:
        undone = queries.get_operation(UUID(given.get("undo_of", "")))
    except ValueError:
        return None
    if undone is None or undone.endpoint != draft.endpoint:
        return None
    undo = get_undo(undone)
    return undone if undo and undo.kind == draft.kind.slug else None
