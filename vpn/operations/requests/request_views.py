"""`/operations/new/`: from the choice of a kind over its form and its plan to the request."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
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
from vpn.operations.requests.drafts import Draft
from vpn.operations.requests.forms import ConfirmForm
from vpn.operations.requests.refusal_texts import refusal_text


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


def _plan_page(request: PortalRequest, draft: Draft, given: QueryDict) -> HttpResponse:
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


def _same_operation(refused: OperationRefused, draft: Draft, request: PortalRequest) -> Operation | None:
    """The operation in the way, if it is the very same request: somebody clicked the button twice."""
    other = refused.other if isinstance(refused, EndpointBusy) else None
    if other is None:
        return None
    given = (other.requested_by_id, other.kind, other.parameters)
    return other if given == (request.user.pk, draft.kind.slug, draft.stored_parameters) else None


def _request(request: PortalRequest, draft: Draft, confirm: ConfirmForm, given: QueryDict) -> Operation:
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


def _kind(slug: str) -> OperationKind:
    try:
        return get_kind(slug)
    except LookupError as error:
        raise Http404 from error


def _given(request: PortalRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def _endpoint(given: QueryDict) -> Endpoint | None:
    """The endpoint of the parameter ``endpoint``, if AWS had it at the last snapshot."""
    wanted = given.get("endpoint", "")
    visible = endpoints.visible_endpoints()
    return next((endpoint for endpoint in visible if endpoint.endpoint_id == wanted), None)


def _undone_operation(given: QueryDict, draft: Draft) -> Operation | None:
    """The operation that the draft undoes, if the parameter ``undo_of`` names one that it really undoes."""
    try:
        undone = queries.get_operation(UUID(given.get("undo_of", "")))
    except ValueError:
        return None
    if undone is None or undone.endpoint != draft.endpoint:
        return None
    # Anybody can write a number into the form: an operation must not be shown as undone by another one.
    undo = get_undo(undone)
    return undone if undo and undo.kind == draft.kind.slug else None
