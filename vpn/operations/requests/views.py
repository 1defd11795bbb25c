"""`/operations/`: what was done and is being done to endpoints, and the way to more of it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, origin_of
from portal.paging import page_links
from vpn.endpoints import queries as endpoints
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_kind, get_undo
from vpn.operations import queries
from vpn.operations.approval_period import approval_deadline
from vpn.operations.base.kind import OperationKind
from vpn.operations.models import Operation
from vpn.operations.people_limit import too_many_people_text
from vpn.operations.refusals import EndpointBusy, OperationRefused
from vpn.operations.requests import pages, plan_pages, services
from vpn.operations.requests.evidence import evidence_of
from vpn.operations.requests.forms import ConfirmForm, OperationSearchForm
from vpn.operations.requests.refusal_texts import refusal_text


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
        page = queries.page(
            form.search(), before=request.GET.get("before", ""), after=request.GET.get("after", "")
        )
        context |= {
            "lines": [pages.line_of(found) for found in page.rows],
            "page": page,
            **page_links(request, page),
        }
    return render(request, "vpn/operations/list.html", context)


@require_safe
@requires(Permission.OPERATION_REQUEST)
def kinds(request: PortalRequest) -> HttpResponse:
    """Which endpoint, and what to do with it."""
    found = endpoints.visible_endpoints()
    chosen = _endpoint(request.GET) or (found[0] if len(found) == 1 else None)
    context = {"endpoint": chosen, "choices": pages.choices_of(found, chosen), "groups": pages.offered()}
    return render(request, "vpn/operations/kinds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.OPERATION_REQUEST)
def new(request: PortalRequest, slug: str) -> HttpResponse:
    """The form, then the plan, then the operation. Each carries all that was typed; only the last one writes."""
    kind, given = _kind(slug), request.POST if request.method == "POST" else request.GET
    endpoint = _endpoint(given)
    if kind.needs_endpoint and endpoint is None:
        return redirect("operation_kinds")
    asks = bool(kind.form(endpoint=endpoint).fields)
    if asks and (given.get("stage") == "edit" or (request.method != "POST" and "plan" not in given)):
        initial = {name: value for name, value in given.items() if value}
        return _form_page(request, kind, endpoint, kind.form(initial=initial, endpoint=endpoint))
    draft = services.draft(kind=kind, endpoint=endpoint, data=given, files=request.FILES)
    if draft.plan is None:
        return _form_page(request, kind, endpoint, draft.form)
    return _plan_page(request, draft, given)


def _form_page(
    request: PortalRequest, kind: OperationKind, endpoint: Endpoint | None, form: Any
) -> HttpResponse:
    context = {
        "kind": kind,
        "endpoint": endpoint,
        "form": form,
        "notes": kind.form_notes(endpoint),
        "undo_of": _given(request).get("undo_of", ""),
    }
    return render(request, "vpn/operations/form.html", context)


def _plan_page(request: PortalRequest, draft: services.Draft, given: QueryDict) -> HttpResponse:
    running = request.method == "POST" and given.get("stage") == "run"
    confirm = ConfirmForm(given if running else None, draft=draft, initial={"digest": draft.digest})
    context: dict[str, Any] = {}
    if draft.people > settings.OPERATION_MAX_PEOPLE:
        context["refusal"] = too_many_people_text(draft.people)
    if running and confirm.is_valid():
        try:
            return redirect(_requested(request, draft, confirm, given))
        except OperationRefused as refused:
            same = _the_same(refused, draft, request)
            if same is not None:
                return redirect(same)
            context["refusal"] = refusal_text(refused)
            # What is on the page from here on is the plan as it is now.
            confirm = ConfirmForm(given.dict() | {"digest": draft.digest}, draft=draft)
    context |= {
        "draft": draft,
        "confirm": confirm,
        "notice": plan_pages.disconnect_notice(draft),
        "people": plan_pages.people_lines(draft.plan) if draft.plan else [],
        "checked": plan_pages.checked(draft),
        "button": plan_pages.button_label(draft),
        "undo_of": given.get("undo_of", ""),
    }
    return render(request, "vpn/operations/plan.html", context)


def _the_same(refused: OperationRefused, draft: services.Draft, request: PortalRequest) -> Operation | None:
    """After a second click on the button, what is in the way is what was asked for."""
    other = refused.other if isinstance(refused, EndpointBusy) else None
    if other is None:
        return None
    given = (other.requested_by_id, other.kind, other.parameters)
    return other if given == (request.user.pk, draft.kind.slug, draft.stored_parameters) else None


def _requested(
    request: PortalRequest, draft: services.Draft, confirm: ConfirmForm, given: QueryDict
) -> Operation:
    return services.request(
        draft=draft,
        actor=request.user,
        reason=confirm.cleaned_data["reason"],
        digest=confirm.cleaned_data["digest"],
        typed_name=confirm.cleaned_data.get("typed_name", ""),
        origin=origin_of(request),
        not_before=confirm.cleaned_data["not_before"],
        undo_of=_undo_of(given, draft),
    )


@require_safe
@requires(Permission.OPERATION_READ)
def operation(request: PortalRequest, pk: UUID) -> HttpResponse:
    """The page; its fragment for htmx, as long as it hasn't ended."""
    found = _operation(pk)
    steps = list(found.steps.select_related("operation"))
    line = pages.line_of(found, steps)
    context = {
        "line": line,
        "operation": found,
        "steps": pages.step_lines(steps),
        "failure": pages.failure_of(found, steps),
        "title": pages.title_of(line, steps),
        "undo_url": pages.undo_url(found, request.user),
        "undone_by": queries.undone_by(found),
        "files": list(found.files.order_by("name")),
        "evidence": evidence_of(steps),
        "may_request": request.user.may(Permission.OPERATION_REQUEST),
        "expires_at": approval_deadline(found),
        "may_decide": request.user.may(Permission.OPERATION_APPROVE)
        and found.requested_by_username != request.user.username,
    }
    template = "vpn/operations/_operation.html" if request.htmx else "vpn/operations/operation.html"
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.OPERATION_REQUEST)
def cancel(request: PortalRequest, pk: UUID) -> HttpResponse:
    """Asks first: what is done stays done."""
    found = _operation(pk)
    if request.method != "POST":
        return render(request, "vpn/operations/cancel.html", {"line": pages.line_of(found)})
    try:
        services.cancel(operation=found, actor=request.user, origin=origin_of(request))
    except OperationRefused as refused:
        messages.warning(request, refusal_text(refused))
    return redirect(found)


@require_safe
@requires(Permission.OPERATION_READ)
def file(request: PortalRequest, pk: UUID, name: str) -> HttpResponse:
    """What the operation fetched, as a download; never shown in the browser."""
    found = queries.file_of(pk, name)
    if found is None:
        raise Http404
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=found.name),
        "Cache-Control": "no-store",
    }
    return HttpResponse(found.content, content_type="application/octet-stream", headers=headers)


@require_POST
@requires(Permission.OPERATION_APPROVE)
def decide(request: PortalRequest, pk: UUID) -> HttpResponse:
    found = _operation(pk)
    decision = services.approve if request.POST.get("decision") == "approve" else services.reject
    try:
        decision(operation=found, actor=request.user, origin=origin_of(request))
    except OperationRefused as refused:
        messages.warning(request, refusal_text(refused))
    else:
        done = _("Approved.") if decision is services.approve else _("Rejected.")
        messages.success(request, done)
    return redirect(found)


def _kind(slug: str) -> OperationKind:
    try:
        return get_kind(slug)
    except LookupError as error:
        raise Http404 from error


def _operation(pk: UUID) -> Operation:
    found = queries.operation(pk)
    if found is None:
        raise Http404
    return found


def _given(request: PortalRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def _endpoint(given: QueryDict) -> Endpoint | None:
    """One that AWS still has, as far as we know."""
    wanted = given.get("endpoint", "")
    return next((one for one in endpoints.visible_endpoints() if one.endpoint_id == wanted), None)


def _undo_of(given: QueryDict, draft: services.Draft) -> Operation | None:
    """The operation that this one takes back, if it does."""
    try:
        found = queries.operation(UUID(given.get("undo_of", "")))
    except ValueError:
        return None
    if found is None or found.endpoint != draft.endpoint:
        return None
    undo = get_undo(found)
    return found if undo and undo.kind == draft.kind.slug else None
